/* Transfers whose end is overdue or whose answer was lost (contracts 7, I8: GetAllQueuedTransfers). */
#include "asking.h"
#include "fixture.h"

#define HOUR 3600000000

static const char firmware[] = "{\"FileType\":\"1 Firmware Upgrade Image\",\"URL\":\"http://x/y\",\"FileSize\":5}";

static void periodic(struct fixture *f) { fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL); }

static struct prov_command *download(struct fixture *f, const char *payload)
{
	struct prov_command *c;

	f->ctx.transfer_ask_after_us = HOUR;
	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_DOWNLOAD, payload);
	c->deadline = f->now_us + 100 * HOUR;
	periodic(f);
	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	return c;
}

static struct prov_command *overdue(struct fixture *f)
{
	struct prov_command *c = download(f, firmware);

	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	f->now_us += HOUR - 60000000;
	periodic(f);
	assert_null(fixture_last(f, PROV_PURPOSE_TRANSFERS));
	f->now_us += 60000000;
	periodic(f);
	return c;
}

static struct prov_command *question(struct fixture *f)
{
	struct prov_command *c = fixture_last(f, PROV_PURPOSE_TRANSFERS);

	assert_non_null(c);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	return c;
}

static const char *key(struct fixture *f, const struct prov_command *c)
{
	char *text = hms_arena_alloc(f->ctx.arena, 33);

	hms_command_key_text((uint64_t)c->id, (uint32_t)c->tries, text);
	return text;
}

static void says(struct fixture *f, const char *command_key)
{
	fixture_answer(f, question(f), "GetAllQueuedTransfersResponse",
		       command_key ? "TransferList.AllQueuedTransferStruct.CommandKey" : NULL, command_key, NULL);
}

static void an_overdue_transfer_that_the_device_still_has_goes_on(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = overdue(f);

	assert_int_equal(question(f)->method, HMS_CWMP_GET_ALL_QUEUED_TRANSFERS);
	says(f, key(f, c));
	assert_int_equal(fixture_last(f, PROV_PURPOSE_TRANSFERS)->state, PROV_COMMAND_DONE);
	periodic(f);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	assert_null(fixture_step(f)); /* it is asked again when that time has passed again */
	f->now_us += HOUR;
	periodic(f);
	assert_int_equal(question(f)->state, PROV_COMMAND_GRANTED);
}

static void one_that_it_has_no_more_ends_at_its_next_inform_and_is_not_repeated(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = overdue(f);

	says(f, NULL);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	periodic(f);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
	assert_int_equal(c->tries, 1);
	assert_true(hms_str_eqz(c->note, "the device has it no more, and has not said how it ended"));
}

static void the_end_that_its_next_inform_announces_counts(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = overdue(f);

	says(f, NULL);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_TRANSFER_COMPLETE, "", NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
	fixture_request(f, "TransferComplete", "CommandKey", key(f, c), "FaultStruct.FaultCode", "0", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void an_end_that_comes_later_still_wins(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = overdue(f);

	says(f, NULL);
	periodic(f);
	fixture_request(f, "TransferComplete", "CommandKey", key(f, c), "FaultStruct.FaultCode", "9018", NULL);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
}

/* I8: without the question it would stay in doubt until its deadline. */
static void a_transfer_in_doubt_is_asked_after_at_once(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = download(f, firmware);

	periodic(f); /* its answer was lost */
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
	says(f, key(f, c));
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
}

static void a_transfer_in_doubt_that_the_device_does_not_know_ends_unknown(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = download(f, firmware);

	periodic(f);
	says(f, "somebody's");
	periodic(f);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
}

static void a_key_that_is_empty_may_be_that_of_any(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = overdue(f);

	says(f, "");
	periodic(f);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
}

static void at_cwmp_1_0_the_older_question_is_asked(void **state)
{
	struct fixture *f = *state;

	f->cwmp = HMS_CWMP_1_0;
	overdue(f);
	assert_int_equal(question(f)->method, HMS_CWMP_GET_QUEUED_TRANSFERS);
}

static void a_device_that_cannot_be_asked_is_not(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.rpc_methods = f->d.cold.rpc_named = HMS_STR(" GetRPCMethods Download ");
	c = overdue(f);
	assert_null(fixture_last(f, PROV_PURPOSE_TRANSFERS));
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
}

static void a_question_that_is_refused_tells_nothing(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = overdue(f);

	fixture_result(f, question(f), HMS__RPC_RESULT__OUTCOME__FAULT, 9002);
	assert_null(fixture_step(f)); /* not again in this session */
	periodic(f);
	assert_int_equal(c->state, PROV_COMMAND_RUNNING);
}

static void a_delay_that_was_asked_for_is_not_overdue(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = download(f, "{\"FileType\":\"1 Firmware Upgrade Image\",\"URL\":\"http://x/y\",\"DelaySeconds\":7200}");

	fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	f->now_us += 2 * HOUR;
	periodic(f);
	assert_null(fixture_last(f, PROV_PURPOSE_TRANSFERS));
	f->now_us += HOUR;
	periodic(f);
	assert_non_null(fixture_last(f, PROV_PURPOSE_TRANSFERS));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(an_overdue_transfer_that_the_device_still_has_goes_on),
		T(one_that_it_has_no_more_ends_at_its_next_inform_and_is_not_repeated),
		T(the_end_that_its_next_inform_announces_counts),
		T(an_end_that_comes_later_still_wins),
		T(a_transfer_in_doubt_is_asked_after_at_once),
		T(a_transfer_in_doubt_that_the_device_does_not_know_ends_unknown),
		T(a_key_that_is_empty_may_be_that_of_any),
		T(at_cwmp_1_0_the_older_question_is_asked),
		T(a_device_that_cannot_be_asked_is_not),
		T(a_question_that_is_refused_tells_nothing),
		T(a_delay_that_was_asked_for_is_not_overdue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
