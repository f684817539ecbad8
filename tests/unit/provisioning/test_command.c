/* Commands: I6, I7, I8 and the rules of session.pml that they come from. */
#include "fixture.h"

#include "hms/redis/mailbox.h"

static struct prov_command *granted(struct fixture *f, enum hms_cwmp_method method, const char *payload)
{
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, method, payload);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	return c;
}

static void newer_inform(struct fixture *f) { fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL); }

static const char GPV[] = "{\"ParameterNames\":[\"Device.\"]}";

static void i6_a_slow_device_is_not_asked_twice(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	f->now_us += 168000000; /* 168 s for a GetParameterValues was seen */
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_int_equal(c->tries, 1);
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void i7_a_safe_command_is_granted_again_at_the_newer_inform(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	newer_inform(f);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_int_equal(c->tries, 2);
	assert_int_equal(c->g_sid, f->sid);
}

static void i7_an_unsafe_command_without_dispatch_is_granted_again(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	newer_inform(f);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_int_equal(c->tries, 2);
}

static void i7_a_dispatched_unsafe_command_is_never_sent_again(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	newer_inform(f);
	newer_inform(f);
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
	assert_int_equal(c->tries, 1);
}

static void i7_a_dispatch_is_evidence_in_every_state(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");
	uint64_t old_sid = f->sid;

	newer_inform(f); /* granted again, elsewhere, without a dispatch */
	fixture_dispatched(f, (uint64_t)c->id, old_sid, 1);
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
	prov_command_end(&f->d, c, PROV_COMMAND_CANCELLED, NULL);
	fixture_dispatched(f, (uint64_t)c->id, old_sid, 1);
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
}

static void i7_no_answer_to_an_unsafe_rpc_is_doubt_dispatched_or_not(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__NO_ANSWER, 0);
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
}

static void i7_the_answer_after_no_answer_still_counts(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__NO_ANSWER, 0);
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void i7_at_most_one_unsafe_command_is_open(void **state)
{
	struct fixture *f = *state;
	struct prov_command *first = granted(f, HMS_CWMP_REBOOT, "{}"), *second, *safe;

	fixture_dispatched(f, (uint64_t)first->id, f->sid, 1);
	newer_inform(f);
	second = fixture_command(f, HMS_CWMP_FACTORY_RESET, "{}");
	safe = fixture_command(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(first->state, PROV_COMMAND_DOUBT);
	assert_int_equal(second->state, PROV_COMMAND_QUEUED);
	assert_int_equal(safe->state, PROV_COMMAND_GRANTED);
	prov_command_end(&f->d, first, PROV_COMMAND_DONE, NULL);
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(second->state, PROV_COMMAND_GRANTED);
}

static void nothing_goes_out_behind_a_reboot(void **state)
{
	struct fixture *f = *state;
	struct prov_command *reboot = granted(f, HMS_CWMP_REBOOT, "{}");
	struct prov_command *behind = fixture_command(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(behind->state, PROV_COMMAND_QUEUED);
	fixture_result(f, reboot, HMS__RPC_RESULT__OUTCOME__RESPONSE, 0);
	assert_int_equal(reboot->state, PROV_COMMAND_DONE);
	assert_int_equal(behind->state, PROV_COMMAND_QUEUED); /* the session ends: TR-069 A.3.2.9 */
	newer_inform(f);
	assert_int_equal(behind->state, PROV_COMMAND_GRANTED);
}

static void a_command_that_a_device_dies_of_is_not_repeated_for_ever(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	for (int i = 1; i < f->ctx.tries_max; i++) {
		newer_inform(f);
		assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	}
	newer_inform(f);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
}

static void i8_m_reboot_with_our_command_key_settles_doubt(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");
	char key[33];

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	hms_command_key_text((uint64_t)c->id, 1, key);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_BOOT | HMS_EVENT_M_REBOOT, "", key, NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void i8_our_parameter_key_settles_a_lost_answer(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_SET_PARAMETER_VALUES, "{\"ParameterList\":[{\"Name\":\"Device.X\",\"Value\":\"1\"}]}");
	char key[33];

	hms_parameter_key_text((uint64_t)c->id, 1, key);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, key, NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(c->tries, 1);
}

static void i8_bootstrap_with_another_key_settles_a_factory_reset(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_FACTORY_RESET, "{}");
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "~ours", NULL, NULL);
	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_BOOTSTRAP, "~ours", NULL, NULL); /* the URL changed, no reset */
	assert_int_equal(c->state, PROV_COMMAND_DOUBT);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_BOOTSTRAP, "", NULL, NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void i8_evidence_of_a_late_inform_counts(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_SET_PARAMETER_VALUES, "{\"ParameterList\":[]}");
	char key[33];

	hms_parameter_key_text((uint64_t)c->id, 1, key);
	fixture_late_inform(f, 3000000, key);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

static void i8_no_evidence_by_the_deadline_ends_unknown(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	newer_inform(f);
	f->now_us = c->deadline + f->ctx.session_live_us + 1;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
}

static void i8_a_deadline_ends_doubt_of_a_device_that_comes_often(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	newer_inform(f);
	f->now_us = c->deadline;
	newer_inform(f);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
}

static void a_deadline_does_not_end_what_may_be_with_the_device_this_moment(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	f->d.hot.recv_us = f->now_us = c->deadline;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
}

static void a_deadline_ends_a_queued_command_as_expired(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_REBOOT, "{}");
	f->now_us = c->deadline;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_EXPIRED);
}

