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

/* Lines of the workers come in any order: reads on until each has started, and keeps their pids and ports. */
static void wait_for_workers(struct tiny *t, pid_t pids[WORKERS], int ports[WORKERS])
{
	unsigned up = 0;

	while (up < WORKERS) {
		tiny_wait_line(t, "msg=");
		if (strstr(t->line, "msg=\"worker started\""))
			pids[tiny_number(t, "worker")] = (pid_t)tiny_number(t, "pid");
		if (strstr(t->line, "msg=\"admin port open\""))
			ports[strtol(strstr(t->line, "service=tiny/") + 13, NULL, 10)] = (int)strtol(strrchr(t->line, ':') + 1, NULL, 10);
		up += strstr(t->line, "msg=started") != NULL;
	}
}

static void each_worker_has_its_own_port_and_label(void **state)
{
	pid_t pids[WORKERS];
	int ports[WORKERS];
	struct tiny t;
	char label[64];

	(void)state;
	tiny_start(&t, THREE, NULL);
	wait_for_workers(&t, pids, ports);
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(tiny_get(ports[i], "/metrics", body, sizeof(body)), 200);
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
	pid_t pids[WORKERS];
	int ports[WORKERS];
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE, NULL);
	wait_for_workers(&t, pids, ports);
	kill(pids[1], SIGKILL);
	tiny_wait_line(&t, "worker was killed");
	assert_int_equal(tiny_number(&t, "worker"), 1);
	assert_int_equal(tiny_number(&t, "signal"), SIGKILL);
	tiny_wait_line(&t, "worker started");
	assert_int_equal(tiny_number(&t, "worker"), 1);
	assert_int_not_equal(tiny_number(&t, "pid"), pids[1]);
	tiny_wait_line(&t, "service=tiny/1 msg=started");
	assert_int_equal(kill(pids[0], 0), 0);
	kill(t.pid, SIGTERM);
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void workers_reload_with_the_supervisor(void **state)
{
	pid_t pids[WORKERS];
	int ports[WORKERS];
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE, NULL);
	wait_for_workers(&t, pids, ports);
	tiny_configure(THREE "[tiny]\nready = no\n");
	kill(t.pid, SIGHUP);
	for (int i = 0; i < WORKERS; i++)
		tiny_wait_line(&t, "configuration reloaded");
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(tiny_get(ports[i], "/readyz", body, sizeof(body)), 503);
	kill(t.pid, SIGTERM);
	assert_int_equal(tiny_wait_end(&t), 0);
}

/* A terminal or a service manager signals all processes of the group; the supervisor passes it on as well. */
static void a_signal_that_comes_twice_still_drains(void **state)
{
	pid_t pids[WORKERS];
	int ports[WORKERS];
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE "[tiny]\ndrain = later\n", NULL);
	wait_for_workers(&t, pids, ports);
	for (int i = 0; i < WORKERS; i++)
		kill(pids[i], SIGTERM);
	for (int i = 0; i < WORKERS; i++)
		tiny_wait_line(&t, "tiny drains");
	kill(t.pid, SIGTERM);
	tiny_wait_line(&t, "service=tiny msg=signal");
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(tiny_get(ports[i], "/healthz", body, sizeof(body)), 200);
	kill(t.pid, SIGHUP);
	for (int i = 0; i < WORKERS; i++)
		tiny_wait_line(&t, "tiny ends");
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void a_second_signal_kills_all(void **state)
{
	pid_t pids[WORKERS];
	int ports[WORKERS];
	struct tiny t;

	(void)state;
	tiny_start(&t, THREE "drain_timeout = 1h\n[tiny]\ndrain = never\n", NULL);
	wait_for_workers(&t, pids, ports);
	kill(t.pid, SIGTERM);
	for (int i = 0; i < WORKERS; i++)
		tiny_wait_line(&t, "tiny drains");
	kill(t.pid, SIGTERM);
	assert_int_equal(tiny_wait_end(&t), 1);
	for (int i = 0; i < WORKERS; i++)
		assert_int_not_equal(kill(pids[i], 0), 0);
	assert_int_not_equal(access(tiny_pid_path(), F_OK), 0);
}

static void workers_die_with_their_supervisor(void **state)
{
	pid_t pids[WORKERS];
	int ports[WORKERS], how;
	struct tiny t;

	(void)state;
	/* So that the orphans become ours and their end can be awaited. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	tiny_start(&t, THREE, NULL);
	wait_for_workers(&t, pids, ports);
	kill(t.pid, SIGKILL);
	assert_int_equal(tiny_wait_end(&t), -SIGKILL);
	for (int i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(pids[i], &how, 0), pids[i]);
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
