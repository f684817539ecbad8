/* Settings and metrics of Kafka. */
#include "kafka.h"

static const struct hms_conf_key keys[] = {
#define CONF_OWNER struct hms_kafka_conf
#include "hms/conf/rows.inc"
#include "hms/bus/config.def"
#include "hms/conf/end.inc"
};
const struct hms_conf_section hms_kafka_conf_section = HMS_CONF_SECTION("kafka", keys, struct hms_kafka_conf, "Kafka.");

struct hms_bus_metrics bus_metrics;

const struct hms_metric_def hms_bus_metric_defs[] = {
#define METRIC_OWNER struct hms_bus_metrics
#include "hms/metrics/rows.inc"
#include "hms/bus/metrics.def"
#include "hms/metrics/end.inc"
};
const size_t hms_bus_metric_count = sizeof(hms_bus_metric_defs) / sizeof(hms_bus_metric_defs[0]);

int hms_bus_metrics_register(struct hms_metrics *metrics)
{
	return hms_metrics_add(metrics, hms_bus_metric_defs, hms_bus_metric_count, &bus_metrics);
}
