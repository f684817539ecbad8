/* What fails for a while is repeated, what fails for good is set aside, what somebody else has taken over is let go (I1, I5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "internal.h"
#include "stream_fixture.h"

#define DEAD "select count(*) from dead_event"

static void fill(struct scene *s, int part, int first, int count)
{
	for (int i = 0; i < count; i += 500)
		kafka_fill(s->f, s->f->topic, part, first + i, count - i < 500 ? count - i : 500);
}

static void one_poisonous_event_among_many_costs_few_transactions(void **state)
{
	struct scene *s = *state;

	fill(s, 0, 0, 2000); /* 1234 is poison */
	scene_open(s);
	scene_wait_sql(s, "select sum(next) from consumer_offset", "2000");
	assert_string_equal(scene_sql("select count(*) || ' ' || count(distinct value) from seen where value <> '1234'"), "1999 1999");
	assert_string_equal(scene_sql("select off || ' ' || convert_from(payload, 'UTF8') from dead_event"), "1234 1234");
	assert_non_null(strstr(scene_sql("select reason from dead_event"), "\"poison\""));
	/* Each try begins one batch at most; the rest is the halving: two for each level, the culprit's own. */
	assert_in_range(s->begins, 12, s->tries + 2 * 11 + 1);
}

static void an_event_set_aside_raises_an_alarm_of_hms_itself(void **state)
{
	struct scene *s = *state;
	struct hms_arena *arena = hms_arena_new(65536);
	Hms__DeviceEvent *ev;
	char hex[2048];
	uint8_t raw[1024];
	size_t len = 0;

	s->aside = 7;
	fill(s, 0, 0, 10);
	scene_open(s);
	scene_wait_sql(s, DEAD, "1");
	assert_string_equal(scene_sql("select reason from dead_event where off = 7"), "not of this world");
	assert_string_equal(scene_sql("select topic || ' ' || part || ' ' || length(key) from sent"), "hms.device-events 0 16");
	snprintf(hex, sizeof(hex), "%s", scene_sql("select encode(payload, 'hex') from sent"));
	for (; hex[2 * len]; len++)
		raw[len] = (uint8_t)strtoul((char[]){ hex[2 * len], hex[2 * len + 1], 0 }, NULL, 16);
	assert_int_equal(hms_event_unpack(arena, raw, len, &ev), 0);
	assert_int_equal(ev->body_case, HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM);
	assert_string_equal(ev->internal_alarm->key, "dead_event");
	assert_string_equal(ev->internal_alarm->severity, "Major");
	hms_arena_free(&arena);
	scene_wait_sql(s, "select count(*) from seen", "9");
}

static void what_the_service_refuses_is_set_aside_with_the_rest_of_its_transaction(void **state)
{
	struct scene *s = *state;

	s->refused = 3;
	fill(s, 0, 0, 10);
	scene_open(s);
	scene_wait_sql(s, "select off || ' ' || reason from dead_event", "3 refused by the service");
	assert_string_equal(scene_sql("select sum(next) from consumer_offset"), "10");
}

static bool not_ready(struct scene *s, const char *reason)
{
	struct hms_buf why = HMS_BUF_INIT(4096);
	bool found = !hms_stream_ready(s->stream, &why) && strstr(hms_buf_z(&why), reason);

	hms_buf_fini(&why);
	return found;
}

static void a_broken_schema_is_waited_out_and_no_event_is_to_blame(void **state)
{
	struct scene *s = *state;

	scene_sql("alter table seen rename to hidden");
	fill(s, 0, 0, 10);
	scene_open(s);
	while (!not_ready(s, "the schema does not fit") || s->begins < 3)
		kafka_run(s->f, 20);
	scene_sql("alter table hidden rename to seen");
	scene_seen(s, 0, 10);
	assert_string_equal(scene_sql(DEAD), "0");
	while (not_ready(s, ""))
		kafka_run(s->f, 20);
}

