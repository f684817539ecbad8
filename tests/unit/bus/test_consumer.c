/* The consumer: nothing before the owner says from where, every record once and in order, nothing stale. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kafka_fixture.h"

enum { TAKEN_MAX = 4096, API_FETCH = 1 };

struct member {
	struct kafka_fixture *f;
	const char *topics[3];
	struct hms_consumer *c;
	bool start_at_once; /* at offset 0, when assigned */
	bool take_at_once;  /* when readable */
	bool mine[2][FIXTURE_PARTITIONS];
	size_t assigned, revoked, readable, failed; /* calls */
	size_t owned;
	int fail_code;
	int32_t fail_partition;
	size_t taken;
	struct {
		int topic;
		int32_t partition;
		int64_t offset;
		char value[16], purpose[8];
		bool has_purpose;
	} items[TAKEN_MAX];
};

static int topic_index(const struct member *m, const char *topic)
{
	/* Interned: the pointers that were given. */
	assert_true(topic == m->topics[0] || topic == m->topics[1]);
	return topic == m->topics[1];
}

static void on_assigned(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	struct member *m = arg;
	int t = topic_index(m, topic);

	m->assigned++;
	for (size_t i = 0; i < count; i++) {
		assert_false(m->mine[t][partitions[i]]);
		m->mine[t][partitions[i]] = true;
		m->owned++;
		if (m->start_at_once) {
			hms_consumer_start(c, topic, partitions[i], 0);
		}
	}
}

static void on_revoked(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	struct member *m = arg;
	int t = topic_index(m, topic);

	(void)c;
	m->revoked++;
	for (size_t i = 0; i < count; i++) {
		assert_true(m->mine[t][partitions[i]]);
		m->mine[t][partitions[i]] = false;
		m->owned--;
	}
}

static void take(struct member *m, size_t max)
{
	struct hms_message messages[64];
	size_t count = hms_consumer_poll(m->c, messages, max < 64 ? max : 64);

	for (size_t i = 0; i < count; i++) {
		const struct hms_message *in = &messages[i];
		int t = topic_index(m, in->topic);

		assert_true(m->taken < TAKEN_MAX);
		assert_true(m->mine[t][in->partition]);
		assert_true(hms_str_eqz(in->key, "key"));
		assert_true(hms_str_eqz(in->header_classes, "c"));
		assert_true(in->timestamp_ms > 0);
		m->items[m->taken].topic = t;
		m->items[m->taken].partition = in->partition;
		m->items[m->taken].offset = in->offset;
		m->items[m->taken].has_purpose = in->header_purpose.p;
		snprintf(m->items[m->taken].value, sizeof(m->items[0].value), "%.*s", HMS_STR_FMT(in->value));
		snprintf(m->items[m->taken].purpose, sizeof(m->items[0].purpose), "%.*s", HMS_STR_FMT(in->header_purpose));
		m->taken++;
	}
	hms_consumer_release(m->c, messages, count);
}

static void take_all(struct member *m)
{
	size_t before;

	do {
		before = m->taken;
		take(m, 64);
	} while (m->taken != before);
}

static void on_readable(struct hms_consumer *c, void *arg)
{
	struct member *m = arg;

	(void)c;
	m->readable++;
	if (m->take_at_once) {
		take_all(m);
	}
}

static void on_failed(struct hms_consumer *c, const char *topic, int32_t partition, int code, const char *text, void *arg)
{
	struct member *m = arg;

	(void)c;
	(void)topic_index(m, topic);
	assert_non_null(text);
	m->failed++;
	m->fail_code = code;
	m->fail_partition = partition;
}

static const struct hms_consumer_cb callbacks = { on_assigned, on_revoked, on_readable, on_failed };

static struct member *member(struct kafka_fixture *f, const char *instance, bool both)
{
	struct member *m = calloc(1, sizeof(*m));
	struct hms_err err = { 0 };
	struct hms_consumer_opts opts = {
		.group = f->group, .instance = instance, .topics = m->topics, .fetch_wait_ms = 3, .fetch_min_bytes = 65536
	};

	m->f = f;
	m->topics[0] = f->topic;
	m->topics[1] = both ? f->other : NULL;
	m->start_at_once = m->take_at_once = true;
	m->c = hms_consumer_new(f->loop, &f->conf, &opts, &callbacks, m, &err);
	if (!m->c) {
		fail_msg("%s", err.text);
	}
	return m;
}

static void member_free(struct member *m)
{
	hms_consumer_free(&m->c);
	free(m);
}

/* The items of a partition are exactly the offsets from first on, with the values produced. */
static void assert_items(const struct member *m, int topic, int32_t partition, size_t from_item, int64_t first, size_t count)
{
	size_t seen = 0;

	for (size_t i = from_item; i < m->taken; i++) {
		char value[16];

		if (m->items[i].topic != topic || m->items[i].partition != partition) {
			continue;
		}
		snprintf(value, sizeof(value), "%d", (int)(first + (int64_t)seen));
		assert_int_equal(m->items[i].offset, first + (int64_t)seen);
		assert_string_equal(m->items[i].value, value);
		assert_int_equal(m->items[i].has_purpose, m->items[i].offset % 2);
		assert_string_equal(m->items[i].purpose, m->items[i].offset % 2 ? "odd" : "");
		seen++;
	}
	assert_int_equal(seen, count);
}