static void cancelling_a_granted_command_asks_redis_first(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	c->cancel = true;
	c->noticed = false;
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_true(c->revoke);
	prov_command_revoked(&f->d, c, f->sid, 1, HMS_REVOKE_MISS);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED); /* "miss" proves nothing */
	prov_command_revoked(&f->d, c, f->sid, 1, HMS_REVOKE_TAKEN);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	prov_command_revoked(&f->d, c, f->sid, 1, HMS_REVOKE_DONE);
	assert_int_equal(c->state, PROV_COMMAND_CANCELLED);
}

static void revoked_does_not_end_what_was_dispatched(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	fixture_dispatched(f, (uint64_t)c->id, f->sid, 1);
	prov_command_revoked(&f->d, c, f->sid, 1, HMS_REVOKE_DONE);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
}

static void a_cancelled_safe_command_that_was_not_revoked_may_have_run(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	c->cancel = true;
	newer_inform(f);
	assert_int_equal(c->state, PROV_COMMAND_UNKNOWN);
}

static void a_cancelled_unsafe_command_without_dispatch_has_not_run(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_REBOOT, "{}");

	c->cancel = true;
	newer_inform(f);
	assert_int_equal(c->state, PROV_COMMAND_CANCELLED);
}

static void methods_that_nobody_knows_are_refused(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_NONE, "{}");
	c->kind = HMS_STR("Explode");
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9000);
}

static void a_bad_payload_is_refused_with_its_reason(void **state)
{
	static const struct {
		enum hms_cwmp_method method;
		const char *payload;
	} bad[] = {
		{ HMS_CWMP_GET_PARAMETER_VALUES, "{}" },
		{ HMS_CWMP_GET_PARAMETER_VALUES, "{\"ParameterNames\":[7]}" },
		{ HMS_CWMP_GET_PARAMETER_VALUES, "nonsense" },
		{ HMS_CWMP_SET_PARAMETER_VALUES, "{\"ParameterList\":[{\"Name\":\"\",\"Value\":\"1\"}]}" },
		{ HMS_CWMP_SET_PARAMETER_VALUES, "{\"ParameterList\":[{\"Name\":\"A\",\"Value\":1}]}" },
		{ HMS_CWMP_SET_PARAMETER_VALUES, "{\"ParameterList\":[{\"Name\":\"A\",\"Value\":\"1\",\"Type\":\"what\"}]}" },
		{ HMS_CWMP_GET_PARAMETER_NAMES, "{\"ParameterPath\":\"A.\",\"NextLevel\":\"yes\"}" },
	};
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_SETTLED);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct prov_command *c = fixture_command(f, bad[i].method, bad[i].payload);

		fixture_work(f, PROV_WORK_LOOK);
		assert_int_equal(c->state, PROV_COMMAND_FAULTED);
		assert_int_equal(c->fault, 9003);
		assert_true(c->note.len > 0);
	}
}

static void nothing_is_granted_when_the_session_does_not_wait(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);
	struct prov_command *later;

	fixture_work(f, PROV_WORK_ENDED);
	later = fixture_command(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED); /* resolved at the newer Inform */
	assert_int_equal(later->state, PROV_COMMAND_QUEUED);
}

static void at_most_16_items_are_granted_together(void **state)
{
	struct fixture *f = *state;
	struct hms_mail_item items[PROV_GRANTS_MAX];

	fixture_device(f, PROV_STATE_SETTLED);
	for (int i = 0; i < 20; i++)
		fixture_command(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);
	newer_inform(f);
	assert_int_equal(prov_grant_items(&f->ctx, &f->d, items), 16);
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(items[i].n, i + 1);
}

static void q_ver_moves_with_every_change_of_grants(void **state)
{
	struct fixture *f = *state;
	int64_t before;

	fixture_device(f, PROV_STATE_SETTLED);
	fixture_command(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);
	before = f->d.hot.q_ver;
	newer_inform(f);
	assert_true(f->d.hot.q_ver > before);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		T(i6_a_slow_device_is_not_asked_twice),
		T(i7_a_safe_command_is_granted_again_at_the_newer_inform),
		T(i7_an_unsafe_command_without_dispatch_is_granted_again),
		T(i7_a_dispatched_unsafe_command_is_never_sent_again),
		T(i7_a_dispatch_is_evidence_in_every_state),
		T(i7_no_answer_to_an_unsafe_rpc_is_doubt_dispatched_or_not),
		T(i7_the_answer_after_no_answer_still_counts),
		T(i7_at_most_one_unsafe_command_is_open),
		T(nothing_goes_out_behind_a_reboot),
		T(a_command_that_a_device_dies_of_is_not_repeated_for_ever),
		T(i8_m_reboot_with_our_command_key_settles_doubt),
		T(i8_our_parameter_key_settles_a_lost_answer),
		T(i8_bootstrap_with_another_key_settles_a_factory_reset),
		T(i8_evidence_of_a_late_inform_counts),
		T(i8_no_evidence_by_the_deadline_ends_unknown),
		T(i8_a_deadline_ends_doubt_of_a_device_that_comes_often),
		T(a_deadline_does_not_end_what_may_be_with_the_device_this_moment),
		T(a_deadline_ends_a_queued_command_as_expired),
		T(cancelling_a_granted_command_asks_redis_first),
		T(revoked_does_not_end_what_was_dispatched),
		T(a_cancelled_safe_command_that_was_not_revoked_may_have_run),
		T(a_cancelled_unsafe_command_without_dispatch_has_not_run),
		T(methods_that_nobody_knows_are_refused),
		T(a_bad_payload_is_refused_with_its_reason),
		T(nothing_is_granted_when_the_session_does_not_wait),
		T(at_most_16_items_are_granted_together),
		T(q_ver_moves_with_every_change_of_grants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
