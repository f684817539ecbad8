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

/* Upper bounds of the buckets: one list for counting and for the text. */
#define METRIC_BUCKETS(X)                                                                                               \
	X(500, "0.0005") X(1000, "0.001") X(2500, "0.0025") X(5000, "0.005") X(10000, "0.01") X(25000, "0.025")         \
	X(50000, "0.05") X(100000, "0.1") X(250000, "0.25") X(500000, "0.5") X(1000000, "1") X(2500000, "2.5")          \
	X(5000000, "5") X(10000000, "10") X(30000000, "30") X(60000000, "60")

/* The name of the type in the text format. */
const char *metric_type_name(enum hms_metric_type type);

/* One metric: HELP, TYPE and all samples. const_labels: `a="b",c="d"`, escaped, or empty. */
void metric_render(const struct hms_metric_def *def, const void *value, struct hms_str const_labels, struct hms_buf *out);

/* A label value between quotes, escaped. */
void metric_label_value(struct hms_buf *out, const char *value);

#endif
