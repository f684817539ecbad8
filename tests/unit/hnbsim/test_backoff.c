/* Session retry waits (TR-069 3.2.1.1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backoff.h"

/* [H6] */
static void waits_double_with_each_retry_up_to_the_tenth(void **state)
{
	static const uint64_t low_s[] = { 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 2560, 2560 };

	(void)state;
	for (unsigned n = 1; n <= 12; n++) {
		uint64_t low_ms, high_ms;

		backoff_bounds(n, BACKOFF_MINIMUM_S, BACKOFF_MULTIPLIER, &low_ms, &high_ms);
		assert_int_equal(low_ms, low_s[n - 1] * 1000);
		assert_int_equal(high_ms, 2 * low_s[n - 1] * 1000);
	}
}

static void a_wait_lies_within_its_bounds_and_reaches_both(void **state)
{
	(void)state;
	assert_int_equal(backoff_wait_ms(1, 5, 2000, 1, 0), 5000);
	assert_int_equal(backoff_wait_ms(1, 5, 2000, 1, 5000), 10000);
	assert_int_equal(backoff_wait_ms(1, 5, 2000, 1, 5001), 5000);
	for (uint64_t random = 0; random < 1000000; random += 7919)
		assert_in_range(backoff_wait_ms(3, 5, 2000, 1, random), 20000, 40000);
}

static void the_scale_shortens_waits(void **state)
{
	(void)state;
	assert_int_equal(backoff_wait_ms(1, 5, 2000, 0.01, 0), 50);
}

static void largest_settings_do_not_overflow(void **state)
{
	uint64_t low_ms, high_ms;

	(void)state;
	backoff_bounds(10, 65535, 65535, &low_ms, &high_ms);
	assert_true(high_ms >= low_ms && high_ms <= UINT64_C(31) * 24 * 3600 * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_with_each_retry_up_to_the_tenth),
		cmocka_unit_test(a_wait_lies_within_its_bounds_and_reaches_both),
		cmocka_unit_test(the_scale_shortens_waits),
		cmocka_unit_test(largest_settings_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
