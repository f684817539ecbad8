/* What can be judged at the end only: periods outside of the file's (its end stands in the footer), and values that are there twice. */
#include <stdlib.h>

#include "internal.h"

/* A value by its identity within the file (I2); order: which one comes later. */
struct ref {
	uint32_t unit, object, counter, fact;
};

static struct hms_pm_info *info_at(struct hms_pm_reader *r, size_t i) { return (struct hms_pm_info *)r->infos.items + i; }
static struct hms_pm_fact *fact_at(struct hms_pm_reader *r, size_t i) { return (struct hms_pm_fact *)r->facts.items + i; }

static void check_period(struct hms_pm_reader *r, uint32_t i)
{
	struct hms_pm_info *info = info_at(r, i);
	int64_t slack = r->limits.slack_us, begin = r->file.begin_us, end = r->file.end_us;
	bool early = begin && info->end_us + slack <= begin;

	if (early || (end && info->end_us > end + slack)) {
		pm_find(r, HMS_PM_OUTSIDE, i, "it ends %lld s %s",
			(long long)((early ? begin - info->end_us : info->end_us - end) / 1000000),
			early ? "before the file begins" : "after the file ends");
		info->rejected = true;
		info->count = 0;
	} else if (begin && info->end_us - info->duration_us + slack < begin) {
		pm_find(r, HMS_PM_EARLY, i, "%lld s", (long long)((begin - info->end_us + info->duration_us) / 1000000));
	}
}

/* A unit: what measInfos of one group and one period hold together; its number is that of the first one. */
static uint32_t unit_of(struct hms_map *units, const struct hms_pm_info *info, uint32_t i, int *rc)
{
	const uint64_t key[] = { info->group, (uint64_t)info->end_us };
	uintptr_t found = (uintptr_t)hms_map_get(units, key, sizeof(key));

	if (found)
		return (uint32_t)(found - 1);
	*rc = hms_map_put(units, key, sizeof(key), (void *)(uintptr_t)(i + 1));
	return i;
}

/* Whether an object's values stand in two places of one unit. */
static bool note_objects(struct hms_pm_reader *r, struct hms_map *seen, const struct hms_pm_info *info, uint32_t unit, int *rc)
{
	bool twice = false;

	for (size_t f = info->first; f < info->first + info->count && !*rc; f++) {
		const uint32_t key[] = { unit, fact_at(r, f)->object };

		if (f > info->first && fact_at(r, f - 1)->object == key[1])
			continue;
		twice |= hms_map_get(seen, key, sizeof(key)) != NULL;
		*rc = hms_map_put(seen, key, sizeof(key), r);
	}
	return twice;
}

static int by_identity(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	if (x->unit != y->unit)
		return x->unit < y->unit ? -1 : 1;
	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	if (x->counter != y->counter)
		return x->counter < y->counter ? -1 : 1;
	return x->fact < y->fact ? -1 : x->fact > y->fact;
}

static void drop_earlier(struct hms_pm_reader *r, struct ref *refs, size_t count)
{
	qsort(refs, count, sizeof(*refs), by_identity);
	for (size_t i = 0; i + 1 < count; i++) {
		struct hms_pm_fact *fact = fact_at(r, refs[i].fact);

		if (refs[i].unit != refs[i + 1].unit || refs[i].object != refs[i + 1].object || refs[i].counter != refs[i + 1].counter)
			continue;
		fact->kind = HMS_PM_DROPPED;
		if (r->file.found[HMS_PM_REPEATED]) {
			r->file.found[HMS_PM_REPEATED]++;
			continue;
		}
		pm_find(r, HMS_PM_REPEATED, refs[i].unit, "%.*s", HMS_STR_FMT(pm_names_text(&r->names, fact->counter)));
	}
}

/* All values of units with repeated objects. */
static int resolve(struct hms_pm_reader *r, const uint32_t *units, const bool *twice)
{
	struct ref *refs = malloc((r->facts.count + 1) * sizeof(*refs));
	size_t count = 0;

	if (!refs)
		return HMS_ENOMEM;
	for (size_t i = 0; i < r->infos.count; i++) {
		const struct hms_pm_info *info = info_at(r, i);

		for (size_t f = info->first; twice[units[i]] && f < info->first + info->count; f++)
			refs[count++] = (struct ref){ units[i], fact_at(r, f)->object, fact_at(r, f)->counter, (uint32_t)f };
	}
	drop_earlier(r, refs, count);
	free(refs);
	return 0;
}

static int find_repeated(struct hms_pm_reader *r)
{
	struct hms_map *map = hms_map_new(UINT32_MAX), *seen = hms_map_new(UINT32_MAX);
	uint32_t *units = calloc(r->infos.count + 1, sizeof(*units));
	bool *twice = calloc(r->infos.count + 1, sizeof(*twice)), any = false;
	int rc = map && seen && units && twice ? 0 : HMS_ENOMEM;

	for (uint32_t i = 0; i < r->infos.count && !rc; i++) {
		units[i] = i;
		if (info_at(r, i)->rejected)
			continue;
		units[i] = unit_of(map, info_at(r, i), i, &rc);
		if (!rc && note_objects(r, seen, info_at(r, i), units[i], &rc))
			any = twice[units[i]] = true;
	}
	if (!rc && any)
		rc = resolve(r, units, twice);
	hms_map_free(&map);
	hms_map_free(&seen);
	free(units);
	free(twice);
	return rc;
}

void pm_finish(struct hms_pm_reader *r)
{
	bool whole = r->file.code == 0;

	if (!r->file.begin_us && (whole || r->infos.count))
		pm_find(r, HMS_PM_NO_HEADER, HMS_PM_NO_INFO, "no begin of the file");
	if (!r->file.end_us && whole)
		pm_find(r, HMS_PM_NO_FOOTER, HMS_PM_NO_INFO, "no end of the file");
	for (uint32_t i = 0; i < r->infos.count; i++)
		if (!info_at(r, i)->rejected)
			check_period(r, i);
	pm_failed(r, find_repeated(r), "too many values");
}
