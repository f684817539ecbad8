/* The life of a connection: lost, refused, dropped, found again, freed in the middle of work. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pg_client.h"

static const struct hms_pg_stmt one = { "c_one", "select 1::int8" };
static const struct hms_pg_stmt sleeping = { "c_sleep", "select pg_sleep(60)" };

static void send_one(struct pg_client *c, const struct hms_pg_stmt *stmt, struct outcome *o)
{
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);

	hms_pg_stmt_begin(b, stmt, NULL, NULL);
	hms_pg_batch_send(b, outcome_done, o);
}

static void wait_up(struct pg_client *c)
{
	while (!hms_pg_is_up(c->pg)) {
		hms_loop_run_once(c->loop, true);
	}
}

static void a_killed_server_ends_every_batch_and_is_found_again(void **state)
{
	struct pg_client *c = *state;
	struct outcome o[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		send_one(c, i ? &one : &sleeping, &o[i]);
	}
	pg_server_kill(&c->server);
	for (int i = 0; i < 3; i++) {
		pg_client_wait(c, &o[i].ended);
		assert_int_equal(o[i].code, HMS_EUNAVAIL);
		assert_true(o[i].retriable);
		assert_int_equal(o[i].times, 1);
	}
	assert_int_equal(c->downs, 1);
	assert_string_not_equal(c->down_text, "");
	assert_false(hms_pg_is_up(c->pg));
	pg_server_restart(&c->server);
	wait_up(c);
	assert_int_equal(c->ups, 2);
	/* Statements are prepared anew on the new connection. */
	assert_int_equal(pg_client_do(c, &one, NULL, NULL).code, 0);
}

static void a_backend_that_is_terminated_is_a_lost_connection(void **state)
{
	struct pg_client *c = *state;
	struct outcome o = { 0 };

	send_one(c, &sleeping, &o);
	while (atoi(pg_server_sql(&c->server, "select count(pg_terminate_backend(pid)) from pg_stat_activity"
					      " where application_name = 'test' and wait_event = 'PgSleep'")) == 0) {
		hms_loop_run_once(c->loop, false);
	}
	pg_client_wait(c, &o.ended);
	assert_int_equal(o.code, HMS_EUNAVAIL);
	wait_up(c);
	assert_int_equal(pg_client_do(c, &one, NULL, NULL).code, 0);
}

static void while_down_a_batch_fails_later_not_inside_send(void **state)
{
	struct pg_client *c = *state;
	struct outcome o = { 0 };

	hms_pg_reconnect(c->pg, "test");
	assert_false(hms_pg_is_up(c->pg));
	send_one(c, &one, &o);
	assert_false(o.ended);
	pg_client_wait(c, &o.ended);
	assert_int_equal(o.code, HMS_EUNAVAIL);
	assert_string_equal(c->down_text, "test");
	wait_up(c);
}

static void a_reconnect_gives_up_the_open_transaction(void **state)
{
	static const struct hms_pg_stmt begin = { "c_begin", "begin" };
	static const struct hms_pg_stmt create = { "c_create", "create table half (a int)" };
	static const struct hms_pg_stmt seen = { "c_seen", "select count(*) from pg_class where relname = 'half'" };
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	int64_t n = -1;

	hms_pg_stmt_begin(b, &begin, NULL, NULL);
	hms_pg_stmt_begin(b, &create, NULL, NULL);
	assert_int_equal(pg_client_run(c, b).code, 0);
	hms_pg_reconnect(c->pg, "unknown state");
	hms_loop_run_once(c->loop, false);
	wait_up(c);
	assert_int_equal(pg_client_do(c, &seen, rows_int, &n).code, 0);
	assert_int_equal(n, 0);
}

static void a_batch_that_takes_too_long_drops_the_connection(void **state)
{
	struct pg_client *c = *state;
	struct outcome o[2] = { 0 };

	hms_pg_free(&c->pg);
	c->conf.batch_timeout = 200;
	c->pg = hms_pg_new(c->loop, &c->conf, "test", NULL, NULL);
	wait_up(c);
	send_one(c, &sleeping, &o[0]);
	send_one(c, &one, &o[1]);
	pg_client_wait(c, &o[1].ended);
	assert_int_equal(o[0].code, HMS_ETIMEOUT);
	assert_int_equal(o[1].code, HMS_EUNAVAIL);
	wait_up(c);
	assert_int_equal(pg_client_do(c, &one, NULL, NULL).code, 0);
}

