/* A Kafka for tests. */
#include "kafka_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hms/log/log.h"

/* A cluster of the mock has no fixed number of partitions: it makes topics when asked. */
static void fixture_mock(struct kafka_fixture *f)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[128];

	rd_kafka_conf_set(conf, "log_level", "3", text, sizeof(text));
	f->owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	assert_non_null(f->owner);
	f->mock = rd_kafka_mock_cluster_new(f->owner, 1);
	assert_non_null(f->mock);
	f->conf.bootstrap = rd_kafka_mock_cluster_bootstraps(f->mock);
	assert_int_equal(rd_kafka_mock_topic_create(f->mock, f->topic, FIXTURE_PARTITIONS, 1), 0);
	assert_int_equal(rd_kafka_mock_topic_create(f->mock, f->other, FIXTURE_PARTITIONS, 1), 0);
}

static void fixture_real(struct kafka_fixture *f, const char *brokers)
{
	struct hms_err err = { 0 };

	f->conf.bootstrap = brokers;
	assert_int_equal(hms_topic_create(&f->conf, f->topic, FIXTURE_PARTITIONS, 1, NULL, 10000, &err), 0);
	assert_int_equal(hms_topic_create(&f->conf, f->other, FIXTURE_PARTITIONS, 1, NULL, 10000, &err), 0);
	while (hms_topic_partitions(&f->conf, f->topic, 10000, &err) != FIXTURE_PARTITIONS ||
	       hms_topic_partitions(&f->conf, f->other, 10000, &err) != FIXTURE_PARTITIONS) {
		usleep(20000);
	}
}

int kafka_setup(void **state)
{
	static unsigned number;
	struct kafka_fixture *f = calloc(1, sizeof(*f));
	const char *brokers = getenv("HMS_TEST_KAFKA");

	hms_log_init("test", HMS_LOG_ERROR);
	f->loop = hms_loop_new();
	f->conf = (struct hms_kafka_conf){
		.message_timeout = 10000,
		.quiet_linger = 20,
		.reconnect_backoff_max = 200,
		.queue_max = 1000,
		.record_max_bytes = 1000000,
		.session_timeout = 6000,
		.security_protocol = "",
		.extra = "",
		.queue_max_bytes = 64 << 20,
	};
	number++;
	snprintf(f->topic, sizeof(f->topic), "test-%d-%u-a", (int)getpid(), number);
	snprintf(f->other, sizeof(f->other), "test-%d-%u-b", (int)getpid(), number);
	snprintf(f->group, sizeof(f->group), "test-%d-%u", (int)getpid(), number);
	if (brokers) {
		fixture_real(f, brokers);
	} else {
		fixture_mock(f);
	}
	*state = f;
	return 0;
}

int kafka_teardown(void **state)
{
	struct kafka_fixture *f = *state;

	hms_loop_free(&f->loop);
	/* Clients of the test end on threads of their own; the mock has to outlive them. */
	rd_kafka_wait_destroyed(f->mock ? 1 : 5000);
	if (f->mock) {
		rd_kafka_mock_cluster_destroy(f->mock);
		rd_kafka_destroy(f->owner);
		rd_kafka_wait_destroyed(10000);
	}
	free(f);
	return 0;
}

static void fixture_on_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	*(bool *)arg = true;
}

void kafka_wait_count(struct kafka_fixture *f, const size_t *count, size_t n)
{
	struct hms_timer timer;
	bool late = false;

	hms_timer_init(&timer, f->loop, fixture_on_timer, &late);
	hms_timer_start(&timer, 30000);
	while (*count < n && !late) {
		hms_loop_run_once(f->loop, true);
	}
	hms_timer_stop(&timer);
	assert_true(*count >= n);
}

void kafka_wait(struct kafka_fixture *f, const bool *flag)
{
	struct hms_timer timer;
	bool late = false;

	hms_timer_init(&timer, f->loop, fixture_on_timer, &late);
	hms_timer_start(&timer, 30000);
	while (!*flag && !late) {
		hms_loop_run_once(f->loop, true);
	}
	hms_timer_stop(&timer);
	assert_true(*flag);
}

void kafka_run(struct kafka_fixture *f, unsigned ms)
{
	struct hms_timer timer;
	bool over = false;

	hms_timer_init(&timer, f->loop, fixture_on_timer, &over);
	hms_timer_start(&timer, ms);
	while (!over) {
		hms_loop_run_once(f->loop, true);
	}
}

static void fill_on_delivery(int code, int64_t offset, void *arg)
{
	(void)offset;
	assert_int_equal(code, 0);
	++*(size_t *)arg;
}

void kafka_fill(struct kafka_fixture *f, const char *topic, int32_t partition, int first, int count)
{
	struct hms_producer *p = hms_producer_new(f->loop, &f->conf, "fill", NULL);
	size_t done = 0;

	assert_non_null(p);
	for (int i = first; i < first + count; i++) {
		char value[16];
		struct hms_record r = { .topic = topic,
					.partition = partition,
					.key = HMS_STR("key"),
					.header_classes = HMS_STR("c"),
					.header_purpose = i % 2 ? HMS_STR("odd") : (struct hms_str){ 0 } };

		snprintf(value, sizeof(value), "%d", i);
		r.value = hms_str(value);
		assert_int_equal(hms_producer_send(p, HMS_LANE_URGENT, &r, fill_on_delivery, &done), 0);
	}
	kafka_wait_count(f, &done, (size_t)count);
	hms_producer_free(&p, 0);
}