static void records_arrive_once_and_in_order(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *m = member(f, "m1", false);

	for (int p = 0; p < FIXTURE_PARTITIONS; p++) {
		kafka_fill(f, f->topic, p, 0, 100);
	}
	kafka_wait_count(f, &m->taken, 100 * FIXTURE_PARTITIONS);
	kafka_fill(f, f->topic, 2, 100, 50);
	kafka_wait_count(f, &m->taken, 100 * FIXTURE_PARTITIONS + 50);
	kafka_run(f, 100);
	for (int p = 0; p < FIXTURE_PARTITIONS; p++) {
		assert_items(m, 0, p, 0, 0, p == 2 ? 150 : 100);
	}
	assert_int_equal(m->assigned, 1);
	assert_int_equal(m->revoked, 0);
	assert_int_equal(hms_consumer_high_watermark(m->c, f->topic, 2), 150);
	member_free(m);
}

static void nothing_is_fetched_before_the_owner_says_from_where(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *m = member(f, "m1", false);

	m->start_at_once = false;
	for (int p = 0; p < FIXTURE_PARTITIONS; p++) {
		kafka_fill(f, f->topic, p, 0, 20);
	}
	kafka_wait_count(f, &m->owned, FIXTURE_PARTITIONS);
	kafka_run(f, 300);
	assert_int_equal(m->readable, 0);
	assert_int_equal(m->taken, 0);
	hms_consumer_start(m->c, f->topic, 1, 5);
	kafka_wait_count(f, &m->taken, 15);
	/* One after the other: those that run go on where they are. */
	hms_consumer_start(m->c, f->topic, 3, 18);
	kafka_wait_count(f, &m->taken, 17);
	kafka_fill(f, f->topic, 1, 20, 5);
	kafka_wait_count(f, &m->taken, 22);
	kafka_run(f, 100);
	assert_items(m, 0, 0, 0, 0, 0);
	assert_items(m, 0, 1, 0, 5, 20);
	assert_items(m, 0, 3, 0, 18, 2);
	member_free(m);
}

static void two_topics_are_assigned_alike(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *m = member(f, "m1", true);

	kafka_fill(f, f->topic, 1, 0, 10);
	kafka_fill(f, f->other, 1, 0, 10);
	kafka_wait_count(f, &m->taken, 20);
	assert_int_equal(m->owned, 2 * FIXTURE_PARTITIONS);
	assert_int_equal(m->assigned, 2);
	assert_items(m, 0, 1, 0, 0, 10);
	assert_items(m, 1, 1, 0, 0, 10);
	member_free(m);
}

static void a_seek_delivers_again_from_there_and_nothing_stale(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *m = member(f, "m1", false);

	m->take_at_once = false;
	kafka_fill(f, f->topic, 0, 0, 200);
	kafka_fill(f, f->topic, 1, 0, 200);
	for (int round = 0; round < 10; round++) {
		size_t before = m->taken, want = round ? 40 : 1;

		/* Some are taken, many are fetched, some are on their way. */
		for (take(m, want); m->taken < before + want; take(m, before + want - m->taken)) {
			hms_loop_run_once(f->loop, true);
		}
		hms_consumer_seek(m->c, f->topic, 0, 3);
		hms_consumer_seek(m->c, f->topic, 1, 4);
		before = m->taken;
		take(m, 64);
		assert_int_equal(m->taken, before);
		for (; m->taken < before + 30; take(m, 64)) {
			hms_loop_run_once(f->loop, true);
		}
		for (int p = 0; p < 2; p++) {
			size_t n = 0;

			for (size_t i = before; i < m->taken; i++) {
				n += m->items[i].partition == p;
			}
			assert_items(m, 0, p, before, 3 + p, n);
		}
	}
	member_free(m);
}

static void an_offset_out_of_range_stops_that_partition_only(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *m = member(f, "m1", false);

	m->start_at_once = false;
	kafka_fill(f, f->topic, 0, 0, 10);
	kafka_fill(f, f->topic, 1, 0, 10);
	kafka_wait_count(f, &m->owned, FIXTURE_PARTITIONS);
	hms_consumer_start(m->c, f->topic, 0, 1000);
	hms_consumer_start(m->c, f->topic, 1, 0);
	kafka_wait_count(f, &m->failed, 1);
	assert_int_equal(m->fail_code, HMS_ENOENT);
	assert_int_equal(m->fail_partition, 0);
	kafka_wait_count(f, &m->taken, 10);
	assert_items(m, 0, 1, 0, 0, 10);
	/* An operator has decided. */
	hms_consumer_start(m->c, f->topic, 0, 4);
	kafka_wait_count(f, &m->taken, 16);
	assert_items(m, 0, 0, 0, 4, 6);
	assert_int_equal(m->failed, 1);
	member_free(m);
}

