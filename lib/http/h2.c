/* HTTP/2 connections of the server: life, leaving, timers. */
#include "h2.h"

#include <stdlib.h>

enum { GRACE_MS = 1000 }; /* for a client's requests under way when it is told to go */

void h2_continue(struct h2_conn *h2) { hms_defer_schedule(h2->base.server->loop, &h2->later); }

bool h2_must(struct h2_conn *h2, int rc)
{
	if (rc == NGHTTP2_ERR_NOMEM) {
		h2->base.ops->abort(&h2->base, HMS_CLOSE_MEMORY);
	}
	return rc == 0;
}

void h2_set_timer(struct h2_conn *h2)
{
	const struct hms_http_conf *conf = &h2->base.server->conf;

	if (h2->leaving != H2_LEAVING_NO) {
		return;
	}
	if (h2->stream_count) {
		hms_timer_stop(&h2->timer);
	} else {
		hms_timer_start(&h2->timer, (uint64_t)(h2->requests ? conf->idle_timeout : conf->header_timeout));
	}
}

/* Nothing is read or written any more but for what is queued. */
static void h2_close(struct h2_conn *h2, enum hms_close_reason reason, bool unread)
{
	h2->leaving = H2_LEAVING_CLOSING;
	hms_timer_stop(&h2->timer);
	http_conn_close(&h2->base, reason, unread);
	h2_continue(h2);
}

void h2_leave(struct h2_conn *h2, enum hms_close_reason reason)
{
	if (h2->leaving != H2_LEAVING_NO) {
		return;
	}
	h2->leaving = H2_LEAVING_ANNOUNCED;
	h2->reason = reason;
	hms_timer_start(&h2->timer, GRACE_MS);
	h2_must(h2, nghttp2_submit_shutdown_notice(h2->session));
	h2_must(h2, nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, NULL));
	h2_continue(h2);
}

/* RFC 9113 6.8: what the client sent before it knew has come; the rest it repeats elsewhere. */
static void h2_leave_now(struct h2_conn *h2)
{
	h2->leaving = H2_LEAVING_FINAL;
	hms_timer_stop(&h2->timer);
	h2_must(h2, nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(h2->session),
					  NGHTTP2_NO_ERROR, NULL, 0));
	h2_continue(h2);
}

void h2_on_pong(struct h2_conn *h2)
{
	if (h2->leaving == H2_LEAVING_ANNOUNCED) {
		h2_leave_now(h2);
	}
}

/* nghttp2 may be unable to go on: its goodbye is made here. */
void h2_fail(struct h2_conn *h2, uint32_t code, enum hms_close_reason reason, const char *error)
{
	uint32_t last = (uint32_t)nghttp2_session_get_last_proc_stream_id(h2->session);
	const uint8_t goaway[] = {
		0,
		0,
		8,
		NGHTTP2_GOAWAY,
		0,
		0,
		0,
		0,
		0, /* length, type, flags, stream */
		(uint8_t)(last >> 24),
		(uint8_t)(last >> 16),
		(uint8_t)(last >> 8),
		(uint8_t)last,
		(uint8_t)(code >> 24),
		(uint8_t)(code >> 16),
		(uint8_t)(code >> 8),
		(uint8_t)code,
	};
	struct hms_str part = { (const char *)goaway, sizeof(goaway) };

	if (h2->leaving == H2_LEAVING_CLOSING) {
		return;
	}
	http_metrics_h2_error(error);
	if (h2->output.len == 0) {
		http_conn_send(&h2->base, &part, 1); /* a courtesy: the close tells as well */
	}
	h2_close(h2, reason, true);
}

static void h2_free_streams(struct h2_conn *h2)
{
	while (!hms_list_empty(&h2->streams)) {
		h2_stream_free(hms_container_of(h2->streams.next, struct h2_stream, node));
	}
}

/* Streams that waited for room, if there is some. */
static void h2_wake(struct h2_conn *h2)
{
	struct hms_list *it, *next;

	if (h2->held_count == 0) {
		return;
	}
	hms_list_foreach(it, next, &h2->streams) {
		struct h2_stream *stream = hms_container_of(it, struct h2_stream, node);

		if (stream->held && h2_output_room(stream)) {
			h2_stream_todo(stream);
		}
	}
}

static void h2_run_todo(struct h2_conn *h2)
{
	struct hms_list now;

	hms_list_init(&now);
	while (!hms_list_empty(&h2->todo)) {
		struct hms_list *node = h2->todo.next;

		hms_list_remove(node);
		hms_list_push_back(&now, node);
	}
	while (!hms_list_empty(&now)) { /* what these add has its turn later */
		struct h2_stream *stream = hms_container_of(now.next, struct h2_stream, todo);

		hms_list_remove(&stream->todo);
		h2_stream_run(stream);
	}
}

static bool h2_is_done(const struct h2_conn *h2)
{
	return h2->output.len == 0 && !nghttp2_session_want_read(h2->session) && !nghttp2_session_want_write(h2->session);
}

static void h2_on_later(struct hms_defer *defer, void *arg)
{
	struct h2_conn *h2 = arg;

	(void)defer;
	if (h2->leaving != H2_LEAVING_CLOSING) {
		h2_run_todo(h2);
		h2_flush(h2);
	}
	if (h2->leaving == H2_LEAVING_CLOSING) {
		h2_free_streams(h2);
		return;
	}
	h2_wake(h2);
	if (h2_is_done(h2)) {
		h2_close(h2, h2->failed ? HMS_CLOSE_PROTOCOL : h2->reason, true);
	}
}

