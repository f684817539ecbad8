/* De-provisioning (DEP-01 to DEP-06; contracts 7, "Block and cancel"). */
#include "fixture.h"

#include "hms/redis/mailbox.h"

#define POWER_UP (HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT)

static const char profile[] =
	"{\"kinds\":{\"hnb\":{\"discovery\":{\"send\":[\"segw.1\"]},\"deprovision\":{\"send\":[\"fap.admin_state\",\"hnbgw.1\"],"
	"\"values\":{\"fap.admin_state\":\"false\",\"hnbgw.1\":\"\"}}}},\"values\":{\"fap.admin_state\":\"true\"}}";

/* As device_block() leaves it, and the notice comes. */
static void blocked(struct fixture *f)
{
	fixture_device(f, PROV_STATE_BLOCKED);
	f->d.cold.kind = HMS_KIND_HNB;
	f->d.cold.model = HMS_STR("tr098-tr196v1");
	fixture_profile(f, profile);
	fixture_work(f, PROV_WORK_LOOK);
}

static void here(struct fixture *f, int role, uint32_t classes) { fixture_inform(f, role, URL_BOTH, classes, "", NULL, LONDON, NULL); }

static void a_blocked_cell_is_reset_once_and_then_left_alone_through_its_bootstrap(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	blocked(f);
	assert_int_equal(f->d.hot.flags, PROV_FLAG_BLOCKED | PROV_FLAG_UNSETTLED); /* its next session waits for the reset */
	here(f, 2, HMS_EVENT_PERIODIC);
	c = fixture_step(f);
	assert_int_equal(c->method, HMS_CWMP_FACTORY_RESET); /* DEP-02 */
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_int_equal(f->d.hot.flags, PROV_FLAG_BLOCKED);
	for (int role = 1; role <= 3; role++) { /* DEP-04: at any role */
		here(f, role, POWER_UP);
		assert_null(fixture_step(f));
		assert_int_equal(f->d.cold.state, PROV_STATE_BLOCKED);
	}
}

static void a_cell_without_factory_reset_is_reset_by_values(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	blocked(f);
	here(f, 2, HMS_EVENT_PERIODIC);
	fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__FAULT, 9000);
	c = fixture_step(f);
	assert_int_equal(c->method, HMS_CWMP_SET_PARAMETER_VALUES); /* DEP-03 */
	assert_true(fixture_sends(c, "AdminState\",\"Value\":\"false\""));
	assert_true(fixture_sends(c, "FAPGWServer1\",\"Value\":\"\""));
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	here(f, 2, HMS_EVENT_PERIODIC);
	assert_null(fixture_step(f));
}

/* PH-4: known from GetRPCMethods, so that it is not asked first. */
static void a_cell_that_has_not_named_factory_reset_is_reset_by_values_at_once(void **state)
{
	struct fixture *f = *state;

	blocked(f);
	f->d.cold.rpc_named = f->d.cold.rpc_methods = HMS_STR(" GetParameterValues SetParameterValues Reboot ");
	here(f, 2, HMS_EVENT_PERIODIC);
	assert_int_equal(fixture_step(f)->method, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_int_equal(f->d.command_count, 1);
	fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_true(prov_device_owes(&f->d, PROV_DUTY_DEPROVISIONED));
}

static void a_cell_that_refuses_both_stays_blocked_with_an_alarm(void **state)
{
	struct fixture *f = *state;

	blocked(f);
	here(f, 2, HMS_EVENT_PERIODIC);
	fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__FAULT, 9000);
	fixture_result(f, fixture_step(f), HMS__RPC_RESULT__OUTCOME__FAULT, 9007);
	assert_int_equal(f->d.cold.state, PROV_STATE_BLOCKED);
	assert_non_null(f->d.alarms);
	here(f, 2, HMS_EVENT_PERIODIC);
	assert_null(fixture_step(f));
}

