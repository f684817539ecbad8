/** What the files that plan share: what differs, before it becomes RPCs. */
#ifndef DESIRED_PLAN_H
#define DESIRED_PLAN_H

#include "hms/desired/plan.h"
#include "notes.h"

/** A growing list in the arena. */
#define PLAN_LIST(type)             \
	struct {                    \
		type *list;         \
		size_t count, room; \
	}

/** A value to be written: a parameter, or a cell of a row that may still have to be made. */
struct plan_write {
	struct hms_str path;
	const struct hms_desired_value *value;
};

/** A row to be made. */
struct plan_add {
	struct hms_str table;
	const struct hms_desired_row *row;
};

struct planner {
	struct hms_arena *arena;
	const struct hms_desired *desired;
	const struct hms_known *known;
	const struct hms_plan_limits *limits;
	struct hms_plan *plan;
	PLAN_LIST(struct hms_str) reads, asks, deletes; /* values; notifications; rows */
	PLAN_LIST(struct plan_write) sets, lasts, tells;
	PLAN_LIST(struct plan_add) adds;
	PLAN_LIST(struct hms_plan_difference) differences;
	PLAN_LIST(struct hms_plan_step) steps;
	bool file; /* something that goes by file differs */
	bool failed;
};

/** Room for one more, zeroed; NULL: p->failed. */
void *plan_room(struct planner *p, void **list, size_t *count, size_t *room, size_t size);
#define PLAN_ADD(p, l) plan_room((p), (void **)&(p)->l.list, &(p)->l.count, &(p)->l.room, sizeof(*(p)->l.list))

void plan_read(struct planner *p, struct hms_str path);
/** What a written value is known to be; false: nothing is. *same: it is as desired. */
bool plan_compare(struct planner *p, struct hms_str path, const struct hms_desired_value *v, struct hms_str *is, bool *same);
/** Notes a difference; returns whether it is to be mended. */
bool plan_differs(struct planner *p, struct hms_str path, struct hms_str is, const struct hms_desired_value *v, bool repair);
bool plan_is_refused(const struct planner *p, struct hms_str path);

/** plan_rows.c: what differs in a table. */
void plan_object(struct planner *p, const struct hms_desired_object *o);
/** plan_steps.c: from what differs to RPCs. */
void plan_steps(struct planner *p);

#endif
