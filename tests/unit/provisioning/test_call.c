/* Connection requests: when a device is called, how often, and until when. */
#include "call_want.h"
#include "fixture.h"

#define CR_URL "http://10.0.0.7:7547/cr"

static struct prov_call_rules rules = {
	.on = true,
	.tries_max = 3,
	.retry_min_us = 5000000,
	.retry_max_us = 8000000,
	.busy_wait_us = 30000000,
	.inform_wait_us = 35000000,
	.deadline_us = 15000000,
	.device_interval_us = 2000000,
	.rate = 10,
	.network_rate = 10,
};

static void wait_us(struct fixture *f, int64_t us)
{
	f->now_us += us;
	if (f->d.call)
		f->d.call->send = false;
	fixture_work(f, PROV_WORK_LOOK);
}

/* A settled device whose session is over, with a command of an operator. */
static struct prov_command *idle_with_command(struct fixture *f)
{
	struct prov_command *c;

	f->ctx.calls = &rules;
	fixture_device(f, PROV_STATE_SETTLED);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	f->d.cold.connection_request_url = HMS_STR(CR_URL);
	f->now_us = f->d.hot.hold_until;
	c = fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	wait_us(f, 0);
	return c;
}

static int state_of(const struct fixture *f) { return f->d.call ? f->d.call->state : PROV_CALL_IS_NONE; }

static void ends(struct fixture *f, int outcome)
{
	Hms__DeviceEvent ev = HMS__DEVICE_EVENT__INIT;
	Hms__ReachResult result = HMS__REACH_RESULT__INIT;
	struct prov_event e = { .msg = &ev };
	struct hms_err err = { 0 };

	result.outcome = (Hms__ReachResult__Outcome)outcome;
	result.attempt = (uint64_t)f->d.call->attempt;
	ev.body_case = HMS__DEVICE_EVENT__BODY_REACH_RESULT;
	ev.reach_result = &result;
	f->d.now_us = f->now_us;
	assert_int_equal(prov_apply(&f->ctx, &f->d, &e, &err), 0);
	prov_decide(&f->ctx, &f->d);
}

static void an_idle_device_with_a_command_is_called_once(void **state)
{
	struct fixture *f = *state;

	idle_with_command(f);
	assert_int_equal(state_of(f), PROV_CALL_IS_CALLING);
	assert_true(f->d.call->send && f->d.call->dirty);
	assert_int_equal(f->d.call->tries, 1);
	assert_int_equal(f->d.call->deadline, f->now_us + rules.deadline_us);
	wait_us(f, 1000000);
	fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	wait_us(f, 0);
	assert_false(f->d.call->send);
	assert_int_equal(f->d.call->tries, 1);
}

static void the_record_says_where_and_shows_what_is_known(void **state)
{
	struct fixture *f = *state;
	struct hms_buf packed = HMS_BUF_INIT(65536);
	Hms__ReachRequest *request;

	idle_with_command(f);
	f->d.sealed[HMS_CREDENTIAL_CONNECTION_PENDING] = HMS_STR("pending");
	f->d.sealed[HMS_CREDENTIAL_CONNECTION] = HMS_STR("own");
	f->d.sealed[HMS_CREDENTIAL_OWN] = HMS_STR("no business of theirs");
	assert_int_equal(prov_call_pack(&f->d, &packed), 0);
	assert_int_equal(hms_reach_unpack(f->ctx.arena, packed.p, packed.len, &request), 0);
	assert_string_equal(request->url, CR_URL);
	assert_int_equal(request->kind, HMS__REACH_REQUEST__KIND__HTTP);
	assert_int_equal(request->attempt, f->d.call->attempt);
	assert_int_equal(request->deadline_us, f->d.call->deadline);
	assert_int_equal(request->n_credentials, 2);
	assert_memory_equal(request->credentials[0].data, "own", 3);
	assert_memory_equal(request->credentials[1].data, "pending", 7);
	hms_buf_fini(&packed);
}

static void its_inform_ends_the_call_and_a_late_result_does_not_count(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = idle_with_command(f);
	int64_t attempt = f->d.call->attempt;

	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_CONNECTION_REQUEST, "", NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_int_equal(state_of(f), PROV_CALL_IS_SESSION);
	f->d.call->attempt = attempt;
	ends(f, HMS_REACH_TIMEOUT);
	assert_int_equal(state_of(f), PROV_CALL_IS_SESSION);
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_int_equal(state_of(f), PROV_CALL_IS_NONE);
}

static void a_session_in_which_an_rpc_may_be_is_not_called_into(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	idle_with_command(f);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_CONNECTION_REQUEST, "", NULL, NULL);
	f->now_us = f->d.hot.hold_until + 1;
	c = fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	wait_us(f, 0);
	assert_int_equal(c->state, PROV_COMMAND_QUEUED);
	assert_int_equal(state_of(f), PROV_CALL_IS_SESSION);
	assert_int_equal(f->d.call->due, f->d.hot.recv_us + f->ctx.session_live_us);
	f->now_us = f->d.call->due;
	wait_us(f, 0);
	assert_int_equal(state_of(f), PROV_CALL_IS_CALLING);
}