static void any_reason_fits_into_its_column(void **state)
{
	struct scene *s = *state;
	char reason[600];

	for (size_t i = 0; i < sizeof(reason) - 1; i += 2) /* an odd limit would cut one of them in two */
		memcpy(reason + i, "\xc3\xa4", 2);
	reason[0] = 'x';
	reason[1] = 'y';
	reason[sizeof(reason) - 1] = '\0';
	s->aside = 0;
	s->aside_reason = reason;
	fill(s, 0, 0, 1);
	scene_open(s);
	scene_wait_sql(s, DEAD, "1");
	s->aside = 1;
	s->aside_reason = "bad \xff\xfe bytes";
	fill(s, 0, 1, 1);
	scene_wait_sql(s, DEAD, "2");
	assert_string_equal(scene_sql("select reason from dead_event where off = 1"), "bad ");
}

static void a_record_of_a_newer_schema_stops_its_partition_alone(void **state)
{
	struct scene *s = *state;
	struct hms_buf why = HMS_BUF_INIT(4096);

	s->newer = 5;
	fill(s, 0, 0, 10);
	scene_open(s);
	fill(s, 1, 100, 10);
	scene_seen(s, 100, 10);
	scene_seen(s, 0, 5);
	assert_false(hms_stream_ready(s->stream, &why));
	assert_non_null(strstr(hms_buf_z(&why), "1 partitions are stopped"));
	hms_buf_fini(&why);
	assert_false(hms_stream_owns(s->stream, 0, 0));
	assert_string_equal(scene_sql("select next from consumer_offset where part = 0"), "5");
	assert_string_equal(scene_sql(DEAD), "0");
}

static void what_is_too_large_is_done_in_halves_and_what_is_so_alone_is_set_aside(void **state)
{
	struct scene *s = *state;

	s->most = 7;
	s->too_large = 42;
	fill(s, 0, 0, 100);
	scene_open(s);
	scene_wait_sql(s, "select sum(next) from consumer_offset", "100");
	assert_string_equal(scene_sql("select count(*) from seen"), "99");
	assert_string_equal(scene_sql("select off || ' ' || reason from dead_event"), "42 too large for one transaction");
}

/* The batch of writes is refused before it is sent: the transaction that it belongs to must not stay open. */
static void writes_above_the_limit_of_a_batch_are_done_in_halves(void **state)
{
	struct scene *s = *state;

	s->pg.batch_max_bytes = 65536;
	s->row_bytes = 10000;
	fill(s, 0, 0, 50);
	scene_open(s);
	scene_seen(s, 0, 50);
	assert_string_equal(scene_sql("select sum(next) || ' ' || max(epoch) from consumer_offset"), "50 1");
	assert_string_equal(scene_sql(DEAD), "0");
}

static void an_item_that_fails_is_left_out_and_the_others_are_not(void **state)
{
	struct scene *s = *state;
	struct scene_item good = { 0, "good" }, bad = { 0, "poison" };

	scene_open(s);
	hms_stream_put(s->stream, &good);
	hms_stream_put(s->stream, &bad);
	hms_stream_put(s->stream, &good);
	fill(s, 0, 0, 3);
	hms_stream_run(s->stream);
	scene_wait_sql(s, "select count(*) from seen where value = 'good'", "2");
	scene_wait_sql(s, "select sum(next) from consumer_offset", "3");
	assert_string_equal(scene_sql(DEAD), "0");
}

static void what_another_worker_has_taken_over_is_not_written(void **state)
{
	struct scene *s = *state;

	s->waits = true;
	fill(s, 0, 0, 10);
	scene_open(s);
	kafka_wait(s->f, &s->waiting);
	s->waits = false;
	hms_stream_go_on(s->stream, 0);
	scene_seen(s, 0, 10);
	kafka_wait_count(s->f, &s->committed, 10);
	/* The other one has consumed 10 to 14 meanwhile. */
	scene_sql("update consumer_offset set epoch = epoch + 1, next = 15 where part = 0");
	s->acquired = s->committed = 0;
	fill(s, 0, 10, 10);
	kafka_wait_count(s->f, &s->acquired, 1);
	scene_seen(s, 15, 5);
	assert_string_equal(scene_sql("select count(*) from seen where value::int between 10 and 14"), "0");
	kafka_wait_count(s->f, &s->committed, 5);
	assert_int_equal(s->committed, 5);
}

