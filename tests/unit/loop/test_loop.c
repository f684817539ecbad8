/* Descriptors, deferred calls, signals, wake-ups, load. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hms/loop/loop.h"

struct seen {
	struct hms_loop *loop;
	struct hms_defer defer, other;
	unsigned count, closed;
	int events, signum;
	bool again;
};

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

static void on_defer(struct hms_defer *defer, void *arg)
{
	struct seen *seen = arg;

	seen->count++;
	if (seen->again) {
		hms_defer_schedule(seen->loop, defer);
	}
}

static void on_defer_cancel_other(struct hms_defer *defer, void *arg)
{
	struct seen *seen = arg;

	(void)defer;
	hms_defer_cancel(&seen->other);
}

static void deferred_call_runs_once_before_the_loop_blocks(void **state)
{
	struct seen seen = { .loop = *state };

	hms_defer_init(&seen.defer, on_defer, &seen);
	hms_defer_schedule(*state, &seen.defer);
	hms_defer_schedule(*state, &seen.defer);
	assert_int_equal(seen.count, 0);
	hms_loop_run_once(*state, false);
	hms_loop_run_once(*state, false);
	assert_int_equal(seen.count, 1);
}

static void deferred_call_that_schedules_itself_does_not_block_or_hang_the_loop(void **state)
{
	struct seen seen = { .loop = *state, .again = true };

	hms_defer_init(&seen.defer, on_defer, &seen);
	hms_defer_schedule(*state, &seen.defer);
	for (int i = 0; i < 10; i++) {
		hms_loop_run_once(*state, true); /* would block for ever if it blocked */
	}
	assert_true(seen.count >= 10);
	hms_defer_cancel(&seen.defer);
}

static void deferred_call_can_be_cancelled_by_one_before_it(void **state)
{
	struct seen seen = { .loop = *state };

	hms_defer_init(&seen.defer, on_defer_cancel_other, &seen);
	hms_defer_init(&seen.other, on_defer, &seen);
	hms_defer_schedule(*state, &seen.defer);
	hms_defer_schedule(*state, &seen.other);
	hms_loop_run_once(*state, false);
	hms_loop_run_once(*state, false);
	assert_int_equal(seen.count, 0);
}

static void on_io(struct hms_io *io, int events, void *arg)
{
	struct seen *seen = arg;

	(void)io;
	seen->count++;
	seen->events |= events;
}

static void on_closed(void *arg) { ((struct seen *)arg)->closed++; }

