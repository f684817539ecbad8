/* The course of a transaction: gather -> load -> decide -> (learn paths) -> write and commit -> tell.
 *
 *   IDLE     -> LOADING     BEGIN, offsets, quiet update, rows; once more for quiet devices that need a look
 *   LOADING  -> NAMING      unknown parameter paths get their ids, on another connection
 *   NAMING   -> WRITING     writes and COMMIT
 *   WRITING  -> IDLE        committed: tell Redis
 *   any      -> WAITING     a failure that passes: the same inputs again after a wait (I5)
 *   WRITING  -> CHECKING    the connection broke: did it commit? Only consumer_offset knows (I1)
 * A failure that does not pass: the inputs one by one, and the culprit is set aside. */
#include "batch_internal.h"

#include <stdlib.h>

#include "apply.h"
#include "dict.h"
#include "doc.h"
#include "hms/base/clock.h"
#include "hms/base/failpoint.h"

#define INBOX_CAP 100000
#define WORK_PER_BATCH 1000
#define RETRY_MIN_MS 50
#define RETRY_MAX_MS 5000

static const struct hms_pg_stmt begin = { "begin", "begin" };
static const struct hms_pg_stmt commit = { "commit", "commit" };
static const struct hms_pg_stmt commit_async = { "commit_async", "set local synchronous_commit to off" };
static const struct hms_pg_stmt select_reposts = {
	"select_reposts", "select distinct device_id from command where state = 'granted' and hms_partition(device_id, $1) = $2"
};

static void start(struct prov_batch *b);
static void again(struct hms_timer *timer, void *arg);
static void load(struct prov_batch *b);
static void decide(struct prov_batch *b);
static void finish(struct prov_batch *b);

struct prov_batch *prov_batch_new(struct prov *prov)
{
	struct prov_batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->prov = prov;
	hms_timer_init(&b->retry, prov->loop, again, b);
	b->arena = hms_arena_new((size_t)prov->conf->batch_bytes);
	b->by_id = hms_map_new((size_t)prov->conf->batch_max + WORK_PER_BATCH);
	b->input_room = (size_t)prov->conf->batch_max + WORK_PER_BATCH;
	b->inputs = calloc(b->input_room, sizeof(*b->inputs));
	prov->inbox = prov_inbox_new(INBOX_CAP);
	if (!b->arena || !b->by_id || !b->inputs || !prov->inbox)
		prov_batch_free(&b);
	return b;
}

static void release(struct prov_batch *b)
{
	for (size_t i = 0; i < b->input_count; i++)
		if (b->inputs[i].is_message)
			hms_consumer_release(b->prov->consumer, &b->inputs[i].msg, 1);
	b->input_count = b->from = b->to = 0;
	b->single = b->is_dead = false;
}

void prov_batch_free(struct prov_batch **batch)
{
	struct prov_batch *b = *batch;

	if (!b)
		return;
	if (b->prov->consumer)
		release(b);
	hms_timer_stop(&b->retry);
	hms_arena_free(&b->arena);
	hms_map_free(&b->by_id);
	free(b->inputs);
	prov_inbox_free(&b->prov->inbox);
	free(b);
	*batch = NULL;
}

bool prov_batch_idle(const struct prov_batch *batch) { return batch->state == PROV_BATCH_IDLE; }

/* ---------------------------------------------------------------- inputs */

static void note_oldest(struct prov *prov, const struct hms_message *msg)
{
	struct prov_part *part = &prov->parts.list[prov_topic_index(msg->topic)][msg->partition];

	if (!part->oldest_ms)
		part->oldest_ms = msg->timestamp_ms;
}

static size_t take_inputs(struct prov_batch *b)
{
	static struct hms_message messages[256];
	size_t most = (size_t)b->prov->conf->batch_max < b->input_room - WORK_PER_BATCH ? (size_t)b->prov->conf->batch_max
											: b->input_room - WORK_PER_BATCH;
	size_t n = 0, got;

	do {
		size_t want = most - n < 256 ? most - n : 256;

		got = want ? hms_consumer_poll(b->prov->consumer, messages, want) : 0;
		for (size_t i = 0; i < got; i++) {
			b->inputs[n++] = (struct prov_input){ .msg = messages[i], .is_message = true };
			note_oldest(b->prov, &messages[i]);
		}
	} while (got);
	for (size_t i = 0; i < WORK_PER_BATCH && prov_inbox_take(b->prov->inbox, &b->inputs[n].work); i++)
		b->inputs[n++].is_message = false;
	return n;
}

