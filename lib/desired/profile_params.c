/* "parameters" and "objects" of a profile. */
#include <stdlib.h>

#include "profile.h"

#define NOTIFY_MAX 6 /* 3 to 6: lightweight (Amendment 5) */

/* ---------------------------------------------------------------- parameters */

static int read_notify(struct profile_reader *r, const json_t *given, int *out)
{
	int rc = 0;

	where_name(&r->at, "notify");
	*out = PROFILE_UNSAID;
	if (given && (!json_is_integer(given) || json_integer_value(given) < 0 || json_integer_value(given) > NOTIFY_MAX))
		rc = profile_error(r, HMS_ESYNTAX, "not a whole number from 0 to %d", NOTIFY_MAX);
	else if (given)
		*out = (int)json_integer_value(given);
	where_up(&r->at);
	return rc;
}

static int read_param(struct profile_reader *r, const char *name, json_t *given, struct profile_param *out)
{
	static const char *const known[] = { "value", "type", "secret", "notify", "last", NULL };
	bool last = false;
	int rc = profile_check_name(r, name, false);

	*out = (struct profile_param){ .name = name, .notify = PROFILE_UNSAID, .last = PROFILE_UNSAID };
	if (!rc)
		rc = profile_value(r, given, known, &out->value);
	if (!rc && json_is_object(given))
		rc = read_notify(r, json_object_get(given, "notify"), &out->notify);
	if (!rc && json_is_object(given))
		rc = profile_flag(r, given, "last", &last);
	if (!rc && json_object_get(given, "last"))
		out->last = last;
	if (!rc && !out->value.text && out->notify == PROFILE_UNSAID)
		rc = profile_error(r, HMS_ESYNTAX, "neither a value nor notify");
	return rc;
}

