/* Cancel and block against a command in each of its states, safe and unsafe, handed out or not (contracts 7, "Block and cancel"). */
#include "fixture.h"

#include "hms/redis/mailbox.h"

/* Where a command stands when somebody wants it to end. */
enum stage {
	QUEUED,
	WAITING,    /* queued for another try after a fault */
	HELD,	    /* queued, not before its time */
	GRANTED,    /* in the mailbox */
	DISPATCHED, /* announced, perhaps with the device */
	DOUBT,
	RUNNING,
};

enum then {
	NOTHING,
	REVOKED, /* Redis took it out of the mailbox */
	TAKEN,	 /* the front end had it already */
	MISS,	 /* Redis knows nothing of it */
	ANSWER,
	FAULT, /* one that is tried again otherwise */
	INFORM,
	NO_ANSWER,
	EVIDENCE, /* TransferComplete */
};

struct row {
	enum hms_cwmp_method method;
	enum stage stage;
	enum then then[2];
	enum prov_command_state cancelled, blocked; /* its end, or where it stays */
};

#define C(state) PROV_COMMAND_##state
static const struct row rows[] = {
	{ HMS_CWMP_GET_RPC_METHODS, QUEUED, { NOTHING }, C(CANCELLED), C(CANCELLED) },
	{ HMS_CWMP_GET_RPC_METHODS, WAITING, { NOTHING }, C(CANCELLED), C(CANCELLED) },
	{ HMS_CWMP_REBOOT, HELD, { NOTHING }, C(CANCELLED), C(CANCELLED) },
	{ HMS_CWMP_GET_RPC_METHODS, GRANTED, { NOTHING }, C(GRANTED), C(GRANTED) },
	{ HMS_CWMP_GET_RPC_METHODS, GRANTED, { REVOKED }, C(CANCELLED), C(CANCELLED) },
	{ HMS_CWMP_GET_RPC_METHODS, GRANTED, { TAKEN, ANSWER }, C(DONE), C(DONE) },
	{ HMS_CWMP_GET_RPC_METHODS, GRANTED, { TAKEN, FAULT }, C(FAULTED), C(FAULTED) },
	{ HMS_CWMP_GET_RPC_METHODS, GRANTED, { TAKEN, NO_ANSWER }, C(UNKNOWN), C(UNKNOWN) },
	{ HMS_CWMP_GET_RPC_METHODS, GRANTED, { MISS, INFORM }, C(UNKNOWN), C(UNKNOWN) },
	{ HMS_CWMP_REBOOT, GRANTED, { REVOKED }, C(CANCELLED), C(CANCELLED) },
	{ HMS_CWMP_REBOOT, GRANTED, { MISS, INFORM }, C(CANCELLED), C(CANCELLED) },
	{ HMS_CWMP_REBOOT, GRANTED, { TAKEN, NO_ANSWER }, C(DOUBT), C(UNKNOWN) },
	{ HMS_CWMP_REBOOT, DISPATCHED, { REVOKED }, C(GRANTED), C(GRANTED) },
	{ HMS_CWMP_REBOOT, DISPATCHED, { TAKEN, ANSWER }, C(DONE), C(DONE) },
	{ HMS_CWMP_REBOOT, DISPATCHED, { MISS, INFORM }, C(DOUBT), C(UNKNOWN) },
	{ HMS_CWMP_REBOOT, DOUBT, { NOTHING }, C(DOUBT), C(UNKNOWN) },
	{ HMS_CWMP_REBOOT, DOUBT, { ANSWER }, C(DONE), C(DONE) },
	{ HMS_CWMP_DOWNLOAD, RUNNING, { NOTHING }, C(RUNNING), C(RUNNING) },
	{ HMS_CWMP_DOWNLOAD, RUNNING, { EVIDENCE }, C(FAULTED), C(FAULTED) }, /* not tried again */
};

