/* Search over devices: a parameter may be named as profiles name it, and then has the path of each data model. */
#include "plan.h"
#include "request.h"

#define ARENA_BYTES 65536

static bool is_path(const char *name) { return *name >= 'A' && *name <= 'Z'; }

/* Instance numbers do not count: any FAPService will do. */
static void add_logical(json_t *paths, const struct hms_models *models, const char *name)
{
	struct hms_arena *arena = hms_arena_new(ARENA_BYTES);
	const struct hms_model *model;

	for (size_t i = 0; arena && (model = hms_models_at(models, i)); i++) {
		struct hms_str path = hms_model_path(model, arena, name, 1, NULL);

		if (path.p)
			json_array_append_new(paths, json_stringn(path.p, path.len));
	}
	hms_arena_free(&arena);
}

static json_t *paths_of(const struct hms_models *models, const char *name)
{
	json_t *paths = json_array();

	if (is_path(name))
		json_array_append_new(paths, json_string(name));
	else
		add_logical(paths, models, name);
	return paths;
}

void nbi_run_devices(struct nbi_req *r)
{
	const char *name = json_string_value(json_object_get(r->args, "parameter"));
	json_t *paths = name ? paths_of(r->nbi->plan_parts->models, name) : NULL;

	if (name && !json_array_size(paths))
		nbi_refuse(r, NBI_PROBLEM_INVALID, "parameter", "neither a path nor a logical name of a data-model map");
	else if (!name && json_object_get(r->args, "value"))
		nbi_refuse(r, NBI_PROBLEM_INVALID, "value", "it goes with a parameter");
	else if (name && json_object_set(r->args, "paths", paths))
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
	else
		nbi_run_read(r);
	json_decref(paths);
}
