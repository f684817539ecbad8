/* The outbox relay: every committed row reaches Kafka at least once and is gone afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../pg/pg_server.h"
#include "hms/bus/outbox.h"
#include "kafka_fixture.h"

enum { VALUES_MAX = 3000, ROUND_AND_MORE = 2500 };

static struct pg_server server;

struct scene {
	struct kafka_fixture *f;
	struct hms_pg_conf pg;
	struct hms_producer *producer;
	struct hms_outbox *outbox;
	struct hms_consumer *consumer;
	const char *topics[2];
	size_t seen[VALUES_MAX]; /* how often each value arrived */
	size_t distinct, total;
	int last_partition;
	char last_key[16];
};

static void on_assigned(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < count; i++) {
		hms_consumer_start(c, topic, partitions[i], 0);
	}
}

static void on_revoked(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	(void)c;
	(void)topic;
	(void)partitions;
	(void)count;
	(void)arg;
}

static void on_failed(struct hms_consumer *c, const char *topic, int32_t partition, int code, const char *text, void *arg)
{
	(void)c;
	(void)topic;
	(void)partition;
	(void)code;
	(void)arg;
	fail_msg("%s", text);
}

static void on_readable(struct hms_consumer *c, void *arg)
{
	struct scene *s = arg;
	struct hms_message messages[100];
	size_t count;

	while ((count = hms_consumer_poll(c, messages, 100)) > 0) {
		for (size_t i = 0; i < count; i++) {
			char text[16];
			int value;

			snprintf(text, sizeof(text), "%.*s", HMS_STR_FMT(messages[i].value));
			value = atoi(text);
			assert_in_range(value, 0, VALUES_MAX - 1);
			s->distinct += s->seen[value]++ == 0;
			s->total++;
			s->last_partition = messages[i].partition;
			snprintf(s->last_key, sizeof(s->last_key), "%.*s", HMS_STR_FMT(messages[i].key));
		}
		hms_consumer_release(c, messages, count);
	}
}

static int setup(void **state)
{
	static const struct hms_consumer_cb cb = { on_assigned, on_revoked, on_readable, on_failed };
	struct scene *s = calloc(1, sizeof(*s));
	struct hms_consumer_opts opts = { .topics = s->topics, .instance = "o1", .fetch_wait_ms = 10, .fetch_min_bytes = 1 };

	kafka_setup((void **)&s->f);
	if (!server.pid) {
		pg_server_restart(&server);
	}
	pg_server_sql(&server, "set client_min_messages = error; drop table if exists outbox; create table outbox"
			       " (id bigint generated always as identity primary key, topic text not null, key bytea,"
			       " part int not null default 0, payload bytea not null,"
			       " created timestamptz not null default clock_timestamp())");
	s->pg = (struct hms_pg_conf){ .dsn = server.dsn,
				      .connect_timeout = 5000,
				      .retry_wait = 20,
				      .batch_timeout = 30000,
				      .batches_max = 16,
				      .batch_max_bytes = 1 << 20 };
	s->topics[0] = s->f->topic;
	opts.group = s->f->group;
	s->producer = hms_producer_new(s->f->loop, &s->f->conf, "outbox", NULL);
	s->consumer = hms_consumer_new(s->f->loop, &s->f->conf, &opts, &cb, s, NULL);
	s->outbox = hms_outbox_new(s->f->loop, &s->pg, s->producer);
	assert_true(s->producer && s->consumer && s->outbox);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	hms_outbox_free(&s->outbox);
	hms_producer_free(&s->producer, 0);
	hms_consumer_free(&s->consumer);
	kafka_teardown((void **)&s->f);
	free(s);
	return 0;
}

/* Rows with the payloads first, first + 1, ... */
static void insert(struct scene *s, int first, int count, int part)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "insert into outbox (topic, key, part, payload) select '%s', 'k', %d, i::text::bytea from generate_series(%d, %d) i",
		 s->f->topic, part, first, first + count - 1);
	pg_server_sql(&server, sql);
}

static int rows_left(void) { return atoi(pg_server_sql(&server, "select count(*) from outbox")); }

static void wait_empty(struct scene *s)
{
	for (int i = 0; rows_left(); i++) {
		assert_true(i < 600);
		kafka_run(s->f, 50);
	}
}

