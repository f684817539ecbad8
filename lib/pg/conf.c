/* Settings and metrics of PostgreSQL connections. */
#include "internal.h"

static const struct hms_conf_key keys[] = {
#define CONF_OWNER struct hms_pg_conf
#include "hms/conf/rows.inc"
#include "hms/pg/config.def"
#include "hms/conf/end.inc"
};
const struct hms_conf_section hms_pg_conf_section = HMS_CONF_SECTION("postgres", keys, struct hms_pg_conf, "PostgreSQL.");

struct hms_pg_metrics pg_metrics;

const struct hms_metric_def hms_pg_metric_defs[] = {
#define METRIC_OWNER struct hms_pg_metrics
#include "hms/metrics/rows.inc"
#include "hms/pg/metrics.def"
#include "hms/metrics/end.inc"
};
const size_t hms_pg_metric_count = sizeof(hms_pg_metric_defs) / sizeof(hms_pg_metric_defs[0]);

int hms_pg_metrics_register(struct hms_metrics *metrics)
{
	return hms_metrics_add(metrics, hms_pg_metric_defs, hms_pg_metric_count, &pg_metrics);
}
