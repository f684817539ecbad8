/* The front end as a service: one binary, whose configuration says what it is. */
#include "fe.h"
#include "mode.h"
#include "reach.h"

static const struct hms_conf_section *const sections[] = {
	&fe_conf_section,	 &fe_listener_section,	  &fe_reach_section,	&hms_http_conf_section,
	&hms_kafka_conf_section, &hms_redis_conf_section, &hms_pg_conf_section, NULL,
};

static const struct fe_mode *mode; /* as it was started: a change needs a restart */

static int init(struct hms_app *app, void **state, struct hms_err *err)
{
	const struct fe_conf *conf = hms_conf_get(hms_app_conf(app), &fe_conf_section);

	mode = conf->mode == FE_MODE_REACH ? &fe_mode_reach : &fe_mode_sessions;
	return mode->init(app, state, err);
}

static void reload(struct hms_app *app, void *state) { mode->reload(app, state); }
static void drain(struct hms_app *app, void *state) { mode->drain(app, state); }
static void fini(struct hms_app *app, void *state) { mode->fini(app, state); }
static bool ready(struct hms_app *app, void *state, struct hms_buf *why) { return mode->ready(app, state, why); }

int main(int argc, char **argv)
{
	static struct hms_metric_table tables[7]; /* the last one ends them */
	static const struct hms_service service = {
		.name = "cwmp-frontend",
		.summary =
			"Terminates the CWMP sessions of devices: keeps what they say on Kafka, hands out the RPCs granted to them. In the mode reach: calls devices.",
		.sections = sections,
		.metric_tables = tables,
		.init = init,
		.reload = reload,
		.drain = drain,
		.fini = fini,
		.ready = ready,
	};

	tables[0] = (struct hms_metric_table){ fe_metric_defs, fe_metric_count };
	tables[1] = (struct hms_metric_table){ hms_http_metric_defs, hms_http_metric_count };
	tables[2] = (struct hms_metric_table){ hms_bus_metric_defs, hms_bus_metric_count };
	tables[3] = (struct hms_metric_table){ hms_redis_metric_defs, hms_redis_metric_count };
	tables[4] = (struct hms_metric_table){ hms_pg_metric_defs, hms_pg_metric_count };
	tables[5] = (struct hms_metric_table){ fe_reach_metric_defs, fe_reach_metric_count };
	return hms_app_main(&service, argc, argv);
}
