/* What becomes of the later methods of CWMP: evidence, ends that the device reports, what it cannot do (contracts 7, I2, I7, I8; PH-3, PH-4). */
#include "fixture.h"

#define UUID_A "00000000-0000-5000-8000-00000000000a"

static const char DU[] = "{\"Operations\":[{\"Operation\":\"Uninstall\",\"UUID\":\"" UUID_A "\"}]}";
static const char SCHEDULED[] =
	"{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":[{\"WindowStart\":0,\"WindowEnd\":600,\"WindowMode\":\"1 At Any Time\"}]}";

static void inform(struct fixture *f, const char *event, const char *key)
{
	f->key_event = event;
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", key, NULL);
}

static struct prov_command *granted_kind(struct fixture *f, enum hms_cwmp_method method, const char *kind, const char *payload)
{
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, method, payload);
	c->kind = hms_str(kind);
	inform(f, NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	return c;
}

static struct prov_command *granted(struct fixture *f, enum hms_cwmp_method method, const char *payload)
{
	return granted_kind(f, method, hms_cwmp_method_info(method)->name, payload);
}

static const char *key_of(struct fixture *f, const struct prov_command *c)
{
	char *text = hms_arena_alloc(f->ctx.arena, 33);

	hms_command_key_text((uint64_t)c->id, (uint32_t)c->tries, text);
	return text;
}

/* I8 */
static void m_schedule_inform_settles_a_lost_answer(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_SCHEDULE_INFORM, "{\"DelaySeconds\":5}");

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	inform(f, NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
	inform(f, "M Reboot", key_of(f, c)); /* of another method: says nothing */
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
	inform(f, "M ScheduleInform", key_of(f, c));
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void a_scheduled_download_runs_until_the_device_says_its_end(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_SCHEDULE_DOWNLOAD, SCHEDULED);

	fixture_answer(f, c, "ScheduleDownloadResponse", NULL, NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	inform(f, "M ScheduleDownload", key_of(f, c));
	fixture_request(f, "TransferComplete", "CommandKey", key_of(f, c), "FaultStruct.FaultCode", "9020", "FaultStruct.FaultString",
			"late", NULL);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9020);
}

/* I8: the event alone says that it was taken; TransferComplete says how it ended. */
static void m_schedule_download_takes_it_out_of_doubt(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_SCHEDULE_DOWNLOAD, SCHEDULED);

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	inform(f, "M ScheduleDownload", key_of(f, c));
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
}

static void a_change_of_deployment_units_ends_with_the_first_fault_and_all_results(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_CHANGE_DU_STATE, DU);

	fixture_answer(f, c, "ChangeDUStateResponse", NULL, NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	fixture_request(f, "TransferComplete", "CommandKey", key_of(f, c), NULL); /* of another method */
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	fixture_request(f, "DUStateChangeComplete", "Results.UUID", UUID_A, "Results.Fault.FaultCode", "0", "Results.Fault.FaultString", "",
			"Results.Fault.FaultCode", "9028", "Results.Fault.FaultString", "unknown", "CommandKey", key_of(f, c), NULL);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9028);
	assert_true(hms_str_eqz(c->note, "unknown"));
	assert_non_null(memmem(c->result.p, c->result.len, "\"answer\":{\"Results\":[", 21));
}

/* I2: a device repeats it until it has seen the answer. */
static void a_repeated_end_of_a_change_has_one_effect(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_CHANGE_DU_STATE, DU);
	size_t rows;

	fixture_answer(f, c, "ChangeDUStateResponse", NULL, NULL, NULL);
	fixture_request(f, "DUStateChangeComplete", "CommandKey", "", "Results.Fault.FaultCode", "0", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	rows = f->d.history_count;
	fixture_request(f, "DUStateChangeComplete", "CommandKey", key_of(f, c), "Results.Fault.FaultCode", "9001", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(f->d.history_count, rows);
	assert_int_equal(f->d.request_count, 0);
}

/* I2: what has no command is kept under its own words. */
static void what_a_device_says_by_itself_is_kept_by_its_natural_key(void **state)
{
	static const char *const methods[] = {
		"RequestDownload",	"Kicked", "AutonomousTransferComplete", "AutonomousDUStateChangeComplete", "TransferComplete",
		"DUStateChangeComplete"
	};
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_SETTLED);
	inform(f, NULL, NULL);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		fixture_request(f, methods[i], "CommandKey", "not ours", NULL);
		assert_int_equal(f->d.request_count, i + 1);
		assert_string_equal(f->d.requests[i]->method, methods[i]);
		assert_string_equal(f->d.requests[i]->detail, "{\"CommandKey\":\"not ours\"}");
		assert_int_equal(f->d.requests[i]->timed, i >= 2);
	}
}

