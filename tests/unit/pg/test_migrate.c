/* Migrations: applied once, in order, whole or not at all, and recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "hms/log/log.h"
#include "pg_client.h"

struct fixture {
	struct pg_server server;
	struct hms_pg_conf conf;
	char folder[32];
	struct hms_err err;
	unsigned applied;
};

static int group_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	hms_log_init("test", HMS_LOG_ERROR);
	pg_server_start(&f->server);
	f->conf = (struct hms_pg_conf){ .dsn = f->server.dsn, .connect_timeout = 5000 };
	*state = f;
	return 0;
}

static int group_teardown(void **state)
{
	struct fixture *f = *state;

	pg_server_stop(&f->server);
	free(f);
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = *state;

	pg_server_sql(&f->server, "set client_min_messages = error; drop schema public cascade; create schema public");
	strcpy(f->folder, "/tmp/hms-mig-XXXXXX");
	return mkdtemp(f->folder) ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	return system(command);
}

static void put(struct fixture *f, const char *name, const char *sql)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(sql, file);
	fclose(file);
}

static int migrate(struct fixture *f)
{
	f->err = (struct hms_err){ 0 };
	return hms_pg_migrate(&f->conf, f->folder, &f->applied, &f->err);
}

static void assert_error(struct fixture *f, int code, const char *text)
{
	assert_int_equal(migrate(f), code);
	if (!strstr(f->err.text, text)) {
		fail_msg("\"%s\" does not say \"%s\"", f->err.text, text);
	}
}

static void files_are_applied_in_order_and_once(void **state)
{
	struct fixture *f = *state;

	put(f, "0002_more.sql", "insert into a values (2);");
	put(f, "0001_first.sql", "create table a (x int);\ninsert into a values (1);");
	put(f, "README.md", "not a migration");
	assert_int_equal(migrate(f), 0);
	assert_int_equal(f->applied, 2);
	assert_int_equal(migrate(f), 0);
	assert_int_equal(f->applied, 0);
	assert_string_equal(pg_server_sql(&f->server, "select count(*) from a"), "2");
	assert_string_equal(pg_server_sql(&f->server, "select string_agg(version || name || length(sha256), ' ' order by version)"
						      " from schema_migration where applied <= now()"),
			    "10001_first.sql64 20002_more.sql64");
}

static void a_changed_file_is_an_error(void **state)
{
	struct fixture *f = *state;

	put(f, "0001_first.sql", "create table a (x int);");
	assert_int_equal(migrate(f), 0);
	put(f, "0001_first.sql", "create table a (x bigint);");
	assert_error(f, HMS_EVERSION, "0001_first.sql: was changed");
}

static void an_error_names_file_and_line_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	put(f, "0001_first.sql", "create table a (x int);");
	put(f, "0002_bad.sql",
	    "create table b (x int);\n-- \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\nselect 1;\ncreate table c (x nosuchtype);\n\n");
	assert_error(f, HMS_ESQL, "0002_bad.sql: line 4: type \"nosuchtype\" does not exist");
	assert_int_equal(f->applied, 1);
	assert_string_equal(pg_server_sql(&f->server, "select count(*) from pg_class where relname in ('a', 'b')"), "1");
	put(f, "0002_bad.sql", "create table b (x int);");
	assert_int_equal(migrate(f), 0);
	assert_int_equal(f->applied, 1);
}

static void names_that_are_not_understood_are_errors(void **state)
{
	static const char *const names[] = { "1_short.sql", "0000_zero.sql", "-001_minus.sql", "0001.sql", "0001_.sql", "00a1_x.sql" };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];

		put(f, names[i], "select 1");
		assert_error(f, HMS_ESYNTAX, names[i]);
		snprintf(path, sizeof(path), "%s/%s", f->folder, names[i]);
		unlink(path);
	}
	put(f, "0001_a.sql", "select 1");
	put(f, "0001_b.sql", "select 1");
	assert_error(f, HMS_EEXISTS, "0001_");
}

static void a_file_that_ends_its_transaction_is_refused(void **state)
{
	struct fixture *f = *state;

	put(f, "0001_first.sql", "create table a (x int); commit;");
	assert_error(f, HMS_ESYNTAX, "0001_first.sql");
}

static void a_version_that_was_passed_over_is_an_error(void **state)
{
	struct fixture *f = *state;

	put(f, "0002_second.sql", "create table a (x int)");
	assert_int_equal(migrate(f), 0);
	put(f, "0001_first.sql", "create table b (x int)");
	assert_error(f, HMS_EVERSION, "0001_first.sql: was never applied");
}

static void several_at_once_apply_each_file_once(void **state)
{
	struct fixture *f = *state;
	pid_t pids[4];

	put(f, "0001_first.sql", "create table a (x int); select pg_sleep(0.1);");
	put(f, "0002_second.sql", "insert into a values (1);");
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			_exit(migrate(f) ? 1 : 10 + (int)f->applied);
		}
	}
	for (int i = 0, sum = 0; i < 4; i++) {
		int status;

		waitpid(pids[i], &status, 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) >= 10);
		sum += WEXITSTATUS(status) - 10;
		assert_true(i < 3 || sum == 2);
	}
	assert_string_equal(pg_server_sql(&f->server, "select count(*) from a"), "1");
}

static void without_a_server_or_a_folder_it_says_so(void **state)
{
	struct fixture *f = *state;
	struct hms_pg_conf away = { .dsn = "host=/nonexistent dbname=x", .connect_timeout = 1000 };

	assert_int_equal(hms_pg_migrate(&away, f->folder, &f->applied, &f->err), HMS_EUNAVAIL);
	assert_non_null(strstr(f->err.text, "/nonexistent"));
	assert_int_equal(hms_pg_migrate(&f->conf, "/nonexistent", &f->applied, &f->err), HMS_ENOENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_applied_in_order_and_once),
		TEST(a_changed_file_is_an_error),
		TEST(an_error_names_file_and_line_and_leaves_nothing),
		TEST(names_that_are_not_understood_are_errors),
		TEST(a_file_that_ends_its_transaction_is_refused),
		TEST(a_version_that_was_passed_over_is_an_error),
		TEST(several_at_once_apply_each_file_once),
		TEST(without_a_server_or_a_folder_it_says_so),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
