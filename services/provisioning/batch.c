/* Provisioning's part in the course of a transaction: gather -> load -> decide -> (learn paths) -> write -> tell. */
#include "batch_internal.h"

#include <stdlib.h>

#include "apply.h"
#include "desired_load.h"
#include "dict.h"
#include "doc.h"
#include "search.h"

static const struct hms_pg_stmt select_reposts = {
	"select_reposts", "select distinct device_id from command where state = 'granted' and hms_partition(device_id, $1) = $2"
};

struct prov_batch *prov_batch_new(struct prov *prov)
{
	struct prov_batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->prov = prov;
	b->by_id = hms_map_new(PROV_DEVICES_MAX);
	if (!b->by_id)
		prov_batch_free(&b);
	return b;
}

void prov_batch_free(struct prov_batch **batch)
{
	if (*batch)
		hms_map_free(&(*batch)->by_id);
	free(*batch);
	*batch = NULL;
}

void prov_batch_work(struct prov *prov, const struct prov_item *item)
{
	if (!hms_stream_put(prov->stream, item)) /* full: a sweep or a newer Inform brings it again */
		hms_stream_run(prov->stream);
}

/* ---------------------------------------------------------------- beginning */

static bool may_begin(struct hms_stream *stream, void *arg)
{
	struct prov *prov = arg;

	(void)stream;
	if (prov->quirks_next) {
		hms_quirks_free(&prov->quirks);
		prov->quirks = prov->quirks_next;
		prov->quirks_next = NULL;
	}
	if (prov->catalog_next) {
		prov_catalog_free(&prov->catalog);
		prov->catalog = prov->catalog_next;
		prov->catalog_next = NULL;
	}
	return prov->catalog; /* a session decided without sites and profile would be sent away with nothing */
}

static void fill_context(struct prov_batch *b)
{
	const struct prov_conf *conf = b->prov->conf;

	b->ctx = (struct prov_context){
		.models = b->prov->models,
		.catalog = b->prov->catalog,
		.cm = b->prov->cm,
		.quirks = b->prov->quirks,
		.files = &b->prov->files,
		.sealer = b->prov->sealer,
		.realm = hms_str(conf->realm),
		.dict = b->prov->dict,
		.ids = &b->prov->ids,
		.arena = b->arena,
		.unknown_devices = b->prov->held >= conf->held_max && conf->unknown_devices == PROV_UNKNOWN_HOLD ? PROV_UNKNOWN_REFUSE
														 : conf->unknown_devices,
		.tries_max = (int)conf->tries_max,
		.command_life_us = conf->command_life * 1000,
		.retry_min_us = conf->retry_min * 1000,
		.retry_max_us = conf->retry_max * 1000,
		.fault_tries_max = (int)conf->fault_tries_max,
		.fault_retry_min_us = conf->fault_retry_min * 1000,
		.fault_retry_max_us = conf->fault_retry_max * 1000,
		.transfer_ask_after_us = conf->transfer_ask_after * 1000,
		.op_state_wait_us = conf->op_state_wait * 1000,
		.session_live_us = conf->session_live * 1000,
		.calls = &b->prov->calls,
	};
	memcpy(b->ctx.digest_key, b->prov->digest_key, sizeof(b->ctx.digest_key));
}

static void begin(struct hms_stream *stream, void *arg)
{
	struct prov *prov = arg;
	struct prov_batch *b = prov->batch;

	*b = (struct prov_batch){ .prov = prov, .by_id = b->by_id, .arena = hms_stream_arena(stream), .now_us = hms_stream_now_us(stream) };
	hms_map_clear(b->by_id);
	fill_context(b);
}

/* ---------------------------------------------------------------- deciding */

static int load(struct hms_stream *stream, struct hms_pg_batch *pg, void *arg)
{
	struct prov_batch *b = ((struct prov *)arg)->batch;

	(void)stream;
	if (!b->sorted) {
		prov_gathered(b);
		prov_load_quiet(b, pg);
	}
	if (prov_load_unsimple(b))
		prov_load_rows(b, pg);
	else
		prov_desired_load_ids(b, pg);
	return 0;
}

static void decide_device(struct prov_batch *b, struct prov_device *d)
{
	d->now_us = b->now_us;
	for (const struct prov_event *e = d->events; e; e = e->next) {
		struct hms_err err = { 0 };

		if (prov_apply(&b->ctx, d, e, &err))
			hms_stream_set_aside(b->prov->stream, e->record, err.text);
	}
	if (d->exists)
		prov_decide(&b->ctx, d);
	else
		hms_counter_inc(&prov_metrics.ignored_unknown);
	if (d->exists && d->reports)
		prov_doc_want(b->prov->dict, b->arena, d);
}

