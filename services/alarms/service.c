/* The alarms service: what it is made of, and its life. */
#include <stdlib.h>

#include "alarms.h"
#include "load.h"

#define SCHEMA_LOW 17
#define FETCH_WAIT_MS 100 /* of no session's time: less only costs the broker more */
#define FETCH_MIN_BYTES 262144
#define PATIENCE_MS 200 /* most of what comes is a quiet Inform, with nothing to do but to count it as consumed */
#define ITEMS_MAX 10000

static const char *const topics[] = { HMS_TOPIC_DEVICE_EVENTS, NULL };

static void on_drained(struct hms_stream *s, void *arg)
{
	(void)s;
	hms_app_drained(((struct alm *)arg)->app);
}

static void on_failed(struct hms_stream *s, const char *text, void *arg)
{
	(void)s;
	hms_app_fail(((struct alm *)arg)->app, text);
}

static const struct hms_stream_cb stream_cb = {
	.can_wait = alm_can_wait,
	.begin = alm_gather_begin,
	.message = alm_gather_message,
	.item = alm_gather_item,
	.load = alm_load,
	.loaded = alm_loaded,
	.write = alm_store,
	.committed = alm_committed,
	.drained = on_drained,
	.failed = on_failed,
};

static int open_stream(struct alm *alm, struct hms_err *err)
{
	const struct hms_conf *conf = hms_app_conf(alm->app);
	struct hms_stream_opts opts = {
		.service = ALM_SERVICE,
		.instance = hms_app_instance(alm->app),
		.topics = topics,
		.pg = hms_conf_get(conf, &hms_pg_conf_section),
		.kafka = hms_conf_get(conf, &hms_kafka_conf_section),
		.schema_low = SCHEMA_LOW,
		.fetch_wait_ms = FETCH_WAIT_MS,
		.fetch_min_bytes = FETCH_MIN_BYTES,
		.patience_ms = PATIENCE_MS,
		.batch_max = (size_t)alm->conf->batch_max,
		.batch_bytes = (size_t)alm->conf->batch_bytes,
		.memory_bytes = (size_t)alm->conf->memory_bytes,
		.item_size = sizeof(struct hms_device_id),
		.items_max = ITEMS_MAX,
	};

	alm->stream = hms_stream_new(alm->loop, &opts, &stream_cb, alm, err);
	return alm->stream ? 0 : err->code;
}

static int register_metrics(struct alm *alm, struct hms_err *err)
{
	struct hms_metrics *m = hms_app_metrics(alm->app);

	if (hms_metrics_add(m, alm_metric_defs, alm_metric_count, &alm_metrics) || hms_pg_metrics_register(m) ||
	    hms_bus_metrics_register(m) || hms_stream_metrics_register(m))
		return hms_err_set(err, HMS_ENOMEM, "metrics cannot be registered");
	return 0;
}

static void fini(struct hms_app *app, void *state)
{
	struct alm *alm = state;

	(void)app;
	hms_stream_free(&alm->stream); /* ends what is under way, before its owners go */
	alm_sweep_free(&alm->sweep);
	hms_map_free(&alm->batch.by_id);
	hms_map_free(&alm->batch.ctx.pasts);
	hms_map_free(&alm->batch.ctx.seen);
	alm_load_fini();
	free(alm);
}

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	struct alm *alm = calloc(1, sizeof(*alm));
	int rc;

	if (!alm)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	alm->app = app;
	alm->loop = hms_app_loop(app);
	alm->conf = hms_conf_get(hms_app_conf(app), &alm_conf_section);
	hms_command_ids_init(&alm->ids, hms_app_instance(app));
	if (!(rc = register_metrics(alm, err)) && (rc = alm_load_init()))
		rc = hms_err_set(err, rc, "out of memory");
	if (!rc && !(rc = open_stream(alm, err)) && !(alm->sweep = alm_sweep_new(alm)))
		rc = hms_err_set(err, HMS_ENOMEM, "out of memory");
	if (rc)
		fini(app, alm);
	else
		*state = alm;
	return rc;
}

static void reload(struct hms_app *app, void *state)
{
	struct alm *alm = state;

	alm->conf = hms_conf_get(hms_app_conf(app), &alm_conf_section);
	hms_stream_set_batch_max(alm->stream, (size_t)alm->conf->batch_max);
}

static void drain(struct hms_app *app, void *state)
{
	(void)app;
	hms_stream_drain(((struct alm *)state)->stream);
}

static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	(void)app;
	return hms_stream_ready(((struct alm *)state)->stream, why);
}

static const struct hms_conf_section *const sections[] = { &alm_conf_section, &hms_kafka_conf_section, &hms_pg_conf_section, NULL };

int main(int argc, char **argv)
{
	const struct hms_metric_table tables[] = { { alm_metric_defs, alm_metric_count },
						   { hms_stream_metric_defs, hms_stream_metric_count },
						   { hms_bus_metric_defs, hms_bus_metric_count },
						   { hms_pg_metric_defs, hms_pg_metric_count },
						   { NULL, 0 } };
	const struct hms_service service = {
		.name = ALM_SERVICE,
		.summary = "The alarm list: consumes alarms of devices and of HMS itself, keeps active alarms and history.",
		.sections = sections,
		.metric_tables = tables,
		.init = init,
		.reload = reload,
		.drain = drain,
		.fini = fini,
		.ready = ready,
	};

	return hms_app_main(&service, argc, argv);
}
