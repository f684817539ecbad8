/* Failpoints: passages, actions, arming through a file. Without HMS_FAILPOINTS the macro is false. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hms/base/failpoint.h"

#ifdef HMS_FAILPOINTS

/* A file of its own for each test, removed at its end. */
static int make_file(void **state)
{
	static char path[64];
	int fd;

	strcpy(path, "/tmp/hms-failpoint-XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	*state = path;
	return 0;
}

static int remove_file(void **state)
{
	char fired[80];

	snprintf(fired, sizeof(fired), "%s.fired", (char *)*state);
	unlink(fired);
	unlink(*state);
	unsetenv("HMS_FAILPOINT_FILE");
	unsetenv("HMS_FAILPOINT");
	return 0;
}

/* As a harness does it: a new file, moved into place. */
static void arm(const char *path, const char *spec)
{
	char other[80];
	FILE *f;

	snprintf(other, sizeof(other), "%s.new", path);
	f = fopen(other, "w");
	assert_non_null(f);
	assert_true(fputs(spec, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(other, path), 0);
}

static void nothing_fires_unarmed(void **state)
{
	(void)state;
	unsetenv("HMS_FAILPOINT");
	unsetenv("HMS_FAILPOINT_FILE");
	assert_false(HMS_FAILPOINT("test.unarmed"));
}

static void the_environment_names_passages(void **state)
{
	(void)state;
	setenv("HMS_FAILPOINT", "test.first=error, test.third=error@3,test.all=error@*,test.bad=error@x,test.none", 1);
	assert_true(HMS_FAILPOINT("test.first"));
	assert_false(HMS_FAILPOINT("test.first"));
	assert_false(HMS_FAILPOINT("test.third"));
	assert_false(HMS_FAILPOINT("test.third"));
	assert_true(HMS_FAILPOINT("test.third"));
	assert_false(HMS_FAILPOINT("test.third"));
	assert_true(HMS_FAILPOINT("test.all"));
	assert_true(HMS_FAILPOINT("test.all"));
	assert_false(HMS_FAILPOINT("test.bad"));
	assert_false(HMS_FAILPOINT("test.none"));
	assert_false(HMS_FAILPOINT("test.firs"));
	unsetenv("HMS_FAILPOINT");
}

static void a_file_arms_a_running_process(void **state)
{
	char *path = *state, fired[80], line[100] = "";
	FILE *f;

	setenv("HMS_FAILPOINT_FILE", path, 1);
	assert_false(HMS_FAILPOINT("test.file"));
	arm(path, "test.file=error@2\n");
	assert_false(HMS_FAILPOINT("test.file"));
	assert_true(HMS_FAILPOINT("test.file"));
	assert_false(HMS_FAILPOINT("test.file"));
	arm(path, "test.file=error");
	assert_true(HMS_FAILPOINT("test.file"));
	snprintf(fired, sizeof(fired), "%s.fired", path);
	f = fopen(fired, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_memory_equal(line, "test.file=error pid=", 20);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_null(fgets(line, sizeof(line), f));
	fclose(f);
}

static void a_missing_file_arms_nothing(void **state)
{
	(void)state;
	setenv("HMS_FAILPOINT_FILE", "/nonexistent/file", 1);
	assert_false(HMS_FAILPOINT("test.missing"));
}

static void kill_ends_the_process_and_is_on_record(void **state)
{
	char *path = *state, fired[80];
	int status = 0;
	pid_t child;

	setenv("HMS_FAILPOINT_FILE", path, 1);
	arm(path, "test.kill=kill@2");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)HMS_FAILPOINT("test.kill");
		(void)HMS_FAILPOINT("test.kill");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	snprintf(fired, sizeof(fired), "%s.fired", path);
	assert_int_equal(access(fired, R_OK), 0);
}

static void stop_halts_until_continued(void **state)
{
	int status = 0;
	pid_t child;

	(void)state;
	setenv("HMS_FAILPOINT", "test.stop=stop", 1);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)HMS_FAILPOINT("test.stop");
		_exit(7);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(child, SIGCONT), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	unsetenv("HMS_FAILPOINT");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_fires_unarmed),
		cmocka_unit_test(the_environment_names_passages),
		cmocka_unit_test_setup_teardown(a_file_arms_a_running_process, make_file, remove_file),
		cmocka_unit_test_setup_teardown(a_missing_file_arms_nothing, make_file, remove_file),
		cmocka_unit_test_setup_teardown(kill_ends_the_process_and_is_on_record, make_file, remove_file),
		cmocka_unit_test(stop_halts_until_continued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void failpoints_are_not_in_this_build(void **state)
{
	(void)state;
	assert_false(HMS_FAILPOINT("test.any"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(failpoints_are_not_in_this_build) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