static void crash(struct scene *s)
{
	s->on_write = NULL;
	pg_server_kill(&scene_server);
}

static void a_crash_of_postgres_loses_and_repeats_nothing(void **state)
{
	struct scene *s = *state;

	s->on_write = crash;
	fill(s, 0, 0, 100);
	scene_open(s);
	kafka_wait_count(s->f, &s->begins, 1);
	while (s->on_write)
		hms_loop_run_once(s->f->loop, true);
	kafka_run(s->f, 100);
	pg_server_restart(&scene_server);
	scene_seen(s, 0, 100);
	kafka_wait_count(s->f, &s->committed, 100);
	assert_int_equal(s->committed, 100);
}

/* Holds the loop until the commit is visible, then cuts the connection with the answer on it. */
static void cut(struct hms_timer *timer, void *arg)
{
	struct scene *s = arg;

	(void)timer;
	while (strcmp(scene_sql("select count(*) from seen"), "0") == 0)
		;
	hms_pg_reconnect(s->stream->pg, "cut by the test");
	s->waiting = true;
}

static struct hms_timer cut_timer;

static void cut_soon(struct scene *s)
{
	s->on_write = NULL;
	hms_timer_init(&cut_timer, s->f->loop, cut, s);
	hms_timer_start(&cut_timer, 20);
}

static void a_commit_whose_answer_was_lost_is_not_repeated(void **state)
{
	struct scene *s = *state;

	scene_sql("create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return null; end $$;"
		  "create trigger slow after insert on seen for each statement execute function slow()");
	s->on_write = cut_soon;
	fill(s, 0, 0, 10);
	scene_open(s);
	kafka_wait(s->f, &s->waiting);
	scene_sql("drop trigger slow on seen; drop function slow");
	kafka_wait_count(s->f, &s->committed, 10);
	scene_seen(s, 0, 10);
	assert_int_equal(s->committed, 10);
	assert_int_equal(s->begins, s->commits);
}

static void an_event_that_cannot_be_set_aside_now_is_later(void **state)
{
	struct scene *s = *state;

	scene_sql("alter table dead_event add constraint closed check (false) not valid");
	s->aside = 1;
	fill(s, 0, 0, 3);
	scene_open(s);
	while (s->begins < 8)
		hms_loop_run_once(s->f->loop, true);
	assert_string_equal(scene_sql("select sum(next) from consumer_offset"), "1");
	scene_sql("alter table dead_event drop constraint closed");
	scene_wait_sql(s, "select sum(next) from consumer_offset", "3");
	assert_string_equal(scene_sql("select off from dead_event"), "1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_poisonous_event_among_many_costs_few_transactions),
		TEST(an_event_set_aside_raises_an_alarm_of_hms_itself),
		TEST(what_the_service_refuses_is_set_aside_with_the_rest_of_its_transaction),
		TEST(a_broken_schema_is_waited_out_and_no_event_is_to_blame),
		TEST(any_reason_fits_into_its_column),
		TEST(a_record_of_a_newer_schema_stops_its_partition_alone),
		TEST(what_is_too_large_is_done_in_halves_and_what_is_so_alone_is_set_aside),
		TEST(writes_above_the_limit_of_a_batch_are_done_in_halves),
		TEST(an_item_that_fails_is_left_out_and_the_others_are_not),
		TEST(what_another_worker_has_taken_over_is_not_written),
		TEST(a_crash_of_postgres_loses_and_repeats_nothing),
		TEST(a_commit_whose_answer_was_lost_is_not_repeated),
		TEST(an_event_that_cannot_be_set_aside_now_is_later),
	};

	return cmocka_run_group_tests(tests, scene_group_setup, scene_group_teardown);
}
