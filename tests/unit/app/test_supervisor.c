/* Several workers under a supervisor: start, restart, drain, death of either side. */
#include "tiny.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 3 };
#define THREE "[service]\nworkers = 3\npid_file = @PID@\n"

static char body[262144];

/* What the log has told about the workers. */
struct fleet {
	pid_t pids[WORKERS];
	int ports[WORKERS];
	bool started[WORKERS];
};

/* The worker that wrote the last line. */
static long writer(const struct tiny *t)
{
	const char *at = strstr(t->line, " service=tiny/");
	long number = at ? strtol(at + strlen(" service=tiny/"), NULL, 10) : -1;

	assert_in_range(number, 0, WORKERS - 1);
	return number;
}

/* The worker that the supervisor's last line is about. */
static long subject(const struct tiny *t)
{
	long number = tiny_number(t, "worker");

	assert_in_range(number, 0, WORKERS - 1);
	return number;
}

static bool is_complete(const struct fleet *f)
{
	for (int i = 0; i < WORKERS; i++)
		if (f->pids[i] == 0 || f->ports[i] == 0 || !f->started[i])
			return false;
	return true;
}

/* Reads on until all is known of every worker. Lines of supervisor and workers come in any order. */
static void wait_for_workers(struct tiny *t, struct fleet *f)
{
	while (!is_complete(f)) {
		tiny_wait_line(t, "msg=");
		if (strstr(t->line, "msg=\"worker started\""))
			f->pids[subject(t)] = (pid_t)tiny_number(t, "pid");
		else if (strstr(t->line, "msg=\"admin port open\""))
			f->ports[writer(t)] = (int)strtol(strrchr(t->line, ':') + 1, NULL, 10);
		else if (strstr(t->line, "msg=started"))
			f->started[writer(t)] = true;
	}
}

static void each_worker_has_its_own_port_and_label(void **state)
{
	struct fleet f = { 0 };
	struct tiny t;
	char label[64];

	(void)state;
	tiny_start(&t, THREE, NULL);
	wait_for_workers(&t, &f);
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(tiny_get(f.ports[i], "/metrics", body, sizeof(body)), 200);
		snprintf(label, sizeof(label), "\nprocess_open_fds{worker=\"%d\"} ", i);
		assert_non_null(strstr(body, label));
	}
	kill(t.pid, SIGTERM);
	assert_int_equal(tiny_wait_end(&t), 0);
	assert_non_null(strstr(t.line, "service=tiny msg=ended status=0\n"));
	assert_int_not_equal(access(tiny_pid_path(), F_OK), 0);
}

static void a_dead_worker_is_started_again(void **state)
{
	struct fleet f = { 0 }, before;
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE, NULL);
	wait_for_workers(&t, &f);
	before = f;
	kill(f.pids[1], SIGKILL);
	tiny_wait_line(&t, "worker was killed");
	assert_int_equal(subject(&t), 1);
	assert_int_equal(tiny_number(&t, "signal"), SIGKILL);
	f.pids[1] = f.ports[1] = 0;
	f.started[1] = false;
	wait_for_workers(&t, &f);
	assert_int_not_equal(f.pids[1], before.pids[1]);
	assert_int_equal(f.pids[0], before.pids[0]);
	assert_int_equal(f.pids[2], before.pids[2]);
	assert_int_equal(tiny_get(f.ports[1], "/healthz", body, sizeof(body)), 200);
	kill(t.pid, SIGTERM);
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void workers_reload_with_the_supervisor(void **state)
{
	struct fleet f = { 0 };
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE, NULL);
	wait_for_workers(&t, &f);
	tiny_configure(THREE "[tiny]\nready = no\n");
	kill(t.pid, SIGHUP);
	for (int i = 0; i < WORKERS; i++)
		tiny_wait_line(&t, "configuration reloaded");
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(tiny_get(f.ports[i], "/readyz", body, sizeof(body)), 503);
	kill(t.pid, SIGTERM);
	assert_int_equal(tiny_wait_end(&t), 0);
}

/* A terminal or a service manager signals all processes of the group; the supervisor passes it on as well. */
static void a_signal_that_comes_twice_still_drains(void **state)
{
	struct fleet f = { 0 };
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE "[tiny]\ndrain = later\n", NULL);
	wait_for_workers(&t, &f);
	for (int i = 0; i < WORKERS; i++)
		kill(f.pids[i], SIGTERM);
	for (int i = 0; i < WORKERS; i++)
		tiny_wait_line(&t, "tiny drains");
	kill(t.pid, SIGTERM);
	tiny_wait_line(&t, "service=tiny msg=signal");
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(tiny_get(f.ports[i], "/healthz", body, sizeof(body)), 200);
	kill(t.pid, SIGHUP);
	for (int i = 0; i < WORKERS; i++)
		tiny_wait_line(&t, "tiny ends");
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void a_second_signal_kills_all(void **state)
{
	struct fleet f = { 0 };
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE "drain_timeout = 1h\n[tiny]\ndrain = never\n", NULL);
	wait_for_workers(&t, &f);
	kill(t.pid, SIGTERM);
	for (int i = 0; i < WORKERS; i++)
		tiny_wait_line(&t, "tiny drains");
	kill(t.pid, SIGTERM);
	assert_int_equal(tiny_wait_end(&t), 1);
	for (int i = 0; i < WORKERS; i++)
		assert_int_not_equal(kill(f.pids[i], 0), 0);
	assert_int_not_equal(access(tiny_pid_path(), F_OK), 0);
}

static void workers_die_with_their_supervisor(void **state)
{
	struct fleet f = { 0 };
	int how;
	struct tiny t;

	(void)state;
	/* So that the orphans become ours and their end can be awaited. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	tiny_start(&t, THREE, NULL);
	wait_for_workers(&t, &f);
	kill(t.pid, SIGKILL);
	assert_int_equal(tiny_wait_end(&t), -SIGKILL);
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(f.pids[i], &how, 0), f.pids[i]);
		assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

static void workers_that_cannot_start_end_the_supervisor(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE "[tiny]\nfail_init = yes\n", NULL);
	tiny_wait_line(&t, "tiny.fail_init: told to fail");
	tiny_wait_line(&t, "giving up");
	assert_int_equal(tiny_wait_end(&t), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_worker_has_its_own_port_and_label, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_dead_worker_is_started_again, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(workers_reload_with_the_supervisor, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_signal_that_comes_twice_still_drains, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_second_signal_kills_all, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(workers_die_with_their_supervisor, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(workers_that_cannot_start_end_the_supervisor, tiny_setup, tiny_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
