/* COPY within a batch: all rows or none, in the transaction of its statements, and the connection goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pg_client.h"

static const struct hms_pg_stmt begin = { "c_begin", "begin" };
static const struct hms_pg_stmt commit = { "c_commit", "commit" };
static const struct hms_pg_stmt copy = { "c_copy", "copy c (a, b, v) from stdin (format binary)" };
static const struct hms_pg_stmt insert = { "c_insert", "insert into c values (0, 'plain', null)" };
static const struct hms_pg_stmt count = { "c_count", "select count(*) from c" };

static int table_setup(void **state)
{
	struct pg_client *c = *state;

	pg_server_sql(&c->server,
		      "set client_min_messages = error; drop table if exists c; create table c (a bigint primary key, b text, v float8)");
	return pg_client_setup(state);
}

static void add_rows(struct hms_pg_array *rows, int64_t from, int64_t to)
{
	for (int64_t i = from; i < to; i++) {
		hms_pg_copy_row(rows, 3);
		hms_pg_a_int8(rows, i);
		hms_pg_a_text(rows, HMS_STR("some text of a row"));
		if (i % 2)
			hms_pg_a_float8(rows, (double)i / 2);
		else
			hms_pg_a_null(rows);
	}
}

static struct hms_pg_batch *copy_batch(struct pg_client *c, int64_t from, int64_t to)
{
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);

	hms_pg_stmt_begin(b, &begin, NULL, NULL);
	add_rows(hms_pg_copy_begin(b, &copy), from, to);
	return b;
}

static int64_t counted(struct pg_client *c)
{
	int64_t n = -1;

	assert_int_equal(pg_client_do(c, &count, rows_int, &n).code, 0);
	return n;
}

static void rows_of_a_copy_and_of_statements_around_it_are_one_transaction(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	int64_t within = 0;
	struct outcome o;

	hms_pg_stmt_begin(b, &begin, NULL, NULL);
	hms_pg_stmt_begin(b, &insert, NULL, NULL);
	add_rows(hms_pg_copy_begin(b, &copy), 1, 4);
	hms_pg_stmt_begin(b, &count, rows_int, &within);
	add_rows(hms_pg_copy_begin(b, &copy), 4, 5);
	hms_pg_stmt_begin(b, &commit, NULL, NULL);
	o = pg_client_run(c, b);
	assert_int_equal(o.code, 0);
	assert_int_equal(within, 4);
	assert_int_equal(counted(c), 5);
	assert_string_equal(pg_server_sql(&c->server, "select string_agg(coalesce(v::text, '-'), ' ' order by a) from c"), "- 0.5 - 1.5 -");
}

static void a_copy_may_be_the_last_of_its_batch_and_the_transaction_goes_on(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = copy_batch(c, 1, 3);

	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_string_equal(pg_server_sql(&c->server, "select count(*) from c"), "0");
	assert_int_equal(pg_client_do(c, &commit, NULL, NULL).code, 0);
	assert_int_equal(counted(c), 2);
}

static void a_copy_without_rows_is_none(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = copy_batch(c, 0, 0);

	hms_pg_stmt_begin(b, &commit, NULL, NULL);
	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_int_equal(counted(c), 0);
}

static void many_megabytes_pass(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = copy_batch(c, 0, 150000);

	hms_pg_stmt_begin(b, &commit, NULL, NULL);
	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_int_equal(counted(c), 150000);
}

static void a_bad_row_fails_the_batch_as_a_whole_and_the_connection_goes_on(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	struct hms_pg_array *rows;
	struct outcome o;

	hms_pg_stmt_begin(b, &begin, NULL, NULL);
	hms_pg_stmt_begin(b, &insert, NULL, NULL);
	rows = hms_pg_copy_begin(b, &copy);
	add_rows(rows, 1, 100000);
	add_rows(rows, 7, 8); /* there already */
	hms_pg_stmt_begin(b, &commit, NULL, NULL);
	o = pg_client_run(c, b);
	assert_int_equal(o.code, HMS_ESQL);
	assert_string_equal(o.sqlstate, "23505");
	assert_string_equal(o.stmt, "c_copy");
	assert_int_equal(counted(c), 0);
	b = copy_batch(c, 1, 3);
	hms_pg_stmt_begin(b, &commit, NULL, NULL);
	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_int_equal(counted(c), 2);
}

