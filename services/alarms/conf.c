/* Configuration and metrics tables of the service. */
#include "alarms.h"

static const struct hms_conf_key keys[] = {
#define CONF_OWNER struct alm_conf
#include "hms/conf/rows.inc"
#include "config.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section alm_conf_section =
	HMS_CONF_SECTION(ALM_SERVICE, keys, struct alm_conf, "The alarm list: active alarms, transitions, history.");

struct alm_metrics alm_metrics;

const struct hms_metric_def alm_metric_defs[] = {
#define METRIC_OWNER struct alm_metrics
#include "hms/metrics/rows.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
const size_t alm_metric_count = sizeof(alm_metric_defs) / sizeof(alm_metric_defs[0]);

struct hms_counter *alm_count(struct hms_vec *vec, const char *value)
{
	size_t offset = (size_t)((char *)vec - (char *)&alm_metrics);

	for (size_t i = 0; i < alm_metric_count; i++)
		if (alm_metric_defs[i].offset == offset)
			return hms_vec_at(vec, &alm_metric_defs[i], value);
	return hms_vec_at(vec, &alm_metric_defs[0], value); /* not reached: vec is a member */
}
