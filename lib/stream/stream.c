/* The engine: what it is made of, its life, and what it says of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

enum { TOPIC_WAIT_MS = 30000, ACQUIRE_EVERY_MS = 500, LAST_WORDS_MS = 5000, NAME_SIZE = 64 };

/* ---------------------------------------------------------------- schema */

static void on_schema(const struct hms_err *err, void *arg)
{
	struct hms_stream *s = arg;

	s->schema_ok = err->code == 0;
	if (s->schema_ok)
		stream_parts_acquire(s);
	else if (err->code == HMS_EVERSION)
		s->cb.failed(s, err->text, s->arg);
}

static void on_aux_up(struct hms_pg *aux, void *arg)
{
	struct hms_stream *s = arg;

	hms_pg_schema_ask(aux, s->opts.schema_low, HMS_SCHEMA_HIGH, on_schema, s);
}

static void on_pg_up(struct hms_pg *pg, void *arg)
{
	(void)pg;
	hms_stream_run(arg);
}

/* What an answer of PostgreSQL did not lead to is tried again. */
static void on_acquire(struct hms_timer *timer, void *arg)
{
	hms_timer_start(timer, ACQUIRE_EVERY_MS);
	stream_parts_acquire(arg);
}

/* ---------------------------------------------------------------- making it */

static int open_postgres(struct hms_stream *s)
{
	static const struct hms_pg_cb pg_cb = { on_pg_up, NULL }, aux_cb = { on_aux_up, NULL };
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "hms-%s", s->opts.service);
	s->pg = hms_pg_new(s->loop, s->opts.pg, name, &pg_cb, s);
	snprintf(name, sizeof(name), "hms-%s-aux", s->opts.service);
	s->aux = hms_pg_new(s->loop, s->opts.pg, name, &aux_cb, s);
	return s->pg && s->aux ? 0 : HMS_ENOMEM;
}

static int open_kafka(struct hms_stream *s, struct hms_err *err)
{
	const struct hms_kafka_conf *kafka = s->opts.kafka;
	char group[NAME_SIZE];
	struct hms_consumer_opts opts = { .group = group,
					  .instance = s->opts.instance,
					  .topics = s->opts.topics,
					  .fetch_wait_ms = s->opts.fetch_wait_ms,
					  .fetch_min_bytes = s->opts.fetch_min_bytes };
	int count = kafka->partitions ? (int)kafka->partitions : hms_topic_partitions(kafka, opts.topics[0], TOPIC_WAIT_MS, err);

	if (count < 0)
		return count;
	if (stream_parts_init(s, (unsigned)count))
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	snprintf(group, sizeof(group), "hms-%s", s->opts.service);
	s->producer = hms_producer_new(s->loop, kafka, s->opts.instance, err);
	s->consumer = s->producer ? hms_consumer_new(s->loop, kafka, &opts, &stream_consumer_cb, s, err) : NULL;
	if (!s->consumer)
		return err->code;
	s->outbox = hms_outbox_new(s->loop, s->opts.pg, s->producer);
	return s->outbox ? 0 : hms_err_set(err, HMS_ENOMEM, "out of memory");
}

static int make_parts(struct hms_stream *s)
{
	hms_timer_init(&s->retry, s->loop, stream_on_retry, s);
	hms_timer_init(&s->acquire, s->loop, on_acquire, s);
	hms_timer_init(&s->lag, s->loop, stream_on_lag, s);
	hms_timer_init(&s->patience, s->loop, stream_on_patience, s);
	while (s->topic_count < STREAM_TOPICS_MAX && s->opts.topics[s->topic_count])
		s->topic_count++;
	s->arena = hms_arena_new(s->opts.memory_bytes);
	return s->arena ? stream_inputs_init(s) : HMS_ENOMEM;
}

struct hms_stream *hms_stream_new(struct hms_loop *loop, const struct hms_stream_opts *opts, const struct hms_stream_cb *cb, void *arg,
				  struct hms_err *err)
{
	struct hms_stream *s = calloc(1, sizeof(*s));

	if (!s) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		return NULL;
	}
	*s = (struct hms_stream){ .loop = loop, .opts = *opts, .cb = *cb, .arg = arg };
	if (make_parts(s) || open_postgres(s)) {
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		hms_stream_free(&s);
	} else if (open_kafka(s, err)) {
		hms_stream_free(&s);
	} else {
		hms_timer_start(&s->acquire, ACQUIRE_EVERY_MS);
		hms_timer_start(&s->lag, 0);
	}
	return s;
}

void hms_stream_free(struct hms_stream **stream)
{
	struct hms_stream *s = *stream;

	if (!s)
		return;
	s->draining = true;
	hms_outbox_free(&s->outbox);
	hms_pg_free(&s->pg); /* ends what is under way */
	hms_pg_free(&s->aux);
	hms_timer_stop(&s->retry);
	hms_timer_stop(&s->acquire);
	hms_timer_stop(&s->lag);
	hms_timer_stop(&s->patience);
	stream_inputs_release(s);
	hms_consumer_free(&s->consumer);
	hms_producer_free(&s->producer, LAST_WORDS_MS);
	stream_inputs_fini(s);
	stream_parts_fini(s);
	hms_arena_free(&s->arena);
	free(s);
	*stream = NULL;
}

void hms_stream_drain(struct hms_stream *s)
{
	s->draining = true;
	if (s->state == STREAM_IDLE)
		s->cb.drained(s, s->arg);
}

/* ---------------------------------------------------------------- what it knows */

struct hms_arena *hms_stream_arena(struct hms_stream *s) { return s->arena; }

int64_t hms_stream_now_us(const struct hms_stream *s) { return s->now_us; }

void hms_stream_durable(struct hms_stream *s) { s->durable = true; }

struct hms_pg *hms_stream_aux(struct hms_stream *s) { return s->aux; }

bool hms_stream_can_sweep(const struct hms_stream *s) { return s->schema_ok && !s->draining && hms_pg_is_up(s->aux); }

unsigned hms_stream_partitions(const struct hms_stream *s) { return s->part_count; }

bool hms_stream_owns(const struct hms_stream *s, unsigned topic, unsigned part) { return s->parts[topic][part].ready; }

bool hms_stream_ready(const struct hms_stream *s, struct hms_buf *why)
{
	unsigned ready = 0, stopped = 0;

	stream_each_part(s, t, p, part)
	{
		ready += part->ready;
		stopped += part->stopped;
	}
	if (!hms_pg_is_up(s->pg))
		hms_buf_strz(why, "postgres is away\n");
	else if (!s->schema_ok)
		hms_buf_strz(why, "schema not checked yet\n");
	else if (s->schema_broken)
		hms_buf_strz(why, "the schema does not fit: see the log\n");
	if (stopped)
		hms_buf_printf(why, "%u partitions are stopped: see the log\n", stopped);
	if (!ready)
		hms_buf_strz(why, "degraded: no partition is owned\n");
	if (!hms_producer_healthy(s->producer))
		hms_buf_strz(why, "degraded: kafka does not acknowledge\n");
	return hms_pg_is_up(s->pg) && s->schema_ok && !s->schema_broken && !stopped;
}
