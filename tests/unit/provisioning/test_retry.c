/* Tries after faults (hms/cwmp/retries.def), and instances that are read anew. */
#include "fixture.h"

static const char GPV[] = "{\"ParameterNames\":[\"Device.A\"]}";
static const char firmware[] = "{\"FileType\":\"1 Firmware Upgrade Image\",\"URL\":\"http://x/y\",\"FileSize\":5}";

static void periodic(struct fixture *f) { fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL); }

static struct prov_command *granted(struct fixture *f, enum hms_cwmp_method method, const char *payload)
{
	struct prov_command *c;

	f->ctx.fault_tries_max = 3;
	f->ctx.fault_retry_min_us = 60000000;
	f->ctx.fault_retry_max_us = 150000000;
	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, method, payload);
	periodic(f);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	return c;
}

static void refuse(struct fixture *f, struct prov_command *c, uint32_t fault)
{
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, fault);
}

static const char *key(struct fixture *f, const struct prov_command *c, int try_no)
{
	char *text = hms_arena_alloc(f->ctx.arena, 33);

	hms_command_key_text((uint64_t)c->id, (uint32_t)try_no, text);
	return text;
}

static void complete(struct fixture *f, const char *command_key, const char *code)
{
	fixture_request(f, "TransferComplete", "CommandKey", command_key, "FaultStruct.FaultCode", code, NULL);
}

static bool says(const struct prov_command *c, const char *text) { return memmem(c->note.p, c->note.len, text, strlen(text)) != NULL; }

/* Where it waits for its time, and is granted once that has come. */
static void try_again(struct fixture *f, struct prov_command *c)
{
	assert_int_equal(c->state, PROV_COMMAND_QUEUED);
	periodic(f);
	assert_int_equal(c->state, PROV_COMMAND_QUEUED);
	f->now_us = c->not_before;
	periodic(f);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
}

static void a_fault_that_may_pass_is_tried_again_later_and_later(void **state)
{
	static const int64_t most_us[] = { 60000000, 120000000, 150000000 };
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	for (int i = 0; i < 3; i++) {
		refuse(f, c, i == 1 ? 9004 : 9002);
		assert_true(c->not_before >= f->now_us + most_us[i] / 2 && c->not_before <= f->now_us + most_us[i]);
		assert_int_equal(c->retries, i + 1);
		try_again(f, c);
		assert_int_equal(c->tries, i + 2);
	}
	assert_true(says(c, "retry 3 of 3 after fault 9002, not before "));
	refuse(f, c, 9002);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9002);
	assert_true(says(c, "given up after 3 retries"));
}

static void the_waits_of_devices_that_failed_together_differ(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV),
			    *other = fixture_command(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	fixture_work(f, PROV_WORK_LOOK);
	refuse(f, c, 9002);
	refuse(f, other, 9002);
	assert_int_not_equal(c->not_before, other->not_before + 10000); /* it came 10 ms later */
}

static void other_faults_are_final(void **state)
{
	static const uint32_t faults[] = { 9000, 9001, 9003, 9005, 9006, 9007, 9008, 9009, 8001 };
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		c->state = PROV_COMMAND_GRANTED;
		refuse(f, c, faults[i]);
		assert_int_equal(c->state, PROV_COMMAND_FAULTED);
		assert_int_equal(c->fault, faults[i]);
	}
}

/* TR-069 A.3.1.1: a fault says that it was not executed; but an internal error of an unsafe one may be anything. */
static void an_unsafe_command_is_tried_again_only_where_the_device_asks_for_it(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	refuse(f, c, 8005);
	try_again(f, c);
	assert_false(c->dispatched);
	refuse(f, c, 9002);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
}

static void what_is_never_repeated_is_not_tried_again(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_SET_VOUCHERS, "{\"VoucherList\":[\"QQ==\"]}");

	refuse(f, c, 8005);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
}

static void the_deadline_wins_over_another_try(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	c->deadline = f->now_us + 20000000;
	refuse(f, c, 9002);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_true(says(c, "its deadline leaves no time"));
}

static void a_cancelled_command_is_not_tried_again(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	c->cancel = true;
	refuse(f, c, 9002);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
}

/* I2: log order repeats records. Without is_repeated_fault() the second one would take the new grant for refused. */
static void the_same_fault_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV), before;

	refuse(f, c, 9002);
	before = *c;
	before.g_sid = (int64_t)f->sid;
	before.g_n = 1;
	try_again(f, c);
	f->sid = (uint64_t)before.g_sid;
	refuse(f, &before, 9002);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_int_equal(c->retries, 1);
}

static struct prov_command *running(struct fixture *f)
{
	struct prov_command *c = granted(f, HMS_CWMP_DOWNLOAD, firmware);

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	return c;
}

