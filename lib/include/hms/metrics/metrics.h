/** Counters, gauges and histograms in the Prometheus text format, described by tables.
 *
 *  A component writes its metrics once, in a .def file of rows
 *      METRIC_COUNTER  (field, "hms_fe_informs_total", "Informs accepted.")
 *      METRIC_GAUGE    (field, "hms_fe_waiters", "...")
 *      METRIC_HISTOGRAM(field, "hms_fe_inform_seconds", "...")               fixed buckets 0.5 ms .. 60 s, observed in microseconds
 *      METRIC_SECONDS  (field, "hms_cpu_seconds_total", "...")                counter of time, kept in microseconds, shown in seconds
 *      METRIC_VEC      (field, "hms_fe_responses_total", "status", 32, "...")  counter with one label, at most 32 values
 *      METRIC_GAUGE_VEC(field, "hms_build_info", "version", 1, "...")          gauge with one label; set it with hms_gauge_at()
 *  and from it a struct (hms/metrics/fields.inc) and a table (hms/metrics/rows.inc with METRIC_OWNER), as with hms/conf.
 *  One loop thread increments without locks; the admin port renders on the same thread. */
#ifndef HMS_METRICS_METRICS_H
#define HMS_METRICS_METRICS_H

#include "hms/base/buf.h"

struct hms_counter {
	uint64_t value;
};
struct hms_gauge {
	int64_t value;
};
struct hms_seconds {
	uint64_t us;
};
#define HMS_HISTOGRAM_BUCKETS 16
struct hms_histogram {
	uint64_t bucket[HMS_HISTOGRAM_BUCKETS + 1];
	uint64_t sum_us, count;
};
struct hms_vec {
	struct hms_vec_cell *cells;
	size_t count;
};

enum hms_metric_type {
	HMS_METRIC_COUNTER,
	HMS_METRIC_GAUGE,
	HMS_METRIC_HISTOGRAM,
	HMS_METRIC_VEC,
	HMS_METRIC_SECONDS,
	HMS_METRIC_GAUGE_VEC
};

struct hms_metric_def {
	const char *name;
	enum hms_metric_type type;
	size_t offset;
	const char *label; /* VEC */
	size_t max;	   /* VEC: most label values; later ones count as "other" */
	const char *help;
};

static inline void hms_counter_inc(struct hms_counter *c) { c->value++; }
static inline void hms_counter_add(struct hms_counter *c, uint64_t n) { c->value += n; }
static inline void hms_gauge_set(struct hms_gauge *g, int64_t v) { g->value = v; }
static inline void hms_gauge_add(struct hms_gauge *g, int64_t v) { g->value += v; }
void hms_histogram_observe_us(struct hms_histogram *h, uint64_t us);

/** The counter of a label value, made at first use; borrowed for ever, so hot paths keep it. Never NULL. */
struct hms_counter *hms_vec_at(struct hms_vec *vec, const struct hms_metric_def *def, const char *value);

/** The same, for a vector that is a member of the struct at base, which the table describes. */
struct hms_counter *hms_vec_find(struct hms_vec *vec, const struct hms_metric_def *defs, size_t count, const void *base, const char *value);

/** As hms_vec_at(), for METRIC_GAUGE_VEC. */
static inline void hms_gauge_at(struct hms_vec *vec, const struct hms_metric_def *def, const char *value, int64_t v)
{
	hms_vec_at(vec, def, value)->value = (uint64_t)v;
}

/** A registry of the process. Tables and their structs must outlive it. */
struct hms_metrics;
struct hms_metrics *hms_metrics_new(void);
void hms_metrics_free(struct hms_metrics **m);

/** Adds a table whose values lie in base. Returns 0, HMS_ENOMEM or HMS_EEXISTS (a name twice). */
int hms_metrics_add(struct hms_metrics *m, const struct hms_metric_def *defs, size_t count, void *base);

/** A label on every sample, e.g. worker="1". */
int hms_metrics_const_label(struct hms_metrics *m, const char *name, const char *value);

/** Called before each rendering, to refresh gauges. */
int hms_metrics_on_render(struct hms_metrics *m, void (*fn)(void *arg), void *arg);

void hms_metrics_render(struct hms_metrics *m, struct hms_buf *out);

/** docs/metrics.md of a table, as Markdown rows: name, type, labels, help. */
void hms_metrics_doc(const struct hms_metric_def *defs, size_t count, struct hms_buf *out);

#endif
