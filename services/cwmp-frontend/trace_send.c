/* The recorder's queue: what waits in it is redacted on a thread of the pool, and goes to PostgreSQL in batches, one at a time. */
#include <stdlib.h>

#include "trace_internal.h"

enum { JOB_MAX_BYTES = 1024 * 1024, JOB_MAX_MESSAGES = 500, MESSAGE_ROOM = 512 };

static const struct hms_pg_stmt stmt_store = { "fe_trace_store", "select api_v1.trace_store($1, $2)" };

static void run(struct fe_trace *trace);

static void dropped(struct fe_trace *trace, const char *why, size_t count)
{
	if (count)
		hms_counter_add(hms_vec_at(&trace->fe->m.trace_dropped, &fe_metric_defs[FE_M_trace_dropped], why), count);
}

void fe_trace_msg_free(struct fe_trace_msg *m)
{
	if (m->names)
		explicit_bzero(m->names, m->names_len);
	free(m->names);
	explicit_bzero(m->body, m->body_len);
	free(m);
}

static void free_all(struct fe_trace_msg *m)
{
	while (m) {
		struct fe_trace_msg *next = m->next;

		fe_trace_msg_free(m);
		m = next;
	}
}

static size_t size_of(const struct fe_trace_msg *m) { return sizeof(*m) + m->body_len + m->names_len + MESSAGE_ROOM; }

void fe_trace_put(struct fe_trace *trace, struct fe_trace_msg *m)
{
	if (trace->queued_bytes + size_of(m) > (size_t)trace->fe->conf->trace_queue_bytes) {
		dropped(trace, "queue", 1);
		fe_trace_msg_free(m);
		return;
	}
	trace->queued_bytes += size_of(m);
	*trace->last = m;
	trace->last = &m->next;
	run(trace);
}

/* ---- on a thread ---- */
static void work(void *arg)
{
	struct fe_trace *trace = arg;
	struct fe_trace_job *job = &trace->job;
	json_t *list = json_array();

	for (const struct fe_trace_msg *m = job->first; m; m = m->next) {
		bool skipped = false;
		json_t *one = fe_trace_redact(job->redactor, job->rules, &job->limits, trace->fe->instance, m, &skipped);

		if (!one || json_array_append_new(list, one))
			job->dropped[skipped]++;
	}
	if (json_array_size(list))
		job->json = json_dumps(list, JSON_COMPACT);
	json_decref(list);
}

/* ---- on the loop ---- */
static void end_job(struct fe_trace *trace)
{
	free_all(trace->job.first);
	trace->job.first = NULL;
	free(trace->job.json);
	trace->job.json = NULL;
	fe_trace_rules_unref(trace->job.rules);
	trace->job.rules = NULL;
	trace->queued_bytes -= trace->job.bytes;
	trace->busy = false;
}

static void release(struct fe_trace *trace)
{
	free_all(trace->first);
	fe_trace_rules_unref(trace->rules);
	fe_trace_rules_unref(trace->next);
	fe_trace_redactor_free(&trace->job.redactor);
	hms_rate_free(&trace->refused);
	free(trace);
}

static size_t count_of(const struct fe_trace_msg *m)
{
	size_t n = 0;

	for (; m; m = m->next)
		n++;
	return n;
}

static void on_stored(const struct hms_pg_error *err, void *arg)
{
	struct fe_trace *trace = arg;
	struct fe *fe = trace->fe;
	size_t count = count_of(trace->job.first) - trace->job.dropped[0] - trace->job.dropped[1];

	if (err)
		dropped(trace, "postgres", count);
	else
		hms_counter_add(&fe->m.trace_messages, count);
	if (err && err->code != HMS_ECANCELED && hms_log_allow(&fe->directory_log, 1, hms_loop_now_ms(fe->loop)))
		log_warn("recorded messages cannot be kept", KV_Z("error", err->text), KV_Z("sqlstate", err->sqlstate));
	end_job(trace);
	run(trace);
}

static void store(struct fe_trace *trace)
{
	struct hms_pg_batch *batch = trace->job.json ? hms_pg_batch_new(trace->fe->pg) : NULL;

	if (!batch) {
		end_job(trace);
		return;
	}
	hms_pg_stmt_begin(batch, &stmt_store, NULL, NULL);
	hms_pg_p_int8(batch, trace->fe->conf->trace_keep_bytes);
	hms_pg_p_json(batch, hms_str(trace->job.json));
	hms_pg_batch_send(batch, on_stored, trace);
}

static void redacted(void *arg)
{
	struct fe_trace *trace = arg;

	if (trace->closing) {
		end_job(trace);
		release(trace);
		return;
	}
	dropped(trace, "memory", trace->job.dropped[0]);
	dropped(trace, "session", trace->job.dropped[1]);
	store(trace);
	if (!trace->busy)
		run(trace);
}

static void run(struct fe_trace *trace)
{
	struct fe_trace_job *job = &trace->job;
	struct fe_trace_msg **last = &job->first;
	const struct fe_conf *conf = trace->fe->conf;

	if (trace->busy || trace->fe->closing || !trace->first || !trace->rules)
		return;
	job->bytes = 0;
	job->dropped[0] = job->dropped[1] = 0;
	for (size_t n = 0; trace->first && n < JOB_MAX_MESSAGES && job->bytes < JOB_MAX_BYTES; n++) {
		*last = trace->first;
		trace->first = trace->first->next;
		job->bytes += size_of(*last);
		last = &(*last)->next;
	}
	*last = NULL;
	if (!trace->first)
		trace->last = &trace->first;
	job->limits = (struct fe_trace_limits){ (size_t)conf->trace_message_bytes, (size_t)conf->trace_session_bytes };
	job->rules = trace->rules;
	job->rules->refs++;
	trace->busy = true;
	hms_work_run(&job->work, trace->fe->loop, work, redacted, trace);
}

/* ---- life ---- */
static void on_timer(struct hms_timer *timer, void *arg)
{
	struct fe_trace *trace = arg;

	fe_trace_refresh(trace);
	hms_timer_start(timer, (uint64_t)trace->fe->conf->trace_refresh);
}

struct fe_trace *fe_trace_new(struct fe *fe)
{
	struct fe_trace *trace = calloc(1, sizeof(*trace));
	uint8_t key[32];

	if (!trace)
		return NULL;
	trace->fe = fe;
	trace->last = &trace->first;
	hms_secret_key(fe->secret, "trace", key);
	trace->job.redactor = fe_trace_redactor_new(key);
	explicit_bzero(key, sizeof(key));
	trace->refused = hms_rate_new();
	if (!trace->job.redactor || !trace->refused) {
		release(trace);
		return NULL;
	}
	hms_timer_init(&trace->timer, fe->loop, on_timer, trace);
	hms_timer_start(&trace->timer, (uint64_t)fe->conf->trace_refresh);
	return trace;
}

/* PostgreSQL is gone: its batches were cancelled. A thread may still be at work. */
void fe_trace_free(struct fe_trace **slot)
{
	struct fe_trace *trace = *slot;

	if (!trace)
		return;
	*slot = NULL;
	trace->fe->trace_on = false;
	hms_timer_stop(&trace->timer);
	trace->closing = true;
	if (!trace->busy)
		release(trace);
}
