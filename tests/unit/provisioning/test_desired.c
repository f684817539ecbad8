/* Desired configuration of a device: plans become commands, their ends lead on, and what is lost is found again. */
#include "desired.h"
#include "fixture.h"

#define ROOT "InternetGatewayDevice."
#define SOFTWARE ROOT "DeviceInfo.SoftwareVersion", "1.0"
#define CODE ROOT "DeviceInfo.ProvisioningCode"
#define TABLE ROOT "X_TEST.Row."

static void begin(struct fixture *f, const char *profile)
{
	struct prov_desired *x = hms_arena_alloc(f->ctx.arena, sizeof(*x));

	assert_non_null(x);
	x->reason = x->region = HMS_STR("");
	x->profiles = HMS_STR("[]");
	x->notes = x->leases = HMS_STR("{}");
	fixture_profile(f, profile);
	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.kind = HMS_KIND_GENERIC;
	f->d.desired = x;
}

static void inform(struct fixture *f, uint32_t classes, const char *key, const char *value)
{
	fixture_inform(f, 3, URL_BOTH, classes, key, NULL, SOFTWARE, value ? CODE : NULL, value, NULL);
}

static struct prov_command *step(struct fixture *f, enum hms_cwmp_method method)
{
	struct prov_command *c = fixture_step(f);

	assert_non_null(c);
	assert_int_equal(c->method, method);
	assert_true(hms_str_eqz(c->purpose, PROV_PURPOSE_DESIRED));
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	return c;
}

static void answered(struct fixture *f, const struct prov_command *c)
{
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	f->d.desired->exists = true; /* its row has been written */
}

