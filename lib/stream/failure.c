/* What becomes of a transaction that failed (I1, I5). */
#include <stdio.h>

#include "internal.h"

enum { RETRY_MIN_MS = 50, RETRY_MAX_MS = 5000, RETRY_DOUBLINGS = 8 };

static const struct hms_pg_stmt rollback = { "rollback", "rollback" };

static void wait_for(struct hms_stream *s, enum stream_state state, uint64_t ms)
{
	s->state = state;
	hms_timer_start(&s->retry, ms < RETRY_MAX_MS ? ms : RETRY_MAX_MS);
}

void stream_retry_later(struct hms_stream *s)
{
	wait_for(s, STREAM_WAITING, (uint64_t)RETRY_MIN_MS << (s->attempts < RETRY_DOUBLINGS ? s->attempts : RETRY_DOUBLINGS));
	s->attempts++;
}

static void on_rolled_back(const struct hms_pg_error *err, void *arg)
{
	struct hms_stream *s = arg;

	if (err && err->code == HMS_ESQL)
		hms_pg_reconnect(s->pg, err->text);
}

void stream_roll_back(struct hms_stream *s)
{
	struct hms_pg_batch *batch = s->begun ? hms_pg_batch_new(s->pg) : NULL;

	if (batch) {
		hms_pg_stmt_begin(batch, &rollback, NULL, NULL);
		hms_pg_batch_send(batch, on_rolled_back, s);
	} else if (s->begun) {
		hms_pg_reconnect(s->pg, "a transaction is given up: out of memory");
	}
	s->begun = false;
}

/* Forgets all inputs; those of partitions that are still ours come again from `next`. */
static void abandon(struct hms_stream *s)
{
	stream_each_part(s, t, p, part)
	{
		if (part->ready)
			hms_consumer_seek(s->consumer, s->opts.topics[t], (int32_t)p, part->next);
		part->touched = false;
		part->oldest_ms = 0;
	}
	stream_inputs_release(s);
	s->state = STREAM_IDLE;
	if (s->draining)
		s->cb.drained(s, s->arg);
	else
		stream_parts_acquire(s);
}

void stream_isolate(struct hms_stream *s, const char *kind, const char *reason)
{
	bool first = !s->cut.depth;
	size_t count = s->cut.to - s->cut.from;

	s->commit_sent = false;
	if (s->culprit_kind) { /* not the event's fault: that it cannot be set aside may be cured, skipping it could not */
		log_error("an event cannot be set aside", KV_Z("reason", reason));
		stream_retry_later(s);
	} else if (stream_cut_halve(&s->cut)) {
		if (first)
			log_warn("a transaction failed; its inputs are halved until the culprit is alone", KV_U("inputs", count),
				 KV_Z("reason", reason));
		stream_begin(s);
	} else if (s->inputs[s->cut.from].item) {
		log_error("work left out", KV_Z("reason", reason));
		stream_finish(s);
	} else {
		s->culprit_kind = kind;
		snprintf(s->culprit_reason, sizeof(s->culprit_reason), "%s", reason);
		stream_begin(s);
	}
}

/* ---------------------------------------------------------------- did it commit? */

static void on_checked(const struct hms_pg_error *err, void *arg)
{
	struct hms_stream *s = arg;

	if (err && err->code == HMS_ECANCELED) /* closing down */
		return;
	if (err)
		wait_for(s, STREAM_CHECKING, RETRY_MIN_MS);
	else if (s->outcome_committed)
		stream_finish(s);
	else
		stream_begin(s);
}

static void check_outcome(struct hms_stream *s)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(s->pg);

	if (!batch) {
		wait_for(s, STREAM_CHECKING, RETRY_MIN_MS);
		return;
	}
	stream_fence_check(s, batch);
	hms_pg_batch_send(batch, on_checked, s);
}

void stream_on_retry(struct hms_timer *timer, void *arg)
{
	struct hms_stream *s = arg;

	if (!hms_pg_is_up(s->pg))
		hms_timer_start(timer, RETRY_MIN_MS);
	else if (s->state == STREAM_CHECKING)
		check_outcome(s);
	else
		stream_begin(s);
}

static bool never_sent(const struct hms_pg_error *err)
{
	return err->code == HMS_EFULL || err->code == HMS_ENOMEM || err->code == HMS_EINVAL;
}

/* Class 42: no table, no column, no right. Every event would fail, and none would be to blame. */
static bool schema_state(const char *sqlstate) { return strncmp(sqlstate, "42", 2) == 0; }

void stream_failed(struct hms_stream *s, const struct hms_pg_error *err)
{
	if (err->code == HMS_ECANCELED) /* closing down */
		return;
	hms_counter_inc(stream_count(&stream_metrics.batch_failures, err->sqlstate[0] ? err->sqlstate : hms_errname(err->code)));
	if (never_sent(err)) /* the transaction is still open: its own offsets would look committed */
		stream_roll_back(s);
	s->begun = false; /* else the connection has rolled back, or is gone */
	s->schema_broken = err->code == HMS_ESQL && schema_state(err->sqlstate);
	if (strcmp(err->sqlstate, "HM001") == 0) {
		stream_fence_lost(s);
		abandon(s);
	} else if (err->code == HMS_EFULL) {
		stream_isolate(s, "too_large", err->text);
	} else if (s->commit_sent && err->code != HMS_ESQL && !never_sent(err)) {
		wait_for(s, STREAM_CHECKING, RETRY_MIN_MS);
	} else if (s->schema_broken) {
		log_error("the schema does not fit: nothing is consumed until it does", KV_Z("reason", err->text),
			  KV_Z("sqlstate", err->sqlstate));
		stream_retry_later(s);
	} else if (err->retriable || err->code != HMS_ESQL) {
		log_warn("transaction to be repeated", KV_Z("reason", err->text), KV_Z("sqlstate", err->sqlstate));
		stream_retry_later(s);
	} else {
		stream_isolate(s, "failed", err->text);
	}
}