/* Contracts 7: never repeated, and nothing can tell: it does not stand in the way of what follows either. */
static void what_is_never_repeated_ends_unknown_at_once(void **state)
{
	static const struct {
		enum hms_cwmp_method method;
		const char *kind, *payload;
	} once[] = { { HMS_CWMP_SET_VOUCHERS, "SetVouchers", "{\"VoucherList\":[\"YWI=\"]}" }, { HMS_CWMP_VENDOR, "X_ACME_Do", "{}" } };
	struct fixture *f = *state;

	for (size_t i = 0; i < 2; i++) {
		struct prov_command *c = granted_kind(f, once[i].method, once[i].kind, once[i].payload);
		uint32_t n = (uint32_t)c->g_n;

		fixture_dispatched(f, (uint64_t)c->id, f->sid, n);
		inform(f, NULL, NULL);
		assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
		assert_int_equal(c->tries, 1);
		c = granted_kind(f, once[i].method, once[i].kind, once[i].payload);
		fixture_dispatched(f, (uint64_t)c->id, f->sid, (uint32_t)c->g_n);
		fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__NO_ANSWER, 0);
		assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
		fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0); /* the answer, after all */
		assert_int_equal(c->state, PROV_COMMAND_DONE);
	}
}

static void a_transfer_is_cancelled_by_its_own_key(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_DOWNLOAD, "{\"FileType\":\"1 F\",\"URL\":\"http://a/\"}"), *cancel, *late;
	const char *payload = hms_arena_printf(f->ctx.arena, "{\"Command\":\"%lld\"}", (long long)c->id);

	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	cancel = fixture_command(f, HMS_CWMP_CANCEL_TRANSFER, payload);
	inform(f, NULL, NULL);
	assert_int_equal(cancel->state, PROV_COMMAND_GRANTED);
	assert_true(fixture_sends(cancel, "\"Try\":1"));
	fixture_answer(f, cancel, "CancelTransferResponse", NULL, NULL, NULL);
	assert_int_equal(cancel->state, PROV_COMMAND_DONE);
	assert_int_equal(c->state, PROV_COMMAND_CANCELLED);
	late = fixture_command(f, HMS_CWMP_CANCEL_TRANSFER, payload);
	inform(f, NULL, NULL);
	assert_int_equal(late->state, PROV_COMMAND_FAULTED);
	assert_int_equal(late->fault, 9003);
	assert_non_null(memmem(late->note.p, late->note.len, "Command", 7));
}

static void a_refused_cancel_leaves_the_transfer(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_DOWNLOAD, "{\"FileType\":\"1 F\",\"URL\":\"http://a/\"}"), *cancel;

	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	cancel = fixture_command(f, HMS_CWMP_CANCEL_TRANSFER, hms_arena_printf(f->ctx.arena, "{\"Command\":\"%lld\"}", (long long)c->id));
	inform(f, NULL, NULL);
	fixture_result(f, cancel, HMS__RPC_RESULT__OUTCOME__FAULT, 9021);
	assert_int_equal(cancel->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
}

/* ---- what the device can do ---- */