static void rows_are_relayed_and_deleted(void **state)
{
	struct scene *s = *state;

	insert(s, 0, ROUND_AND_MORE, 2);
	kafka_wait_count(s->f, &s->distinct, ROUND_AND_MORE);
	wait_empty(s);
	assert_int_equal(s->total, ROUND_AND_MORE);
	assert_int_equal(s->last_partition, 2);
	assert_string_equal(s->last_key, "k");
	insert(s, ROUND_AND_MORE, 1, 0);
	hms_outbox_kick(s->outbox);
	kafka_wait_count(s->f, &s->distinct, ROUND_AND_MORE + 1);
	wait_empty(s);
	assert_int_equal(s->total, ROUND_AND_MORE + 1);
}

static void two_relays_share_the_rows(void **state)
{
	struct scene *s = *state;
	struct hms_outbox *second = hms_outbox_new(s->f->loop, &s->pg, s->producer);

	insert(s, 0, ROUND_AND_MORE, 1);
	kafka_wait_count(s->f, &s->distinct, ROUND_AND_MORE);
	wait_empty(s);
	assert_int_equal(s->total, ROUND_AND_MORE);
	hms_outbox_free(&second);
}

#ifdef HMS_FAILPOINTS
static void a_crash_before_the_delete_sends_twice_and_loses_nothing(void **state)
{
	struct scene *s = *state;

	setenv("HMS_FAILPOINT", "outbox.acknowledged=error@2", 1);
	insert(s, 0, ROUND_AND_MORE, 0);
	kafka_wait_count(s->f, &s->distinct, ROUND_AND_MORE);
	wait_empty(s);
	kafka_wait_count(s->f, &s->total, ROUND_AND_MORE + 1);
	unsetenv("HMS_FAILPOINT");
	assert_int_equal(s->distinct, ROUND_AND_MORE);
}
#endif

static void a_row_that_kafka_refuses_stays_and_does_not_hold_up_the_others(void **state)
{
	struct scene *s = *state;

	insert(s, 0, 1, 99);
	insert(s, 1, 50, 1);
	kafka_wait_count(s->f, &s->distinct, 50);
	for (int i = 0; rows_left() > 1; i++) {
		assert_true(i < 600);
		kafka_run(s->f, 50);
	}
	assert_int_equal(s->seen[0], 0);
	insert(s, 51, 1, 1);
	kafka_wait_count(s->f, &s->distinct, 51);
	assert_string_equal(pg_server_sql(&server, "select payload from outbox order by id limit 1"), "\\x30");
}

static void postgres_may_go_and_come_back(void **state)
{
	struct scene *s = *state;

	insert(s, 0, 10, 0);
	kafka_wait_count(s->f, &s->distinct, 10);
	wait_empty(s);
	pg_server_kill(&server);
	kafka_run(s->f, 300);
	pg_server_restart(&server);
	insert(s, 10, 10, 0);
	kafka_wait_count(s->f, &s->distinct, 20);
	wait_empty(s);
}

static void freeing_in_the_middle_leaves_rows_for_the_next_relay(void **state)
{
	struct scene *s = *state;

	insert(s, 0, 500, 3);
	while (!hms_producer_pending(s->producer)) {
		hms_loop_run_once(s->f->loop, true);
	}
	hms_outbox_free(&s->outbox);
	while (hms_producer_pending(s->producer)) {
		hms_loop_run_once(s->f->loop, true);
	}
	assert_int_equal(rows_left(), 500);
	s->outbox = hms_outbox_new(s->f->loop, &s->pg, s->producer);
	wait_empty(s);
	kafka_wait_count(s->f, &s->distinct, 500);
}

static int group_setup(void **state)
{
	(void)state;
	pg_server_start(&server);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	pg_server_stop(&server);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_are_relayed_and_deleted),
		TEST(two_relays_share_the_rows),
#ifdef HMS_FAILPOINTS
		TEST(a_crash_before_the_delete_sends_twice_and_loses_nothing),
#endif
		TEST(a_row_that_kafka_refuses_stays_and_does_not_hold_up_the_others),
		TEST(postgres_may_go_and_come_back),
		TEST(freeing_in_the_middle_leaves_rows_for_the_next_relay),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
