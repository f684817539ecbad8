/* What differs in a table: rows are matched by their key, or by what they were made for. */
#include "plan.h"

#include "hms/desired/value.h"

struct table {
	struct planner *p;
	const struct hms_desired_object *o;
	const json_t *instances;
	bool *taken; /* by instance, as they stand in the list */
	bool unread; /* a cell that decides is not known */
};

static struct hms_str row_path(struct table *t, long long instance)
{
	char *text = hms_arena_printf(t->p->arena, "%.*s%lld.", HMS_STR_FMT(t->o->path), instance);

	t->p->failed |= !text;
	return hms_str(text ? text : "");
}

static struct hms_str cell_path(struct table *t, struct hms_str row, struct hms_str column)
{
	char *text = hms_arena_printf(t->p->arena, "%.*s%.*s", HMS_STR_FMT(row), HMS_STR_FMT(column));

	t->p->failed |= !text;
	return hms_str(text ? text : "");
}

/* The identity of the row that HMS has made this instance for; NULL: it was there. */
static const char *made_for(const struct table *t, json_int_t instance)
{
	char name[24];

	snprintf(name, sizeof(name), "%lld", (long long)instance);
	return json_string_value(json_object_get(note_get(t->p->known->notes, NOTE_OURS, t->o->path), name));
}

static bool is_made_for(const struct table *t, json_int_t instance, const struct hms_desired_row *row)
{
	const char *made = made_for(t, instance);
	char identity[17];

	note_hex(row->identity, identity);
	return made && strcmp(made, identity) == 0;
}

static const struct hms_desired_value *cell_of(const struct hms_desired_row *row, const char *column)
{
	for (size_t i = 0; i < row->count; i++)
		if (hms_str_eqz(row->cells[i].path, column))
			return &row->cells[i];
	return NULL;
}

/* Whether the key's cells of an instance that was there are those of the row. */
static bool has_key(struct table *t, json_int_t instance, const struct hms_desired_row *row)
{
	struct hms_str path = row_path(t, instance);

	for (size_t i = 0; t->o->key[i]; i++) {
		const struct hms_desired_value *cell = cell_of(row, t->o->key[i]);
		struct hms_str at = cell_path(t, path, cell->path), is;

		if (plan_is_refused(t->p, at))
			return false;
		if (!t->p->known->value(t->p->known->arg, at, &is)) {
			plan_read(t->p, at);
			t->unread = true;
			return false;
		}
		if (!hms_value_same(cell->type, is, cell->value))
			return false;
	}
	return true;
}

static json_int_t find_instance(struct table *t, const struct hms_desired_row *row)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)t->instances, i, item)
	{
		if (!t->taken[i] && is_made_for(t, json_integer_value(item), row)) {
			t->taken[i] = true;
			return json_integer_value(item);
		}
	}
	json_array_foreach((json_t *)t->instances, i, item)
	{
		if (!t->taken[i] && !made_for(t, json_integer_value(item)) && has_key(t, json_integer_value(item), row)) {
			t->taken[i] = true;
			return json_integer_value(item);
		}
	}
	return 0;
}

static void add_write(struct table *t, struct hms_str path, const struct hms_desired_value *v)
{
	struct plan_write *w = PLAN_ADD(t->p, sets);

	if (w)
		*w = (struct plan_write){ path, v };
}

static void look_row(struct table *t, json_int_t instance, const struct hms_desired_row *row)
{
	struct hms_str path = row_path(t, instance);
	bool made = made_for(t, instance);

	for (size_t i = 0; i < row->count; i++) {
		const struct hms_desired_value *cell = &row->cells[i];
		struct hms_str at = cell_path(t, path, cell->path), is;
		bool same = false, known;

		if (plan_is_refused(t->p, at)) {
			t->p->plan->unsupported++;
			continue;
		}
		known = plan_compare(t->p, at, cell, &is, &same);
		if (!known && !made)
			plan_read(t->p, at);
		else if (!same && plan_differs(t->p, at, is, cell, t->o->repair))
			add_write(t, at, cell);
	}
}

/* Its cells are written once there is an instance. */
static void make_row(struct table *t, const struct hms_desired_row *row)
{
	struct plan_add *add;
	struct hms_str path;
	bool mend = true;

	for (size_t i = 0; i < row->count; i++)
		mend = plan_differs(t->p, cell_path(t, t->o->path, row->cells[i].path), (struct hms_str){ NULL, 0 }, &row->cells[i],
				    t->o->repair);
	add = mend ? PLAN_ADD(t->p, adds) : NULL;
	if (!add)
		return;
	*add = (struct plan_add){ t->o->path, row };
	path = hms_str(hms_arena_printf(t->p->arena, "%.*s{new%zu}.", HMS_STR_FMT(t->o->path), t->p->adds.count));
	for (size_t i = 0; i < row->count; i++)
		add_write(t, cell_path(t, path, row->cells[i].path), &row->cells[i]);
}

/* Rows that nobody wants: those that HMS has made, and where the profile says so all others. */
static void remove_others(struct table *t)
{
	const struct hms_desired_value gone = { .value = HMS_STR(""), .from = t->o->from };
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)t->instances, i, item)
	{
		struct hms_str path, *row;

		if (t->taken[i] || (!t->o->remove && !made_for(t, json_integer_value(item))))
			continue;
		path = row_path(t, json_integer_value(item));
		if (!plan_differs(t->p, path, path, &gone, t->o->repair))
			continue;
		row = PLAN_ADD(t->p, deletes);
		if (row)
			*row = path;
	}
}

void plan_object(struct planner *p, const struct hms_desired_object *o)
{
	struct table t = { .p = p, .o = o, .instances = note_get(p->known->notes, NOTE_TABLES, o->path) };

	if (plan_is_refused(p, o->path)) {
		p->plan->unsupported++;
		return;
	}
	if (!t.instances) {
		plan_read(p, o->path);
		return;
	}
	t.taken = hms_arena_alloc(p->arena, json_array_size(t.instances) + 1);
	if (!t.taken) {
		p->failed = true;
		return;
	}
	for (size_t i = 0; i < o->count; i++) {
		json_int_t instance = find_instance(&t, &o->rows[i]);

		if (instance)
			look_row(&t, instance, &o->rows[i]);
		else if (!t.unread)
			make_row(&t, &o->rows[i]);
	}
	if (!t.unread)
		remove_others(&t);
}