static void what_differs_is_set_and_then_it_is_in_sync(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	begin(f, "{\"parameters\": {\"" CODE "\": \"ours\"}}");
	inform(f, HMS_EVENT_PERIODIC, "", "theirs");
	c = step(f, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_true(fixture_sends(c, "ours"));
	assert_true(f->d.hot.flags & PROV_FLAG_UNSETTLED);
	answered(f, c);
	assert_null(fixture_step(f));
	assert_int_equal(f->d.desired->state, PROV_DESIRED_IN_SYNC);
	assert_true(f->d.hot.applied_hash == f->d.desired->hash && f->d.desired->hash != 0);
	assert_true(hms_str_starts(f->d.hot.have_key, HMS_STR("=")));
	assert_false(f->d.hot.flags & PROV_FLAG_UNSETTLED);
	assert_int_equal(f->d.change_count, 1);
	assert_int_equal(f->d.changes[0]->source, 'P');
}

static void what_is_not_known_is_read_first(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	begin(f, "{\"parameters\": {\"" CODE "\": \"ours\"}}");
	inform(f, HMS_EVENT_PERIODIC, "", NULL);
	c = step(f, HMS_CWMP_GET_PARAMETER_VALUES);
	fixture_answer(f, c, "GetParameterValuesResponse", NULL, NULL, CODE, "ours", NULL);
	assert_null(fixture_step(f));
	assert_int_equal(f->d.desired->state, PROV_DESIRED_IN_SYNC);
}

static void the_parameter_key_is_evidence_of_a_write_whose_answer_was_lost(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;
	char key[33];

	begin(f, "{\"parameters\": {\"" CODE "\": \"ours\"}}");
	inform(f, HMS_EVENT_PERIODIC, "", "theirs");
	c = step(f, HMS_CWMP_SET_PARAMETER_VALUES);
	prov_desired_parameter_key(c, key);
	assert_int_equal(key[0], '=');
	inform(f, HMS_EVENT_PERIODIC, key, NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_null(fixture_step(f));
	assert_int_equal(f->d.desired->state, PROV_DESIRED_IN_SYNC);
}

static void drift_is_mended_with_a_key_that_the_device_does_not_have(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;
	char key[33];

	begin(f, "{\"parameters\": {\"" CODE "\": \"ours\"}}");
	inform(f, HMS_EVENT_PERIODIC, "", "theirs");
	c = step(f, HMS_CWMP_SET_PARAMETER_VALUES);
	prov_desired_parameter_key(c, key);
	answered(f, c);
	inform(f, HMS_EVENT_VALUE_CHANGE, key, "drift");
	c = step(f, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_int_equal(f->d.desired->state, PROV_DESIRED_DRIFTED);
	assert_null(prov_desired_of_key(&f->d, hms_str(key))); /* it would prove nothing */
	inform(f, HMS_EVENT_PERIODIC, key, NULL);
	assert_int_equal(c->state, PROV_COMMAND_CANCELLED);
	answered(f, step(f, HMS_CWMP_SET_PARAMETER_VALUES));
	assert_int_equal(f->d.desired->state, PROV_DESIRED_IN_SYNC);
}

static void a_row_whose_add_object_was_not_answered_is_found_and_not_added_again(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	begin(f, "{\"objects\": [{\"path\": \"" TABLE "\", \"key\": [\"Id\"], \"rows\": [{\"Id\": \"7\"}]}]}");
	inform(f, HMS_EVENT_PERIODIC, "", NULL);
	fixture_answer(f, step(f, HMS_CWMP_GET_PARAMETER_VALUES), "GetParameterValuesResponse", NULL, NULL, TABLE "4.Id", "5", NULL);
	c = step(f, HMS_CWMP_ADD_OBJECT);
	fixture_dispatched(f, (uint64_t)c->id, f->sid, (uint32_t)c->g_n);
	inform(f, HMS_EVENT_PERIODIC, "", NULL);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
	fixture_answer(f, step(f, HMS_CWMP_GET_PARAMETER_VALUES), "GetParameterValuesResponse", NULL, NULL, TABLE "4.Id", "5", TABLE "6.Id",
		       "", NULL);
	c = step(f, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_true(fixture_sends(c, TABLE "6.Id"));
	answered(f, c);
	assert_null(fixture_step(f));
	assert_int_equal(f->d.desired->state, PROV_DESIRED_IN_SYNC);
}

static void a_refused_value_is_tried_again_later_and_the_device_is_let_go(void **state)
{
	struct fixture *f = *state;

	begin(f, "{\"parameters\": {\"" CODE "\": \"ours\"}}");
	inform(f, HMS_EVENT_PERIODIC, "", "theirs");
	fixture_result(f, step(f, HMS_CWMP_SET_PARAMETER_VALUES), HMS__RPC_RESULT__OUTCOME__FAULT, 9003);
	f->d.desired->exists = true;
	assert_null(fixture_step(f));
	assert_int_equal(f->d.desired->state, PROV_DESIRED_FAILING);
	assert_true(hms_str_eqz(f->d.desired->reason, "SetParameterValues: fault 9003"));
	assert_false(f->d.hot.flags & PROV_FLAG_UNSETTLED);
	f->now_us = f->d.desired->retry + 1;
	inform(f, HMS_EVENT_PERIODIC, "", NULL);
	step(f, HMS_CWMP_SET_PARAMETER_VALUES);
}

static void a_cell_is_left_alone_until_its_procedures_are_done(void **state)
{
	struct fixture *f = *state;

	begin(f, "{\"parameters\": {\"" CODE "\": \"ours\"}}");
	f->d.cold.state = PROV_STATE_LOCATION_REJECTED;
	f->d.cold.kind = HMS_KIND_HNB;
	inform(f, HMS_EVENT_PERIODIC, "", "theirs");
	assert_null(fixture_last(f, PROV_PURPOSE_DESIRED));
}

static void after_a_factory_reset_nothing_that_was_known_holds(void **state)
{
	struct fixture *f = *state;
	char key[33];

	begin(f, "{\"parameters\": {\"" CODE "\": \"ours\", \"" ROOT
		 "ManagementServer.STUNPassword\": {\"value\": \"x\", \"secret\": true}}}");
	inform(f, HMS_EVENT_PERIODIC, "", "theirs");
	prov_desired_parameter_key(step(f, HMS_CWMP_SET_PARAMETER_VALUES), key);
	answered(f, fixture_step(f));
	assert_int_equal(f->d.desired->state, PROV_DESIRED_IN_SYNC);
	f->d.desired->dirty = false;
	inform(f, HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT, "", NULL);
	fixture_answer(f, step(f, HMS_CWMP_GET_PARAMETER_VALUES), "GetParameterValuesResponse", NULL, NULL, CODE, "", NULL);
	assert_true(fixture_sends(step(f, HMS_CWMP_SET_PARAMETER_VALUES), "STUNPassword"));
	assert_true(fixture_sends(fixture_step(f), "ours"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_differs_is_set_and_then_it_is_in_sync),
		TEST(what_is_not_known_is_read_first),
		TEST(the_parameter_key_is_evidence_of_a_write_whose_answer_was_lost),
		TEST(drift_is_mended_with_a_key_that_the_device_does_not_have),
		TEST(a_row_whose_add_object_was_not_answered_is_found_and_not_added_again),
		TEST(a_refused_value_is_tried_again_later_and_the_device_is_let_go),
		TEST(after_a_factory_reset_nothing_that_was_known_holds),
		TEST(a_cell_is_left_alone_until_its_procedures_are_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