/* Redis said that the session had ended before its grant was placed: an Inform is what resolves it (I6). */
static void a_grant_that_came_too_late_has_the_device_called(void **state)
{
	struct fixture *f = *state;

	f->ctx.calls = &rules;
	fixture_device(f, PROV_STATE_SETTLED);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	f->d.cold.connection_request_url = HMS_STR(CR_URL);
	fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	wait_us(f, 0);
	assert_int_equal(state_of(f), PROV_CALL_IS_SESSION);
	fixture_work(f, PROV_WORK_ENDED);
	assert_int_equal(state_of(f), PROV_CALL_IS_CALLING);
}

static void what_cannot_be_reached_is_called_later_and_later_and_given_up(void **state)
{
	static const int64_t waits[] = { 5000000, 8000000 };
	struct fixture *f = *state;

	idle_with_command(f);
	for (size_t i = 0; i < 2; i++) {
		ends(f, HMS_REACH_TIMEOUT);
		assert_int_equal(state_of(f), PROV_CALL_IS_WAITING);
		assert_int_equal(f->d.call->due, f->now_us + waits[i]);
		wait_us(f, waits[i] - 1);
		assert_int_equal(state_of(f), PROV_CALL_IS_WAITING);
		wait_us(f, 1);
		assert_int_equal(state_of(f), PROV_CALL_IS_CALLING);
		assert_true(f->d.call->send);
	}
	ends(f, HMS_REACH_TIMEOUT);
	assert_int_equal(state_of(f), PROV_CALL_IS_GIVEN_UP);
	assert_int_equal(f->d.call->due, 0);
	wait_us(f, 3000000);
	assert_int_equal(state_of(f), PROV_CALL_IS_GIVEN_UP);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	assert_int_equal(f->d.call->tries, 0);
}

static void each_outcome_has_its_wait(void **state)
{
	static const struct {
		enum hms_reach_outcome outcome;
		enum prov_call_state state;
		int64_t wait_us;
	} rows[] = {
		{ HMS_REACH_ACCEPTED, PROV_CALL_IS_ACCEPTED, 35000000 }, { HMS_REACH_BUSY, PROV_CALL_IS_WAITING, 30000000 },
		{ HMS_REACH_REFUSED, PROV_CALL_IS_WAITING, 5000000 },	 { HMS_REACH_DENIED, PROV_CALL_IS_GIVEN_UP, 0 },
		{ HMS_REACH_NOT_FOUND, PROV_CALL_IS_GIVEN_UP, 0 },	 { HMS_REACH_NOT_ALLOWED, PROV_CALL_IS_GIVEN_UP, 0 },
		{ HMS_REACH_NONE, PROV_CALL_IS_WAITING, 5000000 } /* of a newer release */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f->d.call = NULL;
		f->d.command_count = 0;
		idle_with_command(f);
		ends(f, (int)rows[i].outcome);
		assert_int_equal(state_of(f), rows[i].state);
		assert_int_equal(f->d.call->due, rows[i].wait_us ? f->now_us + rows[i].wait_us : 0);
	}
}

static void silence_of_the_front_ends_and_of_the_device_is_an_outcome(void **state)
{
	struct fixture *f = *state;

	idle_with_command(f);
	wait_us(f, f->d.call->due - f->now_us);
	assert_true(hms_str_eqz(f->d.call->outcome, "no_result"));
	wait_us(f, rules.retry_min_us);
	ends(f, HMS_REACH_ACCEPTED);
	wait_us(f, rules.inform_wait_us);
	assert_true(hms_str_eqz(f->d.call->outcome, "no_inform"));
	assert_int_equal(state_of(f), PROV_CALL_IS_WAITING);
}

static void a_command_that_is_not_due_has_its_device_called_when_it_is(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	f->ctx.calls = &rules;
	fixture_device(f, PROV_STATE_SETTLED);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	f->d.cold.connection_request_url = HMS_STR(CR_URL);
	f->now_us = f->d.hot.hold_until;
	c = fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	c->not_before = f->now_us + 60000000;
	wait_us(f, 0);
	assert_int_equal(state_of(f), PROV_CALL_IS_LATER);
	assert_int_equal(f->d.call->due, c->not_before);
	wait_us(f, 60000000);
	assert_int_equal(state_of(f), PROV_CALL_IS_CALLING);
}

static void what_no_session_would_bring_on_has_nobody_called(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = idle_with_command(f);

	c->cancel = true;
	wait_us(f, 1);
	assert_int_equal(c->state, PROV_COMMAND_CANCELLED);
	assert_int_equal(state_of(f), PROV_CALL_IS_NONE);
	c = fixture_command(f, HMS_CWMP_REBOOT, "{}");
	c->state = PROV_COMMAND_DOUBT;
	c->noticed = true;
	fixture_command(f, HMS_CWMP_REBOOT, "{}"); /* behind it */
	wait_us(f, 1);
	assert_int_equal(state_of(f), PROV_CALL_IS_NONE);
}

