/* Reads data models of simulated devices from JSON. */
#include "model_param.h"

#include <stdio.h>
#include <stdlib.h>

struct loading {
	struct model *model;
	const char *group; /* path of the group or table being read, for errors */
	struct hms_err *err;
};

static int fail(struct loading *l, const char *param, const char *what)
{
	return hms_err_set(l->err, HMS_ESYNTAX, "%s%s: %s", l->group ? l->group : "", param ? param : "", what);
}

static int by_name(const void *a, const void *b)
{
	return hms_str_cmp(((const struct model_param *)a)->name, ((const struct model_param *)b)->name);
}

/* Appends the parameters of a group (prefix: its path) or the columns of a table (prefix ""). */
static int read_params(struct loading *l, json_t *set, const char *prefix)
{
	struct model *model = l->model;
	size_t total = model->param_count + json_object_size(set);
	struct model_param *grown;
	const char *key;
	json_t *spec;

	if (json_object_size(set) == 0 || total > MODEL_PARAMS_MAX)
		return fail(l, NULL, "'parameters' is missing, empty or too big");
	grown = realloc(model->params, total * sizeof(*grown));
	if (!grown)
		return HMS_ENOMEM;
	model->params = grown;
	json_object_foreach(set, key, spec)
	{
		struct model_param *param = &model->params[model->param_count];
		char name[512];
		const char *wrong = model_param_read(spec, param);

		model->param_count++; /* from here on model_free() owns what it holds */
		if (wrong)
			return fail(l, key, wrong);
		if (snprintf(name, sizeof(name), "%s%s", prefix, key) > 256)
			return fail(l, key, "the path is longer than 256 characters");
		param->name = hms_str(hms_str_dup(hms_str(name)));
		if (!param->name.p)
			return HMS_ENOMEM;
	}
	return 0;
}

static int read_group(struct loading *l, json_t *group)
{
	l->group = json_string_value(json_object_get(group, "path"));
	if (!l->group || !hms_str_ends(hms_str(l->group), HMS_STR(".")))
		return fail(l, NULL, "a group needs a 'path' that ends with '.'");
	return read_params(l, json_object_get(group, "parameters"), l->group);
}

static int read_table(struct loading *l, json_t *spec, struct model_table *table)
{
	json_t *initial = json_object_get(spec, "rows"), *max = json_object_get(spec, "max");
	int rc;

	l->group = json_string_value(json_object_get(spec, "path"));
	if (!l->group || !hms_str_ends(hms_str(l->group), HMS_STR(".")))
		return fail(l, NULL, "a table needs a 'path' that ends with '.'");
	if (!model_dup_text(json_object_get(spec, "path"), &table->path))
		return HMS_ENOMEM;
	table->writable = json_is_true(json_object_get(spec, "write"));
	table->initial = (unsigned)json_integer_value(initial);
	table->max = json_is_integer(max) ? (unsigned)json_integer_value(max) : 64;
	if (table->max > 1024 || table->initial > table->max)
		return fail(l, NULL, "a table has at most 1024 rows, and not fewer than it begins with");
	table->first = l->model->param_count;
	rc = read_params(l, json_object_get(spec, "parameters"), "");
	table->count = (uint16_t)(l->model->param_count - table->first);
	if (rc == 0)
		qsort(l->model->params + table->first, table->count, sizeof(struct model_param), by_name);
	return rc;
}

static int read_tables(struct loading *l, json_t *list)
{
	struct model *model = l->model;
	size_t i;
	json_t *spec;

	if (json_array_size(list) == 0)
		return 0;
	model->tables = calloc(json_array_size(list), sizeof(*model->tables));
	if (!model->tables || json_array_size(list) > UINT8_MAX)
		return fail(l, NULL, "too many tables");
	json_array_foreach(list, i, spec)
	{
		model->table_count++;
		int rc = read_table(l, spec, &model->tables[i]);

		if (rc != 0)
			return rc;
	}
	return 0;
}

static int find_roles(struct loading *l)
{
	static const struct {
		const char *name;
		bool required;
	} roles[] = {
#define MODEL_ROLE(id, name, required) { name, required },
#include "roles.def"
#undef MODEL_ROLE
	};
	struct model *model = l->model;

	for (unsigned role = 0; role < ROLE_COUNT; role++)
		model->by_role[role] = MODEL_NO_PARAM;
	for (uint16_t i = 0; i < model->fixed; i++) {
		if (i > 0 && hms_str_eq(model->params[i].name, model->params[i - 1].name))
			return fail(l, model->params[i].name.p, "stands twice");
		if (model->params[i].role != ROLE_NONE)
			model->by_role[model->params[i].role] = i;
	}
	for (unsigned role = 0; role < ROLE_COUNT; role++)
		if (roles[role].required && model->by_role[role] == MODEL_NO_PARAM)
			return fail(l, roles[role].name, "no parameter has this role");
	return 0;
}