static void a_server_that_never_answers_is_given_up(void **state)
{
	struct pg_client *c = *state;
	struct outcome o = { 0 };

	hms_pg_free(&c->pg);
	c->conf.batch_timeout = 200;
	c->conf.connect_timeout = 200;
	c->ups = c->downs = 0;
	c->pg = hms_pg_new(c->loop, &c->conf, "test", NULL, NULL);
	wait_up(c);
	kill(c->server.pid, SIGSTOP); /* the postmaster: connecting hangs, what is connected goes on */
	hms_pg_reconnect(c->pg, "test");
	for (int i = 0; i < 100 && !hms_pg_is_up(c->pg); i++) {
		hms_loop_run_once(c->loop, true);
	}
	assert_false(hms_pg_is_up(c->pg));
	send_one(c, &one, &o);
	pg_client_wait(c, &o.ended);
	assert_int_equal(o.code, HMS_EUNAVAIL);
	kill(c->server.pid, SIGCONT);
	wait_up(c);
}

static void a_refused_login_is_tried_again(void **state)
{
	struct pg_client *c = *state;
	char dsn[256];

	hms_pg_free(&c->pg);
	snprintf(dsn, sizeof(dsn), "host=%s user=late dbname=postgres", c->server.folder);
	c->conf.dsn = dsn;
	c->pg = hms_pg_new(c->loop, &c->conf, "test", NULL, NULL);
	for (int i = 0; i < 20; i++) {
		hms_loop_run_once(c->loop, true);
	}
	assert_false(hms_pg_is_up(c->pg));
	pg_server_sql(&c->server, "create role late login");
	wait_up(c);
}

static void freeing_ends_every_batch_as_cancelled(void **state)
{
	struct pg_client *c = *state;
	struct outcome o[2] = { 0 };

	send_one(c, &sleeping, &o[0]);
	send_one(c, &one, &o[1]);
	hms_pg_free(&c->pg);
	assert_int_equal(o[0].code, HMS_ECANCELED);
	assert_int_equal(o[1].code, HMS_ECANCELED);
	assert_int_equal(o[0].times, 1);
}

static void free_in_rows(const struct hms_pg_result *res, void *arg)
{
	struct pg_client *c = arg;

	(void)res;
	hms_pg_free(&c->pg);
}

static void freeing_inside_a_rows_callback_is_allowed(void **state)
{
	struct pg_client *c = *state;
	struct hms_pg_batch *b = hms_pg_batch_new(c->pg);
	struct outcome o = { 0 };

	hms_pg_stmt_begin(b, &one, free_in_rows, c);
	hms_pg_stmt_begin(b, &one, NULL, NULL);
	hms_pg_batch_send(b, outcome_done, &o);
	pg_client_wait(c, &o.ended);
	assert_int_equal(o.code, HMS_ECANCELED);
}

static void free_in_done(const struct hms_pg_error *err, void *arg)
{
	struct pg_client *c = arg;

	(void)err;
	hms_pg_free(&c->pg);
}

static void freeing_inside_done_is_allowed(void **state)
{
	struct pg_client *c = *state;

	for (int lost = 0; lost < 2; lost++) {
		struct hms_pg_batch *b;

		if (!c->pg) {
			pg_client_setup(state);
		}
		b = hms_pg_batch_new(c->pg);
		hms_pg_stmt_begin(b, &one, NULL, NULL);
		hms_pg_batch_send(b, free_in_done, c);
		if (lost) {
			hms_pg_reconnect(c->pg, "test");
		}
		while (c->pg) {
			hms_loop_run_once(c->loop, true);
		}
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, pg_client_setup, pg_client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_killed_server_ends_every_batch_and_is_found_again),
		TEST(a_backend_that_is_terminated_is_a_lost_connection),
		TEST(while_down_a_batch_fails_later_not_inside_send),
		TEST(a_reconnect_gives_up_the_open_transaction),
		TEST(a_batch_that_takes_too_long_drops_the_connection),
		TEST(a_server_that_never_answers_is_given_up),
		TEST(a_refused_login_is_tried_again),
		TEST(freeing_ends_every_batch_as_cancelled),
		TEST(freeing_inside_a_rows_callback_is_allowed),
		TEST(freeing_inside_done_is_allowed),
	};

	return cmocka_run_group_tests(tests, pg_client_group_setup, pg_client_group_teardown);
}
