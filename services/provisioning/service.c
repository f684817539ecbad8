/* The provisioning service: what it is made of, and its life. */
#include <stdlib.h>

#include "batch.h"
#include "cmfile.h"
#include "dict.h"
#include "load.h"
#include "prov.h"
#include "search.h"
#include "sweep.h"

#define SCHEMA_LOW 18
#define FLUSH_MS 2000
#define CM_TABLE "cm-32.584.tsv"
#define PAYLOAD_SHARE 4 /* of batch_bytes: events take more room unpacked, and their rows come with them */

static int open_stores(struct prov *prov, struct hms_err *err)
{
	const struct hms_conf *conf = hms_app_conf(prov->app);
	const struct hms_stream_opts opts = {
		.service = PROV_SERVICE,
		.instance = hms_app_instance(prov->app),
		.topics = prov_topics,
		.pg = hms_conf_get(conf, &hms_pg_conf_section),
		.kafka = hms_conf_get(conf, &hms_kafka_conf_section),
		.schema_low = SCHEMA_LOW,
		.fetch_wait_ms = (int)prov->conf->fetch_wait,
		.fetch_min_bytes = 65536,
		.patience_ms = (int)prov->conf->quiet_wait,
		.batch_max = (size_t)prov->conf->batch_max,
		.batch_bytes = (size_t)prov->conf->batch_bytes / PAYLOAD_SHARE,
		.memory_bytes = (size_t)prov->conf->batch_bytes,
		.item_size = sizeof(struct prov_item),
		.items_max = PROV_ITEMS_MAX,
	};

	prov->redis = hms_redis_new(prov->loop, hms_conf_get(conf, &hms_redis_conf_section), NULL, NULL, err);
	prov->stream = prov->redis ? hms_stream_new(prov->loop, &opts, &prov_stream_cb, prov, err) : NULL;
	return prov->stream ? 0 : err->code;
}

static int register_metrics(struct prov *prov, struct hms_err *err)
{
	struct hms_metrics *m = hms_app_metrics(prov->app);

	if (hms_metrics_add(m, prov_metric_defs, prov_metric_count, &prov_metrics) || hms_stream_metrics_register(m) ||
	    hms_pg_metrics_register(m) || hms_redis_metrics_register(m) || hms_bus_metrics_register(m))
		return hms_err_set(err, HMS_ENOMEM, "metrics cannot be registered");
	return 0;
}

/* URLs are signed with the installation's secret, by which the file servers know them; credentials are sealed with it for the front ends. */
static int make_files(struct prov *prov, struct hms_err *err)
{
	const struct hms_service_conf *conf = hms_conf_get(hms_app_conf(prov->app), &hms_service_conf_section);
	struct hms_secret *secret = NULL;
	int rc = *prov->conf->files_url || *conf->secret_file ? hms_secret_load(conf->secret_file, &secret, err) : 0;

	if (rc)
		return hms_err_prefix(err, "[service] secret_file");
	prov->signer = secret && *prov->conf->files_url ? hms_file_signer_new(secret) : NULL;
	prov->sealer = secret ? hms_sealer_new(secret, HMS_CREDENTIAL_PURPOSE, 0) : NULL;
	prov->files = (struct prov_files){ .signer = prov->signer, .base = hms_str(prov->conf->files_url) };
	if (secret && (!prov->sealer || (*prov->conf->files_url && !prov->signer)))
		rc = hms_err_set(err, HMS_ENOMEM, "out of memory");
	if (secret)
		hms_secret_key(secret, "desired", prov->digest_key);
	hms_secret_free(&secret);
	return rc;
}

static int load_models(struct prov *prov, struct hms_err *err)
{
	char table[4096];
	int rc = hms_models_load(prov->conf->datamodel_dir, &prov->models, err);

	if (rc)
		return rc;
	if ((size_t)snprintf(table, sizeof(table), "%s/" CM_TABLE, prov->conf->datamodel_dir) >= sizeof(table))
		return hms_err_set(err, HMS_ETOOBIG, "provisioning.datamodel_dir: the path is too long");
	return prov_cm_table_load(table, &prov->cm, err);
}

/* What is under way keeps no pointer into it. */
static int choose_search(struct prov *prov, struct hms_err *err)
{
	struct prov_search *now;
	int rc = prov_search_new(prov->models, prov->conf->search_parameters, &now, err);

	if (rc)
		return hms_err_prefix(err, "[provisioning] search_parameters");
	prov_search_free(&prov->search);
	prov->search = now;
	prov->search_unlearnt = true;
	return 0;
}

static void set_call_rules(struct prov *prov)
{
	const struct prov_conf *conf = prov->conf;
	struct prov_call_rules *rules = &prov->calls;

	rules->on = conf->calls;
	rules->tries_max = (int32_t)conf->call_tries_max;
	rules->retry_min_us = conf->call_retry_min * 1000;
	rules->retry_max_us = conf->call_retry_max * 1000;
	rules->busy_wait_us = conf->call_busy_wait * 1000;
	rules->inform_wait_us = conf->call_inform_wait * 1000;
	rules->deadline_us = conf->call_deadline * 1000;
	rules->device_interval_us = conf->call_device_interval * 1000;
	rules->rate = conf->call_rate;
	rules->network_rate = conf->call_network_rate;
}

