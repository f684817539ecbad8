/** The state machine of an alarm as a table (TS 32.111-2). Pure. */
#ifndef ALM_MACHINE_H
#define ALM_MACHINE_H

enum alm_state {
#define ALM_STATE(name) ALM_##name,
#include "states.def"
#undef ALM_STATE
	ALM_STATE_COUNT
};
extern const char *const alm_state_names[]; /* ended by NULL */

enum alm_what {
	ALM_RAISE,
	ALM_CHANGE_SEVERITY,
	ALM_CHANGE_OTHER,
	ALM_CHANGE_NOTHING,
	ALM_CLEAR,
	ALM_LATE,
	ALM_ACK,
	ALM_UNACK,
	ALM_COMMENT,
	ALM_WHAT_COUNT
};

enum alm_action {
	ALM_DO_NOTHING, /* no such rule: not reached */
	ALM_DO_CREATE,
	ALM_DO_CREATE_MISSED,
	ALM_DO_REPEAT,
	ALM_DO_CHANGE,
	ALM_DO_CHANGE_GENERAL,
	ALM_DO_CLEAR,
	ALM_DO_ACK,
	ALM_DO_UNACK,
	ALM_DO_COMMENT,
	ALM_DO_LOG,
	ALM_DO_LOG_LATE,
	ALM_DO_REFUSE,
	ALM_ACTION_COUNT
};

struct alm_rule {
	enum alm_action action;
	enum alm_state next;
};

struct alm_rule alm_rule(enum alm_state state, enum alm_what what);

#endif
