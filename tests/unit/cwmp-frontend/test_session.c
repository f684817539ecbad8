/* Rules of a session: classes, waits, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/cwmp/cwmp.h"
#include "session.h"

static const struct fe_conf conf = { .hold_bootstrap = 20000, .hold_boot = 15000, .hold_reprovision = 12000, .hold_other = 10000 };

static void the_gravest_event_gives_the_class(void **state)
{
	(void)state;
	assert_int_equal(fe_session_rank(HMS_EVENT_BOOTSTRAP | HMS_EVENT_BOOT | HMS_EVENT_REPROVISION_SEGW), FE_RANK_BOOTSTRAP);
	assert_int_equal(fe_session_rank(HMS_EVENT_BOOT | HMS_EVENT_REPROVISION_FAPGW), FE_RANK_BOOT);
	assert_int_equal(fe_session_rank(HMS_EVENT_REPROVISION_SEGW | HMS_EVENT_PERIODIC), FE_RANK_REPROVISION);
	assert_int_equal(fe_session_rank(HMS_EVENT_REPROVISION_FAPGW), FE_RANK_REPROVISION);
	assert_int_equal(fe_session_rank(HMS_EVENT_PERIODIC | HMS_EVENT_VALUE_CHANGE | HMS_EVENT_OTHER), FE_RANK_OTHER);
	assert_int_equal(fe_session_rank(0), FE_RANK_OTHER);
}

static void each_class_waits_for_its_own_time(void **state)
{
	(void)state;
	assert_int_equal(fe_session_hold_us(&conf, HMS_EVENT_BOOTSTRAP), 20000000);
	assert_int_equal(fe_session_hold_us(&conf, HMS_EVENT_BOOT), 15000000);
	assert_int_equal(fe_session_hold_us(&conf, HMS_EVENT_REPROVISION_FAPGW), 12000000);
	assert_int_equal(fe_session_hold_us(&conf, 0), 10000000);
}

static void only_a_held_session_promises_to_wait(void **state)
{
	struct fe_session s = { .stay = FE_STAY_HELD };

	(void)state;
	assert_int_equal(fe_session_promise_us(&conf, &s, 5), 10000005);
	s.stay = FE_STAY_QUIET;
	assert_int_equal(fe_session_promise_us(&conf, &s, 5), 0);
	s.stay = FE_STAY_UNHELD;
	assert_int_equal(fe_session_promise_us(&conf, &s, 5), 0);
}

/* [H11] What the device asks for, but never less than 30 s; and a wait that is over well before it. */
static void a_session_lives_and_waits_as_its_device_asks(void **state)
{
	static const struct {
		uint32_t asked_s;
		int64_t timeout_s, wait_ms;
	} rows[] = { { 0, 300, 10000 }, { 3, 30, 2000 },       { 12, 30, 8000 },
		     { 30, 30, 10000 }, { 3600, 3600, 10000 }, { UINT32_MAX, 86400, 10000 } };
	struct fe_conf with = conf;

	(void)state;
	with.session_timeout = 300000;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fe_session s = { .stay = FE_STAY_HELD, .timeout_s = rows[i].asked_s };

		assert_int_equal(fe_session_timeout_us(&with, &s), rows[i].timeout_s * 1000000);
		assert_int_equal(fe_session_promise_us(&with, &s, 0), rows[i].wait_ms * 1000);
	}
}

static void at_the_limit_grave_sessions_and_those_with_a_grant_must_return(void **state)
{
	struct fe_session s = { .classes = HMS_EVENT_PERIODIC };

	(void)state;
	assert_false(fe_session_must_return(&s));
	s.n = 1;
	assert_true(fe_session_must_return(&s));
	s = (struct fe_session){ .classes = HMS_EVENT_BOOT };
	assert_true(fe_session_must_return(&s));
}

