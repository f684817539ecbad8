/* Discovery and registration as a function of the stored state (TS 32.583 5.1, 5.2.1). */
#include "fixture.h"

#define POWER_UP (HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT)

static void answer(struct fixture *f, const char *purpose)
{
	struct prov_command *c = fixture_step(f);

	assert_non_null(c);
	assert_true(hms_str_eqz(c->purpose, purpose));
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
}

static bool sends(const struct prov_command *c, const char *text)
{
	return memmem(c->payload.p, c->payload.len, text, strlen(text)) != NULL;
}

static void discovery_hands_out_segw_and_hms_of_the_site(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ALLOWED);
	fixture_inform(f, 1, URL_INITIAL, POWER_UP, "", NULL, LONDON, NULL);
	assert_int_equal(f->d.cold.state, PROV_STATE_DISCOVERING);
	assert_int_equal(f->d.cold.kind, HMS_KIND_HNB);
	assert_true(sends(fixture_step(f), "segw.london") && sends(fixture_step(f), URL_SERVING)); /* U-DISC-06 */
	answer(f, "discovery");
	assert_int_equal(f->d.cold.state, PROV_STATE_ASSIGNED);
	assert_null(fixture_step(f)); /* U-DISC-08: the session ends */
}

static void location_is_read_when_the_inform_has_none(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ALLOWED);
	fixture_inform(f, 1, URL_INITIAL, POWER_UP, "", NULL, V1_OPSTATE, "0", NULL);
	assert_true(sends(fixture_step(f), "LockedLatitude")); /* U-DISC-05 */
	for (int i = 0; i < 3; i++)			       /* both, then each (PH-5) */
		fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	answer(f, "discovery"); /* 9005 is tolerated (U-REG-03) */
	assert_true(hms_str_eqz(f->d.cold.site, "bare"));
}

static void registration_configures_unlocks_and_waits_for_op_state(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ASSIGNED);
	fixture_inform(f, 2, URL_SERVING, POWER_UP, "", NULL, LONDON, NULL);
	assert_int_equal(f->d.cold.state, PROV_STATE_REGISTERING);
	assert_true(sends(fixture_step(f), "hnbgw.london")); /* U-REG-04 */
	answer(f, "registration");
	assert_int_equal(f->d.cold.state, PROV_STATE_PROVISIONED);
	assert_true(sends(fixture_step(f), "AdminState")); /* U-REG-07: values before unlock */
	answer(f, "unlock");
	answer(f, "alarms"); /* first contact */
	assert_int_equal(f->d.cold.state, PROV_STATE_PROVISIONED);
	assert_true(prov_device_settled(&f->d));
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_VALUE_CHANGE, "", NULL, V1_OPSTATE, "true", NULL);
	assert_int_equal(f->d.cold.state, PROV_STATE_IN_SERVICE);
}

static void one_hms_for_both_roles_goes_on_in_the_same_session(void **state)
{
	struct fixture *f = *state;
	uint64_t sid;

	fixture_device(f, PROV_STATE_ALLOWED);
	fixture_inform(f, 3, URL_BOTH, POWER_UP, "", NULL, MUNICH, NULL);
	sid = f->sid;
	answer(f, "discovery");
	answer(f, "registration"); /* U-DISC-07 */
	answer(f, "unlock");
	answer(f, "alarms");
	assert_int_equal(f->d.hot.sid, sid);
	assert_int_equal(f->d.hot.g_next, 5);
}

static void a_later_inform_at_the_serving_role_needs_no_bootstrap(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ASSIGNED);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, LONDON, NULL);
	assert_int_equal(f->d.cold.state, PROV_STATE_REGISTERING); /* U-DISC-07 */
}

static void a_session_without_events_goes_on_where_the_last_one_stopped(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ASSIGNED);
	fixture_inform(f, 2, URL_SERVING, POWER_UP, "", NULL, LONDON, NULL);
	assert_non_null(fixture_step(f));
	fixture_inform(f, 2, URL_SERVING, 0, "", NULL, LONDON, NULL); /* the answer never came */
	assert_int_equal(f->d.cold.state, PROV_STATE_REGISTERING);
	answer(f, "registration");
}

static void without_hnb_gw_nothing_is_provisioned(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ASSIGNED);
	fixture_inform(f, 2, URL_SERVING, POWER_UP, "", NULL, V1_OPSTATE, "0", V1_LAT, "0", V1_LON, "0", NULL); /* site bare */
	answer(f, "registration");
	assert_int_equal(f->d.cold.state, PROV_STATE_FAILED); /* U-DISC-09 */
	assert_non_null(f->d.alarms);
}

static void a_boot_asks_for_another_unlock(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_IN_SERVICE);
	f->d.cold.unlocked = f->d.cold.op_state = true;
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_BOOT, "", NULL, LONDON, NULL);
	assert_int_equal(f->d.cold.state, PROV_STATE_PROVISIONED); /* U-REG-08 */
	answer(f, "unlock");
}

