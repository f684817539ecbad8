/* A program refuses a schema outside the versions that it knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pg_client.h"

struct answer {
	bool told;
	struct hms_err err;
};

static void on_told(const struct hms_err *err, void *arg)
{
	struct answer *a = arg;

	a->told = true;
	a->err = *err;
}

static int ask(struct pg_client *c, int low, int high, struct answer *a)
{
	a->told = false;
	hms_pg_schema_ask(c->pg, low, high, on_told, a);
	pg_client_wait(c, &a->told);
	return a->err.code;
}

static void a_database_without_schema_is_refused(void **state)
{
	struct answer a;

	pg_server_sql(&((struct pg_client *)*state)->server, "drop table if exists schema_migration");
	assert_int_equal(ask(*state, 1, 9, &a), HMS_EVERSION);
	assert_non_null(strstr(a.err.text, "no schema"));
}

static void only_known_versions_are_accepted(void **state)
{
	struct answer a;

	pg_server_sql(&((struct pg_client *)*state)->server,
		      "create table if not exists schema_migration (version int primary key, name text, sha256 text);"
		      " delete from schema_migration; insert into schema_migration values (4, 'a', ''), (5, 'b', '')");
	assert_int_equal(ask(*state, 5, 5, &a), 0);
	assert_int_equal(ask(*state, 1, 4, &a), HMS_EVERSION);
	assert_int_equal(ask(*state, 6, 9, &a), HMS_EVERSION);
	assert_non_null(strstr(a.err.text, "version 5"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_database_without_schema_is_refused, pg_client_setup, pg_client_teardown),
		cmocka_unit_test_setup_teardown(only_known_versions_are_accepted, pg_client_setup, pg_client_teardown),
	};

	return cmocka_run_group_tests(tests, pg_client_group_setup, pg_client_group_teardown);
}
