/* HTTP/1 connections of the server: life, states, timers. */
#include "h1.h"

#include <stdlib.h>

enum {
	INPUT_MAX_BYTES = 65536, /* one call of the connection's: reading pauses while `input` is not empty */
};

static size_t h1_step_idle(struct h1_conn *h1, const char *data, size_t len)
{
	const struct hms_http_server *server = h1->base.server;

	(void)data;
	/* Answers that nobody reads are not added to: the connection's drained callback goes on. */
	if (len == 0 || hms_conn_queued(h1->base.conn) >= (size_t)server->conf.write_queue_bytes / 2) {
		return 0;
	}
	h1->req = http_req_new(&h1->base, &h1_req_ops);
	if (!h1->req) {
		h1_reject(h1, HTTP_REJECT_MEMORY);
		return 0;
	}
	h1->scan = (struct h1_scan){ 0 };
	h1->trailer_bytes = 0;
	h1->chunk_reply = h1->tail_pending = false;
	if (h1->requests || !h1->started_ms) {
		h1->started_ms = hms_loop_now_ms(server->loop);
	}
	h1->state = H1_HEAD;
	return 0;
}

static size_t h1_step_head(struct h1_conn *h1, const char *data, size_t len)
{
	struct hms_http_server *server = h1->base.server;
	struct hms_http_req *req = h1->req;
	enum http_reject why;
	bool complete;
	size_t used = h1_scan(&h1->scan, data, len, &why, &complete);

	if (!why) {
		why = h1_head_check_size(h1);
	}
	if (!why) {
		hms_buf_add(&req->head, data, used);
		why = req->head.failed ? HTTP_REJECT_MEMORY : HTTP_REJECT_NONE;
	}
	if (!why && complete) {
		why = h1_head_read(h1);
	}
	if (why) {
		h1_reject(h1, why);
	} else if (complete) {
		h1->state = H1_BODY;
		h1->requests++;
		req->handled = true;
		server->handler(req, server->arg);
	}
	return used;
}

static size_t h1_step_none(struct h1_conn *h1, const char *data, size_t len)
{
	(void)h1;
	(void)data;
	(void)len;
	return 0;
}

/* The answer is complete. */
static void h1_answered(struct h1_conn *h1)
{
	struct hms_http_req *req = h1->req;
	bool unread = !req->body_complete || h1->input.len;

	h1->req = NULL;
	h1->state = H1_IDLE;
	if (!h1->keep_alive) {
		h1_close(h1, HMS_CLOSE_DONE, unread);
	}
	http_req_end(req, false);
}

static bool h1_is_answered(const struct h1_conn *h1)
{
	return h1->req && h1->req->reply == HTTP_REPLY_DONE && !h1->tail_pending && h1->state != H1_CLOSING;
}

static void h1_set_timer(struct h1_conn *h1)
{
	const struct hms_http_conf *conf = &h1->base.server->conf;
	uint64_t age = hms_loop_now_ms(h1->base.server->loop) - h1->started_ms;
	uint64_t header_ms = (uint64_t)conf->header_timeout, body_ms = (uint64_t)conf->body_timeout;
	uint64_t left_ms = age < (uint64_t)conf->request_timeout ? (uint64_t)conf->request_timeout - age : 0;

	if (h1->state == H1_IDLE) {
		hms_timer_start(&h1->timer, h1->requests ? (uint64_t)conf->idle_timeout : header_ms);
	} else if (h1->state == H1_HEAD) {
		hms_timer_start(&h1->timer, age < header_ms ? header_ms - age : 0);
	} else if (h1->state == H1_BODY && !h1->req->paused) {
		hms_timer_start(&h1->timer, body_ms < left_ms ? body_ms : left_ms);
	} else {
		hms_timer_stop(&h1->timer); /* the handler keeps the time of its answer */
	}
}

/* Goes on as far as the bytes and the handler allow. Returns the bytes used. */
static size_t h1_advance(struct h1_conn *h1, const char *data, size_t len)
{
	static size_t (*const steps[])(struct h1_conn *, const char *, size_t) = {
		[H1_IDLE] = h1_step_idle, [H1_HEAD] = h1_step_head,    [H1_BODY] = h1_body_step,
		[H1_WAIT] = h1_step_none, [H1_CLOSING] = h1_step_none,
	};
	size_t used = 0, n;
	enum h1_state before;

	h1->running = true;
	do {
		before = h1->state;
		n = 0;
		if (h1_is_answered(h1)) {
			h1_answered(h1);
			continue;
		}
		n = steps[h1->state](h1, data + used, len - used);
		used += n;
	} while (n || h1->state != before || h1_is_answered(h1));
	h1->running = false;
	h1_set_timer(h1);
	return used;
}

static void h1_on_data(struct hms_conn *conn, const char *data, size_t len, void *arg)
{
	struct h1_conn *h1 = arg;
	size_t used = h1_advance(h1, data, len);

	hms_counter_add(&http_metrics.bytes_in, len);
	if (used == len || h1->state == H1_CLOSING) {
		return;
	}
	hms_buf_add(&h1->input, data + used, len - used);
	hms_conn_pause(conn, true);
	if (h1->input.failed) {
		h1_close(h1, HMS_CLOSE_MEMORY, false);
	}
}

