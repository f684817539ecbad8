/* Configuration and metrics tables of the service. */
#include "pmi.h"

static const struct hms_conf_key keys[] = {
#define CONF_OWNER struct pmi_conf
#include "hms/conf/rows.inc"
#include "config.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section pmi_conf_section = HMS_CONF_SECTION(
	PMI_SERVICE, keys, struct pmi_conf, "Reads uploaded PM files, loads counters, keeps the ledger of what is missing.");

struct pmi_metrics pmi_metrics;

const struct hms_metric_def pmi_metric_defs[] = {
#define METRIC_OWNER struct pmi_metrics
#include "hms/metrics/rows.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
const size_t pmi_metric_count = sizeof(pmi_metric_defs) / sizeof(pmi_metric_defs[0]);

struct hms_counter *pmi_count(struct hms_vec *vec, const char *value)
{
	return hms_vec_find(vec, pmi_metric_defs, pmi_metric_count, &pmi_metrics, value);
}
