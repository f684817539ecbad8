/* Numbers in logical names, and which map a device has by the names of its objects. */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

#define NAME_MAX_BYTES 256

/* ---------------------------------------------------------------- logical names */

static bool is_number(struct hms_str part, int *n)
{
	uint64_t value;

	if (!part.len || *part.p < '1' || *part.p > '9' || hms_str_u64(part, &value) || value > INT32_MAX)
		return false;
	*n = (int)value;
	return true;
}

const json_t *hms_model_entry(const json_t *map, const char *name, int *n)
{
	bool raw = strstr(name, HMS_MODEL_N) != NULL; /* it names nothing by itself */
	const json_t *entry = raw ? NULL : json_object_get(map, name);
	struct hms_str rest = raw ? (struct hms_str){ NULL, 0 } : hms_str(name);

	*n = 0;
	while (!entry && rest.p) {
		struct hms_str part = hms_str_split(&rest, '.');
		char pattern[NAME_MAX_BYTES];
		int len;

		if (!is_number(part, n))
			continue;
		len = snprintf(pattern, sizeof(pattern), "%.*s" HMS_MODEL_N "%s", (int)(part.p - name), name, part.p + part.len);
		return len > 0 && (size_t)len < sizeof(pattern) ? json_object_get(map, pattern) : NULL;
	}
	return entry;
}

/* ---------------------------------------------------------------- objects */

enum meeting { ELSEWHERE, ABOVE, HERE };

/* Where an object is, seen from a pattern: {fap} stands for any number. */
static enum meeting meet(const char *pattern, struct hms_str object, int *fap)
{
	struct hms_str want = hms_str(pattern);

	for (;;) {
		struct hms_str a = hms_str_split(&want, '.'), b = hms_str_split(&object, '.');

		if (!b.len && !object.p) /* behind the last dot */
			return a.len ? ABOVE : HERE;
		if (!a.len || !b.len || !object.p)
			return ELSEWHERE;
		if (!hms_str_eq(a, b) && !(hms_str_eqz(a, HMS_MODEL_FAP) && is_number(b, fap)))
			return ELSEWHERE;
	}
}

struct hms_str hms_model_services(const struct hms_model *model, struct hms_arena *arena)
{
	const char *root = json_string_value(json_object_get(model->root, "root"));
	const char *path = root ? hms_arena_printf(arena, "%sServices.", root) : NULL;

	return hms_str(path ? path : "");
}

bool hms_model_same_root(const struct hms_model *a, const struct hms_model *b)
{
	return json_equal(json_object_get(a->root, "root"), json_object_get(b->root, "root"));
}

bool hms_model_is_fallback(const struct hms_model *model)
{
	return model->kind == HMS_KIND_GENERIC && json_array_size(json_object_get(model->root, "names")) == 0;
}

/* Of one map with the same root. */
static enum meeting meet_model(const struct hms_model *m, struct hms_str object, int *fap)
{
	enum meeting best = ELSEWHERE;
	size_t i;
	json_t *pattern;

	json_array_foreach(json_object_get(m->root, "names"), i, pattern)
	{
		enum meeting here = meet(json_string_value(pattern), object, fap);

		best = here > best ? here : best;
	}
	return best;
}

bool hms_models_lead_through(const struct hms_models *models, struct hms_str object)
{
	const struct hms_model *m;
	int fap;

	for (size_t i = 0; (m = hms_models_at(models, i)); i++)
		if (meet_model(m, object, &fap) == ABOVE)
			return true;
	return false;
}

const struct hms_model *hms_models_named(const struct hms_models *models, struct hms_str object, int *fap)
{
	const struct hms_model *m;

	for (size_t i = 0; (m = hms_models_at(models, i)); i++)
		if (meet_model(m, object, fap) == HERE)
			return m;
	return NULL;
}
