/* Reads a PM file; what it holds is copied, since the reader goes on to the next one. */
#include "batch.h"
#include "hms/base/clock.h"

/* Of COPY's binary form, without text. */
#define ROW_BYTES 80

/* An array's copy; NULL when the arena is full, or for none. */
static void *copy_of(struct hms_arena *arena, const void *items, size_t bytes)
{
	void *copy = bytes ? hms_arena_alloc(arena, bytes) : NULL;

	if (copy)
		memcpy(copy, items, bytes);
	return copy;
}

static int copy_names(struct hms_arena *arena, struct pmi_file *f, const struct hms_pm_file *pm)
{
	struct hms_str *names = hms_arena_alloc(arena, pm->name_count * sizeof(*names));

	if (!names)
		return HMS_ENOMEM;
	for (size_t i = 0; i < pm->name_count; i++) {
		names[i] = hms_arena_str(arena, pm->names[i]);
		if (!names[i].p)
			return HMS_ENOMEM;
	}
	for (int d = 0; d < PMI_DICTS; d++) {
		f->ids[d] = hms_arena_alloc(arena, pm->name_count * sizeof(*f->ids[d]));
		if (!f->ids[d])
			return HMS_ENOMEM;
	}
	f->names = names;
	f->name_count = pm->name_count;
	return 0;
}

/* The unit of an info; a new one at its first. */
static int add_to_unit(struct pmi_file *f, struct hms_map *map, const struct hms_pm_info *info, uint32_t *index)
{
	const uint64_t key[] = { info->group, (uint64_t)info->end_us };
	uintptr_t found = (uintptr_t)hms_map_get(map, key, sizeof(key));
	struct pmi_unit *unit;

	if (!found) {
		found = ++f->unit_count;
		f->units[found - 1] = (struct pmi_unit){ .group = info->group, .end_us = info->end_us };
		if (hms_map_put(map, key, sizeof(key), (void *)found))
			return HMS_ENOMEM;
	}
	*index = (uint32_t)found - 1;
	unit = &f->units[*index];
	unit->duration_us = info->duration_us;
	unit->suspect |= info->suspect;
	for (size_t i = info->first; i < info->first + info->count; i++)
		unit->facts += f->facts[i].kind != HMS_PM_DROPPED;
	return 0;
}

static int make_units(struct hms_arena *arena, struct pmi_file *f)
{
	struct hms_map *map = hms_map_new(f->info_count + 1);
	int rc = map ? 0 : HMS_ENOMEM;

	f->units = hms_arena_alloc(arena, (f->info_count + 1) * sizeof(*f->units));
	f->unit_of = hms_arena_alloc(arena, (f->info_count + 1) * sizeof(*f->unit_of));
	if (!f->units || !f->unit_of)
		rc = HMS_ENOMEM;
	for (size_t i = 0; i < f->info_count && !rc; i++)
		if (!f->infos[i].rejected)
			rc = add_to_unit(f, map, &f->infos[i], &f->unit_of[i]);
	hms_map_free(&map);
	return rc;
}

static int keep(struct pmi_batch *b, struct pmi_file *f, const struct hms_pm_file *pm)
{
	struct hms_arena *arena = hms_stream_arena(b->pmi->stream);
	size_t text_bytes = 0;

	if (copy_names(arena, f, pm))
		return HMS_ENOMEM;
	for (size_t i = 0; i < pm->name_count; i++)
		text_bytes += pm->names[i].len;
	b->copy_bytes += pm->fact_count * ROW_BYTES + text_bytes;
	f->info_count = pm->info_count;
	f->finding_count = pm->finding_count;
	f->infos = copy_of(arena, pm->infos, pm->info_count * sizeof(*pm->infos));
	f->facts = copy_of(arena, pm->facts, pm->fact_count * sizeof(*pm->facts));
	f->findings = copy_of(arena, pm->findings, pm->finding_count * sizeof(*pm->findings));
	f->sender = pm->sender;
	f->element = pm->element;
	if ((pm->info_count && !f->infos) || (pm->fact_count && !f->facts) || (pm->finding_count && !f->findings))
		return HMS_ENOMEM;
	if (b->copy_bytes > b->pmi->copy_bytes && b->files->next) /* a single file is never too large: its limits see to that */
		return HMS_ENOMEM;
	return make_units(arena, f);
}

/* Local time is told by the file's name where the file itself does not (TS 32.432). */
static int32_t offset_of(const Hms__FileEvent *ev)
{
	struct hms_pm_name name;

	return hms_pm_name_parse(hms_str(ev->name), &name) == 0 && name.begin_zoned ? name.begin_offset_s : 0;
}

static int feed(struct pmi_batch *b, const struct pmi_file *f)
{
	const Hms__FileEvent *ev = f->ev;

	if (ev->content_case == HMS__FILE_EVENT__CONTENT_REF)
		return pmi_storage_feed(b->pmi->conf->storage, ev->ref, b->pmi->reader);
	if (ev->content_case == HMS__FILE_EVENT__CONTENT_BODY)
		hms_pm_reader_feed(b->pmi->reader, ev->body.data, ev->body.len);
	return 0;
}

int pmi_read(struct pmi_batch *b, struct pmi_file *f)
{
	struct hms_arena *arena = hms_stream_arena(b->pmi->stream);
	uint64_t began_us = hms_mono_us();
	const struct hms_pm_file *pm;
	int rc;

	hms_pm_reader_begin(b->pmi->reader, offset_of(f->ev));
	rc = feed(b, f);
	pm = hms_pm_reader_end(b->pmi->reader);
	hms_histogram_observe_us(&pmi_metrics.parse_time, hms_mono_us() - began_us);
	if (rc == HMS_EIO || (pm->code == HMS_ENOMEM && !rc)) {
		f->retry = true;
		return 0;
	}
	if (rc || pm->code) {
		f->reason = rc ? "not_found" : pm->reason;
		f->detail = hms_arena_strz(arena, hms_str(rc ? "not in the storage" : pm->error));
		if (!f->detail)
			return HMS_ENOMEM;
	}
	if (pm->found[HMS_PM_LOCAL_TIME])
		f->notes |= PMI_LOCAL_TIME;
	return rc ? 0 : keep(b, f, pm);
}
