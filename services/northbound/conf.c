/* Configuration and metrics tables of the service. */
#include "nbi.h"

static const struct hms_conf_key keys[] = {
#define CONF_OWNER struct nbi_conf
#include "hms/conf/rows.inc"
#include "config.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section nbi_conf_section =
	HMS_CONF_SECTION(NBI_SERVICE, keys, struct nbi_conf, "The REST API of operators: limits, stores, live events.");

const struct hms_metric_def nbi_metric_defs[] = {
#define METRIC_OWNER struct nbi_metrics
#include "hms/metrics/rows.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
const size_t nbi_metric_count = sizeof(nbi_metric_defs) / sizeof(nbi_metric_defs[0]);
