/* The table of the state machine: every state knows every thing that can happen, and each row does what TS 32.111-2 wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine.h"

static void every_state_has_a_rule_for_everything(void **state)
{
	(void)state;
	for (int s = 0; s < ALM_STATE_COUNT; s++)
		for (int w = 0; w < ALM_WHAT_COUNT; w++)
			assert_int_not_equal(alm_rule((enum alm_state)s, (enum alm_what)w).action, ALM_DO_NOTHING);
}

static void each_rule_is_as_the_standard_has_it(void **state)
{
	static const struct {
		enum alm_state state;
		enum alm_what what;
		enum alm_action action;
		enum alm_state next;
	} rows[] = {
		{ ALM_NONE, ALM_RAISE, ALM_DO_CREATE, ALM_ACTIVE_UNACK },
		{ ALM_NONE, ALM_CHANGE_SEVERITY, ALM_DO_CREATE_MISSED, ALM_ACTIVE_UNACK },
		{ ALM_NONE, ALM_CHANGE_OTHER, ALM_DO_CREATE_MISSED, ALM_ACTIVE_UNACK },
		{ ALM_NONE, ALM_CLEAR, ALM_DO_LOG, ALM_NONE },
		{ ALM_ACTIVE_UNACK, ALM_RAISE, ALM_DO_REPEAT, ALM_ACTIVE_UNACK },
		{ ALM_ACTIVE_ACK, ALM_RAISE, ALM_DO_REPEAT, ALM_ACTIVE_ACK },
		{ ALM_ACTIVE_UNACK, ALM_CHANGE_SEVERITY, ALM_DO_CHANGE, ALM_ACTIVE_UNACK },
		{ ALM_ACTIVE_ACK, ALM_CHANGE_SEVERITY, ALM_DO_CHANGE, ALM_ACTIVE_UNACK },
		{ ALM_ACTIVE_UNACK, ALM_CHANGE_OTHER, ALM_DO_CHANGE_GENERAL, ALM_ACTIVE_UNACK },
		{ ALM_ACTIVE_ACK, ALM_CHANGE_OTHER, ALM_DO_CHANGE_GENERAL, ALM_ACTIVE_UNACK },
		{ ALM_ACTIVE_UNACK, ALM_ACK, ALM_DO_ACK, ALM_ACTIVE_ACK },
		{ ALM_ACTIVE_ACK, ALM_UNACK, ALM_DO_UNACK, ALM_ACTIVE_UNACK },
		{ ALM_ACTIVE_UNACK, ALM_CLEAR, ALM_DO_CLEAR, ALM_CLEARED_UNACK },
		{ ALM_ACTIVE_ACK, ALM_CLEAR, ALM_DO_CLEAR, ALM_NONE },
		{ ALM_CLEARED_UNACK, ALM_ACK, ALM_DO_ACK, ALM_NONE },
		{ ALM_CLEARED_UNACK, ALM_RAISE, ALM_DO_CREATE, ALM_CLEARED_UNACK },
		{ ALM_CLEARED_UNACK, ALM_CLEAR, ALM_DO_LOG, ALM_CLEARED_UNACK },
		{ ALM_CLEARED_UNACK, ALM_CHANGE_OTHER, ALM_DO_CREATE_MISSED, ALM_CLEARED_UNACK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(alm_rule(rows[i].state, rows[i].what).action, rows[i].action);
		assert_int_equal(alm_rule(rows[i].state, rows[i].what).next, rows[i].next);
	}
}

static void what_is_late_and_what_is_not_allowed_changes_no_state(void **state)
{
	(void)state;
	for (int s = 0; s < ALM_STATE_COUNT; s++) {
		assert_int_equal(alm_rule((enum alm_state)s, ALM_LATE).action, ALM_DO_LOG_LATE);
		assert_int_equal(alm_rule((enum alm_state)s, ALM_LATE).next, s);
		for (int w = 0; w < ALM_WHAT_COUNT; w++)
			if (alm_rule((enum alm_state)s, (enum alm_what)w).action == ALM_DO_REFUSE)
				assert_int_equal(alm_rule((enum alm_state)s, (enum alm_what)w).next, s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_has_a_rule_for_everything),
		cmocka_unit_test(each_rule_is_as_the_standard_has_it),
		cmocka_unit_test(what_is_late_and_what_is_not_allowed_changes_no_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
