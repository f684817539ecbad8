/* What goes into a transaction and what becomes of it when nothing fails: every record once, within the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stream_fixture.h"

static void every_record_is_consumed_once_and_its_offset_with_it(void **state)
{
	struct scene *s = *state;

	s->opts.batch_max = 70;
	for (int p = 0; p < FIXTURE_PARTITIONS; p++)
		kafka_fill(s->f, s->f->topic, p, p * 250, 250);
	scene_open(s);
	scene_seen(s, 0, 1000);
	assert_string_equal(scene_sql("select count(*) from consumer_offset where next = 250"), "4");
	assert_in_range(s->most_count, 1, 70);
	kafka_wait_count(s->f, &s->committed, 1000);
	assert_int_equal(s->committed, 1000);
	assert_string_equal(scene_sql("select count(*) from dead_event"), "0");
}

static void an_heir_goes_on_where_the_last_one_stopped(void **state)
{
	struct scene *s = *state;

	kafka_fill(s->f, s->f->topic, 1, 0, 100);
	scene_open(s);
	scene_seen(s, 0, 100);
	hms_stream_free(&s->stream);
	kafka_fill(s->f, s->f->topic, 1, 100, 100);
	s->acquired = s->committed = 0;
	scene_open(s);
	scene_seen(s, 100, 100);
	kafka_wait_count(s->f, &s->committed, 100);
	assert_int_equal(s->committed, 100);
	assert_string_equal(scene_sql("select min(epoch) from consumer_offset"), "2");
}

static void a_transaction_keeps_to_the_bytes(void **state)
{
	struct scene *s = *state;

	s->opts.batch_bytes = 60; /* key and value: 6 */
	kafka_fill(s->f, s->f->topic, 0, 100, 300);
	scene_open(s);
	scene_seen(s, 100, 300);
	assert_in_range(s->most_bytes, 6, 60);
}

static void a_record_above_the_bytes_goes_alone(void **state)
{
	struct scene *s = *state;

	s->opts.batch_bytes = 1;
	kafka_fill(s->f, s->f->topic, 0, 0, 20);
	scene_open(s);
	scene_seen(s, 0, 20);
	assert_int_equal(s->most_count, 1);
}

static void a_reload_may_raise_the_number_of_messages(void **state)
{
	struct scene *s = *state;

	s->opts.batch_max = 1;
	s->closed = true;
	scene_open(s);
	kafka_fill(s->f, s->f->topic, 0, 0, 200);
	hms_stream_set_batch_max(s->stream, 3000);
	s->closed = false;
	hms_stream_run(s->stream);
	scene_seen(s, 0, 200);
}

static void nothing_begins_before_the_service_can_decide(void **state)
{
	struct scene *s = *state;

	s->closed = true;
	kafka_fill(s->f, s->f->topic, 0, 0, 10);
	scene_open(s);
	kafka_wait_count(s->f, &s->tries, 1);
	assert_int_equal(s->begins, 0);
	s->closed = false;
	hms_stream_run(s->stream);
	scene_seen(s, 0, 10);
}

static void messages_that_can_wait_begin_a_transaction_when_patience_is_over(void **state)
{
	struct scene *s = *state;

	s->patient = 100;
	s->opts.patience_ms = 20;
	kafka_fill(s->f, s->f->topic, 0, 0, 100);
	scene_open(s);
	scene_seen(s, 0, 100);
}

static void an_urgent_message_takes_along_those_that_wait(void **state)
{
	struct scene *s = *state;

	s->patient = 100;
	s->opts.patience_ms = 3600000;
	kafka_fill(s->f, s->f->topic, 0, 50, 50);
	scene_open(s);
	kafka_wait_count(s->f, &s->patients, 50);
	assert_int_equal(s->begins, 0);
	kafka_fill(s->f, s->f->topic, 1, 100, 1);
	scene_seen(s, 50, 51);
	kafka_wait_count(s->f, &s->committed, 51);
	assert_int_equal(s->most_count, 51);
	assert_int_equal(s->commits, 1);
}

static void an_item_takes_along_messages_that_wait(void **state)
{
	struct scene *s = *state;
	struct scene_item item = { 0, "100" };

	s->patient = 100;
	s->opts.patience_ms = 3600000;
	kafka_fill(s->f, s->f->topic, 0, 50, 50);
	scene_open(s);
	kafka_wait_count(s->f, &s->patients, 50);
	assert_int_equal(hms_stream_put(s->stream, &item), 0);
	hms_stream_run(s->stream);
	scene_seen(s, 50, 51);
}

static void a_full_transaction_of_messages_that_can_wait_begins_at_once(void **state)
{
	struct scene *s = *state;

	s->patient = 1000;
	s->opts.patience_ms = 3600000;
	s->opts.batch_max = 50;
	kafka_fill(s->f, s->f->topic, 0, 0, 100);
	scene_open(s);
	scene_seen(s, 0, 100);
	kafka_wait_count(s->f, &s->committed, 100);
	assert_int_equal(s->most_count, 50);
}

static void a_service_may_read_again_and_wait_before_it_writes(void **state)
{
	struct scene *s = *state;

	s->loads_wanted = 2;
	s->waits = true;
	kafka_fill(s->f, s->f->topic, 0, 0, 5);
	scene_open(s);
	kafka_wait(s->f, &s->waiting);
	assert_int_equal(s->loads, 3);
	assert_string_equal(scene_sql("select count(*) from seen"), "0");
	s->waits = false;
	hms_stream_go_on(s->stream, 0);
	scene_seen(s, 0, 5);
}

