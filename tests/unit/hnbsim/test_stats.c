/* Latency histograms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "stats.h"

static void quantiles_are_exact_to_a_64th(void **state)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	(void)state;
	assert_non_null(stats);
	for (uint64_t us = 1; us <= 100000; us++)
		stats_add(stats, us);
	assert_in_range(stats_quantile_us(stats, 0.5), 50000, 50000 + 50000 / 64);
	assert_in_range(stats_quantile_us(stats, 0.99), 99000, 100000);
	assert_int_equal(stats_quantile_us(stats, 1), 100000);
	assert_int_equal(stats->max_us, 100000);
	free(stats);
}

static void small_values_are_exact(void **state)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	(void)state;
	assert_non_null(stats);
	assert_int_equal(stats_quantile_us(stats, 0.5), 0);
	stats_add(stats, 7);
	assert_int_equal(stats_quantile_us(stats, 0.5), 7);
	stats_add(stats, 9);
	assert_int_equal(stats_quantile_us(stats, 0.5), 7);
	assert_int_equal(stats_quantile_us(stats, 0.51), 9);
	free(stats);
}

static void huge_values_are_counted(void **state)
{
	struct stats *stats = calloc(1, sizeof(*stats));

	(void)state;
	assert_non_null(stats);
	stats_add(stats, UINT64_MAX);
	stats_add(stats, 0);
	assert_int_equal(stats->count, 2);
	assert_true(stats_quantile_us(stats, 1) > UINT64_C(1) << 32);
	free(stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_exact_to_a_64th),
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(huge_values_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
