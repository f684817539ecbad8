/* What devices can do: asking for it, once a version, and what of it holds (PH-3, PH-4). */
#include "fixture.h"

#include "capability.h"

#define VERSION "Device.DeviceInfo.SoftwareVersion"

static void inform(struct fixture *f, uint32_t classes, const char *version)
{
	fixture_inform(f, 2, URL_SERVING, classes, "", NULL, VERSION, version, NULL);
}

/* A phone that is allowed and was never seen. */
static void phone(struct fixture *f)
{
	fixture_device(f, PROV_STATE_ALLOWED);
	f->d.cold.rpc_tries = 0;
	f->d.cold.oui = HMS_STR("00D09E");
	inform(f, HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT, "1.0.3.9");
}

static bool is_asked(struct fixture *f)
{
	const struct prov_command *c = fixture_step(f);

	return c && c->state == PROV_COMMAND_GRANTED && c->method == HMS_CWMP_GET_RPC_METHODS &&
	       hms_str_eqz(c->purpose, PROV_PURPOSE_METHODS);
}

static bool can(const struct fixture *f, const char *method)
{
	struct hms_err err = { 0 };

	return prov_capability_check(&f->d, hms_cwmp_method_of(hms_str(method)), hms_str(method), &err) == 0;
}

/** PH-3: at first contact, and after each change of SoftwareVersion. */
static void a_phone_is_asked_in_its_first_session_and_again_by_another_version_only(void **state)
{
	struct fixture *f = *state;

	phone(f);
	assert_true(is_asked(f));
	assert_int_equal(f->d.cold.state, PROV_STATE_SETTLED);
	fixture_answer(f, fixture_step(f), "GetRPCMethods", "MethodList.string", "Reboot", NULL);
	assert_null(fixture_step(f));
	assert_int_equal(f->d.hot.flags, 0); /* its sessions are quiet */
	assert_true(can(f, "Reboot"));
	assert_false(can(f, "Upload"));
	inform(f, HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT, "1.0.3.9");
	assert_null(fixture_step(f));
	inform(f, HMS_EVENT_BOOT, "1.0.3.10");
	assert_true(is_asked(f));
	assert_true(can(f, "Upload"));
}

/** PH-3: a new version that a quiet Inform tells of. */
static void a_device_whose_version_has_changed_does_not_stay_quiet(void **state)
{
	struct fixture *f = *state;

	phone(f);
	fixture_answer(f, fixture_step(f), "GetRPCMethods", "MethodList.string", "Reboot", NULL);
	inform(f, HMS_EVENT_PERIODIC, "1.0.3.10");
	assert_int_equal(f->d.hot.flags, PROV_FLAG_UNSETTLED);
	assert_true(is_asked(f));
	fixture_answer(f, fixture_step(f), "GetRPCMethods", "MethodList.string", "Reboot", NULL);
	assert_int_equal(f->d.hot.flags, 0);
}

/** PH-3: once a version, however it answers; what is not known refuses nothing. */
static void a_device_that_does_not_say_is_not_asked_again_and_nothing_is_refused(void **state)
{
	static const uint32_t faults[] = { 9000, 8000, 9002, 0 };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		phone(f);
		assert_true(is_asked(f));
		if (faults[i])
			fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__FAULT, faults[i]);
		else
			fixture_answer(f, fixture_step(f), "GetRPCMethods", NULL, NULL, NULL);
		inform(f, HMS_EVENT_BOOT, "1.0.3.9");
		assert_null(fixture_step(f));
		assert_int_equal(f->d.hot.flags, 0);
		assert_true(can(f, "Upload"));
	}
}

/** PH-3: it may be the question that ends its sessions. */
static void a_device_that_never_answers_is_asked_three_times(void **state)
{
	struct fixture *f = *state;

	phone(f);
	for (int i = 1; i < PROV_METHODS_TRIES; i++) {
		assert_true(is_asked(f));
		inform(f, HMS_EVENT_PERIODIC, "1.0.3.9");
	}
	assert_true(is_asked(f));
	fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__NO_ANSWER, 0);
	assert_null(fixture_step(f));
	inform(f, HMS_EVENT_PERIODIC, "1.0.3.9");
	assert_null(fixture_step(f));
	assert_int_equal(f->d.hot.flags, 0);
}

