/* A small service on the engine. */
#include "stream_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct pg_server scene_server;

static const struct hms_pg_stmt look = { "look", "select count(*) from seen" };
static const struct hms_pg_stmt insert = {
	"insert_seen", "insert into seen (part, off, value, padding) select * from unnest($1::int4[], $2::int8[], $3::text[], $4::text[])"
};

/* ---------------------------------------------------------------- the service */

static int number(const struct hms_message *msg)
{
	char text[16];

	snprintf(text, sizeof(text), "%.*s", HMS_STR_FMT(msg->value));
	return atoi(text);
}

static bool may_begin(struct hms_stream *stream, void *arg)
{
	struct scene *s = arg;

	(void)stream;
	s->tries++;
	return !s->closed;
}

static void begin(struct hms_stream *stream, void *arg)
{
	struct scene *s = arg;

	assert_int_equal(hms_arena_used(hms_stream_arena(stream)), 0);
	s->begins++;
	s->count = s->item_count = s->bytes = s->loads = 0;
}

static int message(struct hms_stream *stream, const struct hms_message *msg, void *arg)
{
	struct scene *s = arg;
	int value = number(msg);

	if (value == s->newer)
		return HMS_EVERSION;
	if (value == s->too_large || (s->most && s->count == s->most))
		return HMS_ENOMEM;
	if (value == s->aside) {
		hms_stream_set_aside(stream, msg, s->aside_reason);
		return 0;
	}
	assert_true(s->count < SCENE_MESSAGES_MAX);
	s->messages[s->count++] = msg;
	s->bytes += msg->key.len + msg->value.len;
	return 0;
}

static bool can_wait(struct hms_stream *stream, const struct hms_message *msg, void *arg)
{
	struct scene *s = arg;
	bool can = number(msg) < s->patient;

	(void)stream;
	s->patients += can;
	return can;
}

static int item(struct hms_stream *stream, const void *item, void *arg)
{
	struct scene *s = arg;
	const struct scene_item *in = item;

	if (hms_stream_touch(stream, 0, (unsigned)in->part))
		s->items[s->item_count++] = *in;
	return 0;
}

static int load(struct hms_stream *stream, struct hms_pg_batch *batch, void *arg)
{
	struct scene *s = arg;

	(void)stream;
	s->loads++;
	hms_pg_stmt_begin(batch, &look, NULL, NULL);
	return 0;
}

static enum hms_stream_next loaded(struct hms_stream *stream, void *arg)
{
	struct scene *s = arg;

	s->loadeds++;
	if (s->loads <= s->loads_wanted)
		return HMS_STREAM_LOAD;
	for (size_t i = 0; i < s->count; i++)
		if (number(s->messages[i]) == s->refused)
			hms_stream_set_aside(stream, s->messages[i], "refused by the service");
	if (s->waits)
		s->waiting = true;
	return s->waits ? HMS_STREAM_WAIT : HMS_STREAM_WRITE;
}

static int write_all(struct hms_stream *stream, struct hms_pg_batch *batch, void *arg)
{
	struct scene *s = arg;
	struct hms_pg_array *parts = hms_pg_array_new(batch, HMS_PG_INT4), *offs = hms_pg_array_new(batch, HMS_PG_INT8);
	struct hms_pg_array *values = hms_pg_array_new(batch, HMS_PG_TEXT), *paddings = hms_pg_array_new(batch, HMS_PG_TEXT);
	char *padding = hms_arena_alloc(hms_stream_arena(stream), s->row_bytes + 1);

	assert_non_null(padding);
	memset(padding, 'x', s->row_bytes);
	for (size_t i = 0; i < s->count; i++) {
		hms_pg_a_int4(parts, s->messages[i]->partition);
		hms_pg_a_int8(offs, s->messages[i]->offset);
		hms_pg_a_text(values, s->messages[i]->value);
		hms_pg_a_text(paddings, hms_str(padding));
	}
	for (size_t i = 0; i < s->item_count; i++) {
		hms_pg_a_int4(parts, s->items[i].part);
		hms_pg_a_int8(offs, -1);
		hms_pg_a_text(values, hms_str(s->items[i].value));
		hms_pg_a_text(paddings, hms_str(""));
	}
	hms_pg_stmt_begin(batch, &insert, NULL, NULL);
	hms_pg_p_array(batch, parts);
	hms_pg_p_array(batch, offs);
	hms_pg_p_array(batch, values);
	hms_pg_p_array(batch, paddings);
	if (s->on_write)
		s->on_write(s);
	return 0;
}

static void committed(struct hms_stream *stream, void *arg)
{
	struct scene *s = arg;

	(void)stream;
	s->commits++;
	s->committed += s->count;
	s->most_count = s->count > s->most_count ? s->count : s->most_count;
	s->most_bytes = s->bytes > s->most_bytes ? s->bytes : s->most_bytes;
}

