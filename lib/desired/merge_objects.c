/* Tables of profiles: the first profile that names a table says all about it. */
#include <stdlib.h>

#include "hms/base/map.h"
#include "hms/desired/value.h"
#include "merge.h"

static int column_type(const struct merge *m, const struct profile_object *given, const char *column)
{
	return m->in->model ? hms_model_column_type(m->in->model, given->name, hms_str(column)) : HMS_XSD_STRING;
}

static const struct hms_desired_value *cell_of(const struct hms_desired_row *row, const char *column)
{
	for (size_t i = 0; i < row->count; i++)
		if (hms_str_eqz(row->cells[i].path, column))
			return &row->cells[i];
	return NULL;
}

static bool same_key(const struct hms_desired_object *o, const struct hms_desired_row *a, const struct hms_desired_row *b)
{
	for (size_t i = 0; o->key[i]; i++) {
		const struct hms_desired_value *x = cell_of(a, o->key[i]), *y = cell_of(b, o->key[i]);

		if (!hms_value_same(x->type, x->value, y->value))
			return false;
	}
	return true;
}

static int merge_row(struct merge *m, const struct hms_profile *p, const struct profile_object *given, const struct profile_row *row,
		     struct hms_desired_object *o, struct hms_desired_row *out)
{
	out->cells = hms_arena_alloc(m->arena, (row->count + 1) * sizeof(*out->cells));
	if (!out->cells)
		return hms_err_set(m->err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < row->count; i++) {
		struct hms_desired_value *cell = &out->cells[out->count++];
		int rc = merge_text(m, p, given->name, &row->cells[i].value, column_type(m, given, row->cells[i].column), cell);

		if (rc)
			return rc;
		cell->path = hms_str(row->cells[i].column);
		cell->notify = HMS_NOTIFY_AS_IT_IS;
		cell->hidden = cell->secret || (m->in->model && hms_model_is_hidden(m->in->model, cell->path));
		cell->by_file = false; /* rows are created one by one */
	}
	out->identity = HMS_HASH_STABLE_SEED;
	for (size_t i = 0; o->key[i]; i++) {
		const struct hms_desired_value *cell = cell_of(out, o->key[i]);

		if (!cell)
			return hms_err_set(m->err, HMS_EINVAL, "profile %.*s: %s: a row has no %s, which is of the key",
					   HMS_STR_FMT(p->name), given->name, o->key[i]);
		out->identity = hms_hash_stable(out->identity, cell->value.p, cell->value.len + 1);
	}
	return 0;
}

static int check_unique(struct merge *m, const struct hms_profile *p, const struct profile_object *given,
			const struct hms_desired_object *o)
{
	for (size_t i = 0; i < o->count; i++)
		for (size_t k = i + 1; k < o->count; k++)
			if (same_key(o, &o->rows[i], &o->rows[k]))
				return hms_err_set(m->err, HMS_EINVAL, "profile %.*s: %s: rows %zu and %zu have the same key",
						   HMS_STR_FMT(p->name), given->name, i + 1, k + 1);
	return 0;
}

static int merge_object(struct merge *m, const struct hms_profile *p, const struct profile_object *given, struct hms_str path,
			const char *const *key)
{
	struct hms_desired_object *o = &m->out->objects[m->out->object_count++];
	int rc = 0;

	*o = (struct hms_desired_object){ .path = path,
					  .key = given->key ? (const char *const *)given->key : key,
					  .rows = hms_arena_alloc(m->arena, (given->count + 1) * sizeof(*o->rows)),
					  .remove = given->remove,
					  .repair = p->repair,
					  .from = p };
	if (!o->rows)
		return hms_err_set(m->err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < given->count && !rc; i++)
		rc = merge_row(m, p, given, &given->rows[i], o, &o->rows[o->count++]);
	return rc ? rc : check_unique(m, p, given, o);
}

static bool is_known(const struct hms_desired *d, struct hms_str path)
{
	for (size_t i = 0; i < d->object_count; i++)
		if (hms_str_eq(d->objects[i].path, path))
			return true;
	return false;
}

static int by_path(const void *a, const void *b)
{
	const struct hms_desired_object *x = a, *y = b;

	return hms_str_cmp(x->path, y->path);
}

static int add_object(struct merge *m, const struct hms_profile *p, const struct profile_object *given)
{
	const char *const *key = NULL;
	struct hms_str path = { NULL, 0 };

	if (profile_is_path(given->name))
		path = merge_path(m, given->name, NULL);
	else if (m->in->model)
		path = hms_model_object(m->in->model, m->arena, given->name, m->in->fap, &key);
	if (!path.p)
		return merge_missing(m, p, given->name);
	return is_known(m->out, path) ? 0 : merge_object(m, p, given, path, key);
}

int merge_objects(struct merge *m)
{
	size_t most = 0;
	int rc = 0;

	for (size_t i = 0; i < m->out->profile_count; i++)
		most += m->out->profiles[i]->object_count;
	m->out->objects = hms_arena_alloc(m->arena, (most + 1) * sizeof(*m->out->objects));
	if (!m->out->objects)
		return hms_err_set(m->err, HMS_ENOMEM, "out of memory");
	for (size_t i = 0; i < m->out->profile_count && !rc; i++)
		for (size_t k = 0; k < m->out->profiles[i]->object_count && !rc; k++)
			rc = add_object(m, m->out->profiles[i], &m->out->profiles[i]->objects[k]);
	qsort(m->out->objects, m->out->object_count, sizeof(*m->out->objects), by_path);
	return rc;
}
