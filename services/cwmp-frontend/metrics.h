/** Metrics of the front end. */
#ifndef FE_METRICS_H
#define FE_METRICS_H

#include "hms/metrics/metrics.h"

struct fe_metrics {
#include "hms/metrics/fields.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
extern const struct hms_metric_def fe_metric_defs[];
extern const size_t fe_metric_count;

/* Place of each metric in the table. */
enum fe_metric {
#define METRIC_COUNTER(field, ...) FE_M_##field,
#define METRIC_GAUGE(field, ...) FE_M_##field,
#define METRIC_HISTOGRAM(field, ...) FE_M_##field,
#define METRIC_VEC(field, ...) FE_M_##field,
#include "metrics.def"
#include "hms/metrics/end.inc"
	FE_METRIC_COUNT
};

/** Counts one of a labelled counter: FE_COUNT(&fe->m, takes, "item"). */
#define FE_COUNT(m, field, label) hms_counter_inc(hms_vec_at(&(m)->field, &fe_metric_defs[FE_M_##field], label))

#endif