static void a_fault_fails_the_procedure_and_a_timer_tries_again(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ASSIGNED);
	fixture_inform(f, 2, URL_SERVING, POWER_UP, "", NULL, LONDON, NULL);
	fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__FAULT, 9003);
	assert_int_equal(f->d.cold.state, PROV_STATE_FAILED);
	assert_int_equal(f->d.timer_count, 1);
	prov_procedure_timer(&f->ctx, &f->d, "retry");
	assert_int_equal(f->d.cold.state, PROV_STATE_REGISTERING);
}

static void a_missing_op_state_raises_an_alarm_that_its_coming_clears(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ASSIGNED);
	fixture_inform(f, 2, URL_SERVING, POWER_UP, "", NULL, LONDON, NULL);
	answer(f, "registration");
	answer(f, "unlock");
	prov_procedure_timer(&f->ctx, &f->d, "op_state"); /* U-REG-07 */
	assert_non_null(f->d.alarms);
	assert_false(f->d.alarms->alarm.cleared);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_VALUE_CHANGE, "", NULL, V1_OPSTATE, "1", NULL);
	assert_true(f->d.alarms->alarm.cleared);
}

static void reprovision_starts_assignment_again(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_IN_SERVICE);
	fixture_inform(f, 1, URL_INITIAL, HMS_EVENT_REPROVISION_SEGW, "", NULL, LONDON, NULL);
	assert_int_equal(f->d.cold.state, PROV_STATE_DISCOVERING); /* U-REG-09 */
}

static void blocked_and_held_devices_get_nothing(void **state)
{
	static const enum prov_state states[] = { PROV_STATE_BLOCKED, PROV_STATE_HELD };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		fixture_device(f, states[i]);
		fixture_inform(f, 3, URL_BOTH, POWER_UP, "", NULL, MUNICH, NULL);
		assert_int_equal(f->d.cold.state, states[i]); /* DEP-04 */
		assert_null(fixture_step(f));
	}
}

static void an_unknown_device_is_held_by_policy(void **state)
{
	struct fixture *f = *state;

	fixture_inform(f, 1, URL_INITIAL, POWER_UP, "", NULL, LONDON, NULL);
	assert_true(f->d.exists);
	assert_int_equal(f->d.cold.state, PROV_STATE_HELD);
	assert_null(fixture_step(f));
}

static void a_held_device_leaves_no_parameters_until_it_is_allowed(void **state)
{
	struct fixture *f = *state;

	fixture_inform(f, 1, URL_INITIAL, POWER_UP, "", NULL, LONDON, NULL);
	assert_null(f->d.reports);
	f->d.cold.state = PROV_STATE_ALLOWED;
	fixture_inform(f, 1, URL_INITIAL, POWER_UP, "", NULL, LONDON, NULL);
	assert_non_null(f->d.reports);
}

/* A union holds the body: anything but an Inform has no identity where an Inform has it. */
static void only_an_inform_makes_an_unknown_device_known(void **state)
{
	struct fixture *f = *state;
	struct prov_command forged = { .id = 0x4141414141414141, .g_n = 1 };

	fixture_result(f, &forged, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_false(f->d.exists);
	fixture_dispatched(f, 0x4141414141414141, 7, 1);
	assert_false(f->d.exists);
}

static void a_device_without_fapservice_is_settled_at_once(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_ALLOWED);
	fixture_inform(f, 3, URL_BOTH, POWER_UP, "", NULL, "Device.DeviceInfo.SoftwareVersion", "1", NULL);
	assert_int_equal(f->d.cold.state, PROV_STATE_SETTLED);
	assert_int_equal(f->d.cold.kind, HMS_KIND_GENERIC);
}

static void a_late_inform_changes_no_state(void **state)
{
	struct fixture *f = *state;
	int64_t sid;

	fixture_device(f, PROV_STATE_ASSIGNED);
	fixture_inform(f, 2, URL_SERVING, POWER_UP, "", NULL, LONDON, NULL);
	sid = f->d.hot.sid;
	fixture_late_inform(f, 3000000, "");
	assert_int_equal(f->d.hot.sid, sid);
	assert_int_equal(fixture_step(f)->state, PROV_COMMAND_GRANTED);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(discovery_hands_out_segw_and_hms_of_the_site),
		T(location_is_read_when_the_inform_has_none),
		T(registration_configures_unlocks_and_waits_for_op_state),
		T(one_hms_for_both_roles_goes_on_in_the_same_session),
		T(a_later_inform_at_the_serving_role_needs_no_bootstrap),
		T(a_session_without_events_goes_on_where_the_last_one_stopped),
		T(without_hnb_gw_nothing_is_provisioned),
		T(a_boot_asks_for_another_unlock),
		T(a_fault_fails_the_procedure_and_a_timer_tries_again),
		T(a_missing_op_state_raises_an_alarm_that_its_coming_clears),
		T(reprovision_starts_assignment_again),
		T(blocked_and_held_devices_get_nothing),
		T(an_unknown_device_is_held_by_policy),
		T(a_held_device_leaves_no_parameters_until_it_is_allowed),
		T(only_an_inform_makes_an_unknown_device_known),
		T(a_device_without_fapservice_is_settled_at_once),
		T(a_late_inform_changes_no_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
