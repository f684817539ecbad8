/* Who gives way in overload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/cwmp/cwmp.h"
#include "shed.h"

static const struct fe_conf conf = { .shed_produce = 2000, .shed_loop = 1000, .shed_lag = 10000 };

static void what_comes_by_the_clock_gives_way_first_and_alarms_transfers_and_restarts_last(void **state)
{
	static const uint32_t urgent[] = { HMS_EVENT_BOOTSTRAP,
					   HMS_EVENT_BOOT | HMS_EVENT_PERIODIC,
					   HMS_EVENT_VALUE_CHANGE,
					   HMS_EVENT_TRANSFER_COMPLETE,
					   HMS_EVENT_M_DOWNLOAD,
					   HMS_EVENT_REPROVISION_SEGW,
					   HMS_EVENT_VALUE_CHANGE | HMS_EVENT_VENDOR };

	(void)state;
	for (size_t i = 0; i < sizeof(urgent) / sizeof(urgent[0]); i++)
		assert_int_equal(fe_turn(urgent[i], 0), FE_TURN_URGENT);
	assert_int_equal(fe_turn(HMS_EVENT_PERIODIC, 0), FE_TURN_PERIODIC);
	assert_int_equal(fe_turn(HMS_EVENT_PERIODIC | HMS_EVENT_HEARTBEAT, 3), FE_TURN_PERIODIC);
	assert_int_equal(fe_turn(HMS_EVENT_CONNECTION_REQUEST | HMS_EVENT_PERIODIC, 0), FE_TURN_OTHER);
	for (unsigned pressure = 0; pressure < 2000; pressure++)
		for (enum fe_turn turn = 1; turn < FE_TURN_COUNT; turn++)
			assert_true(fe_shed_permille(turn - 1, pressure) >= fe_shed_permille(turn, pressure));
}

static void who_was_refused_often_is_one_turn_later(void **state)
{
	(void)state;
	assert_int_equal(fe_turn(HMS_EVENT_PERIODIC, 4), FE_TURN_OTHER);
	assert_int_equal(fe_turn(HMS_EVENT_CONNECTION_REQUEST, 4), FE_TURN_URGENT);
	assert_int_equal(fe_turn(HMS_EVENT_BOOT, 9), FE_TURN_URGENT);
}

static void the_nearest_limit_counts(void **state)
{
	(void)state;
	assert_int_equal(fe_pressure(&conf, &(struct fe_signals){ 0, 0, 0 }), 0);
	assert_int_equal(fe_pressure(&conf, &(struct fe_signals){ 1000, 250, 3000 }), 500);
	assert_int_equal(fe_pressure(&conf, &(struct fe_signals){ 1000, 900, 3000 }), 900);
	assert_int_equal(fe_pressure(&conf, &(struct fe_signals){ 9000, 0, 0 }), 4500);
	assert_int_equal(fe_pressure(&conf, &(struct fe_signals){ 0, 0, INT64_MAX / 1000 }), 1000);
	assert_int_equal(fe_pressure(&conf, &(struct fe_signals){ 0, -5, -1 }), 0);
}

static void a_limit_of_0_is_none(void **state)
{
	static const struct fe_conf off = { .shed_loop = 1000 };

	(void)state;
	assert_int_equal(fe_pressure(&off, &(struct fe_signals){ 99999, 100, 99999 }), 100);
}

static void lag_alone_refuses_nothing_urgent(void **state)
{
	unsigned pressure = fe_pressure(&conf, &(struct fe_signals){ .lag_ms = 3600000 });

	(void)state;
	assert_int_equal(fe_shed_permille(FE_TURN_PERIODIC, pressure), 1000);
	assert_int_equal(fe_shed_permille(FE_TURN_OTHER, pressure), 1000);
	assert_int_equal(fe_shed_permille(FE_TURN_URGENT, pressure), 0);
}

static void more_is_refused_by_and_by(void **state)
{
	(void)state;
	assert_int_equal(fe_shed_permille(FE_TURN_PERIODIC, 500), 0);
	assert_int_equal(fe_shed_permille(FE_TURN_PERIODIC, 650), 500);
	assert_int_equal(fe_shed_permille(FE_TURN_PERIODIC, 800), 1000);
	assert_int_equal(fe_shed_permille(FE_TURN_URGENT, 1250), 500);
	assert_int_equal(fe_shed_permille(FE_TURN_URGENT, 65535), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_by_the_clock_gives_way_first_and_alarms_transfers_and_restarts_last),
		cmocka_unit_test(who_was_refused_often_is_one_turn_later),
		cmocka_unit_test(the_nearest_limit_counts),
		cmocka_unit_test(a_limit_of_0_is_none),
		cmocka_unit_test(lag_alone_refuses_nothing_urgent),
		cmocka_unit_test(more_is_refused_by_and_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