static void what_the_service_waited_for_in_vain_begins_again(void **state)
{
	struct scene *s = *state;

	s->waits = true;
	kafka_fill(s->f, s->f->topic, 0, 0, 5);
	scene_open(s);
	kafka_wait(s->f, &s->waiting);
	s->waits = false;
	hms_stream_go_on(s->stream, HMS_EUNAVAIL);
	scene_seen(s, 0, 5);
	hms_stream_go_on(s->stream, 0); /* one too many: nothing */
	assert_string_equal(scene_sql("select sum(next) from consumer_offset"), "5");
}

static void items_are_inputs_too(void **state)
{
	struct scene *s = *state;
	struct scene_item item = { 2, "item" };

	scene_open(s);
	assert_int_equal(hms_stream_put(s->stream, &item), 0);
	assert_int_equal(hms_stream_items(s->stream), 1);
	hms_stream_run(s->stream);
	scene_wait_sql(s, "select count(*) from seen where value = 'item'", "1");
	assert_int_equal(hms_stream_items(s->stream), 0);
	for (int i = 0; i < SCENE_ITEMS_MAX; i++)
		assert_int_equal(hms_stream_put(s->stream, &item), 0);
	assert_int_equal(hms_stream_put(s->stream, &item), HMS_EFULL);
	hms_stream_run(s->stream);
	scene_wait_sql(s, "select count(*) from seen where value = 'item'", "9");
	assert_string_equal(scene_sql("select sum(next) from consumer_offset"), "0");
}

static void the_lag_of_each_partition_is_told(void **state)
{
	struct scene *s = *state;
	struct hms_buf why = HMS_BUF_INIT(4096);

	s->closed = true;
	s->waits = true;
	kafka_fill(s->f, s->f->topic, 3, 0, 1);
	scene_open(s);
	s->closed = false;
	hms_stream_run(s->stream);
	kafka_wait(s->f, &s->waiting);
	while (s->lag_ms == 0)
		hms_loop_run_once(s->f->loop, true);
	s->waits = false;
	hms_stream_go_on(s->stream, 0);
	scene_seen(s, 0, 1);
	assert_true(hms_stream_ready(s->stream, &why));
	assert_string_equal(hms_buf_z(&why), "");
	hms_buf_fini(&why);
}

static void a_drain_ends_with_the_transaction_under_way(void **state)
{
	struct scene *s = *state;

	s->waits = true;
	kafka_fill(s->f, s->f->topic, 0, 0, 5);
	scene_open(s);
	kafka_wait(s->f, &s->waiting);
	hms_stream_drain(s->stream);
	assert_false(s->drained);
	assert_false(hms_stream_can_sweep(s->stream));
	s->waits = false;
	hms_stream_go_on(s->stream, 0);
	kafka_wait(s->f, &s->drained);
	assert_string_equal(scene_sql("select count(*) from seen"), "5");
	kafka_fill(s->f, s->f->topic, 0, 5, 5);
	kafka_run(s->f, 100);
	assert_string_equal(scene_sql("select count(*) from seen"), "5");
}

static void an_idle_one_is_drained_at_once(void **state)
{
	struct scene *s = *state;

	scene_open(s);
	hms_stream_drain(s->stream);
	assert_true(s->drained);
}

static void freeing_in_the_middle_commits_nothing(void **state)
{
	struct scene *s = *state;

	s->waits = true;
	kafka_fill(s->f, s->f->topic, 0, 0, 5);
	scene_open(s);
	kafka_wait(s->f, &s->waiting);
	hms_stream_free(&s->stream);
	scene_wait_sql(s, "select count(*) from pg_stat_activity where application_name like 'hms-test%'", "0");
	assert_string_equal(scene_sql("select count(*) from seen"), "0");
	assert_string_equal(scene_sql("select sum(next) from consumer_offset"), "0");
}

static void a_schema_that_it_does_not_know_ends_it(void **state)
{
	struct scene *s = *state;

	s->opts.schema_low = HMS_SCHEMA_HIGH;
	s->closed = true;
	s->acquired = FIXTURE_PARTITIONS; /* it will acquire none */
	scene_open(s);
	while (!s->failed[0])
		hms_loop_run_once(s->f->loop, true);
	assert_int_equal(s->acquired, FIXTURE_PARTITIONS);
	assert_false(hms_stream_owns(s->stream, 0, 0));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_record_is_consumed_once_and_its_offset_with_it),
		TEST(an_heir_goes_on_where_the_last_one_stopped),
		TEST(a_transaction_keeps_to_the_bytes),
		TEST(a_record_above_the_bytes_goes_alone),
		TEST(a_reload_may_raise_the_number_of_messages),
		TEST(nothing_begins_before_the_service_can_decide),
		TEST(messages_that_can_wait_begin_a_transaction_when_patience_is_over),
		TEST(an_urgent_message_takes_along_those_that_wait),
		TEST(an_item_takes_along_messages_that_wait),
		TEST(a_full_transaction_of_messages_that_can_wait_begins_at_once),
		TEST(a_service_may_read_again_and_wait_before_it_writes),
		TEST(what_the_service_waited_for_in_vain_begins_again),
		TEST(items_are_inputs_too),
		TEST(the_lag_of_each_partition_is_told),
		TEST(a_drain_ends_with_the_transaction_under_way),
		TEST(an_idle_one_is_drained_at_once),
		TEST(freeing_in_the_middle_commits_nothing),
		TEST(a_schema_that_it_does_not_know_ends_it),
	};

	return cmocka_run_group_tests(tests, scene_group_setup, scene_group_teardown);
}