static void take_catalog(struct prov *prov)
{
	if (!prov->catalog_next)
		return;
	prov_catalog_free(&prov->catalog);
	prov->catalog = prov->catalog_next;
	prov->catalog_next = NULL;
}

void prov_batch_run(struct prov *prov)
{
	struct prov_batch *b = prov->batch;

	if (b->state != PROV_BATCH_IDLE || prov->draining || !hms_pg_is_up(prov->pg))
		return;
	take_catalog(prov);
	if (!prov->catalog) /* a session decided without sites and profile would be sent away with nothing */
		return;
	b->input_count = take_inputs(b);
	if (!b->input_count)
		return;
	b->from = 0;
	b->to = b->input_count;
	b->single = b->is_dead = false;
	b->attempts = 0;
	start(b);
}

void prov_batch_work(struct prov *prov, const struct prov_inbox_item *item)
{
	if (prov_inbox_put(prov->inbox, item))
		return; /* a sweep or a newer Inform brings it again */
	prov_batch_run(prov);
}

/* ---------------------------------------------------------------- failures */

static void again(struct hms_timer *timer, void *arg)
{
	struct prov_batch *b = arg;

	(void)timer;
	if (hms_pg_is_up(b->prov->pg))
		start(b);
	else
		hms_timer_start(&b->retry, RETRY_MIN_MS);
}

static void retry_later(struct prov_batch *b)
{
	uint64_t wait_ms = RETRY_MIN_MS << (b->attempts < 8 ? b->attempts : 8);

	b->attempts++;
	b->state = PROV_BATCH_WAITING;
	hms_timer_init(&b->retry, b->prov->loop, again, b);
	hms_timer_start(&b->retry, wait_ms < RETRY_MAX_MS ? wait_ms : RETRY_MAX_MS);
}

/* Forgets all inputs of the batch; those of partitions that are still ours come again from `next`. */
static void abandon(struct prov_batch *b)
{
	struct prov *prov = b->prov;

	for (int t = 0; t < PROV_TOPIC_COUNT; t++)
		for (unsigned p = 0; p < prov->parts.count; p++) {
			struct prov_part *part = &prov->parts.list[t][p];

			if (part->ready)
				hms_consumer_seek(prov->consumer, prov_topics[t], (int32_t)p, part->next);
			part->touched = false;
			part->oldest_ms = 0;
		}
	release(b);
	b->state = PROV_BATCH_IDLE;
	prov_parts_acquire(prov);
}

/* Not to be cured by time: one input a transaction, and what still fails then is the culprit (I5). */
static void isolate(struct prov_batch *b, const char *reason)
{
	if (!b->single) {
		log_warn("a batch failed; its events are tried one by one", KV_U("events", b->to - b->from), KV_Z("reason", reason));
		b->single = true;
		b->to = b->from + 1;
	} else if (!b->inputs[b->from].is_message || b->is_dead) {
		log_error("work left out", KV_Z("reason", reason));
		b->commit_sent = false;
		finish(b);
		return;
	} else {
		b->is_dead = true;
		snprintf(b->dead_reason, sizeof(b->dead_reason), "%s", reason);
	}
	start(b);
}

static void on_checked(const struct hms_pg_error *err, void *arg)
{
	struct prov_batch *b = arg;

	if (err && err->code == HMS_ECANCELED)
		return;
	if (err) {
		b->attempts++;
		hms_timer_start(&b->retry, RETRY_MIN_MS);
	} else if (b->outcome_committed)
		finish(b);
	else
		start(b);
}

