/* What connections of all versions have in common: their place in the server, sending, the write timeout. */
#include "http_internal.h"

enum { LINGER_MS = 5000 }; /* for the peer to read an answer to what was not read to its end */

static void conn_on_write_timer(struct hms_timer *timer, void *arg)
{
	struct http_conn *conn = arg;
	size_t queued = hms_conn_queued(conn->conn);
	uint64_t written = conn->sent_bytes - queued;

	if (queued == 0) {
		return;
	}
	if (written == conn->progress_bytes) {
		conn->ops->abort(conn, HMS_CLOSE_TIMEOUT);
		return;
	}
	conn->progress_bytes = written;
	hms_timer_start(timer, (uint64_t)conn->server->conf.write_timeout);
}

static void conn_attach(struct http_conn *conn, const struct http_conn_ops *ops, struct hms_http_server *server, struct hms_conn *net)
{
	conn->ops = ops;
	conn->server = server;
	conn->conn = net;
	hms_timer_init(&conn->write_timer, server->loop, conn_on_write_timer, conn);
	hms_list_push_back(&server->conns, &conn->node);
}

void http_conn_init(struct http_conn *conn, const struct http_conn_ops *ops, struct hms_http_server *server, struct hms_conn *net)
{
	static uint64_t last_id;

	conn_attach(conn, ops, server, net);
	conn->id = ++last_id;
	hms_counter_inc(&http_metrics.accepted);
	hms_gauge_add(&http_metrics.open, 1);
}

void http_conn_take(struct http_conn *conn, const struct http_conn_ops *ops, struct http_conn *from)
{
	conn_attach(conn, ops, from->server, from->conn);
	conn->id = from->id;
	hms_list_remove(&from->node);
}

void http_conn_fini(struct http_conn *conn, enum hms_close_reason reason)
{
	hms_timer_stop(&conn->write_timer);
	if (conn->data && conn->free_data) {
		conn->free_data(conn->data);
	}
	hms_list_remove(&conn->node);
	hms_gauge_add(&http_metrics.open, -1);
	http_metrics_closed(reason);
	http_server_check(conn->server);
}

int http_conn_send(struct http_conn *conn, const struct hms_str *parts, size_t count)
{
	size_t total = 0;
	int rc = hms_conn_writev(conn->conn, parts, count);

	if (rc) {
		return rc;
	}
	for (size_t i = 0; i < count; i++) {
		total += parts[i].len;
	}
	conn->sent_bytes += total;
	hms_counter_add(&http_metrics.bytes_out, total);
	if (hms_conn_queued(conn->conn) && !hms_timer_active(&conn->write_timer)) {
		conn->progress_bytes = conn->sent_bytes - hms_conn_queued(conn->conn);
		hms_timer_start(&conn->write_timer, (uint64_t)conn->server->conf.write_timeout);
	}
	return 0;
}

void http_conn_close(struct http_conn *conn, enum hms_close_reason reason, bool unread)
{
	uint64_t linger_ms = hms_conn_queued(conn->conn) ? (uint64_t)conn->server->conf.write_timeout : LINGER_MS;

	hms_timer_stop(&conn->write_timer);
	if (unread) {
		hms_conn_discard(conn->conn);
	}
	hms_conn_close(conn->conn, reason, linger_ms);
}