static void descriptor_reports_what_is_waited_for(void **state)
{
	struct seen seen = { .loop = *state };
	int fds[2];
	struct hms_io *io;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	io = hms_io_new(*state, fds[0], on_io, &seen);
	assert_non_null(io);
	hms_loop_run_once(*state, false);
	assert_int_equal(seen.count, 0);

	assert_int_equal(hms_io_set(io, HMS_IO_READ), 0);
	hms_loop_run_once(*state, false);
	assert_int_equal(seen.count, 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	hms_loop_run_once(*state, true);
	assert_int_equal(seen.events, HMS_IO_READ);

	seen.count = 0;
	seen.events = 0;
	assert_int_equal(hms_io_set(io, 0), 0);
	hms_loop_run_once(*state, false);
	assert_int_equal(seen.count, 0);
	assert_int_equal(hms_io_set(io, HMS_IO_READ | HMS_IO_WRITE), 0);
	hms_loop_run_once(*state, true);
	assert_int_equal(seen.events, HMS_IO_READ | HMS_IO_WRITE);

	hms_io_close(io, on_closed, &seen);
	assert_int_equal(seen.closed, 0);
	hms_loop_run_once(*state, false);
	assert_int_equal(seen.closed, 1);
	close(fds[0]);
	close(fds[1]);
}

static void no_callback_after_close(void **state)
{
	struct seen seen = { .loop = *state };
	int fds[2];
	struct hms_io *io;

	assert_int_equal(pipe(fds), 0);
	io = hms_io_new(*state, fds[0], on_io, &seen);
	assert_int_equal(hms_io_set(io, HMS_IO_READ), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	hms_io_close(io, on_closed, &seen);
	while (!seen.closed) {
		hms_loop_run_once(*state, false);
	}
	assert_int_equal(seen.count, 0);
	close(fds[0]);
	close(fds[1]);
}

static void on_signal(int signum, void *arg)
{
	struct seen *seen = arg;

	seen->signum = signum;
	hms_loop_stop(seen->loop);
}

static void signal_arrives_on_the_loop(void **state)
{
	struct seen seen = { .loop = *state };
	struct hms_signal *signal = hms_signal_new(*state, SIGUSR1, on_signal, &seen);

	assert_non_null(signal);
	raise(SIGUSR1);
	hms_loop_run(*state);
	assert_int_equal(seen.signum, SIGUSR1);
	hms_signal_close(&signal);
	assert_null(signal);
}

static void on_wake(void *arg)
{
	struct seen *seen = arg;

	seen->count++;
	hms_loop_stop(seen->loop);
}

static void *wake_thread(void *arg)
{
	for (int i = 0; i < 100; i++) {
		hms_wake_signal(arg);
	}
	return NULL;
}

static void wake_from_another_thread_runs_on_the_loop(void **state)
{
	struct seen seen = { .loop = *state };
	struct hms_wake *wake = hms_wake_new(*state, on_wake, &seen);
	pthread_t thread;

	assert_non_null(wake);
	assert_int_equal(pthread_create(&thread, NULL, wake_thread, wake), 0);
	hms_loop_run(*state);
	pthread_join(thread, NULL);
	assert_true(seen.count >= 1);
	hms_wake_close(&wake);
}

static pthread_t worked_on;

static void work_thread(void *arg)
{
	(void)arg;
	worked_on = pthread_self();
}

static void work_done(void *arg)
{
	struct seen *seen = arg;

	assert_false(pthread_equal(worked_on, pthread_self()));
	seen->count++;
	if (seen->loop)
		hms_loop_stop(seen->loop);
}

static void work_runs_on_another_thread_and_its_end_on_the_loop(void **state)
{
	struct seen seen = { .loop = *state };
	struct hms_work work;

	hms_work_run(&work, *state, work_thread, work_done, &seen);
	assert_int_equal(seen.count, 0);
	hms_loop_run(*state);
	assert_int_equal(seen.count, 1);
}

static void work_under_way_is_waited_for_when_the_loop_is_freed(void **state)
{
	struct hms_loop *loop = hms_loop_new();
	struct seen seen = { 0 };
	struct hms_work work[20];

	(void)state;
	for (size_t i = 0; i < 20; i++)
		hms_work_run(&work[i], loop, work_thread, work_done, &seen);
	hms_loop_free(&loop);
	assert_int_equal(seen.count, 20);
}

static void load_is_a_share_of_a_thousand(void **state)
{
	hms_loop_run_once(*state, false);
	assert_true(hms_loop_load_permille(*state) <= 1000);
	assert_true(hms_loop_load_permille(*state) <= 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(deferred_call_runs_once_before_the_loop_blocks, setup, teardown),
		cmocka_unit_test_setup_teardown(deferred_call_that_schedules_itself_does_not_block_or_hang_the_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(deferred_call_can_be_cancelled_by_one_before_it, setup, teardown),
		cmocka_unit_test_setup_teardown(descriptor_reports_what_is_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(no_callback_after_close, setup, teardown),
		cmocka_unit_test_setup_teardown(signal_arrives_on_the_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(wake_from_another_thread_runs_on_the_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(work_runs_on_another_thread_and_its_end_on_the_loop, setup, teardown),
		cmocka_unit_test(work_under_way_is_waited_for_when_the_loop_is_freed),
		cmocka_unit_test_setup_teardown(load_is_a_share_of_a_thousand, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
