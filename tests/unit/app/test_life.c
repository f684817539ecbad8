/* The life of a service of one process: start, admin port, reload, drain, failures. */
#include "tiny.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char body[262144];

static void end_with_sigterm(struct tiny *t)
{
	assert_int_equal(kill(t->pid, SIGTERM), 0);
	tiny_wait_line(t, "tiny drains");
	tiny_wait_line(t, "tiny ends");
	assert_int_equal(tiny_wait_end(t), 0);
}

static void the_admin_port_answers(void **state)
{
	static const char *const metrics[] = { "\nprocess_resident_memory_bytes ", "\nprocess_cpu_seconds_total ", "\nprocess_open_fds ",
					       "\nprocess_start_time_seconds ",	   "\nhms_loop_load_permille ",	   "\nhms_app_ready 1\n",
					       "\nhms_build_info{version=\"" };
	struct tiny t;
	int port;

	(void)state;
	tiny_start(&t, "[tiny]\ngreeting = servus\n", NULL);
	port = tiny_wait_port(&t);
	tiny_wait_line(&t, "msg=started");
	assert_int_equal(tiny_get(port, "/healthz", body, sizeof(body)), 200);
	assert_string_equal(body, "ok\n");
	assert_int_equal(tiny_get(port, "/readyz", body, sizeof(body)), 200);
	assert_string_equal(body, "degraded: only tiny\n");
	assert_int_equal(tiny_get(port, "/greeting", body, sizeof(body)), 200);
	assert_string_equal(body, "servus\n");
	assert_int_equal(tiny_get(port, "/greeting/x?y", body, sizeof(body)), 200);
	assert_int_equal(tiny_get(port, "/greetings", body, sizeof(body)), 404);
	assert_int_equal(tiny_get(port, "/", body, sizeof(body)), 404);
	assert_int_equal(tiny_get(port, "/metrics", body, sizeof(body)), 200);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		assert_non_null(strstr(body, metrics[i]));
	end_with_sigterm(&t);
}

static void a_service_that_is_not_ready_says_why(void **state)
{
	struct tiny t;
	int port;

	(void)state;
	tiny_start(&t, "[tiny]\nready = no\n", NULL);
	port = tiny_wait_port(&t);
	assert_int_equal(tiny_get(port, "/readyz", body, sizeof(body)), 503);
	assert_string_equal(body, "told not to be ready\n");
	end_with_sigterm(&t);
}

static void sigterm_ends_a_start_that_takes_long(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "[tiny]\nhang_init = yes\n[service]\npid_file = @PID@\n", NULL);
	tiny_wait_line(&t, "tiny begins");
	assert_int_equal(access(tiny_pid_path(), F_OK), 0);
	assert_int_equal(kill(t.pid, SIGTERM), 0);
	assert_int_equal(tiny_wait_end(&t), 0);
	assert_int_equal(access(tiny_pid_path(), F_OK), -1);
}

static void sighup_applies_a_good_configuration(void **state)
{
	struct tiny t;
	int port;

	(void)state;
	tiny_start(&t, "[tiny]\nready = no\n", NULL);
	port = tiny_wait_port(&t);
	tiny_wait_line(&t, "msg=started");
	tiny_configure("[tiny]\nready = yes\ngreeting = other\n[admin]\nport = 1\n");
	kill(t.pid, SIGHUP);
	tiny_wait_line(&t, "changed settings need a restart");
	assert_non_null(strstr(t.line, "settings=\"admin.port, tiny.greeting\""));
	tiny_wait_line(&t, "configuration reloaded");
	assert_int_equal(tiny_get(port, "/readyz", body, sizeof(body)), 200);
	assert_int_equal(tiny_get(port, "/metrics", body, sizeof(body)), 200);
	assert_non_null(strstr(body, "\nhms_app_reloads_total{result=\"ok\"} 1\n"));
	end_with_sigterm(&t);
}

static void sighup_keeps_the_old_configuration_when_the_new_one_is_bad(void **state)
{
	struct tiny t;
	int port;

	(void)state;
	tiny_start(&t, "[tiny]\ngreeting = old\n", NULL);
	port = tiny_wait_port(&t);
	tiny_wait_line(&t, "msg=started");
	tiny_configure("[tiny]\ngreeting = new\nnonsense = 1\n");
	kill(t.pid, SIGHUP);
	tiny_wait_line(&t, "level=error");
	assert_non_null(strstr(t.line, "configuration not reloaded: "));
	assert_non_null(strstr(t.line, "tiny.conf:3: tiny.nonsense: unknown key"));
	assert_int_equal(tiny_get(port, "/greeting", body, sizeof(body)), 200);
	assert_string_equal(body, "old\n");
	assert_int_equal(tiny_get(port, "/metrics", body, sizeof(body)), 200);
	assert_non_null(strstr(body, "\nhms_app_reloads_total{result=\"failed\"} 1\n"));
	end_with_sigterm(&t);
}

/* More reloads with changes than configurations are kept: the oldest go, the first stays. */
static void many_reloads_do_not_pile_up(void **state)
{
	char config[100];
	struct tiny t;

	(void)state;
	tiny_start(&t, "", NULL);
	tiny_wait_line(&t, "msg=started");
	for (int i = 0; i < 150; i++) {
		snprintf(config, sizeof(config), "[tiny]\ngreeting = g%d\n", i);
		tiny_configure(config);
		kill(t.pid, SIGHUP);
		snprintf(config, sizeof(config), "greeting=g%d\n", i);
		tiny_wait_line(&t, config);
	}
	end_with_sigterm(&t);
}

