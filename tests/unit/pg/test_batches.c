/* Batches: order, errors, transactions over several batches, and statements that are prepared at first use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pg_client.h"

static const struct hms_pg_stmt begin = { "t_begin", "begin" };
static const struct hms_pg_stmt commit = { "t_commit", "commit" };
static const struct hms_pg_stmt savepoint = { "t_savepoint", "savepoint s" };
static const struct hms_pg_stmt rollback_to = { "t_rollback_to", "rollback to savepoint s" };
static const struct hms_pg_stmt insert = { "t_insert", "insert into t values (1)" };
static const struct hms_pg_stmt count = { "t_count", "select count(*) from t" };
static const struct hms_pg_stmt divide = { "t_divide", "select 1 / (select 0)" };
static const struct hms_pg_stmt one = { "t_one", "select 1::int8" };
static const struct hms_pg_stmt two = { "t_two", "select 2::int8" };

static int table_setup(void **state)
{
	struct pg_client *c = *state;

	pg_server_sql(&c->server, "set client_min_messages = error; drop table if exists t; create table t (a int)");
	return pg_client_setup(state);
}

static struct hms_pg_batch *batch_of(struct pg_client *c, const struct hms_pg_stmt *const *stmts)
{
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);

	for (; *stmts; stmts++) {
		hms_pg_stmt_begin(b, *stmts, NULL, NULL);
	}
	return b;
}

#define BATCH(c, ...) batch_of(c, (const struct hms_pg_stmt *const[]){ __VA_ARGS__, NULL })

static int64_t table_count(struct pg_client *c) { return atoi(pg_server_sql(&c->server, "select count(*) from t")); }

struct order {
	char text[64];
};

static void order_row(const struct hms_pg_result *res, void *arg)
{
	struct order *o = arg;
	size_t len = strlen(o->text);

	snprintf(o->text + len, sizeof(o->text) - len, "%d", (int)hms_pg_get_int(res, 0, 0));
}

static void order_done(const struct hms_pg_error *err, void *arg)
{
	struct order *o = arg;

	strcat(o->text, err ? "!" : ".");
}

static void results_come_in_order_and_done_after_them(void **state)
{
	struct pg_client *c = *state;
	struct order o = { "" };
	struct hms_pg_batch *b;
	struct outcome last = { 0 };

	for (int i = 0; i < 3; i++) {
		b = hms_pg_batch_new(c->pg);
		hms_pg_stmt_begin(b, &one, order_row, &o);
		hms_pg_stmt_begin(b, &two, order_row, &o);
		hms_pg_batch_send(b, order_done, &o);
	}
	assert_string_equal(o.text, "");
	hms_pg_batch_send(BATCH(c, &one), outcome_done, &last);
	pg_client_wait(c, &last.ended);
	assert_string_equal(o.text, "12.12.12.");
}

static void an_empty_batch_ends_well(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);

	assert_int_equal(pg_client_run(c, b).code, 0);
}

static void the_first_error_is_reported_and_the_batch_has_no_effect(void **state)
{
	struct pg_client *c = *state;
	struct outcome o = pg_client_run(c, BATCH(c, &insert, &divide, &insert));

	assert_int_equal(o.code, HMS_ESQL);
	assert_string_equal(o.sqlstate, "22012");
	assert_string_equal(o.stmt, "t_divide");
	assert_string_equal(o.text, "division by zero");
	assert_false(o.retriable);
	assert_int_equal(o.times, 1);
	assert_int_equal(table_count(c), 0);
}

static void a_failed_batch_does_not_harm_those_behind_it(void **state)
{
	struct pg_client *c = *state;
	struct outcome o[4] = { 0 };

	/* Twice: with the statements unknown to the connection, and known. */
	for (int round = 0; round < 2; round++) {
		memset(o, 0, sizeof(o));
		hms_pg_batch_send(BATCH(c, &insert), outcome_done, &o[0]);
		hms_pg_batch_send(BATCH(c, &divide, &one), outcome_done, &o[1]);
		hms_pg_batch_send(BATCH(c, &one, &insert), outcome_done, &o[2]);
		hms_pg_batch_send(BATCH(c, &begin, &insert, &divide, &commit), outcome_done, &o[3]);
		pg_client_wait(c, &o[3].ended);
		assert_int_equal(o[0].code, 0);
		assert_int_equal(o[1].code, HMS_ESQL);
		assert_int_equal(o[2].code, 0);
		assert_int_equal(o[3].code, HMS_ESQL);
		assert_int_equal(table_count(c), 2 + 2 * round);
	}
}