static void h1_on_later(struct hms_defer *defer, void *arg)
{
	struct h1_conn *h1 = arg;
	size_t used = h1_advance(h1, h1->input.len ? h1->input.p : "", h1->input.len);

	(void)defer;
	if (h1->input.len == 0) {
		return;
	}
	hms_buf_consume(&h1->input, used);
	if (h1->input.len == 0 && h1->state != H1_CLOSING) {
		hms_buf_fini(&h1->input);
		hms_buf_init(&h1->input, INPUT_MAX_BYTES);
		hms_conn_pause(h1->base.conn, false);
	}
}

void h1_continue(struct h1_conn *h1)
{
	if (!h1->running) {
		hms_defer_schedule(h1->base.server->loop, &h1->later);
	}
}

void h1_close(struct h1_conn *h1, enum hms_close_reason reason, bool unread)
{
	h1->state = H1_CLOSING;
	hms_timer_stop(&h1->timer);
	http_conn_close(&h1->base, reason, unread);
}

static void h1_send_reject(struct h1_conn *h1, unsigned status)
{
	struct hms_buf *out = &h1->base.server->scratch;
	const char *text = hms_http_status_text(status);
	bool is_head = h1->req && h1->req->is_head;
	struct hms_str message;

	hms_buf_reset(out);
	hms_buf_printf(out, "HTTP/1.1 %u %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s%s", status,
		       text, strlen(text) + 1, is_head ? "" : text, is_head ? "" : "\n");
	message = hms_buf_view(out);
	if (!out->failed && http_conn_send(&h1->base, &message, 1) == 0) {
		http_metrics_answered(&h1->base, status);
	}
}

void h1_reject(struct h1_conn *h1, enum http_reject why)
{
	const struct http_reject_row *row = &http_rejects[why];
	struct hms_http_req *req = h1->req;

	http_metrics_rejected(why);
	if (req && req->reply != HTTP_REPLY_NONE) {
		h1->state = H1_CLOSING;
		hms_conn_abort(h1->base.conn, row->close); /* in the middle of an answer only the cut tells */
		return;
	}
	h1_send_reject(h1, row->status);
	h1->req = NULL;
	h1_close(h1, row->close, true);
	if (req && req->handled) {
		http_req_end(req, true);
	} else if (req) {
		http_req_free(req);
	}
}

static void h1_on_timer(struct hms_timer *timer, void *arg)
{
	struct h1_conn *h1 = arg;

	(void)timer;
	if (h1->state == H1_IDLE) {
		h1_close(h1, h1->base.server->draining ? HMS_CLOSE_DRAIN : HMS_CLOSE_IDLE, false);
	} else {
		h1_reject(h1, HTTP_REJECT_TIMEOUT);
	}
}

static void h1_on_drained(struct hms_conn *conn, void *arg)
{
	(void)conn;
	h1_on_room(arg);
}

static void h1_on_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg)
{
	struct h1_conn *h1 = arg;
	struct hms_http_req *req = h1->req;

	(void)conn;
	hms_timer_stop(&h1->timer);
	hms_defer_cancel(&h1->later);
	if (req && req->handled) {
		http_req_end(req, req->reply != HTTP_REPLY_DONE);
	} else if (req) {
		http_req_free(req);
	}
	http_conn_fini(&h1->base, reason);
	hms_buf_fini(&h1->input);
	free(h1);
}

static void h1_drain(struct http_conn *conn)
{
	struct h1_conn *h1 = hms_container_of(conn, struct h1_conn, base);

	if (h1->state == H1_IDLE && h1->input.len == 0) {
		hms_timer_start(&h1->timer, HTTP_DRAIN_MS);
	}
}

static void h1_abort_conn(struct http_conn *conn, enum hms_close_reason reason)
{
	struct h1_conn *h1 = hms_container_of(conn, struct h1_conn, base);

	h1->state = H1_CLOSING;
	hms_conn_abort(conn->conn, reason);
}

static void h1_data(struct http_conn *conn, const char *data, size_t len)
{
	h1_on_data(conn->conn, data, len, hms_container_of(conn, struct h1_conn, base));
}

struct http_conn *h1_open(struct http_conn *from, uint64_t started_ms)
{
	static const struct http_conn_ops ops = { 1, h1_data, h1_drain, h1_abort_conn };
	static const struct hms_conn_cb cb = { .data = h1_on_data, .drained = h1_on_drained, .closed = h1_on_closed };
	struct h1_conn *h1 = calloc(1, sizeof(*h1));
	struct hms_loop *loop = from->server->loop;

	if (!h1) {
		return NULL;
	}
	http_conn_take(&h1->base, &ops, from);
	hms_buf_init(&h1->input, INPUT_MAX_BYTES);
	hms_timer_init(&h1->timer, loop, h1_on_timer, h1);
	hms_defer_init(&h1->later, h1_on_later, h1);
	hms_conn_set_cb(from->conn, &cb, h1);
	h1->started_ms = started_ms;
	return &h1->base;
}
