/* Table of the file server's metrics. */
#include "metrics.h"

const struct hms_metric_def fs_metric_defs[] = {
#define METRIC_OWNER struct fs_metrics
#include "hms/metrics/rows.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
const size_t fs_metric_count = sizeof(fs_metric_defs) / sizeof(fs_metric_defs[0]);