/** PH-3: registration is not delayed by it. */
static void a_cell_is_asked_when_nothing_else_is_wanted_of_it(void **state)
{
	static const char *const steps[] = { "registration", "unlock", "alarms", PROV_PURPOSE_METHODS };
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_REGISTERING);
	f->d.cold.rpc_tries = 0;
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT, "", NULL, LONDON, NULL);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct prov_command *c = fixture_step(f);

		assert_non_null(c);
		assert_true(hms_str_eqz(c->purpose, steps[i]));
		fixture_answer(f, c, "", "MethodList.string", "Reboot", NULL);
	}
	assert_null(fixture_step(f));
	assert_true(can(f, "Reboot"));
}

/** PH-3: a cell at work is not taken for failed because nothing says what it should have. */
static void a_cell_without_a_profile_is_asked_and_stays_as_it_is(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_IN_SERVICE);
	f->d.cold.rpc_tries = 0;
	f->d.cold.tenant = HMS_STR("another");
	f->d.cold.op_state = true;
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, V1_OPSTATE, "1", NULL);
	assert_true(is_asked(f));
	assert_int_equal(f->d.cold.state, PROV_STATE_IN_SERVICE);
}

/** PH-3: nobody yet, or nobody any more. */
static void devices_that_are_held_blocked_or_failed_are_not_asked(void **state)
{
	static const enum prov_state states[] = { PROV_STATE_HELD, PROV_STATE_BLOCKED, PROV_STATE_FAILED, PROV_STATE_LOCATION_REJECTED };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		fixture_device(f, states[i]);
		f->d.cold.rpc_tries = 0;
		f->d.cold.kind = HMS_KIND_GENERIC;
		inform(f, HMS_EVENT_PERIODIC, "1.0");
		assert_null(fixture_step(f));
		assert_int_equal(f->d.cold.state, states[i]);
	}
}

/** PH-3: merged with the registry, also with what it says later. */
static void what_the_registry_says_holds_as_long_as_it_says_so(void **state)
{
	struct fixture *f = *state;

	fixture_quirks(f, "\"has\": [\"AddObject\"], \"lacks\": [\"Reboot\"]");
	phone(f);
	fixture_answer(f, fixture_step(f), "GetRPCMethods", "MethodList.string", "Reboot", NULL);
	assert_true(hms_str_eqz(f->d.cold.rpc_methods, " AddObject "));
	assert_true(can(f, "AddObject"));
	assert_false(can(f, "Reboot"));
	fixture_quirks(f, "\"boolean\": \"words\"");
	fixture_work(f, PROV_WORK_LOOK);
	assert_true(hms_str_eqz(f->d.cold.rpc_methods, " Reboot "));
	assert_false(can(f, "AddObject"));
}

/** PH-3 */
static void a_model_of_which_the_registry_says_that_it_has_no_get_rpc_methods_is_not_asked(void **state)
{
	struct fixture *f = *state;

	fixture_quirks(f, "\"lacks\": [\"GetRPCMethods\"]");
	phone(f);
	assert_null(fixture_step(f));
	assert_int_equal(f->d.hot.flags, 0);
	assert_false(can(f, "GetRPCMethods"));
	assert_true(can(f, "Reboot"));
}

/** PH-3: fault 9000 on a listed method, until the next version, though it names the method again. */
static void a_method_that_was_answered_with_9000_stays_out_when_the_device_names_it_again(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	phone(f);
	fixture_answer(f, fixture_step(f), "GetRPCMethods", "MethodList.string", "Reboot", NULL);
	c = fixture_command(f, HMS_CWMP_REBOOT, "{}");
	fixture_work(f, PROV_WORK_LOOK);
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, 9000);
	assert_false(can(f, "Reboot"));
	c = fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	fixture_work(f, PROV_WORK_LOOK);
	fixture_answer(f, c, "GetRPCMethods", "MethodList.string", "Reboot", NULL);
	assert_false(can(f, "Reboot"));
	inform(f, HMS_EVENT_BOOT, "1.0.3.10");
	assert_true(can(f, "Reboot"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_phone_is_asked_in_its_first_session_and_again_by_another_version_only),
		T(a_device_whose_version_has_changed_does_not_stay_quiet),
		T(a_device_that_does_not_say_is_not_asked_again_and_nothing_is_refused),
		T(a_device_that_never_answers_is_asked_three_times),
		T(a_cell_is_asked_when_nothing_else_is_wanted_of_it),
		T(a_cell_without_a_profile_is_asked_and_stays_as_it_is),
		T(devices_that_are_held_blocked_or_failed_are_not_asked),
		T(what_the_registry_says_holds_as_long_as_it_says_so),
		T(a_model_of_which_the_registry_says_that_it_has_no_get_rpc_methods_is_not_asked),
		T(a_method_that_was_answered_with_9000_stays_out_when_the_device_names_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
