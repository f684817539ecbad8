/* The northbound service: what it is made of, and its life. */
#include "doorbell.h"
#include "events.h"
#include "hms/bus/bus.h"
#include "paths.h"
#include "plan.h"
#include "pool.h"
#include "request.h"
#include "services.h"

#define TIDY_MS (10 * 60 * 1000)

static struct nbi the_nbi; /* connections outlive fini for a moment and give their requests back to it */

static const struct hms_conf_section *const sections[] = { &nbi_conf_section,	    &hms_http_conf_section,  &hms_pg_conf_section,
							   &hms_redis_conf_section, &hms_kafka_conf_section, NULL };

static int no_memory(struct hms_err *err) { return hms_err_set(err, HMS_ENOMEM, "out of memory"); }

/* ---------------------------------------------------------------- old answers */

static void on_tidied(const struct hms_pg_error *err, void *arg)
{
	(void)arg;
	if (err && err->code != HMS_ECANCELED)
		log_warn("old answers were not removed", KV_Z("reason", err->text));
}

static void tidy(struct hms_timer *timer, void *arg)
{
	static const struct hms_pg_stmt traces = { "nbi_tidy_traces", "select trace_forget(9223372036854775807, $1 * interval '1 ms')" };
	static const struct hms_pg_stmt old = { "nbi_tidy", "delete from api_idempotency where created < now() - interval '1 day'" };
	struct nbi *nbi = arg;
	struct hms_pg *pg = nbi_pool_take(nbi->pool);
	struct hms_pg_batch *batch = pg ? hms_pg_batch_new(pg) : NULL;

	if (batch) {
		hms_pg_stmt_begin(batch, &old, NULL, NULL);
		hms_pg_stmt_begin(batch, &traces, NULL, NULL);
		hms_pg_p_int8(batch, nbi->conf->trace_keep);
		hms_pg_batch_send(batch, on_tidied, nbi);
	}
	hms_timer_start(timer, TIDY_MS);
}

/* ---------------------------------------------------------------- life */

static int register_metrics(struct nbi *nbi, struct hms_err *err)
{
	struct hms_metrics *m = hms_app_metrics(nbi->app);

	if (hms_metrics_add(m, nbi_metric_defs, nbi_metric_count, &nbi->m) || hms_pg_metrics_register(m) || hms_redis_metrics_register(m) ||
	    hms_bus_metrics_register(m))
		return hms_err_set(err, HMS_ENOMEM, "metrics cannot be registered");
	return 0;
}

static int open_stores(struct nbi *nbi, struct hms_err *err)
{
	nbi->redis = hms_redis_new(nbi->loop, hms_conf_get(hms_app_conf(nbi->app), &hms_redis_conf_section), NULL, NULL, err);
	if (!nbi->redis)
		return err->code;
	nbi->pool = nbi_pool_new(nbi);
	nbi->plan_pg = nbi_plan_connect(nbi);
	return nbi->pool && nbi->plan_pg ? 0 : no_memory(err);
}

static int make_parts(struct nbi *nbi, struct hms_err *err)
{
	const struct hms_service_conf *service = hms_conf_get(hms_app_conf(nbi->app), &hms_service_conf_section);

	nbi->token_rate = hms_rate_new();
	nbi->failure_rate = hms_rate_new();
	nbi->tokens = nbi_tokens_new();
	nbi->paths = nbi_paths_new((size_t)nbi->conf->param_paths_max);
	nbi->events = nbi_events_new(nbi);
	if (!nbi->token_rate || !nbi->failure_rate || !nbi->tokens || !nbi->paths || !nbi->events)
		return no_memory(err);
	nbi->doorbell = nbi_doorbell_new(nbi, err);
	if (!nbi->doorbell)
		return err->code;
	nbi->services = nbi_services_new(nbi, err);
	return nbi->services ? nbi_plan_parts_load(nbi->conf, service->secret_file, &nbi->plan_parts, err) : err->code;
}