/* What nghttp2 says of bytes that it cannot take, as the code of a GOAWAY. */
static void h2_on_broken(struct h2_conn *h2, int error)
{
	static const struct {
		int error;
		uint32_t code;
		enum hms_close_reason reason;
		const char *label;
	} table[] = {
		{ NGHTTP2_ERR_FLOODED, NGHTTP2_ENHANCE_YOUR_CALM, HMS_CLOSE_LIMIT, "flood_frames" },
		{ NGHTTP2_ERR_TOO_MANY_SETTINGS, NGHTTP2_ENHANCE_YOUR_CALM, HMS_CLOSE_LIMIT, "flood_frames" },
		{ NGHTTP2_ERR_TOO_MANY_CONTINUATIONS, NGHTTP2_ENHANCE_YOUR_CALM, HMS_CLOSE_LIMIT, "flood_headers" },
		{ NGHTTP2_ERR_NOMEM, NGHTTP2_INTERNAL_ERROR, HMS_CLOSE_MEMORY, "INTERNAL_ERROR" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].error == error) {
			h2_fail(h2, table[i].code, table[i].reason, table[i].label);
			return;
		}
	}
	h2_fail(h2, NGHTTP2_PROTOCOL_ERROR, HMS_CLOSE_PROTOCOL, "PROTOCOL_ERROR");
}

static void h2_on_data(struct hms_conn *conn, const char *data, size_t len, void *arg)
{
	struct h2_conn *h2 = arg;
	const char *flood;
	ssize_t n;

	(void)conn;
	hms_counter_add(&http_metrics.bytes_in, len);
	if (h2->leaving == H2_LEAVING_CLOSING) {
		return;
	}
	flood = h2_guard_scan(h2, (const uint8_t *)data, len);
	if (flood) {
		h2_fail(h2, NGHTTP2_ENHANCE_YOUR_CALM, HMS_CLOSE_LIMIT, flood);
		return;
	}
	n = nghttp2_session_mem_recv(h2->session, (const uint8_t *)data, len);
	if (n < 0) {
		h2_on_broken(h2, (int)n);
	}
	h2_continue(h2);
}

static void h2_on_drained(struct hms_conn *conn, void *arg)
{
	(void)conn;
	h2_continue(arg);
}

static void h2_on_timer(struct hms_timer *timer, void *arg)
{
	struct h2_conn *h2 = arg;

	(void)timer;
	if (h2->leaving == H2_LEAVING_NO) {
		h2_leave(h2, HMS_CLOSE_IDLE);
	} else if (h2->leaving == H2_LEAVING_ANNOUNCED) {
		h2_leave_now(h2);
	}
}

static void h2_free(struct h2_conn *h2)
{
	hms_timer_stop(&h2->timer);
	hms_defer_cancel(&h2->later);
	nghttp2_session_del(h2->session);
	hms_buf_fini(&h2->output);
	free(h2);
}

static void h2_on_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg)
{
	struct h2_conn *h2 = arg;

	(void)conn;
	h2->leaving = H2_LEAVING_CLOSING;
	h2_free_streams(h2);
	http_conn_fini(&h2->base, reason);
	h2_free(h2);
}

static struct h2_conn *h2_of(struct http_conn *conn) { return hms_container_of(conn, struct h2_conn, base); }

static void h2_data(struct http_conn *conn, const char *data, size_t len) { h2_on_data(conn->conn, data, len, h2_of(conn)); }

static void h2_drain(struct http_conn *conn) { h2_leave(h2_of(conn), HMS_CLOSE_DRAIN); }

static void h2_abort_conn(struct http_conn *conn, enum hms_close_reason reason)
{
	h2_of(conn)->leaving = H2_LEAVING_CLOSING;
	hms_conn_abort(conn->conn, reason);
}

static const struct http_conn_ops h2_ops = { 2, h2_data, h2_drain, h2_abort_conn };

static struct h2_conn *h2_new(struct hms_http_server *server)
{
	struct h2_conn *h2 = calloc(1, sizeof(*h2));

	if (!h2) {
		return NULL;
	}
	h2->base.server = server;
	hms_list_init(&h2->streams);
	hms_list_init(&h2->todo);
	hms_buf_init(&h2->output, SIZE_MAX / 2); /* what one system call would take */
	hms_timer_init(&h2->timer, server->loop, h2_on_timer, h2);
	hms_defer_init(&h2->later, h2_on_later, h2);
	if (h2_session_open(h2)) {
		h2_free(h2);
		return NULL;
	}
	h2_guard_init(h2);
	return h2;
}

struct http_conn *h2_open(struct http_conn *from, uint64_t started_ms)
{
	static const struct hms_conn_cb cb = { .data = h2_on_data, .drained = h2_on_drained, .closed = h2_on_closed };
	struct h2_conn *h2 = h2_new(from->server);

	(void)started_ms; /* the preface is complete: what is slow now is a stream or nothing */
	if (!h2) {
		return NULL;
	}
	http_conn_take(&h2->base, &h2_ops, from);
	hms_conn_set_cb(from->conn, &cb, h2);
	h2_set_timer(h2);
	if (from->server->draining) {
		h2_leave(h2, HMS_CLOSE_DRAIN);
	}
	return &h2->base;
}
