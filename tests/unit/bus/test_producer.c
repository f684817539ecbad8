/* The producer: every record ends exactly once, with the truth about its delivery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kafka_fixture.h"

enum { API_INIT_PRODUCER_ID = 22, API_PRODUCE = 0 };

struct tally {
	size_t ended, well, codes[32];
	int64_t last_offset;
	bool in_order;
};

static void count_delivery(int code, int64_t offset, void *arg)
{
	struct tally *t = arg;

	t->ended++;
	t->well += code == 0;
	t->codes[-code]++;
	if (!code) {
		t->in_order = t->in_order && offset > t->last_offset;
		t->last_offset = offset;
	}
}

static struct hms_record record(const struct kafka_fixture *f, int32_t partition)
{
	return (struct hms_record){ .topic = f->topic, .partition = partition, .key = HMS_STR("k"), .value = HMS_STR("value") };
}

static struct hms_producer *producer(struct kafka_fixture *f)
{
	struct hms_err err = { 0 };
	struct hms_producer *p = hms_producer_new(f->loop, &f->conf, "test", &err);

	if (!p) {
		fail_msg("%s", err.text);
	}
	return p;
}

static void records_of_both_lanes_are_acknowledged_in_order(void **state)
{
	struct kafka_fixture *f = *state;
	struct hms_producer *p = producer(f);
	struct tally t[HMS_LANE_COUNT] = { { .in_order = true, .last_offset = -1 }, { .in_order = true, .last_offset = -1 } };

	for (int i = 0; i < 200; i++) {
		struct hms_record r = record(f, i % 2);

		assert_int_equal(hms_producer_send(p, i % 2 ? HMS_LANE_QUIET : HMS_LANE_URGENT, &r, count_delivery, &t[i % 2]), 0);
	}
	assert_int_equal(hms_producer_pending(p), 200);
	assert_int_equal(t[0].ended + t[1].ended, 0);
	kafka_wait_count(f, &t[0].ended, 100);
	kafka_wait_count(f, &t[1].ended, 100);
	assert_int_equal(t[0].well, 100);
	assert_int_equal(t[1].well, 100);
	assert_true(t[0].in_order && t[1].in_order);
	assert_int_equal(t[0].last_offset, 99);
	assert_int_equal(hms_producer_pending(p), 0);
	assert_true(hms_producer_healthy(p));
	hms_producer_free(&p, 0);
	assert_null(p);
	assert_int_equal(t[0].ended, 100);
}

static void a_record_that_is_too_large_is_refused(void **state)
{
	static char big[1100000];
	struct kafka_fixture *f = *state;
	struct hms_producer *p = producer(f);
	struct hms_record r = record(f, 0);
	struct tally t = { 0 };

	r.value = hms_strn(big, sizeof(big));
	assert_int_equal(hms_producer_send(p, HMS_LANE_URGENT, &r, count_delivery, &t), HMS_ETOOBIG);
	hms_producer_free(&p, 0);
	assert_int_equal(t.ended, 0);
}

static void a_full_queue_refuses_at_once(void **state)
{
	struct kafka_fixture *f = *state;
	struct hms_producer *p;
	struct hms_record r = record(f, 0);
	struct tally t = { 0 };

	f->conf.bootstrap = "127.0.0.1:1";
	f->conf.queue_max = 100;
	p = producer(f);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(hms_producer_send(p, HMS_LANE_QUIET, &r, count_delivery, &t), 0);
	}
	assert_int_equal(hms_producer_send(p, HMS_LANE_QUIET, &r, count_delivery, &t), HMS_EFULL);
	/* The other lane has a queue of its own. */
	assert_int_equal(hms_producer_send(p, HMS_LANE_URGENT, &r, count_delivery, &t), 0);
	hms_producer_free(&p, 0);
	assert_int_equal(t.codes[-HMS_ECANCELED], 101);
	assert_int_equal(t.ended, 101);
}

static void freeing_waits_for_what_is_under_way(void **state)
{
	struct kafka_fixture *f = *state;
	struct hms_producer *p = producer(f);
	struct hms_record r = record(f, 3);
	struct tally t = { 0 };

	for (int i = 0; i < 50; i++) {
		assert_int_equal(hms_producer_send(p, HMS_LANE_QUIET, &r, count_delivery, &t), 0);
	}
	hms_producer_free(&p, 20000);
	assert_int_equal(t.well, 50);
}

static void a_partition_that_does_not_exist_fails(void **state)
{
	struct kafka_fixture *f = *state;
	struct hms_producer *p = producer(f);
	struct hms_record r = record(f, 99);
	struct tally t = { 0 };

	if (!hms_producer_send(p, HMS_LANE_URGENT, &r, count_delivery, &t)) {
		kafka_wait_count(f, &t.ended, 1);
	}
	assert_int_equal(t.well, 0);
	hms_producer_free(&p, 0);
}

static void an_outage_times_records_out_and_is_over_when_the_broker_answers(void **state)
{
	struct kafka_fixture *f = *state;
	struct hms_producer *p;
	struct hms_record r = record(f, 0);
	struct tally t = { 0 };

	if (!f->mock) {
		skip();
	}
	f->conf.message_timeout = 3000;
	p = producer(f);
	assert_int_equal(hms_producer_send(p, HMS_LANE_URGENT, &r, count_delivery, &t), 0);
	kafka_wait_count(f, &t.ended, 1);
	assert_int_equal(t.well, 1);
	rd_kafka_mock_broker_set_down(f->mock, 1);
	assert_int_equal(hms_producer_send(p, HMS_LANE_URGENT, &r, count_delivery, &t), 0);
	assert_int_equal(hms_producer_send(p, HMS_LANE_QUIET, &r, count_delivery, &t), 0);
	kafka_wait_count(f, &t.ended, 3);
	assert_int_equal(t.codes[-HMS_ETIMEOUT], 2);
	assert_false(hms_producer_healthy(p));
	rd_kafka_mock_broker_set_up(f->mock, 1);
	/* Nobody sends: a probe finds out. */
	while (!hms_producer_healthy(p)) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(hms_producer_send(p, HMS_LANE_URGENT, &r, count_delivery, &t), 0);
	kafka_wait_count(f, &t.ended, 4);
	assert_int_equal(t.well, 2);
	hms_producer_free(&p, 0);
}