static int listen_on(struct nbi *nbi, struct hms_err *err)
{
	struct hms_http_server_opts opts = { .name = "api",
					     .address = nbi->conf->address,
					     .reuse_port = hms_app_workers(nbi->app) > 1,
					     .conf = hms_conf_get(hms_app_conf(nbi->app), &hms_http_conf_section),
					     .handler = nbi_handle,
					     .arg = nbi };
	char bound[64];

	nbi->http = hms_http_server_new(nbi->loop, &opts, err);
	if (!nbi->http)
		return hms_err_prefix(err, "[northbound] address");
	log_info("API open", KV_Z("address", hms_addr_text(hms_http_server_addr(nbi->http), true, bound, sizeof(bound))));
	return 0;
}

static void fini(struct hms_app *app, void *state)
{
	struct nbi *nbi = state;

	(void)app;
	nbi->draining = true;
	hms_timer_stop(&nbi->tidy);
	hms_http_server_close(&nbi->http);
	nbi_services_free(&nbi->services);
	nbi_pool_free(&nbi->pool);
	hms_pg_free(&nbi->plan_pg);
	if (!nbi->plan) /* else a thread still reads them */
		nbi_plan_parts_free(&nbi->plan_parts);
	hms_redis_free(&nbi->redis);
	nbi_events_free(&nbi->events);
	nbi_doorbell_free(&nbi->doorbell);
	nbi_paths_free(&nbi->paths);
	nbi_tokens_free(&nbi->tokens);
	hms_rate_free(&nbi->token_rate);
	hms_rate_free(&nbi->failure_rate);
}

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	struct nbi *nbi = &the_nbi;
	int rc;

	nbi->app = app;
	nbi->loop = hms_app_loop(app);
	nbi->conf = hms_conf_get(hms_app_conf(app), &nbi_conf_section);
	hms_list_init(&nbi->requests);
	hms_timer_init(&nbi->tidy, nbi->loop, tidy, nbi);
	if (!(rc = register_metrics(nbi, err)) && !(rc = open_stores(nbi, err)) && !(rc = make_parts(nbi, err)))
		rc = listen_on(nbi, err);
	if (rc) {
		fini(app, nbi);
		return rc;
	}
	hms_timer_start(&nbi->tidy, TIDY_MS);
	*state = nbi;
	return 0;
}

static void reload(struct hms_app *app, void *state)
{
	struct nbi *nbi = state;

	nbi->conf = hms_conf_get(hms_app_conf(app), &nbi_conf_section);
	hms_http_server_set_conf(nbi->http, hms_conf_get(hms_app_conf(app), &hms_http_conf_section));
}

static void on_drained(void *arg)
{
	struct nbi *nbi = arg;

	hms_app_drained(nbi->app);
}

/* Those who wait or listen are told what is known now. */
static void drain(struct hms_app *app, void *state)
{
	struct nbi *nbi = state;

	(void)app;
	nbi->draining = true;
	nbi_events_close(nbi->events);
	nbi_req_end_all(nbi);
	hms_http_server_drain(nbi->http, on_drained, nbi);
}

static bool ready(struct hms_app *app, void *state, struct hms_buf *why)
{
	const struct nbi *nbi = state;
	bool up = nbi_pool_up(nbi->pool);

	(void)app;
	if (!up)
		hms_buf_strz(why, "postgres is away\n");
	else if (!nbi->schema_ok)
		hms_buf_strz(why, "schema not checked yet\n");
	if (!hms_redis_is_up(nbi->redis))
		hms_buf_strz(why, "degraded: redis is away\n");
	return up && nbi->schema_ok;
}

int main(int argc, char **argv)
{
	const struct hms_metric_table tables[] = {
		{ nbi_metric_defs, nbi_metric_count },	       { hms_http_metric_defs, hms_http_metric_count },
		{ hms_pg_metric_defs, hms_pg_metric_count },   { hms_redis_metric_defs, hms_redis_metric_count },
		{ hms_bus_metric_defs, hms_bus_metric_count }, { NULL, 0 }
	};
	const struct hms_service service = {
		.name = NBI_SERVICE,
		.summary = "REST API for operators: devices, commands, alarms, PM, files, live events.",
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
