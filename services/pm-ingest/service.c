/* The pm-ingest service: what it is made of, and its life. */
#include <stdlib.h>

#include "batch.h"
#include "sweep.h"

#define SCHEMA_LOW 17
#define ITEMS_MAX 2000
#define FACT_BYTES 128 /* of COPY's form, and of the arena: a file's share of both is bounded by its number of values */

static const char *const topics[] = { HMS_TOPIC_FILES, NULL };

#define LEARN(table)                                                                                                \
	"with w as (select distinct p from unnest($1::text[]) p), i as ("                                           \
	" insert into " table " (name) select p from w order by p on conflict (name) do nothing returning id, name" \
	") select id, name from i union all select d.id, d.name from " table " d join w on w.p = d.name"

static const struct hms_pg_stmt learn[PMI_DICTS] = {
	[PMI_COUNTER] = { "pmi_learn_counters", LEARN("pm_counter") },
	[PMI_GROUP] = { "pmi_learn_groups", LEARN("pm_group") },
	[PMI_OBJECT] = { "pmi_learn_objects", LEARN("pm_object") },
};

static int open_stream(struct pmi *pmi, struct hms_err *err)
{
	const struct hms_conf *conf = hms_app_conf(pmi->app);
	const struct hms_stream_opts opts = {
		.service = PMI_SERVICE,
		.instance = hms_app_instance(pmi->app),
		.topics = topics,
		.pg = hms_conf_get(conf, &hms_pg_conf_section),
		.kafka = hms_conf_get(conf, &hms_kafka_conf_section),
		.schema_low = SCHEMA_LOW,
		.fetch_wait_ms = 200,
		.fetch_min_bytes = 262144,
		.batch_max = (size_t)pmi->conf->batch_max,
		.batch_bytes = (size_t)pmi->conf->batch_bytes,
		.memory_bytes = (size_t)pmi->conf->memory_bytes,
		.item_size = sizeof(struct pmi_item),
		.items_max = ITEMS_MAX,
	};

	pmi->stream = hms_stream_new(pmi->loop, &opts, &pmi_stream_cb, pmi, err);
	return pmi->stream ? 0 : err->code;
}

static int register_metrics(struct pmi *pmi, struct hms_err *err)
{
	struct hms_metrics *m = hms_app_metrics(pmi->app);

	if (hms_metrics_add(m, pmi_metric_defs, pmi_metric_count, &pmi_metrics) || hms_stream_metrics_register(m) ||
	    hms_pg_metrics_register(m) || hms_bus_metrics_register(m))
		return hms_err_set(err, HMS_ENOMEM, "metrics cannot be registered");
	return 0;
}

/* A single file has room in one transaction: in the batch that is sent to PostgreSQL, and in memory. */
static int make_reader(struct pmi *pmi, struct hms_err *err)
{
	const struct hms_pg_conf *pg = hms_conf_get(hms_app_conf(pmi->app), &hms_pg_conf_section);
	size_t room = (size_t)pg->batch_max_bytes < (size_t)pmi->conf->memory_bytes / 2 ? (size_t)pg->batch_max_bytes
											: (size_t)pmi->conf->memory_bytes / 2;
	struct hms_pm_limits limits = hms_pm_default_limits;

	pmi->copy_bytes = room / 4 * 3;
	limits.inflated_bytes = (size_t)pmi->conf->file_max_bytes;
	limits.facts = pmi->copy_bytes / 2 / FACT_BYTES;
	limits.names_bytes = pmi->copy_bytes / 4;
	limits.slack_us = pmi->conf->period_slack * 1000;
	pmi->reader = hms_pm_reader_new(&limits);
	return pmi->reader ? 0 : hms_err_set(err, HMS_ENOMEM, "out of memory");
}

static int make_parts(struct pmi *pmi, struct hms_err *err)
{
	struct hms_pg *aux = hms_stream_aux(pmi->stream);
	size_t wanted_max = pmi->copy_bytes / 64;

	for (int d = 0; d < PMI_DICTS; d++) {
		size_t max = (size_t)(d == PMI_OBJECT ? pmi->conf->objects_max : pmi->conf->counters_max);

		pmi->dicts[d] = hms_pg_dict_new(aux, &learn[d], max, wanted_max, d == PMI_OBJECT);
		if (!pmi->dicts[d])
			return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	pmi->newcomers = hms_map_new(SIZE_MAX);
	pmi->batch = pmi_batch_new(pmi);
	pmi->sweep = pmi_sweep_new(pmi);
	return pmi->newcomers && pmi->batch && pmi->sweep ? 0 : hms_err_set(err, HMS_ENOMEM, "out of memory");
}

static void fini(struct hms_app *app, void *state)
{
	struct pmi *pmi = state;

	(void)app;
	hms_stream_free(&pmi->stream); /* ends what is under way, before its owners go */
	pmi_sweep_free(&pmi->sweep);
	pmi_batch_free(&pmi->batch);
	for (int d = 0; d < PMI_DICTS; d++)
		hms_pg_dict_free(&pmi->dicts[d]);
	hms_map_free(&pmi->newcomers);
	hms_pm_reader_free(&pmi->reader);
	free(pmi);
}

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	struct pmi *pmi = calloc(1, sizeof(*pmi));
	int rc;

	if (!pmi)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	pmi->app = app;
	pmi->loop = hms_app_loop(app);
	pmi->conf = hms_conf_get(hms_app_conf(app), &pmi_conf_section);
	if (!(rc = register_metrics(pmi, err)) && !(rc = make_reader(pmi, err)) && !(rc = open_stream(pmi, err)))
		rc = make_parts(pmi, err);
	if (rc)
		fini(app, pmi);
	else
		*state = pmi;
	return rc;
}

static void reload(struct hms_app *app, void *state)
{
	struct pmi *pmi = state;

	pmi->conf = hms_conf_get(hms_app_conf(app), &pmi_conf_section);
	hms_stream_set_batch_max(pmi->stream, (size_t)pmi->conf->batch_max);
}

static void drain(struct hms_app *app, void *state)
{
	(void)app;
	hms_stream_drain(((struct pmi *)state)->stream);
}

static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	const struct pmi *pmi = state;
	bool ok = hms_stream_ready(pmi->stream, why);

	(void)app;
	if (!pmi->day_last)
		hms_buf_strz(why, "partitions not made yet\n");
	return ok && pmi->day_last;
}

static const struct hms_conf_section *const sections[] = { &pmi_conf_section, &hms_kafka_conf_section, &hms_pg_conf_section, NULL };

int main(int argc, char **argv)
{
	const struct hms_metric_table tables[] = { { pmi_metric_defs, pmi_metric_count },
						   { hms_stream_metric_defs, hms_stream_metric_count },
						   { hms_bus_metric_defs, hms_bus_metric_count },
						   { hms_pg_metric_defs, hms_pg_metric_count },
						   { NULL, 0 } };
	const struct hms_service service = {
		.name = PMI_SERVICE,
		.summary = "Reads uploaded PM files, loads counters, keeps the ledger of what is missing.",
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