static void acquired(struct hms_stream *stream, unsigned topic, unsigned part, void *arg)
{
	struct scene *s = arg;

	assert_true(hms_stream_owns(stream, topic, part));
	s->acquired++;
}

static void lag(struct hms_stream *stream, unsigned topic, unsigned part, uint64_t lag_ms, void *arg)
{
	struct scene *s = arg;

	(void)topic;
	assert_true(part < hms_stream_partitions(stream));
	s->lags++;
	s->lag_ms = lag_ms > s->lag_ms ? lag_ms : s->lag_ms;
}

static void drained(struct hms_stream *stream, void *arg)
{
	(void)stream;
	((struct scene *)arg)->drained = true;
}

static void failed(struct hms_stream *stream, const char *text, void *arg)
{
	struct scene *s = arg;

	(void)stream;
	snprintf(s->failed, sizeof(s->failed), "%s", text);
}

/* ---------------------------------------------------------------- fixtures */

int scene_group_setup(void **state)
{
	struct hms_pg_conf conf = { .connect_timeout = 5000 };
	struct hms_err err = { 0 };
	unsigned applied;

	(void)state;
	pg_server_start(&scene_server);
	conf.dsn = scene_server.dsn;
	if (hms_pg_migrate(&conf, HMS_SOURCE_DIR "/deploy/postgres/migrations", &applied, &err))
		fail_msg("%s", err.text);
	/* The relay empties the outbox: what was in it is kept beside it. */
	scene_sql(
		"create table seen (part int, off bigint, value text, padding text, constraint poison check (value not in ('1234', 'poison')));"
		"create table sent (topic text, key bytea, part int, payload bytea);"
		"create function note() returns trigger language plpgsql as"
		" $$ begin insert into sent values (new.topic, new.key, new.part, new.payload); return new; end $$;"
		"create trigger note before insert on outbox for each row execute function note()");
	return 0;
}

int scene_group_teardown(void **state)
{
	(void)state;
	pg_server_stop(&scene_server);
	return 0;
}

const char *scene_sql(const char *sql) { return pg_server_sql(&scene_server, sql); }

int scene_setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	kafka_setup((void **)&s->f);
	if (!scene_server.pid)
		pg_server_restart(&scene_server);
	scene_sql("truncate seen, sent, outbox, dead_event, consumer_offset");
	s->pg = (struct hms_pg_conf){ .dsn = scene_server.dsn,
				      .connect_timeout = 5000,
				      .retry_wait = 20,
				      .batch_timeout = 30000,
				      .batches_max = 16,
				      .batch_max_bytes = 4 << 20 };
	s->topics[0] = s->f->topic;
	s->newer = s->too_large = s->aside = s->refused = -1;
	s->aside_reason = "not of this world";
	s->opts = (struct hms_stream_opts){ .service = s->f->group,
					    .instance = "s1",
					    .topics = s->topics,
					    .pg = &s->pg,
					    .kafka = &s->f->conf,
					    .schema_low = 1,
					    .fetch_wait_ms = 3,
					    .fetch_min_bytes = 1,
					    .batch_max = SCENE_MESSAGES_MAX,
					    .batch_bytes = 1 << 20,
					    .memory_bytes = 4 << 20,
					    .item_size = sizeof(struct scene_item),
					    .items_max = SCENE_ITEMS_MAX };
	*state = s;
	return 0;
}

int scene_teardown(void **state)
{
	struct scene *s = *state;

	hms_stream_free(&s->stream);
	kafka_teardown((void **)&s->f);
	free(s);
	return 0;
}

void scene_open(struct scene *s)
{
	static const struct hms_stream_cb cb = { .may_begin = may_begin,
						 .can_wait = can_wait,
						 .begin = begin,
						 .message = message,
						 .item = item,
						 .load = load,
						 .loaded = loaded,
						 .write = write_all,
						 .committed = committed,
						 .acquired = acquired,
						 .lag = lag,
						 .drained = drained,
						 .failed = failed };
	struct hms_err err = { 0 };

	s->stream = hms_stream_new(s->f->loop, &s->opts, &cb, s, &err);
	if (!s->stream)
		fail_msg("%s", err.text);
	kafka_wait_count(s->f, &s->acquired, FIXTURE_PARTITIONS);
}

void scene_wait_sql(struct scene *s, const char *sql, const char *wanted)
{
	for (int i = 0; strcmp(scene_sql(sql), wanted); i++) {
		assert_true(i < 1500);
		kafka_run(s->f, 20);
	}
}

void scene_seen(struct scene *s, int first, int count)
{
	char sql[256], wanted[16];

	snprintf(sql, sizeof(sql), "select count(distinct value) from seen where value::int between %d and %d", first, first + count - 1);
	snprintf(wanted, sizeof(wanted), "%d", count);
	scene_wait_sql(s, sql, wanted);
	assert_string_equal(scene_sql("select count(*) - count(distinct value) from seen"), "0");
}
