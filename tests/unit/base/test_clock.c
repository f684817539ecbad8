/* Clocks, and wall time as text against the C library's calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <time.h>

#include "hms/base/clock.h"

static void text_matches_gmtime_over_the_whole_range(void **state)
{
	char ours[25], theirs[64];

	(void)state;
	for (int64_t s = -62167219200; s <= 253402300799; s += 86399 * 97) {
		time_t t = (time_t)s;
		struct tm tm;

		gmtime_r(&t, &tm);
		snprintf(theirs, sizeof(theirs), "%04d-%02d-%02dT%02d:%02d:%02d.007Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
			 tm.tm_hour, tm.tm_min, tm.tm_sec);
		assert_string_equal(hms_time_iso(s * 1000000 + 7999, ours, sizeof(ours)), theirs);
	}
}

static void times_before_1970_round_down(void **state)
{
	char text[25];

	(void)state;
	assert_string_equal(hms_time_iso(-1, text, sizeof(text)), "1969-12-31T23:59:59.999Z");
	assert_string_equal(hms_time_iso(0, text, sizeof(text)), "1970-01-01T00:00:00.000Z");
}

static void what_the_form_cannot_hold_is_clamped(void **state)
{
	char text[25], small[24] = "x";

	(void)state;
	assert_string_equal(hms_time_iso(INT64_MAX, text, sizeof(text)), "9999-12-31T23:59:59.999Z");
	assert_string_equal(hms_time_iso(INT64_MIN, text, sizeof(text)), "0000-01-01T00:00:00.000Z");
	assert_string_equal(hms_time_iso(0, small, sizeof(small)), "");
}

static void the_monotonic_clock_does_not_go_back(void **state)
{
	uint64_t before = hms_mono_us();

	(void)state;
	assert_true(hms_mono_us() >= before);
	assert_true(hms_mono_ms() >= before / 1000);
	assert_true(hms_wall_us() > 1700000000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_matches_gmtime_over_the_whole_range),
		cmocka_unit_test(times_before_1970_round_down),
		cmocka_unit_test(what_the_form_cannot_hold_is_clamped),
		cmocka_unit_test(the_monotonic_clock_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