static void a_transfer_that_was_reported_as_cut_is_tried_again_under_a_new_key(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	complete(f, key(f, c, 1), "9017");
	try_again(f, c);
	assert_int_equal(c->tries, 2);
	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	complete(f, key(f, c, 2), "0");
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void a_transfer_whose_file_is_bad_is_not_tried_again(void **state)
{
	static const char *const faults[] = { "9012", "9013", "9016", "9018", "9019", "9020" };
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		c->state = PROV_COMMAND_RUNNING;
		complete(f, key(f, c, 1), faults[i]);
		assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	}
}

/* A device repeats TransferComplete until it has seen the answer (TR-069 3.7.1.5). */
static void what_the_device_says_again_of_a_try_that_has_ended_is_not_the_next_one(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	complete(f, key(f, c, 1), "9017");
	f->key_event = "M Download";
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_TRANSFER_COMPLETE, "", key(f, c, 1), NULL);
	assert_int_equal(c->state, PROV_COMMAND_QUEUED);
	complete(f, key(f, c, 1), "9017");
	assert_int_equal(c->retries, 1);
	f->key_event = NULL;
	try_again(f, c);
	complete(f, key(f, c, 1), "9017");
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
}

/* Whether the first try did it or not: it is not there (contracts 7). */
static void a_second_delete_that_finds_nothing_is_done(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_DELETE_OBJECT, "{\"ObjectName\":\"Device.A.1.\"}");

	refuse(f, c, 9002);
	try_again(f, c);
	refuse(f, c, 9005);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

/* ---------------------------------------------------------------- instances */

static void registering(struct fixture *f)
{
	fixture_device(f, PROV_STATE_REGISTERING);
	f->d.cold.kind = HMS_KIND_HNB;
	f->d.cold.model = HMS_STR("tr098-tr196v1");
	f->d.cold.latitude = 51500000;
	f->d.cold.longitude = -120000;
	f->d.cold.location_at = f->now_us;
	periodic(f);
	assert_true(fixture_sends(fixture_step(f), "FAPService.1."));
}

static void a_step_that_meets_an_unknown_name_reads_the_instances_and_is_tried_once_more(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	registering(f);
	refuse(f, fixture_step(f), 9005);
	c = fixture_step(f);
	assert_int_equal(c->method, HMS_CWMP_GET_PARAMETER_NAMES);
	assert_true(fixture_sends(c, "InternetGatewayDevice.Services.FAPService."));
	fixture_answer(f, c, "GetParameterNamesResponse", NULL, NULL, "InternetGatewayDevice.Services.FAPService.4.", "",
		       "InternetGatewayDevice.Services.FAPService.3.", "", NULL);
	assert_int_equal(f->d.cold.fap, 3);
	assert_true(fixture_sends(fixture_step(f), "FAPService.3."));
	refuse(f, fixture_step(f), 9005);
	assert_int_equal(f->d.cold.state, PROV_STATE_FAILED);
}

static void an_instance_that_is_still_there_stays(void **state)
{
	struct fixture *f = *state;

	registering(f);
	f->d.cold.fap = 4;
	refuse(f, fixture_step(f), 9005);
	fixture_answer(f, fixture_step(f), "GetParameterNamesResponse", NULL, NULL, "InternetGatewayDevice.Services.FAPService.4.", "",
		       "InternetGatewayDevice.Services.FAPService.3.", "", NULL);
	assert_int_equal(f->d.cold.fap, 4);
}

static void instances_that_cannot_be_read_fail_the_procedure_at_the_next_try(void **state)
{
	struct fixture *f = *state;

	registering(f);
	refuse(f, fixture_step(f), 9005);
	refuse(f, fixture_step(f), 9005);
	assert_int_equal(fixture_step(f)->method, HMS_CWMP_SET_PARAMETER_VALUES);
	refuse(f, fixture_step(f), 9005);
	assert_int_equal(f->d.cold.state, PROV_STATE_FAILED);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_fault_that_may_pass_is_tried_again_later_and_later),
		T(the_waits_of_devices_that_failed_together_differ),
		T(other_faults_are_final),
		T(an_unsafe_command_is_tried_again_only_where_the_device_asks_for_it),
		T(what_is_never_repeated_is_not_tried_again),
		T(the_deadline_wins_over_another_try),
		T(a_cancelled_command_is_not_tried_again),
		T(the_same_fault_again_changes_nothing),
		T(a_transfer_that_was_reported_as_cut_is_tried_again_under_a_new_key),
		T(a_transfer_whose_file_is_bad_is_not_tried_again),
		T(what_the_device_says_again_of_a_try_that_has_ended_is_not_the_next_one),
		T(a_second_delete_that_finds_nothing_is_done),
		T(a_step_that_meets_an_unknown_name_reads_the_instances_and_is_tried_once_more),
		T(an_instance_that_is_still_there_stays),
		T(instances_that_cannot_be_read_fail_the_procedure_at_the_next_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