static void a_statement_that_cannot_be_prepared_is_tried_again_next_time(void **state)
{
	static const struct hms_pg_stmt later = { "t_later", "insert into later values (1)" };
	struct pg_client *c = *state;
	struct outcome o;

	pg_server_sql(&c->server, "set client_min_messages = error; drop table if exists later");
	o = pg_client_run(c, BATCH(c, &insert, &later, &two));
	assert_int_equal(o.code, HMS_ESQL);
	assert_string_equal(o.sqlstate, "42P01");
	assert_string_equal(o.stmt, "t_later");
	pg_server_sql(&c->server, "create table later (a int)");
	/* &two was skipped, its Parse too. */
	assert_int_equal(pg_client_run(c, BATCH(c, &insert, &later, &two)).code, 0);
	assert_int_equal(table_count(c), 1);
}

static void a_transaction_spans_two_batches(void **state)
{
	struct pg_client *c = *state;

	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &insert)).code, 0);
	assert_int_equal(table_count(c), 0);
	assert_int_equal(pg_client_run(c, BATCH(c, &insert, &commit)).code, 0);
	assert_int_equal(table_count(c), 2);
}

static void a_failed_transaction_is_rolled_back_before_the_next_batch(void **state)
{
	struct pg_client *c = *state;
	int64_t n = -1;

	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &insert, &divide)).code, HMS_ESQL);
	assert_int_equal(pg_client_do(c, &count, rows_int, &n).code, 0);
	assert_int_equal(n, 0);
	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &insert)).code, 0);
	assert_int_equal(pg_client_run(c, BATCH(c, &divide, &commit)).code, HMS_ESQL);
	assert_int_equal(pg_client_run(c, BATCH(c, &insert)).code, 0);
	assert_int_equal(table_count(c), 1);
}

static void a_failed_transaction_is_rolled_back_without_a_next_batch(void **state)
{
	struct pg_client *c = *state;

	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &insert, &divide)).code, HMS_ESQL);
	while (strcmp(pg_server_sql(&c->server, "select string_agg(state, '') from pg_stat_activity where application_name = 'test'"),
		      "idle")) {
		hms_loop_run_once(c->loop, false);
	}
}

static void batches_behind_a_failed_transaction_run_outside_of_it(void **state)
{
	struct pg_client *c = *state;
	struct outcome o[3] = { 0 };

	for (int i = 0; i < 2; i++) {
		memset(o, 0, sizeof(o));
		hms_pg_batch_send(BATCH(c, &begin, &divide), outcome_done, &o[0]);
		hms_pg_batch_send(BATCH(c, &insert), outcome_done, &o[1]);
		hms_pg_batch_send(BATCH(c, &begin, &insert, &commit), outcome_done, &o[2]);
		pg_client_wait(c, &o[2].ended);
		assert_int_equal(o[0].code, HMS_ESQL);
		assert_int_equal(o[1].code, 0);
		assert_int_equal(o[2].code, 0);
	}
	assert_int_equal(table_count(c), 4);
}

struct replay {
	struct pg_client *c;
	struct outcome failed, committed;
};

static void replay_on_failed(const struct hms_pg_error *err, void *arg)
{
	struct replay *r = arg;

	outcome_done(err, &r->failed);
	hms_pg_batch_send(BATCH(r->c, &rollback_to, &insert, &commit), outcome_done, &r->committed);
}

static void a_batch_that_begins_with_rollback_to_keeps_the_transaction(void **state)
{
	struct pg_client *c = *state;
	struct replay r = { .c = c };

	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &insert, &savepoint)).code, 0);
	hms_pg_batch_send(BATCH(c, &insert, &divide), replay_on_failed, &r);
	pg_client_wait(c, &r.committed.ended);
	assert_int_equal(r.failed.code, HMS_ESQL);
	assert_int_equal(r.committed.code, 0);
	assert_int_equal(table_count(c), 2);
}

static void going_back_to_a_savepoint_that_is_not_there_rolls_back(void **state)
{
	struct pg_client *c = *state;
	struct replay r = { .c = c };

	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &insert)).code, 0);
	hms_pg_batch_send(BATCH(c, &divide), replay_on_failed, &r);
	pg_client_wait(c, &r.committed.ended);
	assert_int_equal(r.committed.code, HMS_ESQL);
	assert_int_equal(pg_client_run(c, BATCH(c, &insert)).code, 0);
	assert_int_equal(table_count(c), 1);
}

static void a_commit_does_not_follow_a_lost_begin(void **state)
{
	struct pg_client *c = *state;
	struct outcome o;

	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &insert)).code, 0);
	hms_pg_reconnect(c->pg, "test");
	while (!hms_pg_is_up(c->pg)) {
		hms_loop_run_once(c->loop, true);
	}
	o = pg_client_run(c, BATCH(c, &insert, &commit));
	assert_int_equal(o.code, HMS_EUNAVAIL);
	assert_true(o.retriable);
	assert_int_equal(table_count(c), 0);
	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &insert, &commit)).code, 0);
}

