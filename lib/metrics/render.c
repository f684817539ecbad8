/* The Prometheus text format, version 0.0.4, of one metric. */
#include "internal.h"

static const char *const type_names[] = {
	[HMS_METRIC_COUNTER] = "counter", [HMS_METRIC_GAUGE] = "gauge",	    [HMS_METRIC_HISTOGRAM] = "histogram",
	[HMS_METRIC_VEC] = "counter",	  [HMS_METRIC_SECONDS] = "counter", [HMS_METRIC_GAUGE_VEC] = "gauge",
};

const char *metric_type_name(enum hms_metric_type type) { return type_names[type]; }

void metric_label_value(struct hms_buf *out, const char *value)
{
	struct hms_str s = hms_str(value);

	while (s.len > 0) {
		size_t len = hms_utf8_next(s);

		if (s.p[0] == '\n')
			hms_buf_strz(out, "\\n");
		else if (s.p[0] == '"' || s.p[0] == '\\')
			hms_buf_printf(out, "\\%c", s.p[0]);
		else if (len == 0)
			hms_buf_char(out, '?');
		else
			hms_buf_add(out, s.p, len);
		len += len == 0;
		s.p += len;
		s.len -= len;
	}
}

/* HELP texts escape backslash and line feed only. */
static void render_head(const struct hms_metric_def *def, struct hms_buf *out)
{
	hms_buf_printf(out, "# HELP %s ", def->name);
	for (const char *p = def->help; *p; p++) {
		if (*p == '\n' || *p == '\\')
			hms_buf_strz(out, *p == '\n' ? "\\n" : "\\\\");
		else
			hms_buf_char(out, *p);
	}
	hms_buf_printf(out, "\n# TYPE %s %s\n", def->name, metric_type_name(def->type));
}

/* Name and labels of a sample, and the space before its value. */
static void render_name(const char *name, const char *suffix, struct hms_str const_labels, const char *label, const char *value,
			struct hms_buf *out)
{
	hms_buf_strz(out, name);
	hms_buf_strz(out, suffix);
	if (const_labels.len > 0 || label) {
		hms_buf_char(out, '{');
		hms_buf_str(out, const_labels);
		if (const_labels.len > 0 && label)
			hms_buf_char(out, ',');
		if (label) {
			hms_buf_strz(out, label);
			hms_buf_strz(out, "=\"");
			metric_label_value(out, value);
			hms_buf_char(out, '"');
		}
		hms_buf_char(out, '}');
	}
	hms_buf_char(out, ' ');
}

static void render_integer(bool is_signed, uint64_t value, struct hms_buf *out)
{
	bool negative = is_signed && (int64_t)value < 0;

	if (negative)
		hms_buf_char(out, '-');
	hms_buf_u64(out, negative ? 0 - value : value);
	hms_buf_char(out, '\n');
}

static void render_seconds(uint64_t us, struct hms_buf *out)
{
	hms_buf_printf(out, "%llu.%06llu\n", (unsigned long long)(us / 1000000), (unsigned long long)(us % 1000000));
}

static void render_histogram(const char *name, const struct hms_histogram *h, struct hms_str const_labels, struct hms_buf *out)
{
	static const char *const bounds[] = {
#define METRIC_BUCKET(us, seconds) seconds,
#include "buckets.def"
#undef METRIC_BUCKET
		"+Inf",
	};
	uint64_t sum = 0;

	for (size_t i = 0; i <= HMS_HISTOGRAM_BUCKETS; i++) {
		sum += h->bucket[i];
		render_name(name, "_bucket", const_labels, "le", bounds[i], out);
		render_integer(false, sum, out);
	}
	render_name(name, "_sum", const_labels, NULL, NULL, out);
	render_seconds(h->sum_us, out);
	render_name(name, "_count", const_labels, NULL, NULL, out);
	render_integer(false, h->count, out);
}

static void render_vec(const struct hms_metric_def *def, const struct hms_vec *vec, struct hms_str const_labels, struct hms_buf *out)
{
	for (size_t i = 0; vec->cells && i <= def->max; i++) {
		if (!vec->cells[i].used)
			continue;
		render_name(def->name, "", const_labels, def->label, vec->cells[i].value, out);
		render_integer(def->type == HMS_METRIC_GAUGE_VEC, vec->cells[i].counter.value, out);
	}
}

void metric_render(const struct hms_metric_def *def, const void *value, struct hms_str const_labels, struct hms_buf *out)
{
	render_head(def, out);
	if (def->type == HMS_METRIC_HISTOGRAM) {
		render_histogram(def->name, value, const_labels, out);
		return;
	}
	if (def->type == HMS_METRIC_VEC || def->type == HMS_METRIC_GAUGE_VEC) {
		render_vec(def, value, const_labels, out);
		return;
	}
	render_name(def->name, "", const_labels, NULL, NULL, out);
	if (def->type == HMS_METRIC_GAUGE)
		render_integer(true, (uint64_t)((const struct hms_gauge *)value)->value, out);
	else if (def->type == HMS_METRIC_SECONDS)
		render_seconds(((const struct hms_seconds *)value)->us, out);
	else
		render_integer(false, ((const struct hms_counter *)value)->value, out);
}
