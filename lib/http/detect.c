/* Which version of HTTP a new connection speaks: TLS has agreed on it (ALPN), or the first bytes say so: HTTP/2 by prior
 * knowledge begins with a preface that no request of HTTP/1 can be (RFC 9113 3.3 and 3.4). */
#include <stdlib.h>

#include "http_internal.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum {
	PREFACE_BYTES = sizeof(preface) - 1,
};

struct detect {
	struct http_conn base;
	struct hms_timer timer;
	uint64_t started_ms; /* the first byte came */
	size_t seen;	     /* bytes of the preface */
};

static void detect_go_on(struct detect *detect, bool http2, const char *data, size_t len);

static void detect_on_data(struct hms_conn *conn, const char *data, size_t len, void *arg)
{
	struct detect *detect = arg;
	const char *alpn = hms_conn_alpn(conn);
	size_t rest = PREFACE_BYTES - detect->seen, n = len < rest ? len : rest;

	if (detect->seen == 0) {
		detect->started_ms = hms_loop_now_ms(detect->base.server->loop);
	}
	if (*alpn) {
		detect_go_on(detect, strcmp(alpn, "h2") == 0, data, len);
	} else if (memcmp(data, preface + detect->seen, n) != 0) {
		detect_go_on(detect, false, data, len);
	} else if (n == rest) {
		detect_go_on(detect, true, data, len);
	} else {
		if (detect->seen == 0) {
			hms_timer_start(&detect->timer, (uint64_t)detect->base.server->conf.header_timeout);
		}
		detect->seen += n;
	}
}

/* Silence: as between requests. Part of a preface: HTTP/1 answers what is no request in time. */
static void detect_on_timer(struct hms_timer *timer, void *arg)
{
	struct detect *detect = arg;

	(void)timer;
	if (detect->seen == 0) {
		http_conn_close(&detect->base, HMS_CLOSE_IDLE, false);
	} else {
		detect_go_on(detect, false, NULL, 0);
	}
}

static void detect_free(struct detect *detect)
{
	hms_timer_stop(&detect->timer);
	hms_timer_stop(&detect->base.write_timer);
	free(detect);
}

static void detect_on_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg)
{
	struct detect *detect = arg;

	(void)conn;
	http_conn_fini(&detect->base, reason);
	detect_free(detect);
}

static void detect_data(struct http_conn *conn, const char *data, size_t len)
{
	detect_on_data(conn->conn, data, len, hms_container_of(conn, struct detect, base));
}

static void detect_drain(struct http_conn *conn)
{
	struct detect *detect = hms_container_of(conn, struct detect, base);

	if (detect->seen == 0) {
		hms_timer_start(&detect->timer, HTTP_DRAIN_MS);
	}
}

static void detect_abort(struct http_conn *conn, enum hms_close_reason reason)
{
	hms_timer_stop(&hms_container_of(conn, struct detect, base)->timer);
	hms_conn_abort(conn->conn, reason);
}

static void detect_go_on(struct detect *detect, bool http2, const char *data, size_t len)
{
	struct http_conn *conn = (http2 ? h2_open : h1_open)(&detect->base, detect->started_ms);
	size_t seen = detect->seen;

	if (!conn) {
		detect_abort(&detect->base, HMS_CLOSE_MEMORY);
		return;
	}
	detect_free(detect);
	if (seen) {
		conn->ops->data(conn, preface, seen);
	}
	if (len) {
		conn->ops->data(conn, data, len);
	}
}

int http_detect_open(struct hms_http_server *server, struct hms_conn *net)
{
	static const struct http_conn_ops ops = { 0, detect_data, detect_drain, detect_abort };
	static const struct hms_conn_cb cb = { .data = detect_on_data, .closed = detect_on_closed };
	struct detect *detect = calloc(1, sizeof(*detect));

	if (!detect) {
		return HMS_ENOMEM;
	}
	http_conn_init(&detect->base, &ops, server, net);
	hms_timer_init(&detect->timer, server->loop, detect_on_timer, detect);
	hms_timer_start(&detect->timer, (uint64_t)server->conf.header_timeout);
	hms_conn_set_cb(net, &cb, detect);
	return 0;
}