static void check_outcome(struct hms_timer *timer, void *arg)
{
	struct prov_batch *b = arg;
	struct hms_pg_batch *pg = hms_pg_is_up(b->prov->pg) ? hms_pg_batch_new(b->prov->pg) : NULL;

	(void)timer;
	if (!pg) {
		hms_timer_start(&b->retry, RETRY_MIN_MS);
		return;
	}
	prov_parts_check(b->prov, pg, &b->outcome_committed);
	hms_pg_batch_send(pg, on_checked, b);
}

static void failed(struct prov_batch *b, const struct hms_pg_error *err)
{
	bool may_pass = err->code != HMS_EFULL && (err->retriable || err->code != HMS_ESQL);

	if (err->code == HMS_ECANCELED) /* closing down */
		return;
	hms_counter_inc(prov_count(&prov_metrics.batch_failures, err->sqlstate[0] ? err->sqlstate : hms_errname(err->code)));
	if (strcmp(err->sqlstate, "HM001") == 0) {
		prov_parts_lost(b->prov);
		abandon(b);
	} else if (!may_pass) {
		isolate(b, err->text);
	} else if (b->commit_sent && err->code != HMS_ESQL) {
		b->state = PROV_BATCH_CHECKING;
		hms_timer_init(&b->retry, b->prov->loop, check_outcome, b);
		hms_timer_start(&b->retry, RETRY_MIN_MS);
	} else {
		log_warn("transaction to be repeated", KV_Z("reason", err->text), KV_Z("sqlstate", err->sqlstate));
		retry_later(b);
	}
}

/* ---------------------------------------------------------------- the course */

static void reset(struct prov_batch *b)
{
	prov_parts_untouch(b->prov);
	hms_arena_reset(b->arena);
	hms_map_clear(b->by_id);
	b->devices = NULL;
	b->device_count = b->device_room = 0;
	b->dead = NULL;
	b->dead_count = 0;
	b->begun = b->commit_sent = b->durable = false;
	b->oldest_recv_us = 0;
	b->now_us = hms_wall_us();
	b->started_us = hms_mono_us();
}

static void fill_context(struct prov_batch *b)
{
	const struct prov_conf *conf = b->prov->conf;

	b->ctx = (struct prov_context){
		.models = b->prov->models,
		.catalog = b->prov->catalog,
		.ids = &b->prov->ids,
		.arena = b->arena,
		.unknown_devices = b->prov->held >= conf->held_max && conf->unknown_devices == PROV_UNKNOWN_HOLD ? PROV_UNKNOWN_REFUSE
														 : conf->unknown_devices,
		.tries_max = (int)conf->tries_max,
		.command_life_us = conf->command_life * 1000,
		.retry_min_us = conf->retry_min * 1000,
		.retry_max_us = conf->retry_max * 1000,
		.op_state_wait_us = conf->op_state_wait * 1000,
		.session_live_us = conf->session_live * 1000,
	};
}

static bool anything_touched(const struct prov *prov)
{
	for (int t = 0; t < PROV_TOPIC_COUNT; t++)
		for (unsigned p = 0; p < prov->parts.count; p++)
			if (prov->parts.list[t][p].touched)
				return true;
	return false;
}

static void start(struct prov_batch *b)
{
	reset(b);
	fill_context(b);
	if (prov_gather(b)) {
		isolate(b, "too large for [provisioning] batch_bytes");
		return;
	}
	if (!anything_touched(b->prov)) { /* only stale messages */
		finish(b);
		return;
	}
	load(b);
}

static void on_loaded(const struct hms_pg_error *err, void *arg)
{
	struct prov_batch *b = arg;

	if (err)
		failed(b, err);
	else if (prov_load_unsimple(b))
		load(b);
	else
		decide(b);
}

static void load(struct prov_batch *b)
{
	struct hms_pg_batch *pg = hms_pg_batch_new(b->prov->pg);

	if (!pg) {
		retry_later(b);
		return;
	}
	if (!b->begun) {
		b->begun = true;
		hms_pg_stmt_begin(pg, &begin, NULL, NULL);
		prov_parts_fence(b->prov, pg);
		prov_load_quiet(b, pg);
	}
	b->state = PROV_BATCH_LOADING;
	prov_load_rows(b, pg);
	hms_pg_batch_send(pg, on_loaded, b);
}

