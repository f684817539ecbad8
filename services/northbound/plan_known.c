/* What is known of a device for its plan: its parameter document by paths. */
#include <stdlib.h>

#include "hms/base/map.h"
#include "hms/device/params.h"
#include "plan.h"

#define PATH_MAX_BYTES 1024

/* Devices of a model have the same paths: each is made once. {NULL,0}: the dictionary does not know it (any more). */
static struct hms_str path_of(struct nbi_plan_work *w, const struct hms_param_entry *e)
{
	struct nbi_plan_catalog *c = w->catalog;
	uint32_t key[1 + HMS_PARAM_INSTANCES_MAX] = { e->path_id };
	size_t len = (1 + e->instance_count) * sizeof(key[0]);
	struct hms_buf text = HMS_BUF_INIT(PATH_MAX_BYTES);
	char *path, *pattern;

	memcpy(key + 1, e->instances, e->instance_count * sizeof(key[0]));
	path = hms_map_get(c->names, key, len);
	pattern = path ? NULL : hms_map_get(c->paths, &e->path_id, sizeof(e->path_id));
	if (pattern && !hms_param_path(e, hms_str(pattern), &text)) {
		path = hms_arena_strz(c->arena, hms_buf_view(&text));
		if (!path || hms_map_put(c->names, key, len, path))
			path = hms_arena_strz(w->arena, hms_buf_view(&text)); /* no more are kept */
		w->failed |= !path;
	}
	hms_buf_fini(&text);
	return hms_str(path);
}

static int take(const struct hms_param_entry *e, void *arg)
{
	struct nbi_plan_work *w = arg;
	struct hms_str path = path_of(w, e);

	if (!path.p)
		return w->failed ? HMS_ENOMEM : 0;
	if (w->known_count == w->known_room) {
		size_t room = w->known_room ? 2 * w->known_room : 256;
		void *grown = hms_arena_grow(w->arena, w->known, w->known_room * sizeof(*w->known), room * sizeof(*w->known));

		if (!grown)
			return HMS_ENOMEM;
		w->known = grown;
		w->known_room = room;
	}
	w->known[w->known_count++] = (struct nbi_plan_known){ path, e->value, e->at_s };
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return hms_str_cmp(((const struct nbi_plan_known *)a)->path, ((const struct nbi_plan_known *)b)->path);
}

static bool value(void *arg, struct hms_str path, struct hms_str *out)
{
	struct nbi_plan_work *w = arg;
	struct nbi_plan_known key = { .path = path }, *found;

	if (!w->known_loaded) {
		w->known_loaded = true;
		w->failed |= hms_params_each(w->arena, w->row->doc, take, w) == HMS_ENOMEM;
		if (w->known_count)
			qsort(w->known, w->known_count, sizeof(*w->known), by_path);
	}
	found = w->known_count ? bsearch(&key, w->known, w->known_count, sizeof(key), by_path) : NULL;
	if (!found || found->at_s < json_integer_value(json_object_get(w->notes, "since")) / 1000000)
		return false;
	*out = found->value;
	return true;
}

struct hms_known nbi_plan_known(struct nbi_plan_work *w) { return (struct hms_known){ .value = value, .arg = w, .notes = w->notes }; }
