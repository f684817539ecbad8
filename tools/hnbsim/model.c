/* Reads data models of simulated devices from JSON. */
#include "model.h"

#include <jansson.h>
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

/* Empty text is static, all other is malloc'ed: see free_text(). */
static bool dup_text(json_t *value, struct hms_str *out)
{
	struct hms_str text = hms_strn(json_string_value(value), json_string_length(value));

	*out = text.len > 0 ? hms_str(hms_str_dup(text)) : HMS_STR("");
	return out->p != NULL;
}

/* ---- the properties of a parameter ---- */
typedef const char *set_property(struct model_param *param, json_t *value); /* returns what is wrong, or NULL */

static const char *set_type(struct model_param *param, json_t *value)
{
	param->type = json_is_string(value) ? hms_xsd_find(hms_str(json_string_value(value))) : HMS_XSD_OTHER;
	return param->type == HMS_XSD_OTHER ? "unknown type" : NULL;
}

static const char *set_value(struct model_param *param, json_t *value)
{
	static const struct {
		enum model_placeholder id;
		const char *text;
	} known[] = {
#define MODEL_PLACEHOLDER(id, name) { PLACEHOLDER_##id, "${" name "}" },
#include "placeholders.def"
#undef MODEL_PLACEHOLDER
	};
	const char *text = json_string_value(value);

	if (!text)
		return "value is not a string";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(text, known[i].text) == 0)
			param->placeholder = known[i].id;
	if (param->placeholder)
		return NULL;
	if (strncmp(text, "${", 2) == 0)
		return "unknown placeholder";
	return dup_text(value, &param->value) ? NULL : "out of memory";
}

static const char *set_bool(bool *field, json_t *value)
{
	*field = json_is_true(value);
	return json_is_boolean(value) ? NULL : "not true or false";
}

static const char *set_write(struct model_param *param, json_t *value) { return set_bool(&param->writable, value); }

static const char *set_hidden(struct model_param *param, json_t *value) { return set_bool(&param->hidden, value); }

static const char *set_deniable(struct model_param *param, json_t *value) { return set_bool(&param->deniable, value); }

static const char *set_pinned(struct model_param *param, json_t *value)
{
	param->notify = 2;
	return set_bool(&param->pinned, value);
}

static const char *set_notify(struct model_param *param, json_t *value)
{
	param->notify = (uint8_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= 2 ? NULL
													  : "notify is not 0, 1 or 2";
}

static const char *set_inform(struct model_param *param, json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";

	param->inform = strcmp(text, "forced") == 0 ? INFORM_FORCED : strcmp(text, "boot") == 0 ? INFORM_BOOT : INFORM_NEVER;
	return param->inform == INFORM_NEVER ? "inform is neither 'forced' nor 'boot'" : NULL;
}

static const char *set_role(struct model_param *param, json_t *value)
{
	static const char *const names[] = {
#define MODEL_ROLE(id, name, required) name,
#include "roles.def"
#undef MODEL_ROLE
	};

	for (unsigned i = 0; json_is_string(value) && i < ROLE_COUNT; i++) {
		if (strcmp(json_string_value(value), names[i]) == 0) {
			param->role = (enum model_role)i;
			return NULL;
		}
	}
	return "unknown role";
}

static const char *set_min(struct model_param *param, json_t *value)
{
	param->min = json_integer_value(value);
	param->limited = true;
	return json_is_integer(value) ? NULL : "min is not a whole number";
}

static const char *set_max(struct model_param *param, json_t *value)
{
	if (!param->limited)
		param->min = param->type == HMS_XSD_INT ? INT32_MIN : 0;
	param->max = json_integer_value(value);
	param->limited = true;
	return json_is_integer(value) ? NULL : "max is not a whole number";
}

static const char *set_choices(struct model_param *param, json_t *value)
{
	size_t count = json_array_size(value);

	if (count == 0 || !(param->choices = calloc(count, sizeof(*param->choices))))
		return "choices is not a list with members";
	for (size_t i = 0; i < count; i++, param->choice_count++)
		if (!json_is_string(json_array_get(value, i)) || !dup_text(json_array_get(value, i), &param->choices[i]))
			return "a choice is not a string";
	return NULL;
}

static const struct {
	const char *name;
	set_property *set;
} properties[] = {
	/* in the order in which they are applied: the limits depend on the type */
	{ "type", set_type },	  { "value", set_value },   { "write", set_write },	{ "hidden", set_hidden },
	{ "notify", set_notify }, { "pinned", set_pinned }, { "inform", set_inform },	{ "role", set_role },
	{ "min", set_min },	  { "max", set_max },	    { "choices", set_choices }, { "deniable", set_deniable },
};

static int read_param(struct loading *l, const char *key, json_t *spec, struct model_param *param)
{
	size_t known = 0;

	*param = (struct model_param){ .type = HMS_XSD_STRING, .value = { "", 0 }, .max = INT64_MAX, .min = INT64_MIN, .role = ROLE_NONE };
	if (!json_is_object(spec))
		return fail(l, key, "not an object");
	for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
		json_t *value = json_object_get(spec, properties[i].name);
		const char *wrong = value ? properties[i].set(param, value) : NULL;

		known += value != NULL;
		if (wrong)
			return fail(l, key, wrong);
	}
	if (known != json_object_size(spec))
		return fail(l, key, "unknown property (known: type value write hidden notify pinned inform role min max choices deniable)");
	if (param->limited && param->max == INT64_MAX && param->type == HMS_XSD_UINT)
		param->max = UINT32_MAX;
	return 0;
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
		int rc = read_param(l, key, spec, param);

		model->param_count++; /* from here on model_free() owns what it holds */
		if (rc != 0)
			return rc;
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
	if (!dup_text(json_object_get(spec, "path"), &table->path))
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
	} texts[] = { { "name", &l->model->name },
		      { "about", &l->model->about },
		      { "manufacturer", &l->model->manufacturer },
		      { "product_class", &l->model->product_class } };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct hms_str text;
		json_t *value = json_object_get(root, texts[i].name);

		if (json_string_length(value) == 0)
			return fail(l, texts[i].name, "a string is missing or empty");
		if (!dup_text(value, &text))
			return HMS_ENOMEM;
		*texts[i].out = (char *)(uintptr_t)text.p;
	}
	return 0;
}

static int read_model(struct loading *l, json_t *root)
{
	json_t *groups = json_object_get(root, "groups"), *group;
	size_t i;
	int rc = read_texts(l, root);

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