static void a_serialization_failure_is_retriable(void **state)
{
	static const struct hms_pg_stmt fail = { "t_40001", "do $$ begin raise exception sqlstate '40001'; end $$" };
	static const struct hms_pg_stmt deadlock = { "t_40P01", "do $$ begin raise exception sqlstate '40P01'; end $$" };
	static const struct hms_pg_stmt full = { "t_53100", "do $$ begin raise exception sqlstate '53100'; end $$" };
	static const struct hms_pg_stmt unique = { "t_23505", "do $$ begin raise exception sqlstate '23505'; end $$" };
	struct pg_client *c = *state;

	assert_true(pg_client_do(c, &fail, NULL, NULL).retriable);
	assert_true(pg_client_do(c, &deadlock, NULL, NULL).retriable);
	assert_true(pg_client_do(c, &full, NULL, NULL).retriable);
	assert_false(pg_client_do(c, &unique, NULL, NULL).retriable);
}

static void a_changed_table_costs_one_failure_not_all(void **state)
{
	static const struct hms_pg_stmt star = { "t_star", "select * from t" };
	struct pg_client *c = *state;
	struct outcome o;

	assert_int_equal(pg_client_do(c, &star, NULL, NULL).code, 0);
	pg_server_sql(&c->server, "alter table t add column b int");
	o = pg_client_run(c, BATCH(c, &begin, &star, &commit));
	assert_string_equal(o.sqlstate, "0A000");
	assert_int_equal(pg_client_run(c, BATCH(c, &begin, &star, &commit)).code, 0);
	assert_true(hms_pg_is_up(c->pg));
	assert_int_equal(c->downs, 0);
}

static void more_batches_than_allowed_fail_later_not_inside_send(void **state)
{
	struct pg_client *c = *state;
	static struct outcome o[70];
	unsigned full = 0, well = 0;

	memset(o, 0, sizeof(o));
	for (int i = 0; i < 70; i++) {
		hms_pg_batch_send(BATCH(c, &one), outcome_done, &o[i]);
		assert_false(o[i].ended);
	}
	for (int i = 0; i < 70; i++) {
		pg_client_wait(c, &o[i].ended);
		assert_int_equal(o[i].times, 1);
		full += o[i].code == HMS_EFULL;
		well += o[i].code == 0;
	}
	assert_true(full >= 6);
	assert_int_equal(full + well, 70);
	assert_true(well >= 60);
}

struct chain {
	struct pg_client *c;
	int left;
	bool ended;
};

static void chain_done(const struct hms_pg_error *err, void *arg)
{
	struct chain *chain = arg;

	assert_null(err);
	if (--chain->left) {
		hms_pg_batch_send(BATCH(chain->c, &insert), chain_done, chain);
	} else {
		chain->ended = true;
	}
}

static void done_may_send_the_next_batch(void **state)
{
	struct pg_client *c = *state;
	struct chain chain = { .c = c, .left = 50 };

	hms_pg_batch_send(BATCH(c, &insert), chain_done, &chain);
	pg_client_wait(c, &chain.ended);
	assert_int_equal(table_count(c), 50);
}

static void affected_rows(const struct hms_pg_result *res, void *arg) { *(int64_t *)arg = hms_pg_affected(res); }

static void affected_rows_are_counted(void **state)
{
	static const struct hms_pg_stmt update = { "t_update", "update t set a = 2" };
	struct pg_client *c = *state;
	int64_t n = -1;

	assert_int_equal(pg_client_run(c, BATCH(c, &insert, &insert, &insert)).code, 0);
	assert_int_equal(pg_client_do(c, &update, affected_rows, &n).code, 0);
	assert_int_equal(n, 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, table_setup, pg_client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(results_come_in_order_and_done_after_them),
		TEST(an_empty_batch_ends_well),
		TEST(the_first_error_is_reported_and_the_batch_has_no_effect),
		TEST(a_failed_batch_does_not_harm_those_behind_it),
		TEST(a_statement_that_cannot_be_prepared_is_tried_again_next_time),
		TEST(a_transaction_spans_two_batches),
		TEST(a_failed_transaction_is_rolled_back_before_the_next_batch),
		TEST(a_failed_transaction_is_rolled_back_without_a_next_batch),
		TEST(batches_behind_a_failed_transaction_run_outside_of_it),
		TEST(a_batch_that_begins_with_rollback_to_keeps_the_transaction),
		TEST(going_back_to_a_savepoint_that_is_not_there_rolls_back),
		TEST(a_commit_does_not_follow_a_lost_begin),
		TEST(a_serialization_failure_is_retriable),
		TEST(a_changed_table_costs_one_failure_not_all),
		TEST(more_batches_than_allowed_fail_later_not_inside_send),
		TEST(done_may_send_the_next_batch),
		TEST(affected_rows_are_counted),
	};

	return cmocka_run_group_tests(tests, pg_client_group_setup, pg_client_group_teardown);
}
