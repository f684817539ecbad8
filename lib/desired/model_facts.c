/* What a data-model map says beside paths: units, what reads back empty, what comes last, and tables with the columns that identify a row. */
#include "model.h"

/* ---------------------------------------------------------------- checks */

static bool all_strings(const json_t *list)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		if (!json_is_string(item))
			return false;
	}
	return json_is_array(list);
}

/* {logical name of the map: text} */
static int check_texts(const struct hms_model *m, const char *member, struct hms_err *err)
{
	const char *name;
	json_t *value, *given = json_object_get(m->root, member);

	if (given && !json_is_object(given))
		return hms_err_set(err, HMS_ESYNTAX, "%s is not an object", member);
	json_object_foreach(given, name, value)
	{
		if (!json_is_string(value) || !json_object_get(m->paths, name))
			return hms_err_set(err, HMS_ESYNTAX, "%s.%s is not a text for one of the paths", member, name);
	}
	return 0;
}

static int check_object(const char *name, const json_t *object, struct hms_err *err)
{
	const char *path = json_string_value(json_object_get(object, "path")), *column;
	const json_t *key = json_object_get(object, "key");
	json_t *type;

	if (!path || !hms_str_ends(hms_str(path), HMS_STR(".")) || !all_strings(key) || json_array_size(key) == 0)
		return hms_err_set(err, HMS_ESYNTAX, "objects.%s needs a path that ends with a dot, and a key (a list of columns)", name);
	json_object_foreach(json_object_get(object, "columns"), column, type)
	{
		if (!json_is_string(type) || hms_xsd_find(hms_str(json_string_value(type))) == HMS_XSD_OTHER)
			return hms_err_set(err, HMS_ESYNTAX, "objects.%s.columns.%s is no known type", name, column);
	}
	return 0;
}

int hms_model_check_facts(const struct hms_model *m, struct hms_err *err)
{
	const char *name;
	json_t *object, *hidden = json_object_get(m->root, "hidden"), *names = json_object_get(m->root, "names");
	int rc = hidden && !all_strings(hidden) ? hms_err_set(err, HMS_ESYNTAX, "hidden is not a list of names") : 0;

	if (!rc && names && !all_strings(names))
		rc = hms_err_set(err, HMS_ESYNTAX, "names is not a list of objects");

	if (!rc)
		rc = check_texts(m, "units", err);
	if (!rc)
		rc = check_texts(m, "last", err);
	json_object_foreach(json_object_get(m->root, "objects"), name, object)
	{
		if (!rc)
			rc = check_object(name, object, err);
	}
	return rc;
}

/* ---------------------------------------------------------------- questions */

const char *hms_model_unit(const struct hms_model *model, const char *name)
{
	int n;

	return json_string_value(hms_model_entry(json_object_get(model->root, "units"), name, &n));
}

static struct hms_str last_part(struct hms_str path)
{
	const char *dot = path.len ? memrchr(path.p, '.', path.len) : NULL;

	return dot ? hms_strn(dot + 1, path.len - (size_t)(dot + 1 - path.p)) : path;
}

bool hms_model_is_hidden(const struct hms_model *model, struct hms_str path)
{
	struct hms_str part = last_part(path);
	size_t i;
	json_t *name;

	json_array_foreach(json_object_get(model->root, "hidden"), i, name)
	{
		if (hms_str_eqz(part, json_string_value(name)))
			return true;
	}
	return false;
}

bool hms_model_is_last(const struct hms_model *model, const char *name, struct hms_str value)
{
	int n;
	const char *text = json_string_value(hms_model_entry(json_object_get(model->root, "last"), name, &n));
	bool a, b;

	if (!text)
		return false;
	return hms_str_eqz(value, text) || (!hms_str_bool(value, &a) && !hms_str_bool(hms_str(text), &b) && a == b);
}

bool hms_model_has_root(const struct hms_model *model, struct hms_str path)
{
	const char *root = json_string_value(json_object_get(model->root, "root"));

	return !root || hms_str_starts(path, hms_str(root));
}

static const json_t *find_object(const struct hms_model *model, const char *name)
{
	return json_object_get(json_object_get(model->root, "objects"), name);
}

struct hms_str hms_model_object(const struct hms_model *model, struct hms_arena *arena, const char *name, int fap, const char *const **keys)
{
	const json_t *object = find_object(model, name), *key = json_object_get(object, "key");
	const char **list = object ? hms_arena_alloc(arena, (json_array_size(key) + 1) * sizeof(*list)) : NULL;

	if (!list)
		return (struct hms_str){ NULL, 0 };
	for (size_t i = 0; i < json_array_size(key); i++)
		list[i] = json_string_value(json_array_get(key, i));
	*keys = list;
	return hms_model_fill(arena, json_string_value(json_object_get(object, "path")), HMS_MODEL_FAP, fap);
}

int hms_model_column_type(const struct hms_model *model, const char *name, struct hms_str column)
{
	const char *known;
	json_t *type;

	json_object_foreach(json_object_get(find_object(model, name), "columns"), known, type)
	{
		if (hms_str_eqz(column, known))
			return hms_xsd_find(hms_str(json_string_value(type)));
	}
	return HMS_XSD_STRING;
}
