/* Counters of all TLS listeners of the process, and the line about a handshake that failed. */
#include "tls_internal.h"

#include "hms/base/clock.h"
#include "hms/log/log.h"

struct tls_metrics {
#include "hms/metrics/fields.inc"
#include "hms/net/tls_metrics.def"
#include "hms/metrics/end.inc"
};

const struct hms_metric_def hms_tls_metric_defs[] = {
#define METRIC_OWNER struct tls_metrics
#include "hms/metrics/rows.inc"
#include "hms/net/tls_metrics.def"
#include "hms/metrics/end.inc"
};
const size_t hms_tls_metric_count = sizeof(hms_tls_metric_defs) / sizeof(hms_tls_metric_defs[0]);

/* Place of each metric in the table. */
enum {
#define METRIC_VEC(field, ...) TLS_M_##field,
#define METRIC_GAUGE_VEC(field, ...) TLS_M_##field,
#define METRIC_HISTOGRAM(field, ...) TLS_M_##field,
#include "hms/net/tls_metrics.def"
#include "hms/metrics/end.inc"
};

static struct tls_metrics tls_metrics;

static const struct {
	const char *label;
	enum hms_log_level level;
} refusals[] = {
#define TLS_REFUSAL(name, label, level) { label, HMS_LOG_##level },
#include "tls_refusals.def"
#undef TLS_REFUSAL
};

#define TLS_COUNT(field, label) hms_counter_inc(hms_vec_at(&tls_metrics.field, &hms_tls_metric_defs[TLS_M_##field], label))

int hms_tls_metrics_register(struct hms_metrics *metrics)
{
	return hms_metrics_add(metrics, hms_tls_metric_defs, hms_tls_metric_count, &tls_metrics);
}

void tls_count_done(const struct conn_tls_state *tls)
{
	TLS_COUNT(handshakes, SSL_session_reused(tls->ssl) ? "resumed" : "full");
	TLS_COUNT(versions, SSL_get_version(tls->ssl));
	hms_histogram_observe_us(&tls_metrics.handshake_seconds, hms_mono_us() - tls->start_us);
}

void tls_count_refused(const struct hms_conn *conn, enum tls_refusal why, const char *detail)
{
	static struct hms_log_limit limit;
	char peer[64];

	if (conn->listener) {
		TLS_COUNT(handshakes, "failed");
		TLS_COUNT(failures, refusals[why].label);
	}
	if (!hms_log_enabled(refusals[why].level) || !hms_log_allow(&limit, 1, hms_loop_now_ms(conn->loop))) {
		return;
	}
	hms_log(refusals[why].level, "TLS handshake failed", KV_Z("peer", hms_addr_text(&conn->peer, true, peer, sizeof(peer))),
		KV_Z("reason", refusals[why].label), KV_Z("detail", detail ? detail : ""));
}

void tls_set_not_after(const char *name, int64_t not_after)
{
	hms_gauge_at(&tls_metrics.not_after, &hms_tls_metric_defs[TLS_M_not_after], name, not_after);
}

void tls_set_crl_next_update(const char *name, int64_t next_update)
{
	hms_gauge_at(&tls_metrics.crl_next_update, &hms_tls_metric_defs[TLS_M_crl_next_update], name, next_update);
}

void tls_set_ocsp_next_update(const char *name, int64_t next_update)
{
	hms_gauge_at(&tls_metrics.ocsp_next_update, &hms_tls_metric_defs[TLS_M_ocsp_next_update], name, next_update);
}
