/* The course of a transaction: gather -> load -> the service decides -> write and commit -> tell.
 *
 *   IDLE     -> LOADING     BEGIN, fence, reads; again as often as the service wants more
 *   LOADING  -> SERVICE     the service waits for something of its own
 *   SERVICE  -> WRITING     writes and COMMIT
 *   WRITING  -> IDLE        committed: tell the service
 *   any      -> WAITING     a failure that passes: the same inputs again after a while (I5)
 *   WRITING  -> CHECKING    the connection broke: did it commit? Only consumer_offset knows (I1)
 * A failure that does not pass: halves of the inputs, until the culprit is alone and is set aside (I5). */
#include "hms/base/clock.h"
#include "hms/base/failpoint.h"
#include "internal.h"

static const struct hms_pg_stmt begin = { "begin", "begin" };
static const struct hms_pg_stmt commit = { "commit", "commit" };
static const struct hms_pg_stmt commit_async = { "commit_async", "set local synchronous_commit to off" };
static const char too_large[] = "too large for one transaction";

static void load(struct hms_stream *s);

/* ---------------------------------------------------------------- beginning */

static void reset(struct hms_stream *s)
{
	stream_untouch(s);
	hms_arena_reset(s->arena);
	s->dead = NULL;
	s->dead_tail = &s->dead;
	s->sent = NULL;
	s->sent_tail = &s->sent;
	s->messages = 0;
	s->deciding = s->begun = s->commit_sent = s->durable = s->no_memory = false;
	s->now_us = hms_wall_us();
	s->started_us = hms_mono_us();
}

void stream_begin(struct hms_stream *s)
{
	reset(s);
	s->cb.begin(s, s->arg);
	if (stream_inputs_gather(s))
		stream_isolate(s, "too_large", too_large);
	else if (stream_touches(s))
		load(s);
	else /* nothing but what is stale or not ours */
		stream_finish(s);
}

void hms_stream_run(struct hms_stream *s)
{
	if (s->state != STREAM_IDLE || s->draining || !hms_pg_is_up(s->pg))
		return;
	if (s->cb.may_begin && !s->cb.may_begin(s, s->arg))
		return;
	if (!stream_inputs_take(s))
		return;
	s->attempts = 0;
	s->culprit_kind = NULL;
	stream_begin(s);
}

/* ---------------------------------------------------------------- reading and writing */

static void on_written(const struct hms_pg_error *err, void *arg)
{
	if (err)
		stream_failed(arg, err);
	else
		stream_finish(arg);
}

static void write_all(struct hms_stream *s)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(s->pg);

	if (!batch) {
		stream_roll_back(s);
		stream_retry_later(s);
		return;
	}
	if ((!s->culprit_kind && s->cb.write(s, batch, s->arg)) || stream_write_aside(s, batch)) {
		hms_pg_batch_free(&batch);
		stream_roll_back(s);
		stream_isolate(s, "too_large", too_large);
		return;
	}
	if (!s->durable)
		hms_pg_stmt_begin(batch, &commit_async, NULL, NULL);
	hms_pg_stmt_begin(batch, &commit, NULL, NULL);
	s->state = STREAM_WRITING;
	s->commit_sent = true;
	(void)HMS_FAILPOINT("stream.write.before");
	hms_pg_batch_send(batch, on_written, s);
}

static void decide(struct hms_stream *s)
{
	enum hms_stream_next next = HMS_STREAM_WRITE;

	s->deciding = true;
	if (!s->culprit_kind && s->cb.loaded)
		next = s->cb.loaded(s, s->arg);
	if (next == HMS_STREAM_LOAD)
		load(s);
	else if (next == HMS_STREAM_WAIT)
		s->state = STREAM_SERVICE;
	else
		write_all(s);
}

void hms_stream_go_on(struct hms_stream *s, int code)
{
	if (s->state != STREAM_SERVICE)
		return;
	if (code) {
		stream_roll_back(s);
		stream_retry_later(s);
	} else {
		write_all(s);
	}
}

static void on_loaded(const struct hms_pg_error *err, void *arg)
{
	if (err)
		stream_failed(arg, err);
	else
		decide(arg);
}

static void load(struct hms_stream *s)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(s->pg);

	if (!batch) {
		stream_roll_back(s);
		stream_retry_later(s);
		return;
	}
	if (!s->begun) {
		hms_pg_stmt_begin(batch, &begin, NULL, NULL);
		stream_fence(s, batch);
	}
	if (!s->culprit_kind && s->cb.load && s->cb.load(s, batch, s->arg)) {
		hms_pg_batch_free(&batch);
		stream_roll_back(s);
		stream_isolate(s, "too_large", too_large);
		return;
	}
	s->begun = true;
	s->state = STREAM_LOADING;
	hms_pg_batch_send(batch, on_loaded, s);
}

/* ---------------------------------------------------------------- the end */

static void committed(struct hms_stream *s)
{
	stream_fence_committed(s);
	hms_counter_inc(&stream_metrics.batches);
	hms_counter_add(&stream_metrics.messages, s->messages);
	hms_histogram_observe_us(&stream_metrics.batch_time, hms_mono_us() - s->started_us);
	stream_aside_committed(s);
	if (!s->culprit_kind && s->cb.committed)
		s->cb.committed(s, s->arg);
}

void stream_finish(struct hms_stream *s)
{
	if (s->commit_sent)
		committed(s);
	s->attempts = 0;
	s->schema_broken = false;
	s->culprit_kind = NULL;
	if (stream_cut_next(&s->cut)) {
		stream_begin(s);
		return;
	}
	stream_inputs_release(s);
	s->state = STREAM_IDLE;
	if (s->draining)
		s->cb.drained(s, s->arg);
	else
		hms_stream_run(s);
}