static void a_bootstrap_is_evidence_of_a_reset_whose_answer_was_lost(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	blocked(f);
	f->d.hot.have_key = HMS_STR("~old");
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "~old", NULL, LONDON, NULL);
	c = fixture_step(f);
	fixture_dispatched(f, (uint64_t)c->id, f->sid, (uint32_t)c->g_n);
	here(f, 1, POWER_UP);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_null(fixture_step(f));
	assert_true(prov_device_settled(&f->d));
}

static void what_was_queued_is_cancelled_and_what_is_on_its_way_revoked(void **state)
{
	struct fixture *f = *state;
	struct prov_command *queued, *granted;

	fixture_device(f, PROV_STATE_IN_SERVICE);
	f->d.cold.kind = HMS_KIND_HNB;
	granted = fixture_command(f, HMS_CWMP_REBOOT, "{}");
	here(f, 2, HMS_EVENT_PERIODIC);
	assert_int_equal(granted->state, PROV_COMMAND_GRANTED);
	queued = fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	f->d.cold.state = PROV_STATE_BLOCKED;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(queued->state, PROV_COMMAND_CANCELLED);
	assert_int_equal(granted->state, PROV_COMMAND_GRANTED);
	assert_true(granted->revoke);
	prov_command_revoked(&f->d, granted, f->sid, (uint32_t)granted->g_n, HMS_REVOKE_DONE);
	assert_int_equal(granted->state, PROV_COMMAND_CANCELLED);
}

static void commands_of_operators_reach_no_blocked_device(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	blocked(f);
	f->d.cold.duties = PROV_DUTY_DEPROVISIONED;
	c = fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	here(f, 3, HMS_EVENT_PERIODIC);
	assert_int_equal(c->state, PROV_COMMAND_CANCELLED);
	assert_int_equal(c->tries, 0);
}

static void doubt_does_not_stand_in_the_way_of_the_reset(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	blocked(f);
	c = fixture_command(f, HMS_CWMP_REBOOT, "{}");
	c->state = PROV_COMMAND_DOUBT;
	here(f, 2, HMS_EVENT_PERIODIC);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
	assert_int_equal(fixture_step(f)->state, PROV_COMMAND_GRANTED);
}

static void after_unblocking_the_next_inform_begins_discovery(void **state)
{
	struct fixture *f = *state;

	blocked(f);
	f->d.cold.duties = PROV_DUTY_DEPROVISIONED;
	f->d.cold.state = PROV_STATE_ALLOWED; /* device_unblock() */
	here(f, 1, HMS_EVENT_PERIODIC);
	assert_int_equal(f->d.cold.state, PROV_STATE_DISCOVERING); /* DEP-05 */
	f->d.cold.state = PROV_STATE_BLOCKED;
	assert_false(prov_device_settled(&f->d)); /* a second block is another reset */
}

static void a_device_that_is_no_cell_is_blocked_without_a_reset(void **state)
{
	struct fixture *f = *state;

	blocked(f);
	f->d.cold.kind = HMS_KIND_GENERIC;
	here(f, 2, HMS_EVENT_PERIODIC);
	assert_null(fixture_step(f));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_blocked_cell_is_reset_once_and_then_left_alone_through_its_bootstrap),
		T(a_cell_without_factory_reset_is_reset_by_values),
		T(a_cell_that_has_not_named_factory_reset_is_reset_by_values_at_once),
		T(a_cell_that_refuses_both_stays_blocked_with_an_alarm),
		T(a_bootstrap_is_evidence_of_a_reset_whose_answer_was_lost),
		T(what_was_queued_is_cancelled_and_what_is_on_its_way_revoked),
		T(commands_of_operators_reach_no_blocked_device),
		T(doubt_does_not_stand_in_the_way_of_the_reset),
		T(after_unblocking_the_next_inform_begins_discovery),
		T(a_device_that_is_no_cell_is_blocked_without_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