/* What the device says is numbered without gaps, and the answer to RPC n is s0 + n. */
static void numbers_follow_what_the_device_says(void **state)
{
	struct fe_session s = { .seq = 1 };

	(void)state;
	assert_int_equal(fe_session_request_seq(&s), 2);
	fe_session_requested(&s);
	fe_session_begin(&s);
	assert_int_equal(s.s0, 2);
	s.n = 1;
	s.open = true;
	fe_session_answered(&s);
	assert_false(s.open);
	assert_int_equal(s.seq, 3);
	fe_session_begin(&s);
	assert_int_equal(s.s0, 2);
}

static void a_request_after_the_first_empty_post_takes_a_number_of_its_own(void **state)
{
	struct fe_session s = { .seq = 1 };
	uint32_t request;

	(void)state;
	fe_session_begin(&s);
	s.n = 1;
	s.open = true;
	request = fe_session_request_seq(&s);
	fe_session_requested(&s);
	assert_true(s.open);
	assert_int_equal(s.seq, request);
	fe_session_answered(&s);
	assert_int_equal(s.seq, request + 1);
}

static void the_further_state_of_a_session_is_newer(void **state)
{
	struct fe_session a = { .seq = 2, .n = 1 }, b = { .seq = 1, .n = 1 };

	(void)state;
	assert_true(fe_session_newer(&a, &b));
	assert_false(fe_session_newer(&b, &a));
	b.seq = 2;
	assert_false(fe_session_newer(&a, &b));
	b.n = 2;
	assert_true(fe_session_newer(&b, &a));
	a.n = 2;
	a.ended = true;
	assert_true(fe_session_newer(&a, &b));
}

enum { NONE, BASIC, DIGEST, ANY, CERTIFICATE, CERTIFICATE_BASIC, CERTIFICATE_DIGEST, CERTIFICATE_ANY }; /* of `auth` */

/* What was enough where a session began is not where more is asked for. */
static void a_session_is_good_where_no_more_is_asked_for_than_was_shown(void **state)
{
	static const struct {
		unsigned proof;
		unsigned good; /* bit n: at the value n of `auth` */
	} rows[] = {
		{ 0, 1u << NONE },
		{ FE_PROOF_BASIC, 1u << NONE | 1u << BASIC | 1u << ANY },
		{ FE_PROOF_DIGEST, 1u << NONE | 1u << BASIC | 1u << DIGEST | 1u << ANY },
		{ FE_PROOF_CERTIFICATE, 1u << NONE },
		{ FE_PROOF_CERTIFICATE | FE_PROOF_BASIC,
		  1u << NONE | 1u << BASIC | 1u << ANY | 1u << CERTIFICATE_BASIC | 1u << CERTIFICATE_ANY },
		{ FE_PROOF_CERTIFICATE | FE_PROOF_DIGEST, 0xff & ~(1u << CERTIFICATE) },
		{ FE_PROOF_CERTIFICATE | FE_PROOF_OWN_CERTIFICATE,
		  1u << NONE | 1u << BASIC | 1u << DIGEST | 1u << ANY | 1u << CERTIFICATE },
		{ FE_PROOF_CERTIFICATE | FE_PROOF_OWN_CERTIFICATE | FE_PROOF_DIGEST, 0xff },
		{ FE_PROOF_GROUP, 0xff },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned auth = 0; auth < FE_AUTH_COUNT; auth++)
			assert_int_equal(fe_proof_suffices(rows[i].proof, auth), rows[i].good >> auth & 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gravest_event_gives_the_class),
		cmocka_unit_test(a_session_is_good_where_no_more_is_asked_for_than_was_shown),
		cmocka_unit_test(each_class_waits_for_its_own_time),
		cmocka_unit_test(only_a_held_session_promises_to_wait),
		cmocka_unit_test(a_session_lives_and_waits_as_its_device_asks),
		cmocka_unit_test(at_the_limit_grave_sessions_and_those_with_a_grant_must_return),
		cmocka_unit_test(numbers_follow_what_the_device_says),
		cmocka_unit_test(a_request_after_the_first_empty_post_takes_a_number_of_its_own),
		cmocka_unit_test(the_further_state_of_a_session_is_newer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
