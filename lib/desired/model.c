/* Data-model maps: loading, detection, and paths of logical names. */
#include "model.h"

#include <dirent.h>
#include <stdlib.h>

#define MODELS_MAX 64

const char *const hms_kind_names[] = { "unknown", "hnb", "henb", "generic", NULL };

struct hms_models {
	struct hms_model list[MODELS_MAX];
	size_t count;
};

static int find_kind(const char *text)
{
	for (int i = 0; hms_kind_names[i]; i++)
		if (text && strcmp(text, hms_kind_names[i]) == 0)
			return i;
	return -1;
}

/* A partial path: what is below it. */
static bool is_object(const char *path, const char *type)
{
	return strcmp(type, "object") == 0 && hms_str_ends(hms_str(path), HMS_STR("."));
}

static int check_paths(const json_t *paths, struct hms_err *err)
{
	const char *name;
	json_t *entry;

	json_object_foreach((json_t *)paths, name, entry)
	{
		const char *path = json_string_value(json_array_get(entry, 0));
		const char *type = json_string_value(json_array_get(entry, 1));

		if (!path || !type || (!is_object(path, type) && hms_xsd_find(hms_str(type)) == HMS_XSD_OTHER))
			return hms_err_set(err, HMS_ESYNTAX,
					   "paths.%s is not [\"path\", \"type\"] with a known type (object: a path that ends with a dot)",
					   name);
	}
	return 0;
}

static int load_file(struct hms_models *models, const char *file, struct hms_err *err)
{
	json_error_t where;
	json_t *root = json_load_file(file, JSON_REJECT_DUPLICATES, &where);
	struct hms_model *m = &models->list[models->count];
	int kind, rc;

	if (!root)
		return hms_err_set(err, HMS_ESYNTAX, "%s:%d: %s", file, where.line, where.text);
	models->count++;
	m->root = root;
	m->paths = json_object_get(root, "paths");
	m->detect = json_object_get(root, "detect");
	kind = find_kind(json_string_value(json_object_get(root, "kind")));
	if (!json_string_value(json_object_get(root, "name")) || kind <= 0 || !json_is_object(m->paths) || !json_is_array(m->detect))
		return hms_err_set(err, HMS_ESYNTAX, "%s: needs name, kind (hnb, henb or generic), detect and paths", file);
	m->kind = (enum hms_kind)kind;
	rc = check_paths(m->paths, err);
	if (!rc)
		rc = hms_model_check_facts(m, err);
	return rc ? hms_err_prefix(err, "%s", file) : 0;
}

static int load_entry(struct hms_models *models, const char *folder, const char *name, struct hms_err *err)
{
	char file[4096];

	if (!hms_str_ends(hms_str(name), HMS_STR(".json")))
		return 0;
	if (models->count == MODELS_MAX)
		return hms_err_set(err, HMS_EFULL, "%s: more than %d data-model maps", folder, MODELS_MAX);
	if ((size_t)snprintf(file, sizeof(file), "%s/%s", folder, name) >= sizeof(file))
		return hms_err_set(err, HMS_ETOOBIG, "%s: the path is too long", folder);
	return load_file(models, file, err);
}

