/* Timers: the wheel's order, re-arming, stopping, long times, many of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "hms/loop/loop.h"

enum { MANY = 100000 };

struct fired {
	struct hms_loop *loop;
	unsigned count;
	uint64_t at_ms;
	struct hms_timer *other;
	uint64_t again_ms;
	bool stop;
};

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct fired *fired = arg;

	fired->count++;
	fired->at_ms = hms_loop_now_ms(fired->loop);
	if (fired->other) {
		hms_timer_stop(fired->other);
	}
	if (fired->again_ms) {
		hms_timer_start(timer, fired->again_ms);
	}
	if (fired->stop) {
		hms_loop_stop(fired->loop);
	}
}

static int setup(void **state)
{
	*state = hms_loop_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct hms_loop *loop = *state;

	hms_loop_free(&loop);
	return 0;
}

static void fires_once_and_not_before_its_time(void **state)
{
	struct fired fired = { .loop = *state, .stop = true };
	struct hms_timer timer;
	uint64_t start = hms_loop_now_ms(*state);

	hms_timer_init(&timer, *state, on_timer, &fired);
	assert_false(hms_timer_active(&timer));
	hms_timer_start(&timer, 21);
	assert_true(hms_timer_active(&timer));
	hms_loop_run(*state);
	assert_int_equal(fired.count, 1);
	assert_true(fired.at_ms >= start + 21);
	assert_false(hms_timer_active(&timer));
}

static void zero_fires_in_a_later_iteration(void **state)
{
	struct fired fired = { .loop = *state };
	struct hms_timer timer;

	hms_timer_init(&timer, *state, on_timer, &fired);
	hms_timer_start(&timer, 0);
	assert_int_equal(fired.count, 0);
	while (!fired.count) {
		hms_loop_run_once(*state, true);
	}
	assert_int_equal(fired.count, 1);
}

static void one_iteration_that_waits_returns_after_a_timer_that_was_due_before_it(void **state)
{
	struct fired fired = { .loop = *state };
	struct hms_timer timer;
	struct timespec overdue = { .tv_nsec = 20 * 1000000 };

	hms_timer_init(&timer, *state, on_timer, &fired);
	hms_timer_start(&timer, 1);
	nanosleep(&overdue, NULL); /* a machine that is busy with something else */
	hms_loop_run_once(*state, true);
	assert_int_equal(fired.count, 1);
}

static void stopped_timer_does_not_fire(void **state)
{
	struct fired never = { .loop = *state }, fired = { .loop = *state, .stop = true };
	struct hms_timer stopped, last;

	hms_timer_init(&stopped, *state, on_timer, &never);
	hms_timer_init(&last, *state, on_timer, &fired);
	hms_timer_start(&stopped, 8);
	hms_timer_start(&last, 24);
	hms_timer_stop(&stopped);
	hms_timer_stop(&stopped);
	hms_loop_run(*state);
	assert_int_equal(never.count, 0);
}

static void restart_moves_the_time(void **state)
{
	struct fired fired = { .loop = *state, .stop = true };
	struct hms_timer timer;
	uint64_t start = hms_loop_now_ms(*state);

	hms_timer_init(&timer, *state, on_timer, &fired);
	hms_timer_start(&timer, 4);
	hms_timer_start(&timer, 40);
	hms_loop_run(*state);
	assert_int_equal(fired.count, 1);
	assert_true(fired.at_ms >= start + 40);
}

static void shorter_timer_started_later_fires_first(void **state)
{
	struct fired late = { .loop = *state, .stop = true }, early = { .loop = *state };
	struct hms_timer a, b;

	hms_timer_init(&a, *state, on_timer, &late);
	hms_timer_init(&b, *state, on_timer, &early);
	hms_timer_start(&a, 60);
	hms_timer_start(&b, 10);
	hms_loop_run(*state);
	assert_int_equal(early.count, 1);
	assert_true(early.at_ms <= late.at_ms);
}