static struct prov_command *at(struct fixture *f, const struct row *row)
{
	const char *payload = row->method == HMS_CWMP_DOWNLOAD ? "{\"FileType\":\"1 F\",\"URL\":\"http://x/y\"}" : "{}";
	struct prov_command *c;

	f->ctx.fault_tries_max = 5;
	f->ctx.fault_retry_min_us = f->ctx.fault_retry_max_us = 1000000000;
	f->ctx.transfer_ask_after_us = 3600000000;
	f->d = (struct prov_device){ 0 };
	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, row->method, payload);
	c->not_before = row->stage == HELD ? f->now_us + 1000000000 : 0;
	if (row->stage == QUEUED)
		return c;
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	if (row->stage >= DISPATCHED)
		fixture_dispatched(f, (uint64_t)c->id, f->sid, (uint32_t)c->g_n);
	if (row->stage == WAITING)
		fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, 9002);
	if (row->stage == DOUBT)
		fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__NO_ANSWER, 0);
	if (row->stage == RUNNING)
		fixture_answer(f, c, "DownloadResponse", "Status", "1", NULL);
	return c;
}

static void happens(struct fixture *f, struct prov_command *c, enum then then, uint64_t sid, uint32_t n)
{
	char key[33];

	hms_command_key_text((uint64_t)c->id, (uint32_t)c->tries, key);
	switch (then) {
	case REVOKED:
	case TAKEN:
	case MISS:
		prov_command_revoked(&f->d, c, sid, n,
				     then == REVOKED ? HMS_REVOKE_DONE
				     : then == TAKEN ? HMS_REVOKE_TAKEN
						     : HMS_REVOKE_MISS);
		fixture_work(f, PROV_WORK_LOOK);
		break;
	case ANSWER:
		fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
		break;
	case FAULT:
		fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, 9002);
		break;
	case NO_ANSWER:
		fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__NO_ANSWER, 0);
		break;
	case INFORM:
		fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
		break;
	case EVIDENCE:
		fixture_request(f, "TransferComplete", "CommandKey", key, "FaultStruct.FaultCode", "9017", NULL);
		break;
	default:
		break;
	}
}

static void check(struct fixture *f, size_t i, bool block)
{
	struct prov_command *c = at(f, &rows[i]);
	uint64_t sid = (uint64_t)c->g_sid;
	uint32_t n = (uint32_t)c->g_n;
	enum prov_command_state expected = block ? rows[i].blocked : rows[i].cancelled;
	int tries = c->tries;

	if (block)
		prov_device_set_state(&f->d, f->ctx.arena, PROV_STATE_BLOCKED, NULL);
	else
		c->cancel = true;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->revoke, rows[i].stage == GRANTED || rows[i].stage == DISPATCHED);
	for (size_t k = 0; k < 2; k++)
		happens(f, c, rows[i].then[k], sid, n);
	fixture_work(f, PROV_WORK_LOOK);
	if ((int)expected != c->state)
		fail_msg("row %zu, %s: %s instead of %s", i, block ? "block" : "cancel", prov_command_state_names[c->state],
			 prov_command_state_names[expected]);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	assert_int_equal(c->tries, tries); /* whatever became of it, it is not handed out again */
}

static void a_cancel_against_every_state(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(*state, i, false);
}

static void a_block_against_every_state(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(*state, i, true);
}

/* Evidence that comes later still wins. */
static void what_was_cancelled_and_is_announced_after_all_is_in_doubt(void **state)
{
	static const struct row row = { .method = HMS_CWMP_REBOOT, .stage = GRANTED };
	struct fixture *f = *state;
	struct prov_command *c = at(f, &row);
	uint64_t sid = (uint64_t)c->g_sid;

	c->cancel = true;
	happens(f, c, REVOKED, sid, 1);
	assert_int_equal(c->state, PROV_COMMAND_CANCELLED);
	fixture_dispatched(f, (uint64_t)c->id, sid, 1);
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(a_cancel_against_every_state),
		T(a_block_against_every_state),
		T(what_was_cancelled_and_is_announced_after_all_is_in_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
