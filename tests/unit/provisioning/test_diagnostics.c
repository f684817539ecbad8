/* Diagnostics as one command (PH-26, PH-27). */
#include "diagnostics.h"
#include "fixture.h"
#include "grant.pb-c.h"
#include "rpc_build.h"

#define PING "Device.IP.Diagnostics.IPPing."

#define SOFTWARE "Device.DeviceInfo.SoftwareVersion", "1.0" /* by which its data model is known */

static void inform(struct fixture *f, uint32_t classes) { fixture_inform(f, 2, URL_SERVING, classes, "", NULL, SOFTWARE, NULL); }

static struct prov_command *test_of(struct fixture *f, const char *payload)
{
	struct prov_command *c = fixture_command(f, HMS_CWMP_SET_PARAMETER_VALUES, payload);

	c->kind = HMS_STR(HMS_KIND_DIAGNOSTICS);
	return c;
}

static struct prov_command *granted(struct fixture *f)
{
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.model = HMS_STR("generic-tr181");
	c = test_of(f, "{\"Test\":\"ping\",\"Values\":{\"Host\":\"192.0.2.1\",\"NumberOfRepetitions\":3}}");
	inform(f, HMS_EVENT_PERIODIC);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	return c;
}

static const Hms__Grant *packed(struct fixture *f, const struct prov_command *c)
{
	ProtobufCAllocator allocator = hms_arena_allocator(f->ctx.arena);
	struct hms_err err = { 0 };
	struct hms_str bytes;

	assert_int_equal(prov_rpc_pack_for(&f->ctx, &f->d, c, &bytes, &err), 0);
	return hms__grant__unpack(&allocator, bytes.len, (const uint8_t *)bytes.p);
}

static struct prov_command *running(struct fixture *f)
{
	struct prov_command *c = granted(f);

	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	return c;
}

static void result(struct fixture *f, struct prov_command *c, const char *state)
{
	inform(f, HMS_EVENT_DIAGNOSTICS_COMPLETE);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, PING "DiagnosticsState", state, PING "SuccessCount", "3", NULL);
}

static void a_test_is_set_run_and_read_as_one_command(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f);
	const Hms__Grant *grant = packed(f, c);

	assert_string_equal(grant->method, "SetParameterValues");
	assert_int_equal(grant->args[0]->n_params, 3);
	assert_string_equal(grant->args[0]->params[0]->name, PING "Host");
	assert_int_equal(grant->args[0]->params[1]->type, HMS_XSD_UINT);
	assert_string_equal(grant->args[0]->params[2]->name,
			    PING "DiagnosticsState"); /* the last: what is written behind it would stop the test */
	assert_string_equal(grant->args[0]->params[2]->value, "Requested");
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	inform(f, HMS_EVENT_PERIODIC);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	inform(f, HMS_EVENT_DIAGNOSTICS_COMPLETE);
	grant = packed(f, c);
	assert_string_equal(grant->method, "GetParameterValues");
	assert_string_equal(grant->args[0]->children[0]->value, PING);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, PING "DiagnosticsState", "Complete", PING "SuccessCount", "3", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_non_null(memmem(c->result.p, c->result.len, "SuccessCount", 12));
}

static void an_error_of_the_test_is_the_end_with_what_it_says(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	result(f, c, "Error_CannotResolveHostName");
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_true(hms_str_eqz(c->note, "DiagnosticsState is Error_CannotResolveHostName"));
	assert_non_null(memmem(c->result.p, c->result.len, "SuccessCount", 12));
}

static void a_result_that_is_gone_is_a_failure(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	result(f, c, "None");
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
}

static void the_end_of_another_test_is_not_this_ones(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	result(f, c, "Requested");
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	result(f, c, "Complete");
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void a_restart_in_between_ends_it(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	inform(f, HMS_EVENT_BOOT);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_true(hms_str_eqz(c->note, "the device restarted before the test had ended"));
}

static void a_refusal_of_the_arguments_ends_it(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f);

	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, 9003);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9003);
}

/* I8 */
static void a_lost_answer_is_settled_by_the_parameter_key(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f);
	char key[33];

	hms_parameter_key_text((uint64_t)c->id, 1, key);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_DIAGNOSTICS_COMPLETE, key, NULL, SOFTWARE, NULL);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_string_equal(packed(f, c)->method, "GetParameterValues");
}

static void a_read_whose_answer_was_lost_is_repeated(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	inform(f, HMS_EVENT_DIAGNOSTICS_COMPLETE);
	inform(f, HMS_EVENT_PERIODIC);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_string_equal(packed(f, c)->method, "GetParameterValues");
}

/* I2: a record may come twice. */
static void the_answer_to_the_write_again_is_not_that_to_the_read(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	inform(f, HMS_EVENT_DIAGNOSTICS_COMPLETE);
	fixture_answer(f, c, "SetParameterValuesResponse", "Status", "0", NULL);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, PING "DiagnosticsState", "Complete", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void a_second_test_waits_for_the_first_one(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f), *second = test_of(f, "{\"Object\":\"Device.X.\"}");

	inform(f, HMS_EVENT_PERIODIC);
	assert_int_equal(second->state, PROV_COMMAND_QUEUED);
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_int_equal(second->state, PROV_COMMAND_QUEUED);
	result(f, c, "Complete");
	assert_int_equal(second->state, PROV_COMMAND_GRANTED);
}

static void a_running_test_can_be_cancelled(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	c->cancel = true;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_CANCELLED);
}

static void a_test_that_never_ends_expires(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = running(f);

	f->now_us = c->deadline;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_EXPIRED);
}

static void what_names_no_test_is_refused(void **state)
{
	static const char *const payloads[] = { "{\"Test\":\"no_such\"}",
						"{}",
						"{\"Object\":\"Device.X\"}",
						"{\"Object\":\"Device.X.\",\"Values\":{\"DiagnosticsState\":\"None\"}}",
						"{\"Object\":\"Device.X.\",\"Values\":{\"Host\":[]}}",
						"{\"Object\":\"Device.X.\",\"Values\":7}" };
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.model = HMS_STR("generic-tr181");
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct prov_command *c = test_of(f, payloads[i]);

		fixture_work(f, PROV_WORK_LOOK);
		assert_int_equal(c->state, PROV_COMMAND_FAULTED);
		assert_int_equal(c->tries, 0);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_test_is_set_run_and_read_as_one_command),
		T(an_error_of_the_test_is_the_end_with_what_it_says),
		T(a_result_that_is_gone_is_a_failure),
		T(the_end_of_another_test_is_not_this_ones),
		T(a_restart_in_between_ends_it),
		T(a_refusal_of_the_arguments_ends_it),
		T(a_lost_answer_is_settled_by_the_parameter_key),
		T(a_read_whose_answer_was_lost_is_repeated),
		T(the_answer_to_the_write_again_is_not_that_to_the_read),
		T(a_second_test_waits_for_the_first_one),
		T(a_running_test_can_be_cancelled),
		T(a_test_that_never_ends_expires),
		T(what_names_no_test_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