static void callback_may_stop_a_timer_of_the_same_slot(void **state)
{
	struct fired second = { .loop = *state }, first = { .loop = *state };
	struct hms_timer a, b;

	hms_timer_init(&a, *state, on_timer, &first);
	hms_timer_init(&b, *state, on_timer, &second);
	first.other = &b;
	hms_timer_start(&a, 8);
	hms_timer_start(&b, 8);
	while (!first.count) {
		hms_loop_run_once(*state, true);
	}
	assert_false(hms_timer_active(&b));
	assert_int_equal(second.count, 0);
}

static void callback_may_restart_itself(void **state)
{
	struct fired fired = { .loop = *state, .again_ms = 1 };
	struct hms_timer timer;

	hms_timer_init(&timer, *state, on_timer, &fired);
	hms_timer_start(&timer, 1);
	while (fired.count < 5) {
		hms_loop_run_once(*state, true);
	}
	hms_timer_stop(&timer);
}

static void timer_of_a_later_turn_waits_for_it(void **state)
{
	enum { TURN_MS = 4 * 8192 };
	struct fired later = { .loop = *state }, now = { .loop = *state, .stop = true };
	struct hms_timer a, b;

	hms_timer_init(&a, *state, on_timer, &later);
	hms_timer_init(&b, *state, on_timer, &now);
	hms_timer_start(&a, 20 + TURN_MS); /* the slot of b */
	hms_timer_start(&b, 20);
	hms_loop_run(*state);
	assert_int_equal(now.count, 1);
	assert_int_equal(later.count, 0);
	assert_true(hms_timer_active(&a));
	hms_timer_stop(&a);
}

static void time_is_capped_at_30_days(void **state)
{
	struct fired never = { .loop = *state };
	struct hms_timer timer;

	hms_timer_init(&timer, *state, on_timer, &never);
	hms_timer_start(&timer, UINT64_MAX);
	assert_true(timer.due_ms <= hms_loop_now_ms(*state) + UINT64_C(30) * 24 * 3600 * 1000 + 4);
	hms_loop_run_once(*state, false);
	assert_int_equal(never.count, 0);
	hms_timer_stop(&timer);
}

static void many_timers_each_fire_once(void **state)
{
	struct fired fired = { .loop = *state };
	struct hms_timer *timers = calloc(MANY, sizeof(*timers));

	assert_non_null(timers);
	for (unsigned i = 0; i < MANY; i++) {
		hms_timer_init(&timers[i], *state, on_timer, &fired);
		hms_timer_start(&timers[i], i % 97);
	}
	for (unsigned i = 0; i < MANY; i += 2) {
		hms_timer_stop(&timers[i]);
	}
	while (fired.count < MANY / 2) {
		hms_loop_run_once(*state, true);
	}
	hms_loop_run_once(*state, false);
	assert_int_equal(fired.count, MANY / 2);
	free(timers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fires_once_and_not_before_its_time, setup, teardown),
		cmocka_unit_test_setup_teardown(zero_fires_in_a_later_iteration, setup, teardown),
		cmocka_unit_test_setup_teardown(one_iteration_that_waits_returns_after_a_timer_that_was_due_before_it, setup, teardown),
		cmocka_unit_test_setup_teardown(stopped_timer_does_not_fire, setup, teardown),
		cmocka_unit_test_setup_teardown(restart_moves_the_time, setup, teardown),
		cmocka_unit_test_setup_teardown(shorter_timer_started_later_fires_first, setup, teardown),
		cmocka_unit_test_setup_teardown(callback_may_stop_a_timer_of_the_same_slot, setup, teardown),
		cmocka_unit_test_setup_teardown(callback_may_restart_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(timer_of_a_later_turn_waits_for_it, setup, teardown),
		cmocka_unit_test_setup_teardown(time_is_capped_at_30_days, setup, teardown),
		cmocka_unit_test_setup_teardown(many_timers_each_fire_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
