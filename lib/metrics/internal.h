/* What the files of lib/metrics share. */
#ifndef HMS_METRICS_INTERNAL_H
#define HMS_METRICS_INTERNAL_H

#include "hms/metrics/metrics.h"

enum { METRIC_LABEL_BYTES = 128 }; /* longest label value, terminated; longer ones are cut */

struct hms_vec_cell {
	struct hms_counter counter;
	bool used; /* the cell behind the last one, "other", is shown only when it counted */
	char value[METRIC_LABEL_BYTES];
};

/* The name of the type in the text format. */
const char *metric_type_name(enum hms_metric_type type);

/* One metric: HELP, TYPE and all samples. const_labels: `a="b",c="d"`, escaped, or empty. */
void metric_render(const struct hms_metric_def *def, const void *value, struct hms_str const_labels, struct hms_buf *out);

/* A label value between quotes, escaped. */
void metric_label_value(struct hms_buf *out, const char *value);

#endif
