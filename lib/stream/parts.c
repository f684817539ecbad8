/* Which partitions this worker owns: assigned by the group, then taken over in PostgreSQL under a new epoch (I1). */
#include <stdlib.h>

#include "internal.h"

static const struct hms_pg_stmt acquire = { "offset_acquire", "select part, next, epoch from hms_offset_acquire($1, $2, $3)" };

struct acquisition {
	struct hms_stream *stream;
	unsigned topic;
};

int stream_parts_init(struct hms_stream *s, unsigned count)
{
	s->part_count = count;
	for (unsigned t = 0; t < s->topic_count; t++) {
		s->parts[t] = calloc(count, sizeof(*s->parts[t]));
		if (!s->parts[t])
			return HMS_ENOMEM;
	}
	return 0;
}

void stream_parts_fini(struct hms_stream *s)
{
	for (unsigned t = 0; t < s->topic_count; t++)
		free(s->parts[t]);
}

int stream_topic_index(const struct hms_stream *s, const char *topic)
{
	for (unsigned t = 0; t < s->topic_count; t++)
		if (topic == s->opts.topics[t])
			return (int)t;
	return -1;
}

struct stream_part *stream_part_of(const struct hms_stream *s, const struct hms_message *msg)
{
	return &s->parts[stream_topic_index(s, msg->topic)][msg->partition];
}

void stream_parts_count(struct hms_stream *s)
{
	int64_t ready = 0, stopped = 0;

	stream_each_part(s, t, p, part)
	{
		ready += t == 0 && part->ready;
		stopped += part->stopped;
	}
	hms_gauge_set(&stream_metrics.partitions, ready);
	hms_gauge_set(&stream_metrics.partitions_stopped, stopped);
}

void stream_part_stop(struct hms_stream *s, struct stream_part *part)
{
	part->stopped = true;
	part->ready = false;
	stream_parts_count(s);
}

/* ---------------------------------------------------------------- taking over */

static void on_acquired(const struct hms_pg_result *res, void *arg)
{
	struct acquisition *a = arg;
	struct hms_stream *s = a->stream;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		unsigned p = (unsigned)hms_pg_get_int(res, i, 0);
		struct stream_part *part = &s->parts[a->topic][p];

		if (!part->assigned || part->stopped)
			continue;
		part->next = part->told = hms_pg_get_int(res, i, 1);
		part->epoch = hms_pg_get_int(res, i, 2);
		part->ready = true;
		part->oldest_ms = 0;
		hms_consumer_start(s->consumer, s->opts.topics[a->topic], (int32_t)p, part->next);
		log_info("partition taken over", KV_Z("topic", s->opts.topics[a->topic]), KV_U("part", p), KV_I("next", part->next),
			 KV_I("epoch", part->epoch));
		if (s->cb.acquired)
			s->cb.acquired(s, a->topic, p, s->arg);
	}
	stream_parts_count(s);
}

static void on_acquire_done(const struct hms_pg_error *err, void *arg)
{
	struct acquisition *a = arg;
	struct hms_stream *s = a->stream;

	for (unsigned p = 0; p < s->part_count; p++)
		s->parts[a->topic][p].acquiring = false;
	if (err)
		log_warn("partitions not taken over", KV_Z("topic", s->opts.topics[a->topic]), KV_Z("reason", err->text));
	free(a);
}

static bool is_wanted(const struct stream_part *part) { return part->assigned && !part->ready && !part->stopped; }

static void acquire_topic(struct hms_stream *s, unsigned topic)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(s->aux);
	struct acquisition *a = calloc(1, sizeof(*a));
	struct hms_pg_array *list;

	if (!batch || !a) {
		hms_pg_batch_free(&batch);
		free(a);
		return;
	}
	*a = (struct acquisition){ s, topic };
	hms_pg_stmt_begin(batch, &acquire, on_acquired, a);
	hms_pg_p_text(batch, hms_str(s->opts.service));
	hms_pg_p_text(batch, hms_str(s->opts.topics[topic]));
	list = hms_pg_array_new(batch, HMS_PG_INT4);
	for (unsigned p = 0; p < s->part_count; p++)
		if (is_wanted(&s->parts[topic][p])) {
			s->parts[topic][p].acquiring = true;
			hms_pg_a_int4(list, (int32_t)p);
		}
	hms_pg_p_array(batch, list);
	hms_pg_batch_send(batch, on_acquire_done, a);
}