static int by_name(const void *a, const void *b)
{
	const struct profile_param *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int profile_read_params(struct profile_reader *r, json_t *given)
{
	const char *name;
	json_t *value;
	int rc = 0;

	if (!json_is_object(given))
		return profile_error(r, HMS_ESYNTAX, "not an object");
	if (json_object_size(given) > r->limits->parameters)
		return profile_error(r, HMS_ETOOBIG, "more than %zu parameters", r->limits->parameters);
	r->p->params = profile_room(r, json_object_size(given), sizeof(*r->p->params));
	if (!r->p->params)
		return HMS_ENOMEM;
	json_object_foreach(given, name, value)
	{
		where_name(&r->at, name);
		if (!rc)
			rc = read_param(r, name, value, &r->p->params[r->p->param_count++]);
		where_up(&r->at);
	}
	qsort(r->p->params, r->p->param_count, sizeof(*r->p->params), by_name);
	return rc;
}

/* ---------------------------------------------------------------- objects */

static bool is_column(const char *name)
{
	size_t len = strlen(name);

	/* a parameter of the row, or one of an object of its own in it */
	return len && len <= 200 && *name != '.' && name[len - 1] != '.' && profile_is_path(name) && !strpbrk(name, " {}[]");
}

static int read_key(struct profile_reader *r, const json_t *given, struct profile_object *out)
{
	size_t n = json_array_size(given), i;
	json_t *item;

	if (!given)
		return 0;
	if (!json_is_array(given) || n == 0 || n > r->limits->cells)
		return profile_error(r, HMS_ESYNTAX, "not a list of columns");
	out->key = profile_room(r, n, sizeof(*out->key));
	if (!out->key)
		return HMS_ENOMEM;
	json_array_foreach((json_t *)given, i, item)
	{
		out->key[i] = json_string_value(item);
		if (!out->key[i] || !is_column(out->key[i]))
			return profile_error(r, HMS_ESYNTAX, "not a list of columns");
	}
	return 0;
}

static int by_column(const void *a, const void *b)
{
	const struct profile_cell *x = a, *y = b;

	return strcmp(x->column, y->column);
}

static int read_row(struct profile_reader *r, json_t *given, const struct profile_object *object, struct profile_row *out)
{
	static const char *const known[] = { "value", "type", "secret", NULL };
	const char *column;
	json_t *value;
	int rc = 0;

	if (!json_is_object(given))
		return profile_error(r, HMS_ESYNTAX, "not an object (column: value)");
	if (json_object_size(given) > r->limits->cells)
		return profile_error(r, HMS_ETOOBIG, "more than %zu columns", r->limits->cells);
	for (size_t i = 0; object->key && object->key[i]; i++)
		if (!json_object_get(given, object->key[i]))
			return profile_error(r, HMS_ESYNTAX, "the row has no %s, which is of the key", object->key[i]);
	out->cells = profile_room(r, json_object_size(given), sizeof(*out->cells));
	if (!out->cells)
		return HMS_ENOMEM;
	json_object_foreach(given, column, value)
	{
		struct profile_cell *cell = &out->cells[out->count++];

		where_name(&r->at, column);
		if (!rc && !is_column(column))
			rc = profile_error(r, HMS_ESYNTAX, "not a column");
		cell->column = column;
		if (!rc)
			rc = profile_value(r, value, known, &cell->value);
		if (!rc && !cell->value.text)
			rc = profile_error(r, HMS_ESYNTAX, "it has no value");
		where_up(&r->at);
	}
	qsort(out->cells, out->count, sizeof(*out->cells), by_column);
	return rc;
}

static int read_rows(struct profile_reader *r, json_t *given, struct profile_object *out)
{
	size_t i;
	json_t *item;
	int rc = 0;

	if (!given)
		return 0; /* none */
	if (!json_is_array(given))
		return profile_error(r, HMS_ESYNTAX, "not a list of rows");
	if (json_array_size(given) > r->limits->rows)
		return profile_error(r, HMS_ETOOBIG, "more than %zu rows", r->limits->rows);
	out->rows = profile_room(r, json_array_size(given), sizeof(*out->rows));
	if (!out->rows)
		return HMS_ENOMEM;
	json_array_foreach(given, i, item)
	{
		where_index(&r->at, i);
		if (!rc)
			rc = read_row(r, item, out, &out->rows[out->count++]);
		where_up(&r->at);
	}
	return rc;
}

static int read_others(struct profile_reader *r, const json_t *given, bool *remove)
{
	const char *word = json_string_value(given);

	*remove = word && strcmp(word, "remove") == 0;
	if (given && !*remove && (!word || strcmp(word, "keep") != 0))
		return profile_error(r, HMS_ESYNTAX, "neither \"keep\" nor \"remove\"");
	return 0;
}

static int read_object(struct profile_reader *r, json_t *given, struct profile_object *out)
{
	static const char *const known[] = { "path", "key", "rows", "others", NULL };
	int rc = json_is_object(given) ? profile_members(r, given, known) : profile_error(r, HMS_ESYNTAX, "not an object");

	if (rc)
		return rc;
	out->name = json_string_value(json_object_get(given, "path"));
	where_name(&r->at, "path");
	rc = out->name ? profile_check_name(r, out->name, true) : profile_error(r, HMS_ESYNTAX, "there is none");
	where_up(&r->at);
	where_name(&r->at, "key");
	if (!rc)
		rc = read_key(r, json_object_get(given, "key"), out);
	if (!rc && !out->key && profile_is_path(out->name))
		rc = profile_error(r, HMS_ESYNTAX, "a table that is given by its path needs one");
	where_up(&r->at);
	where_name(&r->at, "others");
	if (!rc)
		rc = read_others(r, json_object_get(given, "others"), &out->remove);
	where_up(&r->at);
	where_name(&r->at, "rows");
	if (!rc)
		rc = read_rows(r, json_object_get(given, "rows"), out);
	where_up(&r->at);
	return rc;
}

int profile_read_objects(struct profile_reader *r, json_t *given)
{
	size_t i;
	json_t *item;
	int rc = 0;

	if (!json_is_array(given))
		return profile_error(r, HMS_ESYNTAX, "not a list of tables");
	if (json_array_size(given) > r->limits->objects)
		return profile_error(r, HMS_ETOOBIG, "more than %zu tables", r->limits->objects);
	r->p->objects = profile_room(r, json_array_size(given), sizeof(*r->p->objects));
	if (!r->p->objects)
		return HMS_ENOMEM;
	json_array_foreach(given, i, item)
	{
		where_index(&r->at, i);
		if (!rc)
			rc = read_object(r, item, &r->p->objects[r->p->object_count++]);
		where_up(&r->at);
	}
	return rc;
}
