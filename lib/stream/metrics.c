/* Metrics of the engine. */
#include "internal.h"

struct stream_metrics stream_metrics;

const struct hms_metric_def hms_stream_metric_defs[] = {
#define METRIC_OWNER struct stream_metrics
#include "hms/metrics/rows.inc"
#include "hms/stream/metrics.def"
#include "hms/metrics/end.inc"
};
const size_t hms_stream_metric_count = sizeof(hms_stream_metric_defs) / sizeof(hms_stream_metric_defs[0]);

int hms_stream_metrics_register(struct hms_metrics *metrics)
{
	return hms_metrics_add(metrics, hms_stream_metric_defs, hms_stream_metric_count, &stream_metrics);
}

struct hms_counter *stream_count(struct hms_vec *vec, const char *value)
{
	return hms_vec_find(vec, hms_stream_metric_defs, hms_stream_metric_count, &stream_metrics, value);
}