void stream_parts_acquire(struct hms_stream *s)
{
	if (!hms_stream_can_sweep(s))
		return;
	for (unsigned t = 0; t < s->topic_count; t++) {
		bool wanted = false, busy = false;

		for (unsigned p = 0; p < s->part_count; p++) {
			wanted |= is_wanted(&s->parts[t][p]);
			busy |= s->parts[t][p].acquiring;
		}
		if (wanted && !busy)
			acquire_topic(s, t);
	}
}

/* ---------------------------------------------------------------- was it moved? */

/* Not while something is in hand that came before. */
static void on_moved(const struct hms_pg_result *res, void *arg)
{
	struct acquisition *a = arg;
	struct hms_stream *s = a->stream;

	for (size_t i = 0; i < hms_pg_rows(res) && s->state == STREAM_IDLE && !s->input_count; i++) {
		int64_t p = hms_pg_get_int(res, i, 0), epoch = hms_pg_get_int(res, i, 1);
		struct stream_part *part = p >= 0 && p < (int64_t)s->part_count ? &s->parts[a->topic][p] : NULL;

		if (!part || !part->assigned || part->acquiring || !part->epoch || part->epoch >= epoch || (!part->ready && !part->stopped))
			continue;
		log_warn("the partition was moved: it is taken over again", KV_Z("topic", s->opts.topics[a->topic]), KV_I("part", p),
			 KV_I("epoch", epoch));
		part->ready = part->stopped = false;
	}
	stream_parts_count(s);
}

static void on_looked(const struct hms_pg_error *err, void *arg)
{
	(void)err; /* the next look comes */
	free(arg);
}

void stream_parts_look(struct hms_stream *s)
{
	static const struct hms_pg_stmt epochs = { "offset_epochs",
						   "select part, epoch from consumer_offset where service = $1 and topic = $2 and moved" };

	if (!hms_stream_can_sweep(s))
		return;
	for (unsigned t = 0; t < s->topic_count; t++) {
		struct acquisition *a = calloc(1, sizeof(*a));
		struct hms_pg_batch *batch = a ? hms_pg_batch_new(s->aux) : NULL;

		if (!batch) {
			free(a);
			return;
		}
		*a = (struct acquisition){ s, t };
		hms_pg_stmt_begin(batch, &epochs, on_moved, a);
		hms_pg_p_text(batch, hms_str(s->opts.service));
		hms_pg_p_text(batch, hms_str(s->opts.topics[t]));
		hms_pg_batch_send(batch, on_looked, a);
	}
}

/* ---------------------------------------------------------------- what the consumer says */

/* NULL when it is none of ours. */
static struct stream_part *part_at(struct hms_stream *s, const char *topic, int32_t partition)
{
	int t = stream_topic_index(s, topic);

	return t >= 0 && (unsigned)partition < s->part_count ? &s->parts[t][partition] : NULL;
}

static void on_assigned(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	struct hms_stream *s = arg;

	(void)c;
	for (size_t i = 0; i < count; i++) {
		struct stream_part *part = part_at(s, topic, partitions[i]);

		if (part)
			part->assigned = true;
	}
	stream_parts_acquire(s);
}

static void on_revoked(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	struct hms_stream *s = arg;

	(void)c;
	for (size_t i = 0; i < count; i++) {
		struct stream_part *part = part_at(s, topic, partitions[i]);

		if (part)
			part->assigned = part->ready = part->stopped = false;
	}
	stream_parts_count(s);
}

static void on_readable(struct hms_consumer *c, void *arg)
{
	(void)c;
	hms_stream_run(arg);
}

static void on_failed(struct hms_consumer *c, const char *topic, int32_t partition, int code, const char *text, void *arg)
{
	struct hms_stream *s = arg;
	struct stream_part *part = part_at(s, topic, partition);

	(void)c;
	log_error("partition stopped", KV_Z("topic", topic), KV_I("part", partition), KV_Z("code", hms_errname(code)),
		  KV_Z("reason", text));
	if (part)
		stream_part_stop(s, part);
}

const struct hms_consumer_cb stream_consumer_cb = { on_assigned, on_revoked, on_readable, on_failed };