static void a_second_member_takes_its_share_and_gives_it_back(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *a = member(f, NULL, true), *b;

	kafka_wait_count(f, &a->owned, 2 * FIXTURE_PARTITIONS);
	b = member(f, NULL, true);
	while (a->owned != FIXTURE_PARTITIONS || b->owned != FIXTURE_PARTITIONS) {
		hms_loop_run_once(f->loop, true);
	}
	for (int p = 0; p < FIXTURE_PARTITIONS; p++) {
		/* Range: both topics' partition p belong to the same member. */
		assert_int_equal(a->mine[0][p], a->mine[1][p]);
		assert_int_equal(a->mine[0][p], !b->mine[0][p]);
		kafka_fill(f, f->topic, p, 0, 10);
	}
	kafka_wait_count(f, &a->taken, 10 * FIXTURE_PARTITIONS / 2);
	kafka_wait_count(f, &b->taken, 10 * FIXTURE_PARTITIONS / 2);
	assert_true(a->revoked >= 1);
	/* Not ours (any more): no effect. */
	for (int p = 0; p < FIXTURE_PARTITIONS; p++) {
		if (!a->mine[0][p]) {
			hms_consumer_start(a->c, f->topic, p, 0);
			hms_consumer_seek(a->c, f->topic, p, 0);
			hms_consumer_commit(a->c, f->topic, p, 1);
		}
	}
	kafka_run(f, 200);
	assert_int_equal(a->taken, 10 * FIXTURE_PARTITIONS / 2);
	member_free(a);
	member_free(b);
}

static void a_busy_owner_keeps_its_partitions(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *m;

	/* A session as short as brokers take, and an owner that asks for nothing for twice as long. */
	f->conf.session_timeout = 6000;
	f->conf.extra = "heartbeat.interval.ms=500,max.poll.interval.ms=6000";
	m = member(f, "m1", false);
	m->take_at_once = false;
	kafka_fill(f, f->topic, 0, 0, 100);
	kafka_wait_count(f, &m->readable, 1);
	kafka_run(f, 12000);
	assert_int_equal(m->revoked, 0);
	/* And nobody was woken for nothing meanwhile. */
	assert_true(m->readable <= 2);
	m->take_at_once = true;
	take_all(m);
	kafka_wait_count(f, &m->taken, 100);
	assert_items(m, 0, 0, 0, 0, 100);
	member_free(m);
}

static void a_restarted_static_member_has_its_partitions_back_at_once(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *a = member(f, "m1", false), *b;

	if (f->mock) {
		member_free(a);
		skip(); /* it does not know static members */
	}
	kafka_wait_count(f, &a->owned, FIXTURE_PARTITIONS);
	member_free(a);
	b = member(f, "m1", false);
	kafka_fill(f, f->topic, 0, 0, 10);
	kafka_wait_count(f, &b->taken, 10);
	assert_int_equal(b->owned, FIXTURE_PARTITIONS);
	member_free(b);
}

static void a_fenced_member_loses_everything(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *a, *b;

	if (f->mock) {
		skip(); /* it does not know static members */
	}
	a = member(f, "m1", false);
	kafka_wait_count(f, &a->owned, FIXTURE_PARTITIONS);
	b = member(f, "m1", false);
	kafka_wait_count(f, &b->owned, FIXTURE_PARTITIONS);
	while (a->owned) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(a->revoked, 1);
	member_free(b);
	/* It comes back later, as a new client. */
	kafka_wait_count(f, &a->owned, FIXTURE_PARTITIONS);
	kafka_fill(f, f->topic, 0, 0, 10);
	kafka_wait_count(f, &a->taken, 10);
	member_free(a);
}

static void committed_offsets_are_seen_in_the_group(void **state)
{
	struct kafka_fixture *f = *state;
	struct member *m = member(f, "m1", false);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char text[128];
	rd_kafka_t *reader;

	rd_kafka_conf_set(conf, "bootstrap.servers", f->conf.bootstrap, text, sizeof(text));
	rd_kafka_conf_set(conf, "group.id", f->group, text, sizeof(text));
	reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
	rd_kafka_topic_partition_list_add(list, f->topic, 1);
	kafka_fill(f, f->topic, 1, 0, 10);
	kafka_wait_count(f, &m->taken, 10);
	hms_consumer_commit(m->c, f->topic, 1, 3);
	hms_consumer_commit(m->c, f->topic, 1, 7);
	do {
		kafka_run(f, 100);
		rd_kafka_committed(reader, list, 5000);
	} while (list->elems[0].offset != 7);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(reader);
	member_free(m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, kafka_setup, kafka_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_arrive_once_and_in_order),
		TEST(nothing_is_fetched_before_the_owner_says_from_where),
		TEST(two_topics_are_assigned_alike),
		TEST(a_seek_delivers_again_from_there_and_nothing_stale),
		TEST(an_offset_out_of_range_stops_that_partition_only),
		TEST(a_second_member_takes_its_share_and_gives_it_back),
		TEST(a_busy_owner_keeps_its_partitions),
		TEST(a_restarted_static_member_has_its_partitions_back_at_once),
		TEST(a_fenced_member_loses_everything),
		TEST(committed_offsets_are_seen_in_the_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