static void a_fatal_error_fails_what_is_under_way_and_a_new_client_goes_on(void **state)
{
	struct kafka_fixture *f = *state;
	struct hms_producer *p;
	struct hms_record r = record(f, 0);
	struct tally t = { 0 };
	size_t sent = 0;
	bool refused = false;

	if (!f->mock) {
		skip();
	}
	rd_kafka_mock_push_request_errors(f->mock, API_INIT_PRODUCER_ID, 1, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
	p = producer(f);
	/* One of the lanes meets the error: it refuses records, or fails those that it took. Then all is well again. */
	for (int round = 0; round < 2; round++) {
		for (int lane = 0; lane < HMS_LANE_COUNT; lane++, sent++) {
			while (hms_producer_send(p, lane, &r, count_delivery, &t)) {
				kafka_run(f, 10);
				refused = true;
			}
		}
		kafka_wait_count(f, &t.ended, sent);
	}
	assert_true(refused || t.codes[-HMS_EUNAVAIL]);
	assert_int_equal(t.well + t.codes[-HMS_EUNAVAIL], sent);
	assert_true(t.well >= sent - 1);
	assert_true(hms_producer_healthy(p));
	hms_producer_free(&p, 0);
}

struct again {
	struct hms_producer *p;
	struct hms_record r;
	size_t ended;
};

static void send_again(int code, int64_t offset, void *arg)
{
	struct again *a = arg;

	(void)offset;
	assert_int_equal(code, 0);
	if (++a->ended < 20) {
		assert_int_equal(hms_producer_send(a->p, HMS_LANE_URGENT, &a->r, send_again, a), 0);
	}
}

static void a_delivery_callback_may_send(void **state)
{
	struct kafka_fixture *f = *state;
	struct again a = { .p = producer(f), .r = record(f, 1) };

	assert_int_equal(hms_producer_send(a.p, HMS_LANE_URGENT, &a.r, send_again, &a), 0);
	kafka_wait_count(f, &a.ended, 20);
	hms_producer_free(&a.p, 0);
}

static void bad_settings_are_reported(void **state)
{
	struct kafka_fixture *f = *state;
	struct hms_err err = { 0 };

	f->conf.extra = "no.such.thing=1";
	assert_null(hms_producer_new(f->loop, &f->conf, "test", &err));
	assert_non_null(strstr(err.text, "no.such.thing"));
	f->conf.extra = "client.rack";
	assert_null(hms_producer_new(f->loop, &f->conf, "test", &err));
	assert_non_null(strstr(err.text, "name=value"));
	f->conf.extra = " client.rack = a , batch.size=200000";
	{
		struct hms_producer *p = producer(f);

		hms_producer_free(&p, 0);
	}
}

static void the_number_of_partitions_is_asked_from_the_cluster(void **state)
{
	struct kafka_fixture *f = *state;
	struct hms_err err = { 0 };

	assert_int_equal(hms_topic_partitions(&f->conf, f->topic, 10000, &err), FIXTURE_PARTITIONS);
	f->conf.bootstrap = "127.0.0.1:1";
	assert_int_equal(hms_topic_partitions(&f->conf, f->topic, 300, &err), HMS_EUNAVAIL);
}

static void a_topic_is_created_once(void **state)
{
	struct kafka_fixture *f = *state;
	const char *const config[] = { "retention.ms", "60000", NULL };
	const char *const wrong[] = { "no.such.setting", "1", NULL };
	struct hms_err err = { 0 };
	char topic[80];

	if (f->mock) {
		skip(); /* it has no administration */
	}
	snprintf(topic, sizeof(topic), "%s-new", f->topic);
	assert_int_equal(hms_topic_partitions(&f->conf, topic, 10000, &err), HMS_ENOENT);
	assert_true(hms_topic_create(&f->conf, topic, 3, 1, wrong, 10000, &err) < 0);
	assert_non_null(strstr(err.text, topic));
	assert_int_equal(hms_topic_create(&f->conf, topic, 3, 1, config, 10000, &err), 0);
	assert_int_equal(hms_topic_create(&f->conf, topic, 5, 1, config, 10000, &err), 0);
	assert_int_equal(hms_topic_partitions(&f->conf, topic, 10000, &err), 3);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, kafka_setup, kafka_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_of_both_lanes_are_acknowledged_in_order),
		TEST(a_record_that_is_too_large_is_refused),
		TEST(a_full_queue_refuses_at_once),
		TEST(freeing_waits_for_what_is_under_way),
		TEST(a_partition_that_does_not_exist_fails),
		TEST(an_outage_times_records_out_and_is_over_when_the_broker_answers),
		TEST(a_fatal_error_fails_what_is_under_way_and_a_new_client_goes_on),
		TEST(a_delivery_callback_may_send),
		TEST(bad_settings_are_reported),
		TEST(the_number_of_partitions_is_asked_from_the_cluster),
		TEST(a_topic_is_created_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