static void a_copy_that_is_refused_at_its_first_row_ends_though_megabytes_follow(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	struct hms_pg_array *rows;
	struct outcome o;

	hms_pg_stmt_begin(b, &begin, NULL, NULL);
	rows = hms_pg_copy_begin(b, &copy);
	hms_pg_copy_row(rows, 1);
	hms_pg_a_int8(rows, 1);
	add_rows(rows, 1, 150000);
	hms_pg_stmt_begin(b, &commit, NULL, NULL);
	o = pg_client_run(c, b);
	assert_int_equal(o.code, HMS_ESQL);
	assert_string_equal(o.sqlstate, "22P04");
	assert_int_equal(counted(c), 0);
}

static void a_statement_that_fails_before_a_copy_keeps_it_from_being_sent(void **state)
{
	static const struct hms_pg_stmt divide = { "c_divide", "select 1 / (select 0)" };
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	struct outcome o;

	hms_pg_stmt_begin(b, &begin, NULL, NULL);
	hms_pg_stmt_begin(b, &divide, NULL, NULL);
	add_rows(hms_pg_copy_begin(b, &copy), 1, 3);
	hms_pg_stmt_begin(b, &commit, NULL, NULL);
	o = pg_client_run(c, b);
	assert_int_equal(o.code, HMS_ESQL);
	assert_string_equal(o.stmt, "c_divide");
	assert_int_equal(counted(c), 0);
}

static void batches_behind_a_copy_wait_for_it(void **state)
{
	struct pg_client *c = *state;
	struct outcome first = { 0 };
	struct hms_pg_batch *b;
	int64_t n = -1;

	counted(c); /* prepared: it would be sent at once */
	b = copy_batch(c, 1, 50000);
	hms_pg_stmt_begin(b, &commit, NULL, NULL);
	hms_pg_batch_send(b, outcome_done, &first);
	b = hms_pg_batch_new(c->pg);
	hms_pg_stmt_begin(b, &count, rows_int, &n);
	assert_int_equal(pg_client_run(c, b).code, 0);
	assert_true(first.ended);
	assert_int_equal(n, 49999);
}

static void a_copy_as_the_first_statement_and_one_that_is_too_large_are_refused(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);

	assert_null(hms_pg_copy_begin(b, &copy));
	assert_int_equal(pg_client_run(c, b).code, HMS_EINVAL);
	b = copy_batch(c, 0, c->conf.batch_max_bytes / 40 + 1);
	assert_int_equal(pg_client_run(c, b).code, HMS_EFULL);
	assert_int_equal(counted(c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, table_setup, pg_client_teardown)
		TEST(rows_of_a_copy_and_of_statements_around_it_are_one_transaction),
		TEST(a_copy_may_be_the_last_of_its_batch_and_the_transaction_goes_on),
		TEST(a_copy_without_rows_is_none),
		TEST(many_megabytes_pass),
		TEST(a_bad_row_fails_the_batch_as_a_whole_and_the_connection_goes_on),
		TEST(a_copy_that_is_refused_at_its_first_row_ends_though_megabytes_follow),
		TEST(a_statement_that_fails_before_a_copy_keeps_it_from_being_sent),
		TEST(batches_behind_a_copy_wait_for_it),
		TEST(a_copy_as_the_first_statement_and_one_that_is_too_large_are_refused),
	};

	return cmocka_run_group_tests(tests, pg_client_group_setup, pg_client_group_teardown);
}
