/** The smallest change that leads from what is known of a device to its desired state: which RPCs, in which order. Pure: the same question has the same answer; after
 *  each step it is asked again. */
#ifndef HMS_DESIRED_PLAN_H
#define HMS_DESIRED_PLAN_H

#include "hms/desired/known.h"
#include "hms/desired/state.h"

enum hms_plan_kind {
#define PLAN_KIND(id, name, keyed) HMS_PLAN_##id,
#include "hms/desired/plan_kinds.def"
#undef PLAN_KIND
	HMS_PLAN_KINDS
};
const char *hms_plan_kind_name(enum hms_plan_kind kind);

struct hms_plan_step {
	enum hms_plan_kind kind;
	enum hms_cwmp_method method;
	struct hms_str
		payload; /* JSON as command_add() takes it; values of secrets have a Digest beside them. Steps behind an ADD have {new1} for its instance */
	size_t rows;
	bool final; /* the last one that carries a ParameterKey */
};

/** A value that differs. */
struct hms_plan_difference {
	struct hms_str path, is, shall; /* is.p NULL: not known; secrets: both "***" */
	const struct hms_profile *from;
	bool shown; /* only shown: the profile does not repair */
};

struct hms_plan {
	struct hms_plan_step *steps;
	size_t count;
	struct hms_plan_difference *differences;
	size_t difference_count;
	size_t unsupported; /* parameters and tables that the device has refused */
	size_t to_read;	    /* not known: read first. Plans that need that are not whole yet */
};

struct hms_plan_limits {
	size_t get_values_max, set_values_max; /* 0: none */
	size_t set_bytes_max;		       /* 0: none */
	bool applied; /* the device had this very state before: what differs is drift, and shown only where a profile does not repair */
};

/** Returns 0 or HMS_ENOMEM. */
int hms_plan_make(struct hms_arena *arena, const struct hms_desired *desired, const struct hms_known *known,
		  const struct hms_plan_limits *limits, struct hms_plan **out);

/** Whether anything is left to be done. */
bool hms_plan_is_empty(const struct hms_plan *plan);

#endif