/** [R3]: never an RPC above the agreed version. */
static void a_method_above_the_version_of_the_device_ends_with_that_reason(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	f->cwmp = HMS_CWMP_1_0;
	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_CHANGE_DU_STATE, DU);
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_QUEUED); /* it has never been seen */
	inform(f, NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_true(hms_str_eqz(c->note, "ChangeDUState needs CWMP 1.2, the device speaks 1.0"));
	assert_int_equal(c->tries, 0);
	c = fixture_command(f, HMS_CWMP_GET_ALL_QUEUED_TRANSFERS, "{}");
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	f->cwmp = HMS_CWMP_1_1;
	inform(f, NULL, NULL);
	c = fixture_command(f, HMS_CWMP_GET_ALL_QUEUED_TRANSFERS, "{}");
	inform(f, NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
}

static void named_methods(struct fixture *f, const char *name)
{
	struct prov_command *c = fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");

	inform(f, NULL, NULL);
	fixture_answer(f, c, "GetRPCMethods", name ? "MethodList.string" : NULL, name, NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static enum prov_command_state tried(struct fixture *f, enum hms_cwmp_method method, const char *kind)
{
	struct prov_command *c = fixture_command(f, method, "{}");

	c->kind = hms_str(kind);
	fixture_work(f, PROV_WORK_LOOK);
	if (c->state == PROV_COMMAND_QUEUED || c->state == PROV_COMMAND_GRANTED)
		prov_command_end(&f->d, c, PROV_COMMAND_CANCELLED, NULL);
	else
		assert_int_equal(c->fault, 9000);
	return (enum prov_command_state)c->state;
}

/** PH-3, PH-4. */
static void what_a_device_did_not_name_is_refused_and_what_is_not_known_is_not(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_SETTLED);
	assert_int_equal(tried(f, HMS_CWMP_FACTORY_RESET, "FactoryReset"), PROV_COMMAND_CANCELLED);
	named_methods(f, NULL); /* an empty list says nothing */
	assert_int_equal(tried(f, HMS_CWMP_REBOOT, "Reboot"), PROV_COMMAND_CANCELLED);
	named_methods(f, "TransferComplete"); /* nor do methods of an ACS */
	assert_int_equal(tried(f, HMS_CWMP_REBOOT, "Reboot"), PROV_COMMAND_CANCELLED);
	named_methods(f, "Reboot");
	assert_int_equal(tried(f, HMS_CWMP_REBOOT, "Reboot"), PROV_COMMAND_CANCELLED);
	assert_int_equal(tried(f, HMS_CWMP_GET_RPC_METHODS, "GetRPCMethods"), PROV_COMMAND_CANCELLED);
	assert_int_equal(tried(f, HMS_CWMP_FACTORY_RESET, "FactoryReset"), PROV_COMMAND_FAULTED);
	assert_int_equal(tried(f, HMS_CWMP_VENDOR, "X_ACME_Do"), PROV_COMMAND_FAULTED);
	named_methods(f, "X_ACME_Do");
	assert_int_equal(tried(f, HMS_CWMP_VENDOR, "X_ACME_Do"), PROV_COMMAND_CANCELLED);
	assert_int_equal(tried(f, HMS_CWMP_VENDOR, "X_ACME_Other"), PROV_COMMAND_FAULTED);
}

/** I7: "AddObjectResponse" with InstanceNumber 0 and Status 9005. A vendor method's Status is its own. */
static void a_fault_code_as_the_status_of_an_answer_is_a_fault(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_ADD_OBJECT, "{\"ObjectName\":\"Device.X.\"}");
	const char *key = f->d.hot.have_key.p;

	fixture_answer(f, c, "AddObjectResponse", "Status", "9005", NULL);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9005);
	assert_ptr_equal(f->d.hot.have_key.p, key);
	c = granted_kind(f, HMS_CWMP_VENDOR, "X_ACME_Do", "{}");
	fixture_answer(f, c, "X_ACME_DoResponse", "Status", "9005", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

/** PH-3: printed so by phones. */
static void attribute_methods_count_by_their_other_names(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_SETTLED);
	named_methods(f, "GetAttributeValues");
	assert_true(hms_str_eqz(f->d.cold.rpc_methods, " GetParameterAttributes "));
}

/** PH-3: fault 9000 on a listed method clears it from the set until the next version. */
static void a_method_that_the_device_then_does_not_know_leaves_the_set_until_the_next_version(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, "Device.DeviceInfo.SoftwareVersion", "1.0", NULL);
	f->d.cold.rpc_named = f->d.cold.rpc_methods = HMS_STR(" GetRPCMethods Reboot FactoryReset ");
	c = fixture_command(f, HMS_CWMP_REBOOT, "{}");
	inform(f, NULL, NULL);
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, 9000);
	assert_true(hms_str_eqz(f->d.cold.rpc_methods, " GetRPCMethods FactoryReset "));
	assert_int_equal(tried(f, HMS_CWMP_REBOOT, "Reboot"), PROV_COMMAND_FAULTED);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, "Device.DeviceInfo.SoftwareVersion", "1.0", NULL);
	assert_int_equal(tried(f, HMS_CWMP_REBOOT, "Reboot"), PROV_COMMAND_FAULTED);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, "Device.DeviceInfo.SoftwareVersion", "1.1", NULL);
	assert_int_equal(tried(f, HMS_CWMP_REBOOT, "Reboot"), PROV_COMMAND_CANCELLED);
}

#define LIFE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIFE_TEST(m_schedule_inform_settles_a_lost_answer),
		LIFE_TEST(a_scheduled_download_runs_until_the_device_says_its_end),
		LIFE_TEST(m_schedule_download_takes_it_out_of_doubt),
		LIFE_TEST(a_change_of_deployment_units_ends_with_the_first_fault_and_all_results),
		LIFE_TEST(a_repeated_end_of_a_change_has_one_effect),
		LIFE_TEST(what_a_device_says_by_itself_is_kept_by_its_natural_key),
		LIFE_TEST(what_is_never_repeated_ends_unknown_at_once),
		LIFE_TEST(a_transfer_is_cancelled_by_its_own_key),
		LIFE_TEST(a_refused_cancel_leaves_the_transfer),
		LIFE_TEST(a_method_above_the_version_of_the_device_ends_with_that_reason),
		LIFE_TEST(what_a_device_did_not_name_is_refused_and_what_is_not_known_is_not),
		LIFE_TEST(a_fault_code_as_the_status_of_an_answer_is_a_fault),
		LIFE_TEST(attribute_methods_count_by_their_other_names),
		LIFE_TEST(a_method_that_the_device_then_does_not_know_leaves_the_set_until_the_next_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
