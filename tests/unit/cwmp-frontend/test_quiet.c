/* Which sessions are quiet: each condition alone makes one that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/cwmp/cwmp.h"
#include "quiet.h"

static struct fe_quiet_input quiet_one(void)
{
	return (struct fe_quiet_input){
		.has_entry = true,
		.entry_key = HMS_STR("~0000000000001.1"),
		.has_key = true,
		.key = HMS_STR("~0000000000001.1"),
		.classes = HMS_EVENT_PERIODIC,
		.event_count = 1,
	};
}

static void a_periodic_inform_of_a_settled_device_is_quiet(void **state)
{
	struct fe_quiet_input in = quiet_one();

	(void)state;
	assert_true(fe_quiet(&in));
	in.classes = HMS_EVENT_PERIODIC | HMS_EVENT_SCHEDULED | HMS_EVENT_HEARTBEAT;
	in.event_count = 3;
	assert_true(fe_quiet(&in));
}

static void without_an_entry_or_with_any_flag_it_is_not(void **state)
{
	struct fe_quiet_input in = quiet_one();

	(void)state;
	in.has_entry = false;
	assert_false(fe_quiet(&in));
	for (unsigned bit = 0; bit < 32; bit++) {
		in = quiet_one();
		in.entry_flags = 1u << bit;
		assert_false(fe_quiet(&in));
	}
}

static void any_other_event_is_not(void **state)
{
	static const uint32_t quiet_bits = HMS_EVENT_PERIODIC | HMS_EVENT_SCHEDULED | HMS_EVENT_HEARTBEAT;

	(void)state;
	for (unsigned bit = 0; bit < 32; bit++) {
		struct fe_quiet_input in = quiet_one();

		in.classes |= 1u << bit;
		assert_int_equal(fe_quiet(&in), (quiet_bits >> bit & 1) != 0);
	}
}

static void an_inform_without_events_or_a_retry_is_not(void **state)
{
	struct fe_quiet_input in = quiet_one();

	(void)state;
	in.classes = 0;
	in.event_count = 0;
	assert_false(fe_quiet(&in));
	in = quiet_one();
	in.retry_count = 1;
	assert_false(fe_quiet(&in));
}

static void the_parameter_key_must_be_the_known_one(void **state)
{
	struct fe_quiet_input in = quiet_one();

	(void)state;
	in.key = HMS_STR("~0000000000001.2");
	assert_false(fe_quiet(&in));
	in.key = HMS_STR("");
	assert_false(fe_quiet(&in));
	in.entry_key = HMS_STR("");
	assert_true(fe_quiet(&in));
	in = quiet_one();
	in.has_key = false;
	in.key = HMS_STR("");
	assert_false(fe_quiet(&in));
	in.entry_key = HMS_STR("");
	assert_true(fe_quiet(&in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_periodic_inform_of_a_settled_device_is_quiet),
		cmocka_unit_test(without_an_entry_or_with_any_flag_it_is_not),
		cmocka_unit_test(any_other_event_is_not),
		cmocka_unit_test(an_inform_without_events_or_a_retry_is_not),
		cmocka_unit_test(the_parameter_key_must_be_the_known_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
