/* The provisioning service: what it is made of, and its life. */
#include <stdlib.h>

#include "batch.h"
#include "dict.h"
#include "hms/base/map.h"
#include "hms/device/event.h"
#include "load.h"
#include "prov.h"
#include "sweep.h"

#define SCHEMA_LOW 1
#define TOPIC_WAIT_MS 30000

/* ---------------------------------------------------------------- schema */

static void on_schema(const struct hms_err *err, void *arg)
{
	struct prov *prov = arg;

	prov->schema_ok = err->code == 0;
	if (prov->schema_ok)
		prov_parts_acquire(prov);
	else if (err->code == HMS_EVERSION)
		hms_app_fail(prov->app, err->text);
}

static void on_aux_up(struct hms_pg *pg, void *arg) { hms_pg_schema_ask(pg, SCHEMA_LOW, HMS_SCHEMA_HIGH, on_schema, arg); }

static void on_pg_up(struct hms_pg *pg, void *arg)
{
	(void)pg;
	prov_batch_run(arg);
}

/* ---------------------------------------------------------------- making it */

static int open_stores(struct prov *prov, struct hms_err *err)
{
	const struct hms_conf *conf = hms_app_conf(prov->app);
	const struct hms_pg_conf *pg = hms_conf_get(conf, &hms_pg_conf_section);
	static const struct hms_pg_cb pg_cb = { on_pg_up, NULL }, aux_cb = { on_aux_up, NULL };

	prov->pg = hms_pg_new(prov->loop, pg, "hms-provisioning", &pg_cb, prov);
	prov->aux = hms_pg_new(prov->loop, pg, "hms-provisioning-aux", &aux_cb, prov);
	prov->redis = hms_redis_new(prov->loop, hms_conf_get(conf, &hms_redis_conf_section), NULL, NULL, err);
	if (!prov->redis)
		return err->code;
	return prov->pg && prov->aux ? 0 : hms_err_set(err, HMS_ENOMEM, "out of memory");
}

static int open_kafka(struct prov *prov, struct hms_err *err)
{
	const struct hms_conf *conf = hms_app_conf(prov->app);
	const struct hms_kafka_conf *kafka = hms_conf_get(conf, &hms_kafka_conf_section);
	struct hms_consumer_opts opts = { .group = "hms-" PROV_SERVICE,
					  .instance = hms_app_instance(prov->app),
					  .topics = prov_topics,
					  .fetch_wait_ms = (int)prov->conf->fetch_wait,
					  .fetch_min_bytes = 65536 };
	int count = kafka->partitions ? (int)kafka->partitions : hms_topic_partitions(kafka, HMS_TOPIC_DEVICE_EVENTS, TOPIC_WAIT_MS, err);

	if (count < 0)
		return count;
	if (prov_parts_init(&prov->parts, (unsigned)count))
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	prov->producer = hms_producer_new(prov->loop, kafka, hms_app_instance(prov->app), err);
	prov->consumer = prov->producer ? hms_consumer_new(prov->loop, kafka, &opts, &prov_consumer_cb, prov, err) : NULL;
	return prov->consumer ? 0 : err->code;
}

static int open_outbox(struct prov *prov, struct hms_err *err)
{
	prov->outbox = hms_outbox_new(prov->loop, hms_conf_get(hms_app_conf(prov->app), &hms_pg_conf_section), prov->producer);
	return prov->outbox ? 0 : hms_err_set(err, HMS_ENOMEM, "out of memory");
}

static int register_metrics(struct prov *prov, struct hms_err *err)
{
	struct hms_metrics *m = hms_app_metrics(prov->app);

	if (hms_metrics_add(m, prov_metric_defs, prov_metric_count, &prov_metrics) || hms_pg_metrics_register(m) ||
	    hms_redis_metrics_register(m) || hms_bus_metrics_register(m))
		return hms_err_set(err, HMS_ENOMEM, "metrics cannot be registered");
	return 0;
}

static int make_parts(struct prov *prov, struct hms_err *err)
{
	prov->ids.worker =
		(unsigned)(hms_hash_stable(HMS_HASH_STABLE_SEED, hms_app_instance(prov->app), strlen(hms_app_instance(prov->app))) % 1023);
	prov->dict = prov_dict_new(prov->aux, (size_t)prov->conf->param_paths_max);
	prov->batch = prov_batch_new(prov);
	if (!prov->dict || !prov->batch || prov_load_init())
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	return 0;
}