/* Paths that could not be learnt are left out: the next report brings them again. */
static void on_learned(int code, void *arg)
{
	(void)code;
	hms_stream_go_on(arg, 0);
}

static enum hms_stream_next loaded(struct hms_stream *stream, void *arg)
{
	struct prov *prov = arg;
	struct prov_batch *b = prov->batch;

	b->ctx.xid = hms_stream_xid(stream);

	if (prov_load_unsimple(b) || prov_desired_wants_ids(b))
		return HMS_STREAM_LOAD;
	for (size_t i = 0; i < b->device_count; i++)
		if (!b->devices[i]->simple)
			decide_device(b, b->devices[i]);
	if (prov->search_unlearnt)
		prov_search_want(prov->search, prov->dict);
	if (hms_pg_dict_wanted(prov->dict) && !hms_pg_dict_learn(prov->dict, on_learned, stream))
		return HMS_STREAM_WAIT;
	return HMS_STREAM_WRITE;
}

/* ---------------------------------------------------------------- writing */

static int merge_docs(struct prov_batch *b, const struct prov_search *search)
{
	for (size_t i = 0; i < b->device_count; i++) {
		struct prov_device *d = b->devices[i];
		int dropped;

		if (!d->exists || !d->reports)
			continue;
		dropped = prov_doc_merge(b->prov->dict, search, b->arena, d, (size_t)b->prov->conf->device_params_max);
		if (dropped < 0)
			return dropped;
		hms_counter_add(&prov_metrics.params_dropped, (uint64_t)dropped);
	}
	return 0;
}

static int write_all(struct hms_stream *stream, struct hms_pg_batch *pg, void *arg)
{
	struct prov *prov = arg;
	struct prov_batch *b = prov->batch;
	struct prov_search *search = prov->search;

	(void)stream;
	if (prov->search_unlearnt)
		prov->search_unlearnt = !prov_search_learnt(search, prov->dict);
	if (prov->search_unlearnt)
		search = NULL; /* what is written now is caught up later */
	if (merge_docs(b, search) || (search && prov_search_write(search, b->arena, pg, b->devices, b->device_count)))
		return HMS_ENOMEM;
	return prov_store(b, pg);
}

static void committed(struct hms_stream *stream, void *arg)
{
	(void)stream;
	prov_tell(((struct prov *)arg)->batch);
}

/* ---------------------------------------------------------------- after an assignment */

static void on_reposts(const struct hms_pg_result *res, void *arg)
{
	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_item item = { .work = PROV_WORK_REPOST };

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

/* The open grants of live sessions are posted again before anything newer. */
static void acquired(struct hms_stream *stream, unsigned topic, unsigned part, void *arg)
{
	struct hms_pg_batch *pg = topic == PROV_TOPIC_EVENTS ? hms_pg_batch_new(hms_stream_aux(stream)) : NULL;

	prov_catch_up_restart(&((struct prov *)arg)->catch_up);
	if (!pg)
		return;
	hms_pg_stmt_begin(pg, &select_reposts, on_reposts, arg);
	hms_pg_p_int4(pg, (int32_t)hms_stream_partitions(stream));
	hms_pg_p_int4(pg, (int32_t)part);
	hms_pg_batch_send(pg, on_reposts_done, arg);
}

/* ---------------------------------------------------------------- the rest */

static void lag(struct hms_stream *stream, unsigned topic, unsigned part, uint64_t lag_ms, void *arg)
{
	(void)stream;
	if (topic == PROV_TOPIC_EVENTS)
		hms_lag_set(((struct prov *)arg)->redis, part, lag_ms);
}

static void drained(struct hms_stream *stream, void *arg)
{
	(void)stream;
	hms_app_drained(((struct prov *)arg)->app);
}

static void failed(struct hms_stream *stream, const char *text, void *arg)
{
	(void)stream;
	hms_app_fail(((struct prov *)arg)->app, text);
}

const char *const prov_topics[] = { HMS_TOPIC_DEVICE_EVENTS, HMS_TOPIC_WORK, NULL };

const struct hms_stream_cb prov_stream_cb = {
	.may_begin = may_begin,
	.can_wait = prov_can_wait,
	.begin = begin,
	.message = prov_gather_message,
	.item = prov_gather_item,
	.load = load,
	.loaded = loaded,
	.write = write_all,
	.committed = committed,
	.acquired = acquired,
	.lag = lag,
	.drained = drained,
	.failed = failed,
};