int hms_models_load(const char *folder, struct hms_models **out, struct hms_err *err)
{
	struct hms_models *models = calloc(1, sizeof(*models));
	struct dirent **names = NULL;
	int n = scandir(folder, &names, NULL, alphasort), rc = 0;

	if (n < 0)
		rc = hms_err_set(err, HMS_ENOENT, "provisioning.datamodel_dir: cannot read %s", folder);
	for (int i = 0; i < n; i++) {
		if (!rc && models)
			rc = load_entry(models, folder, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	if (!rc && (!models || models->count == 0))
		rc = hms_err_set(err, HMS_ENOENT, "provisioning.datamodel_dir: no *.json in %s", folder);
	if (rc)
		hms_models_free(&models);
	*out = models;
	return rc;
}

void hms_models_free(struct hms_models **models)
{
	if (*models)
		for (size_t i = 0; i < (*models)->count; i++)
			json_decref((*models)->list[i].root);
	free(*models);
	*models = NULL;
}

const char *hms_model_name(const struct hms_model *model) { return json_string_value(json_object_get(model->root, "name")); }

const char *hms_model_cm_file(const struct hms_model *model) { return json_string_value(json_object_get(model->root, "cm_file")); }

enum hms_kind hms_model_kind(const struct hms_model *model) { return model->kind; }

const struct hms_model *hms_models_at(const struct hms_models *models, size_t i) { return i < models->count ? &models->list[i] : NULL; }

const struct hms_model *hms_models_find(const struct hms_models *models, struct hms_str name)
{
	for (size_t i = 0; i < models->count; i++)
		if (hms_str_eqz(name, hms_model_name(&models->list[i])))
			return &models->list[i];
	return NULL;
}

/* Whether name is pattern with a number where {fap} stands. */
static bool matches(const char *pattern, const char *name, int *fap)
{
	const char *hole = strstr(pattern, HMS_MODEL_FAP);
	char *end;
	unsigned long instance;

	if (!hole)
		return strcmp(pattern, name) == 0;
	if (strncmp(pattern, name, (size_t)(hole - pattern)) != 0)
		return false;
	name += hole - pattern;
	if (*name < '0' || *name > '9')
		return false;
	instance = strtoul(name, &end, 10);
	if (instance == 0 || instance > INT32_MAX || strcmp(end, hole + strlen(HMS_MODEL_FAP)) != 0)
		return false;
	*fap = (int)instance;
	return true;
}

static bool shown_by(const struct hms_model *m, Hms__Param *const *params, size_t count, int *fap)
{
	size_t at;
	json_t *pattern;

	json_array_foreach(m->detect, at, pattern)
	{
		for (size_t i = 0; i < count; i++)
			if (matches(json_string_value(pattern), params[i]->name, fap))
				return true;
	}
	return false;
}

const struct hms_model *hms_models_detect(const struct hms_models *models, Hms__Param *const *params, size_t count, int *fap)
{
	/* A femtocell shows the paths of any device, too: generic maps come last. */
	for (int generic = 0; generic < 2; generic++)
		for (size_t i = 0; i < models->count; i++)
			if ((models->list[i].kind == HMS_KIND_GENERIC) == generic && shown_by(&models->list[i], params, count, fap))
				return &models->list[i];
	return NULL;
}

struct hms_str hms_model_fill(struct hms_arena *arena, const char *pattern, const char *name, int number)
{
	const char *hole = strstr(pattern, name);

	if (!hole)
		return hms_str(pattern);
	return hms_str(hms_arena_printf(arena, "%.*s%d%s", (int)(hole - pattern), pattern, number, hole + strlen(name)));
}

struct hms_str hms_model_path(const struct hms_model *model, struct hms_arena *arena, const char *name, int fap, int *type)
{
	const json_t *entry = json_object_get(model->paths, name);
	const char *pattern = json_string_value(json_array_get(entry, 0));

	if (!pattern)
		return (struct hms_str){ NULL, 0 };
	if (type)
		*type = hms_xsd_find(hms_str(json_string_value(json_array_get(entry, 1))));
	return hms_model_fill(arena, pattern, HMS_MODEL_FAP, fap);
}

struct hms_str hms_model_value(const struct hms_model *model, struct hms_arena *arena, const char *name, int fap, Hms__Param *const *params,
			       size_t count)
{
	struct hms_str path = hms_model_path(model, arena, name, fap, NULL);

	for (size_t i = 0; path.p && i < count; i++)
		if (hms_str_eqz(path, params[i]->name))
			return hms_str(params[i]->value);
	return (struct hms_str){ NULL, 0 };
}