static void a_held_device_is_not_called(void **state)
{
	struct fixture *f = *state;

	f->ctx.calls = &rules;
	fixture_device(f, PROV_STATE_HELD);
	fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	wait_us(f, 1);
	assert_int_equal(state_of(f), PROV_CALL_IS_NONE);
}

static void without_a_setting_nobody_is_called(void **state)
{
	struct fixture *f = *state;
	struct prov_call_rules off = rules;

	idle_with_command(f);
	off.on = false;
	f->ctx.calls = &off;
	wait_us(f, 1);
	assert_int_equal(state_of(f), PROV_CALL_IS_NONE);
}

static void limits_make_a_device_wait_and_count_as_no_try(void **state)
{
	struct fixture *f = *state;
	struct prov_call_rules limited = rules;

	limited.devices = hms_rate_new();
	limited.networks = hms_rate_new();
	limited.all = hms_rate_new();
	limited.tries_max = 1000;
	idle_with_command(f);
	f->ctx.calls = &limited;
	for (int i = 0; i < 20 && state_of(f) == PROV_CALL_IS_CALLING; i++) {
		ends(f, HMS_REACH_TIMEOUT);
		f->d.call->due = f->now_us; /* no time passes */
		wait_us(f, 0);
	}
	assert_int_equal(state_of(f), PROV_CALL_IS_WAITING);
	assert_int_equal(f->d.call->tries, 6); /* the one without limits, and a burst of five */
	assert_int_equal(f->d.call->due, f->now_us + limited.device_interval_us);
	hms_rate_free(&limited.devices);
	hms_rate_free(&limited.networks);
	hms_rate_free(&limited.all);
}

static void an_address_that_only_its_own_network_knows_is_a_nats(void **state)
{
	static const struct {
		const char *url, *peer;
		bool nat;
	} rows[] = {
		{ "http://192.168.1.2:7547/x", "198.51.100.7", true },
		{ "http://100.64.3.4/", "198.51.100.7", true },
		{ "http://[fd00::1]:7547/x", "2001:db8::1", true },
		{ "HTTP://10.0.0.1", "198.51.100.7", true },
		{ "http://10.1.1.1:7547/x", "10.1.1.1", false },
		{ "http://10.1.1.1:7547/x", "10.200.0.1", false },
		{ "http://198.51.100.7:7547/", "198.51.100.7", false },
		{ "http://198.51.100.7/", "203.0.113.1", false },
		{ "http://cell.example/", "198.51.100.7", false },
		{ "nonsense", "198.51.100.7", false },
		{ "http://192.168.1.2:7547/x", "", false },
		{ "", "198.51.100.7", false },
		{ "http://192.168.1.2:7547/x", "127.0.0.1", false },
		{ "http://[192.168.1.2", "198.51.100.7", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (prov_call_is_nat(hms_str(rows[i].url), hms_str(rows[i].peer)) != rows[i].nat)
			fail_msg("%s from %s", rows[i].url, rows[i].peer);
}

static void behind_a_nat_and_without_a_url_no_record_is_sent(void **state)
{
	struct fixture *f = *state;

	idle_with_command(f);
	f->d.call = NULL;
	f->d.cold.peer_addr = HMS_STR("198.51.100.7");
	wait_us(f, 1);
	assert_true(hms_str_eqz(f->d.call->outcome, "nat"));
	assert_false(f->d.call->send);
	f->d.call = NULL;
	f->d.cold.connection_request_url = HMS_STR("");
	wait_us(f, 1);
	assert_true(hms_str_eqz(f->d.call->outcome, "no_url"));
	assert_int_equal(state_of(f), PROV_CALL_IS_GIVEN_UP);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_idle_device_with_a_command_is_called_once),
		TEST(the_record_says_where_and_shows_what_is_known),
		TEST(its_inform_ends_the_call_and_a_late_result_does_not_count),
		TEST(a_session_in_which_an_rpc_may_be_is_not_called_into),
		TEST(a_grant_that_came_too_late_has_the_device_called),
		TEST(what_cannot_be_reached_is_called_later_and_later_and_given_up),
		TEST(each_outcome_has_its_wait),
		TEST(silence_of_the_front_ends_and_of_the_device_is_an_outcome),
		TEST(a_command_that_is_not_due_has_its_device_called_when_it_is),
		TEST(what_no_session_would_bring_on_has_nobody_called),
		TEST(a_held_device_is_not_called),
		TEST(without_a_setting_nobody_is_called),
		TEST(limits_make_a_device_wait_and_count_as_no_try),
		TEST(an_address_that_only_its_own_network_knows_is_a_nats),
		TEST(behind_a_nat_and_without_a_url_no_record_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