static void decide_device(struct prov_batch *b, struct prov_device *d)
{
	d->now_us = b->now_us;
	for (const struct prov_event *e = d->events; e; e = e->next) {
		struct hms_err err = { 0 };

		if (prov_apply(&b->ctx, d, e, &err))
			b->dead[b->dead_count++] = (struct prov_dead){ e->record, hms_arena_strz(b->arena, hms_str(err.text)) };
	}
	if (d->exists)
		prov_decide(&b->ctx, d);
	else
		hms_counter_inc(&prov_metrics.ignored_unknown);
	if (d->exists && d->reports)
		prov_doc_want(b->prov->dict, b->arena, d);
}

static void on_written(const struct hms_pg_error *err, void *arg)
{
	struct prov_batch *b = arg;

	if (err)
		failed(b, err);
	else
		finish(b);
}

static int merge_docs(struct prov_batch *b)
{
	for (size_t i = 0; i < b->device_count; i++) {
		struct prov_device *d = b->devices[i];
		int dropped;

		if (!d->exists || !d->reports)
			continue;
		dropped = prov_doc_merge(b->prov->dict, b->arena, d, (size_t)b->prov->conf->device_params_max);
		if (dropped < 0)
			return dropped;
		hms_counter_add(&prov_metrics.params_dropped, (uint64_t)dropped);
	}
	return 0;
}

static void write_all(void *arg)
{
	struct prov_batch *b = arg;
	struct hms_pg_batch *pg = hms_pg_batch_new(b->prov->pg);

	if (!pg || merge_docs(b) || prov_store(b, pg)) {
		hms_pg_batch_free(&pg);
		hms_pg_reconnect(b->prov->pg, "a transaction is given up: out of memory");
		isolate(b, "too large for [provisioning] batch_bytes");
		return;
	}
	if (!b->durable)
		hms_pg_stmt_begin(pg, &commit_async, NULL, NULL);
	hms_pg_stmt_begin(pg, &commit, NULL, NULL);
	b->state = PROV_BATCH_WRITING;
	b->commit_sent = true;
	(void)HMS_FAILPOINT("prov.write.before");
	hms_pg_batch_send(pg, on_written, b);
}

static void decide(struct prov_batch *b)
{
	for (size_t i = 0; i < b->device_count; i++)
		if (!b->devices[i]->simple)
			decide_device(b, b->devices[i]);
	b->state = PROV_BATCH_NAMING;
	if (prov_dict_wanted(b->prov->dict))
		prov_dict_learn(b->prov->dict, write_all, b);
	else
		write_all(b);
}

/* The inputs [from, to) are done with. */
static void finish(struct prov_batch *b)
{
	if (b->commit_sent) {
		prov_parts_committed(b->prov);
		prov_tell(b);
	}
	b->attempts = 0;
	b->is_dead = false;
	b->from = b->to;
	if (b->from < b->input_count) {
		b->to = b->from + 1;
		start(b);
		return;
	}
	release(b);
	b->state = PROV_BATCH_IDLE;
	if (b->prov->draining)
		hms_app_drained(b->prov->app);
	else
		prov_batch_run(b->prov);
}

/* ---------------------------------------------------------------- after an assignment */

static void on_reposts(const struct hms_pg_result *res, void *arg)
{
	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_inbox_item item = { .work = PROV_WORK_REPOST };

		hms_pg_get_uuid(res, i, 0, item.id.b);
		prov_batch_work(arg, &item);
	}
}

static void on_reposts_done(const struct hms_pg_error *err, void *arg)
{
	(void)arg;
	if (err)
		log_warn("open grants not posted again", KV_Z("reason", err->text));
}

void prov_batch_repost(struct prov *prov, unsigned partition)
{
	struct hms_pg_batch *pg = hms_pg_batch_new(prov->aux);

	if (!pg)
		return;
	hms_pg_stmt_begin(pg, &select_reposts, on_reposts, prov);
	hms_pg_p_int4(pg, (int32_t)prov->parts.count);
	hms_pg_p_int4(pg, (int32_t)partition);
	hms_pg_batch_send(pg, on_reposts_done, prov);
}