static void the_log_level_is_reloaded(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "", NULL);
	tiny_wait_line(&t, "msg=started");
	tiny_configure("[log]\nlevel = error\n");
	kill(t.pid, SIGHUP);
	kill(t.pid, SIGTERM);
	assert_int_equal(tiny_wait_end(&t), 0);
	assert_null(strstr(t.line, "tiny ends"));
}

static void draining_waits_for_work_and_is_not_ready(void **state)
{
	struct tiny t;
	int port;

	(void)state;
	tiny_start(&t, "[tiny]\ndrain = later\n", NULL);
	port = tiny_wait_port(&t);
	tiny_wait_line(&t, "msg=started");
	kill(t.pid, SIGINT);
	tiny_wait_line(&t, "tiny drains");
	assert_int_equal(tiny_get(port, "/readyz", body, sizeof(body)), 503);
	assert_string_equal(body, "degraded: only tiny\ndraining\n");
	assert_int_equal(tiny_get(port, "/healthz", body, sizeof(body)), 200);
	kill(t.pid, SIGHUP);
	tiny_wait_line(&t, "msg=drained");
	tiny_wait_line(&t, "tiny ends");
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void work_that_does_not_end_is_cut_off(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "[service]\ndrain_timeout = 10ms\n[tiny]\ndrain = never\n", NULL);
	tiny_wait_line(&t, "msg=started");
	kill(t.pid, SIGTERM);
	tiny_wait_line(&t, "drain_timeout is over");
	tiny_wait_line(&t, "tiny ends");
	assert_int_equal(tiny_wait_end(&t), 0);
}

static void a_second_signal_ends_at_once(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "[service]\npid_file = @PID@\ndrain_timeout = 1h\n[tiny]\ndrain = never\n", NULL);
	tiny_wait_line(&t, "msg=started");
	kill(t.pid, SIGTERM);
	tiny_wait_line(&t, "tiny drains");
	kill(t.pid, SIGTERM);
	tiny_wait_line(&t, "second signal");
	assert_int_equal(tiny_wait_end(&t), 1);
	assert_int_not_equal(access(tiny_pid_path(), F_OK), 0);
}

static void the_pid_file_lives_as_long_as_the_process(void **state)
{
	struct tiny t;
	long pid = 0;
	FILE *f;

	(void)state;
	tiny_start(&t, "[service]\npid_file = @PID@\n", NULL);
	tiny_wait_line(&t, "msg=started");
	f = fopen(tiny_pid_path(), "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld", &pid), 1);
	fclose(f);
	assert_int_equal(pid, t.pid);
	end_with_sigterm(&t);
	assert_int_not_equal(access(tiny_pid_path(), F_OK), 0);
}

static void a_pid_file_that_cannot_be_written_is_an_error(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "[service]\npid_file = /nonexistent/tiny.pid\n", NULL);
	tiny_wait_line(&t, "service.pid_file: /nonexistent/tiny.pid: No such file or directory");
	assert_int_equal(tiny_wait_end(&t), 1);
}

static void a_failing_init_ends_with_1(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "[tiny]\nfail_init = on\n", NULL);
	tiny_wait_line(&t, "tiny.fail_init: told to fail");
	assert_int_equal(tiny_wait_end(&t), 1);
}

static void an_admin_port_in_use_is_named(void **state)
{
	char config[100];
	struct tiny first, second;
	int port;

	(void)state;
	tiny_start(&first, "", NULL);
	port = tiny_wait_port(&first);
	tiny_wait_line(&first, "msg=started");
	snprintf(config, sizeof(config), "[admin]\nport = %d\n", port);
	tiny_start(&second, config, NULL);
	tiny_wait_line(&second, "level=error");
	assert_non_null(strstr(second.line, "admin.address, admin.port: "));
	assert_int_equal(tiny_wait_end(&second), 1);
	end_with_sigterm(&first);
}

static void a_failure_under_way_ends_through_fini(void **state)
{
	struct tiny t;

	(void)state;
	tiny_start(&t, "[tiny]\nfail_later = on\n", NULL);
	tiny_wait_line(&t, "reason=\"as configured\"");
	tiny_wait_line(&t, "tiny ends");
	assert_int_equal(tiny_wait_end(&t), 1);
}

static void the_environment_configures_without_a_file(void **state)
{
	struct tiny t;
	int port;

	(void)state;
	setenv("HMS_TINY_GREETING", "from outside", 1);
	setenv("HMS_SERVICE_INSTANCE", "tiny-7", 1);
	tiny_start(&t, NULL, NULL);
	unsetenv("HMS_TINY_GREETING");
	unsetenv("HMS_SERVICE_INSTANCE");
	port = tiny_wait_port(&t);
	tiny_wait_line(&t, "msg=started");
	assert_non_null(strstr(t.line, "instance=tiny-7.0\n"));
	assert_int_equal(tiny_get(port, "/greeting", body, sizeof(body)), 200);
	assert_string_equal(body, "from outside\n");
	end_with_sigterm(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_admin_port_answers, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_service_that_is_not_ready_says_why, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(sigterm_ends_a_start_that_takes_long, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(sighup_applies_a_good_configuration, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(sighup_keeps_the_old_configuration_when_the_new_one_is_bad, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(many_reloads_do_not_pile_up, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(the_log_level_is_reloaded, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(draining_waits_for_work_and_is_not_ready, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(work_that_does_not_end_is_cut_off, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_second_signal_ends_at_once, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(the_pid_file_lives_as_long_as_the_process, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_pid_file_that_cannot_be_written_is_an_error, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_failing_init_ends_with_1, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(an_admin_port_in_use_is_named, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(a_failure_under_way_ends_through_fini, tiny_setup, tiny_teardown),
		cmocka_unit_test_setup_teardown(the_environment_configures_without_a_file, tiny_setup, tiny_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
