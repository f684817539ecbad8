/* Configuration and metrics tables of the service. */
#include "prov.h"

static const struct hms_conf_key keys[] = {
#define CONF_OWNER struct prov_conf
#include "hms/conf/rows.inc"
#include "config.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section prov_conf_section =
	HMS_CONF_SECTION(PROV_SERVICE, keys, struct prov_conf, "Device registry, procedures, commands: the only decider.");

struct prov_metrics prov_metrics;

const struct hms_metric_def prov_metric_defs[] = {
#define METRIC_OWNER struct prov_metrics
#include "hms/metrics/rows.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
const size_t prov_metric_count = sizeof(prov_metric_defs) / sizeof(prov_metric_defs[0]);

struct hms_counter *prov_count(struct hms_vec *vec, const char *value)
{
	return hms_vec_find(vec, prov_metric_defs, prov_metric_count, &prov_metrics, value);
}
