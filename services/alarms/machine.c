/* The state machine of an alarm: its table. */
#include "machine.h"

#include <stddef.h>

const char *const alm_state_names[] = {
#define ALM_STATE(name) #name,
#include "states.def"
#undef ALM_STATE
	NULL
};

static const struct alm_rule rules[ALM_STATE_COUNT][ALM_WHAT_COUNT] = {
#define ALM_RULE(state, what, action, next) [ALM_##state][ALM_##what] = { ALM_DO_##action, ALM_##next },
#include "rules.def"
#undef ALM_RULE
};

struct alm_rule alm_rule(enum alm_state state, enum alm_what what) { return rules[state][what]; }
