/* Table of the front end's metrics. */
#include "metrics.h"

const struct hms_metric_def fe_metric_defs[] = {
#define METRIC_OWNER struct fe_metrics
#include "hms/metrics/rows.inc"
#include "metrics.def"
#include "hms/metrics/end.inc"
};
const size_t fe_metric_count = sizeof(fe_metric_defs) / sizeof(fe_metric_defs[0]);
