/* Counters of all HTTP servers of the process. */
#include "http_internal.h"

#include <stddef.h>

const struct hms_metric_def hms_http_metric_defs[] = {
#define METRIC_OWNER struct http_metrics
#include "hms/metrics/rows.inc"
#include "hms/http/metrics.def"
#include "hms/metrics/end.inc"
};
const size_t hms_http_metric_count = sizeof(hms_http_metric_defs) / sizeof(hms_http_metric_defs[0]);

struct http_metrics http_metrics;

const struct http_reject_row http_rejects[] = {
#define HTTP_REJECT(name, status, close, label) [HTTP_REJECT_##name] = { status, HMS_CLOSE_##close, label },
#include "reject.def"
#undef HTTP_REJECT
};

enum {
#define HMS_CLOSE(name, text) +1
	CLOSE_REASONS = 0
#include "hms/net/close_reasons.def"
#undef HMS_CLOSE
};

int hms_http_metrics_register(struct hms_metrics *metrics)
{
	return hms_metrics_add(metrics, hms_http_metric_defs, hms_http_metric_count, &http_metrics);
}

/* The counter of a label value, looked up once and kept in *cache. */
static struct hms_counter *http_metrics_at(struct hms_counter **cache, struct hms_vec *vec, const char *value)
{
	size_t offset = (size_t)((char *)vec - (char *)&http_metrics);

	for (size_t i = 0; !*cache && i < hms_http_metric_count; i++) {
		if (hms_http_metric_defs[i].offset == offset) {
			*cache = hms_vec_at(vec, &hms_http_metric_defs[i], value);
		}
	}
	return *cache;
}

void http_metrics_answered(const struct http_conn *conn, unsigned status)
{
	static const char *const classes[] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
	static struct hms_counter *cache[5];
	unsigned class = status / 100 - 1;

	hms_counter_inc(http_metrics_at(&cache[class], &http_metrics.requests, classes[class]));
	if (conn->ops->version == 2) {
		hms_counter_inc(&http_metrics.h2_requests);
	}
}

void http_metrics_rejected(enum http_reject why)
{
	static struct hms_counter *cache[sizeof(http_rejects) / sizeof(http_rejects[0])];

	hms_counter_inc(http_metrics_at(&cache[why], &http_metrics.rejected, http_rejects[why].label));
}

void http_metrics_closed(enum hms_close_reason reason)
{
	static struct hms_counter *cache[CLOSE_REASONS];

	hms_counter_inc(http_metrics_at(&cache[reason], &http_metrics.closed, hms_close_reason_text(reason)));
}

void http_metrics_h2_error(const char *name)
{
	struct hms_counter *none = NULL;

	hms_counter_inc(http_metrics_at(&none, &http_metrics.h2_errors, name));
}