static void fini(struct hms_app *app, void *state)
{
	struct prov *prov = state;

	(void)app;
	prov->draining = true;
	hms_outbox_free(&prov->outbox);
	hms_pg_free(&prov->pg); /* ends what is under way, before its owners go */
	hms_pg_free(&prov->aux);
	prov_sweep_free(&prov->sweep);
	if (prov->batch)
		prov_batch_free(&prov->batch);
	hms_consumer_free(&prov->consumer);
	hms_producer_free(&prov->producer, 5000);
	hms_redis_free(&prov->redis);
	prov_dict_free(&prov->dict);
	prov_catalog_free(&prov->catalog);
	prov_catalog_free(&prov->catalog_next);
	prov_models_free(&prov->models);
	prov_parts_fini(&prov->parts);
	prov_load_fini();
	free(prov);
}

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	struct prov *prov = calloc(1, sizeof(*prov));
	int rc;

	if (!prov)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	prov->app = app;
	prov->loop = hms_app_loop(app);
	prov->conf = hms_conf_get(hms_app_conf(app), &prov_conf_section);
	if (!(rc = register_metrics(prov, err)) && !(rc = prov_models_load(prov->conf->datamodel_dir, &prov->models, err)) &&
	    !(rc = open_stores(prov, err)) && !(rc = make_parts(prov, err)) && !(rc = open_kafka(prov, err)) &&
	    !(rc = open_outbox(prov, err)) && !(prov->sweep = prov_sweep_new(prov)))
		rc = hms_err_set(err, HMS_ENOMEM, "out of memory");
	if (rc)
		fini(app, prov);
	else
		*state = prov;
	return rc;
}

static void reload(struct hms_app *app, void *state)
{
	struct prov *prov = state;

	prov->conf = hms_conf_get(hms_app_conf(app), &prov_conf_section);
	prov_sweep_reload(prov->sweep);
}

static void drain(struct hms_app *app, void *state)
{
	struct prov *prov = state;

	prov->draining = true;
	if (prov_batch_idle(prov->batch))
		hms_app_drained(app);
}

static unsigned count_parts(const struct prov *prov, bool stopped)
{
	unsigned n = 0;

	for (int t = 0; t < PROV_TOPIC_COUNT; t++)
		for (unsigned p = 0; p < prov->parts.count; p++)
			n += stopped ? prov->parts.list[t][p].stopped : prov->parts.list[t][p].ready;
	return n;
}

static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	const struct prov *prov = state;
	unsigned stopped = count_parts(prov, true);
	bool ok = hms_pg_is_up(prov->pg) && prov->schema_ok && !stopped && prov->catalog;

	(void)app;
	if (!hms_pg_is_up(prov->pg))
		hms_buf_strz(why, "postgres is away\n");
	else if (!prov->schema_ok)
		hms_buf_strz(why, "schema not checked yet\n");
	else if (!prov->catalog)
		hms_buf_strz(why, "sites and profile not read yet\n");
	if (stopped)
		hms_buf_printf(why, "%u partitions are stopped: see the log\n", stopped);
	if (!count_parts(prov, false))
		hms_buf_strz(why, "degraded: no partition is owned\n");
	if (!hms_redis_is_up(prov->redis))
		hms_buf_strz(why, "degraded: redis is away\n");
	if (!hms_producer_healthy(prov->producer))
		hms_buf_strz(why, "degraded: kafka does not acknowledge\n");
	return ok;
}

static const struct hms_conf_section *const sections[] = { &prov_conf_section, &hms_kafka_conf_section, &hms_pg_conf_section,
							   &hms_redis_conf_section, NULL };

int main(int argc, char **argv)
{
	const struct hms_metric_table tables[] = { { prov_metric_defs, prov_metric_count },
						   { hms_bus_metric_defs, hms_bus_metric_count },
						   { hms_pg_metric_defs, hms_pg_metric_count },
						   { hms_redis_metric_defs, hms_redis_metric_count },
						   { NULL, 0 } };
	const struct hms_service service = {
		.name = PROV_SERVICE,
		.summary = "device registry, discovery and registration, commands: consumes what devices said and decides",
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
