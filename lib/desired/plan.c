/* What differs between what is known of a device and its desired state. */
#include "plan.h"

#include "hms/desired/value.h"

const char *hms_plan_kind_name(enum hms_plan_kind kind)
{
	static const char *const names[HMS_PLAN_KINDS] = {
#define PLAN_KIND(id, name, keyed) [HMS_PLAN_##id] = name,
#include "hms/desired/plan_kinds.def"
#undef PLAN_KIND
	};

	return names[kind];
}

void *plan_room(struct planner *p, void **list, size_t *count, size_t *room, size_t size)
{
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 16;
		void *grown = hms_arena_grow(p->arena, *list, *room * size, more * size);

		if (!grown) {
			p->failed = true;
			return NULL;
		}
		*list = grown;
		*room = more;
	}
	return (char *)*list + (*count)++ * size;
}

void plan_read(struct planner *p, struct hms_str path)
{
	struct hms_str *read = NULL;

	for (size_t i = 0; i < p->reads.count; i++)
		if (hms_str_eq(p->reads.list[i], path))
			return;
	read = PLAN_ADD(p, reads);
	if (read)
		*read = path;
}

bool plan_is_refused(const struct planner *p, struct hms_str path) { return note_get(p->known->notes, NOTE_REFUSED, path); }

bool plan_compare(struct planner *p, struct hms_str path, const struct hms_desired_value *v, struct hms_str *is, bool *same)
{
	char digest[17];

	*is = (struct hms_str){ NULL, 0 };
	if (v->hidden) {
		const char *written = json_string_value(note_get(p->known->notes, NOTE_WRITTEN, path));

		note_hex(v->digest, digest);
		*same = written && strcmp(written, digest) == 0;
		return true;
	}
	if (!p->known->value(p->known->arg, path, is))
		return false;
	*same = hms_value_same(v->type, *is, v->value);
	return true;
}

bool plan_differs(struct planner *p, struct hms_str path, struct hms_str is, const struct hms_desired_value *v, bool repair)
{
	static const struct hms_str stars = HMS_STR("***");
	bool shown = p->limits->applied && !repair;
	struct hms_plan_difference *d = PLAN_ADD(p, differences);

	if (d)
		*d = (struct hms_plan_difference){
			.path = path, .is = v->hidden ? stars : is, .shall = v->hidden ? stars : v->value, .from = v->from, .shown = shown
		};
	return !shown;
}

/* ---------------------------------------------------------------- values */

static void add_write(struct planner *p, struct hms_str path, const struct hms_desired_value *v)
{
	bool by_file = v->by_file && !v->last && !json_object_get(p->known->notes, NOTE_NO_FILES);
	struct plan_write *w = NULL;

	if (by_file) {
		p->file = true;
		return;
	}
	w = v->last ? PLAN_ADD(p, lasts) : PLAN_ADD(p, sets);
	if (w)
		*w = (struct plan_write){ path, v };
}

static void look_value(struct planner *p, const struct hms_desired_value *v)
{
	struct hms_str is;
	bool same;

	if (!v->value.p)
		return;
	if (plan_is_refused(p, v->path)) {
		p->plan->unsupported++;
		return;
	}
	if (!plan_compare(p, v->path, v, &is, &same))
		plan_read(p, v->path);
	else if (!same && plan_differs(p, v->path, is, v, v->repair))
		add_write(p, v->path, v);
}

static void look_notify(struct planner *p, const struct hms_desired_value *v)
{
	const json_t *known = note_get(p->known->notes, NOTE_NOTIFY, v->path);
	struct plan_write *tell;
	struct hms_str *ask;

	if (v->notify == HMS_NOTIFY_AS_IT_IS)
		return;
	if (json_object_get(p->known->notes, NOTE_NO_ATTRIBUTES) || note_get(p->known->notes, NOTE_UNTOLD, v->path) ||
	    (!v->value.p && plan_is_refused(p, v->path))) {
		p->plan->unsupported++;
	} else if (!known) {
		ask = PLAN_ADD(p, asks);
		if (ask)
			*ask = v->path;
	} else if (json_integer_value(known) != v->notify) {
		tell = PLAN_ADD(p, tells);
		if (tell)
			*tell = (struct plan_write){ v->path, v };
	}
}

static void look_read(struct planner *p, struct hms_str path)
{
	bool partial = hms_str_ends(path, HMS_STR("."));
	struct hms_str is;

	if (plan_is_refused(p, path))
		return;
	if (partial ? !note_get(p->known->notes, NOTE_SEEN, path) : !p->known->value(p->known->arg, path, &is))
		plan_read(p, path);
}

/* ---------------------------------------------------------------- all */

int hms_plan_make(struct hms_arena *arena, const struct hms_desired *desired, const struct hms_known *known,
		  const struct hms_plan_limits *limits, struct hms_plan **out)
{
	struct planner p = { .arena = arena, .desired = desired, .known = known, .limits = limits };

	*out = p.plan = hms_arena_alloc(arena, sizeof(*p.plan));
	if (!p.plan)
		return HMS_ENOMEM;
	for (size_t i = 0; i < desired->read_count; i++)
		look_read(&p, desired->reads[i]);
	for (size_t i = 0; i < desired->count; i++) {
		look_value(&p, &desired->values[i]);
		look_notify(&p, &desired->values[i]);
	}
	for (size_t i = 0; i < desired->object_count; i++)
		plan_object(&p, &desired->objects[i]);
	p.plan->unsupported += desired->missing_count;
	p.plan->to_read = p.reads.count + p.asks.count;
	plan_steps(&p);
	p.plan->steps = p.steps.list;
	p.plan->count = p.steps.count;
	p.plan->differences = p.differences.list;
	p.plan->difference_count = p.differences.count;
	return p.failed ? HMS_ENOMEM : 0;
}

bool hms_plan_is_empty(const struct hms_plan *plan) { return plan->count == 0; }
