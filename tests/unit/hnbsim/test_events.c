/* Events that wait to be reported (TR-069 3.7.1.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "events.h"

static bool waits(const struct events *events, const char *code, const char *key)
{
	struct hms_cwmp_event list[EVENTS_MAX];
	size_t n = events_list(events, list);

	for (size_t i = 0; i < n; i++)
		if (hms_str_eqz(list[i].code, code) && hms_str_eqz(list[i].command_key, key))
			return true;
	return false;
}

static void a_single_event_waits_once(void **state)
{
	struct events events = { 0 };
	struct hms_cwmp_event list[EVENTS_MAX];

	(void)state;
	events_add(&events, HMS_EVENT_PERIODIC);
	events_add(&events, HMS_EVENT_PERIODIC);
	assert_int_equal(events_list(&events, list), 1);
	assert_true(waits(&events, "2 PERIODIC", ""));
	events_fini(&events);
}

static void each_reboot_has_an_entry_with_its_key(void **state)
{
	struct events events = { 0 };

	(void)state;
	assert_int_equal(events_add_m(&events, HMS_EVENT_M_REBOOT, HMS_STR("a")), 0);
	assert_int_equal(events_add_m(&events, HMS_EVENT_M_REBOOT, HMS_STR("b")), 0);
	assert_true(waits(&events, "M Reboot", "a") && waits(&events, "M Reboot", "b"));
	events_fini(&events);
}

static void bootstrap_drops_all_others(void **state)
{
	struct events events = { 0 };
	struct hms_cwmp_event list[EVENTS_MAX];

	(void)state;
	events_add(&events, HMS_EVENT_PERIODIC);
	events_add_m(&events, HMS_EVENT_M_REBOOT, HMS_STR("a"));
	events_add(&events, HMS_EVENT_BOOTSTRAP);
	events_add(&events, HMS_EVENT_BOOT);
	assert_int_equal(events_list(&events, list), 2);
	assert_true(waits(&events, "0 BOOTSTRAP", "") && waits(&events, "1 BOOT", ""));
	events_fini(&events);
}

static void the_answer_clears_what_was_sent_and_nothing_newer(void **state)
{
	struct events events = { 0 };
	struct events_sent sent;

	(void)state;
	events_add(&events, HMS_EVENT_BOOT);
	events_add_m(&events, HMS_EVENT_M_REBOOT, HMS_STR("old"));
	sent = events_mark(&events);
	events_add(&events, HMS_EVENT_PERIODIC);
	events_add_m(&events, HMS_EVENT_M_REBOOT, HMS_STR("new"));
	events_inform_answered(&events, sent);
	assert_false(waits(&events, "1 BOOT", "") || waits(&events, "M Reboot", "old"));
	assert_true(waits(&events, "2 PERIODIC", "") && waits(&events, "M Reboot", "new"));
	events_fini(&events);
}

static void transfer_complete_is_not_cleared_by_the_inform_response(void **state)
{
	struct events events = { 0 };

	(void)state;
	events_add(&events, HMS_EVENT_TRANSFER_COMPLETE);
	events_add_m(&events, HMS_EVENT_M_DOWNLOAD, HMS_STR("d"));
	events_inform_answered(&events, events_mark(&events));
	assert_true(waits(&events, "7 TRANSFER COMPLETE", "") && waits(&events, "M Download", "d"));
	events_fini(&events);
}

static void a_failed_session_keeps_all_but_a_connection_request(void **state)
{
	struct events events = { 0 };

	(void)state;
	events_add(&events, HMS_EVENT_CONNECTION_REQUEST);
	events_add(&events, HMS_EVENT_PERIODIC);
	events_inform_failed(&events, events_mark(&events));
	assert_false(waits(&events, "6 CONNECTION REQUEST", ""));
	assert_true(waits(&events, "2 PERIODIC", ""));
	events_fini(&events);
}

static void a_reboot_drops_value_changes_but_not_periodic(void **state)
{
	struct events events = { 0 };

	(void)state;
	events_add(&events, HMS_EVENT_VALUE_CHANGE);
	events_add(&events, HMS_EVENT_PERIODIC);
	events_add(&events, HMS_EVENT_BOOTSTRAP);
	events_add(&events, HMS_EVENT_PERIODIC);
	events_rebooted(&events);
	assert_true(waits(&events, "0 BOOTSTRAP", "") && waits(&events, "2 PERIODIC", ""));
	assert_false(waits(&events, "4 VALUE CHANGE", ""));
	events_fini(&events);
}

static void over_64_the_oldest_m_event_goes(void **state)
{
	struct events events = { 0 };
	struct hms_cwmp_event list[EVENTS_MAX];

	(void)state;
	events_add(&events, HMS_EVENT_BOOT);
	for (int i = 0; i < EVENTS_MAX; i++) {
		char key[16];

		snprintf(key, sizeof(key), "k%d", i);
		events_add_m(&events, HMS_EVENT_M_REBOOT, hms_str(key));
	}
	assert_int_equal(events_list(&events, list), EVENTS_MAX);
	assert_false(waits(&events, "M Reboot", "k0"));
	assert_true(waits(&events, "M Reboot", "k1") && waits(&events, "M Reboot", "k63") && waits(&events, "1 BOOT", ""));
	events_fini(&events);
}

static void a_command_key_is_cut_at_32_characters(void **state)
{
	struct events events = { 0 };

	(void)state;
	events_add_m(&events, HMS_EVENT_M_REBOOT, HMS_STR("0123456789012345678901234567890123456789"));
	assert_true(waits(&events, "M Reboot", "01234567890123456789012345678901"));
	events_fini(&events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_event_waits_once),
		cmocka_unit_test(each_reboot_has_an_entry_with_its_key),
		cmocka_unit_test(bootstrap_drops_all_others),
		cmocka_unit_test(the_answer_clears_what_was_sent_and_nothing_newer),
		cmocka_unit_test(transfer_complete_is_not_cleared_by_the_inform_response),
		cmocka_unit_test(a_failed_session_keeps_all_but_a_connection_request),
		cmocka_unit_test(a_reboot_drops_value_changes_but_not_periodic),
		cmocka_unit_test(over_64_the_oldest_m_event_goes),
		cmocka_unit_test(a_command_key_is_cut_at_32_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
