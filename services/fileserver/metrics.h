/** Metrics of the file server. */
#ifndef FS_METRICS_H
#define FS_METRICS_H

#include "hms/metrics/metrics.h"

struct fs_metrics {
#include "hms/metrics/fields.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
extern const struct hms_metric_def fs_metric_defs[];
extern const size_t fs_metric_count;

/* Place of each metric in the table. */
enum fs_metric {
#define METRIC_COUNTER(field, ...) FS_M_##field,
#define METRIC_GAUGE(field, ...) FS_M_##field,
#define METRIC_HISTOGRAM(field, ...) FS_M_##field,
#define METRIC_VEC(field, ...) FS_M_##field,
#include "metrics.def"
#include "hms/metrics/end.inc"
	FS_METRIC_COUNT
};

/** Counts one of a labelled counter: FS_COUNT(&fs->m, uploads, "kept"). */
#define FS_COUNT(m, field, label) hms_counter_inc(hms_vec_at(&(m)->field, &fs_metric_defs[FS_M_##field], label))

#endif