static int read_texts(struct loading *l, json_t *root)
{
	const struct {
		const char *name;
		char **out;
		bool optional;
	} texts[] = { { "name", &l->model->name, false },
		      { "about", &l->model->about, false },
		      { "manufacturer", &l->model->manufacturer, false },
		      { "product_class", &l->model->product_class, false },
		      { "fault_mgmt", &l->model->fault_mgmt, true },
		      { "pm", &l->model->pm, true } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct hms_str text;
		json_t *value = json_object_get(root, texts[i].name);

		if (!value && texts[i].optional)
			continue;
		if (json_string_length(value) == 0)
			return fail(l, texts[i].name, "a string is missing or empty");
		if (!model_dup_text(value, &text))
			return HMS_ENOMEM;
		*texts[i].out = (char *)(uintptr_t)text.p;
	}
	return 0;
}

/* RPCs that the device does not know. */
static int read_lacks(struct loading *l, json_t *list)
{
	size_t i;
	json_t *name;

	json_array_foreach(list, i, name)
	{
		enum hms_cwmp_method method = hms_cwmp_method_find(hms_str(json_string_value(name)));

		if (method == HMS_CWMP_NONE)
			return fail(l, "lacks", "unknown RPC");
		l->model->lacks |= 1u << method;
	}
	return 0;
}

static int read_model(struct loading *l, json_t *root)
{
	json_t *groups = json_object_get(root, "groups"), *group;
	size_t i;
	int rc = read_texts(l, root);

	l->model->pm_positioned = json_is_true(json_object_get(root, "pm_positioned"));
	if (rc == 0)
		rc = read_lacks(l, json_object_get(root, "lacks"));
	if (rc == 0 && json_array_size(groups) == 0)
		rc = fail(l, NULL, "'groups' is missing or empty");
	json_array_foreach(groups, i, group)
	{
		if (rc == 0)
			rc = read_group(l, group);
	}
	if (rc != 0)
		return rc;
	l->model->fixed = l->model->param_count;
	if (l->model->params)
		qsort(l->model->params, l->model->fixed, sizeof(struct model_param), by_name);
	l->group = NULL;
	rc = read_tables(l, json_object_get(root, "tables"));
	l->group = NULL;
	return rc == 0 ? find_roles(l) : rc;
}

int model_load(const char *folder, const char *name, struct model **out, struct hms_err *err)
{
	struct loading l = { .model = calloc(1, sizeof(struct model)), .err = err };
	char path[1024];
	json_error_t where;
	json_t *root;
	int rc;

	*out = NULL;
	if (!l.model)
		return HMS_ENOMEM;
	snprintf(path, sizeof(path), "%s/%s.json", folder, name);
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		rc = hms_err_set(err, HMS_ESYNTAX, "line %d: %s", where.line, where.text);
	else
		rc = read_model(&l, root);
	json_decref(root);
	if (rc != 0) {
		model_free(&l.model);
		return hms_err_prefix(err, "data model %s", path);
	}
	*out = l.model;
	return 0;
}

static void free_text(struct hms_str text)
{
	if (text.len > 0)
		free((void *)(uintptr_t)text.p);
}

void model_free(struct model **model)
{
	struct model *m = *model;

	if (!m)
		return;
	for (uint16_t i = 0; i < m->param_count; i++) {
		free_text(m->params[i].name);
		free_text(m->params[i].value);
		for (size_t c = 0; c < m->params[i].choice_count; c++)
			free_text(m->params[i].choices[c]);
		free(m->params[i].choices);
	}
	for (uint16_t i = 0; i < m->table_count; i++)
		free_text(m->tables[i].path);
	free(m->params);
	free(m->tables);
	free(m->name);
	free(m->about);
	free(m->manufacturer);
	free(m->product_class);
	free(m->fault_mgmt);
	free(m->pm);
	free(m);
	*model = NULL;
}

static uint16_t find_in(const struct model *model, uint16_t first, uint16_t count, struct hms_str name)
{
	const struct model_param key = { .name = name };
	const struct model_param *found = count > 0 ? bsearch(&key, model->params + first, count, sizeof(key), by_name) : NULL;

	return found ? (uint16_t)(found - model->params) : MODEL_NO_PARAM;
}

uint16_t model_find(const struct model *model, struct hms_str name) { return find_in(model, 0, model->fixed, name); }

uint16_t model_find_column(const struct model *model, const struct model_table *table, struct hms_str name)
{
	return find_in(model, table->first, table->count, name);
}