static int make_calls(struct prov *prov, struct hms_err *err)
{
	const struct hms_kafka_conf *kafka = hms_conf_get(hms_app_conf(prov->app), &hms_kafka_conf_section);
	struct prov_call_rules *rules = &prov->calls;

	set_call_rules(prov);
	rules->all = hms_rate_new();
	rules->networks = hms_rate_new();
	rules->devices = hms_rate_new();
	if (!rules->all || !rules->networks || !rules->devices)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	prov->producer = hms_producer_new(prov->loop, kafka, hms_app_instance(prov->app), err);
	return prov->producer ? 0 : err->code;
}

static int make_parts(struct prov *prov, struct hms_err *err)
{
	hms_command_ids_init(&prov->ids, hms_app_instance(prov->app));
	prov->dict = prov_dict_new(hms_stream_aux(prov->stream), (size_t)prov->conf->param_paths_max);
	prov->batch = prov_batch_new(prov);
	prov->sweep = prov_sweep_new(prov);
	if (!prov->dict || !prov->batch || !prov->sweep || prov_load_init())
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	return 0;
}

static void fini(struct hms_app *app, void *state)
{
	struct prov *prov = state;

	(void)app;
	hms_stream_free(&prov->stream); /* ends what is under way, before its owners go */
	hms_producer_free(&prov->producer, FLUSH_MS);
	hms_rate_free(&prov->calls.all);
	hms_rate_free(&prov->calls.networks);
	hms_rate_free(&prov->calls.devices);
	prov_sweep_free(&prov->sweep);
	prov_batch_free(&prov->batch);
	hms_redis_free(&prov->redis);
	hms_pg_dict_free(&prov->dict);
	prov_catalog_free(&prov->catalog);
	prov_catalog_free(&prov->catalog_next);
	prov_search_free(&prov->search);
	hms_models_free(&prov->models);
	hms_quirks_free(&prov->quirks);
	hms_quirks_free(&prov->quirks_next);
	prov_cm_table_free(&prov->cm);
	hms_file_signer_free(&prov->signer);
	hms_sealer_free(&prov->sealer);
	prov_load_fini();
	free(prov);
}

static int load_quirks(struct prov *prov, struct hms_err *err)
{
	int rc = hms_quirks_load(prov->conf->quirks_dir, &prov->quirks, err);

	return rc ? hms_err_prefix(err, "[provisioning] quirks_dir") : 0;
}

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	struct prov *prov = calloc(1, sizeof(*prov));
	int rc;

	if (!prov)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	prov->app = app;
	prov->catch_up.prov = prov;
	prov->loop = hms_app_loop(app);
	prov->conf = hms_conf_get(hms_app_conf(app), &prov_conf_section);
	if (!(rc = register_metrics(prov, err)) && !(rc = load_models(prov, err)) && !(rc = load_quirks(prov, err)) &&
	    !(rc = make_files(prov, err)) && !(rc = choose_search(prov, err)) && !(rc = make_calls(prov, err)) &&
	    !(rc = open_stores(prov, err)))
		rc = make_parts(prov, err);
	if (rc)
		fini(app, prov);
	else
		*state = prov;
	return rc;
}

/* The batch under way keeps the registry that it began with. */
static void reload_quirks(struct prov *prov)
{
	struct hms_quirk_registry *now;
	struct hms_err err;

	if (hms_quirks_load(prov->conf->quirks_dir, &now, &err)) {
		log_error("provisioning keeps its registry of quirks", KV_Z("error", err.text));
		return;
	}
	hms_quirks_free(&prov->quirks_next);
	prov->quirks_next = now;
	log_info("registry of quirks read", KV_U("entries", hms_quirks_count(now)));
}

static void reload(struct hms_app *app, void *state)
{
	struct prov *prov = state;
	struct hms_err err = { 0 };

	prov->conf = hms_conf_get(hms_app_conf(app), &prov_conf_section);
	reload_quirks(prov);
	if (choose_search(prov, &err))
		log_error("provisioning keeps its choice of parameters to search by", KV_Z("error", err.text));
	set_call_rules(prov);
	hms_stream_set_batch_max(prov->stream, (size_t)prov->conf->batch_max);
	prov_sweep_reload(prov->sweep);
}

static void drain(struct hms_app *app, void *state)
{
	const struct prov *prov = state;

	(void)app;
	hms_stream_drain(prov->stream);
}

static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	const struct prov *prov = state;
	bool ok = hms_stream_ready(prov->stream, why);

	(void)app;
	if (!prov->catalog)
		hms_buf_strz(why, "sites and profile not read yet\n");
	if (!hms_redis_is_up(prov->redis))
		hms_buf_strz(why, "degraded: redis is away\n");
	return ok && prov->catalog;
}

static const struct hms_conf_section *const sections[] = { &prov_conf_section, &hms_kafka_conf_section, &hms_pg_conf_section,
							   &hms_redis_conf_section, NULL };

int main(int argc, char **argv)
{
	const struct hms_metric_table tables[] = {
		{ prov_metric_defs, prov_metric_count },	   { hms_stream_metric_defs, hms_stream_metric_count },
		{ hms_bus_metric_defs, hms_bus_metric_count },	   { hms_pg_metric_defs, hms_pg_metric_count },
		{ hms_redis_metric_defs, hms_redis_metric_count }, { NULL, 0 }
	};
	const struct hms_service service = {
		.name = PROV_SERVICE,
		.summary = "Device registry, discovery and registration, commands: consumes what devices said and decides.",
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
