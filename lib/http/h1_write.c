/* Responses as HTTP/1.1 messages: one system call for head and body together. */
#include "h1.h"

static const struct hms_str h1_line_end = { "\r\n", 2 };
static const struct hms_str h1_last_chunk = { "0\r\n\r\n", 5 };

static struct h1_conn *h1_of(struct hms_http_req *req) { return hms_container_of(req->conn, struct h1_conn, base); }

void h1_send_continue(struct h1_conn *h1)
{
	static const struct hms_str text = { "HTTP/1.1 100 Continue\r\n\r\n", 25 };

	if (h1->req->reply == HTTP_REPLY_NONE) {
		http_conn_send(&h1->base, &text, 1); /* a failing connection reports itself */
	}
	h1->expect = false;
}

/* RFC 9112 9.3: whether the connection is used again. */
static bool h1_reply_keeps(const struct h1_conn *h1, bool delimited)
{
	const struct hms_http_server *server = h1->base.server;

	return h1->keep_alive && h1->req->body_complete && delimited && !server->draining &&
	       h1->requests < (uint64_t)server->conf.requests_per_connection;
}

/* The handler's fields; "Connection: close" is its way to say that. */
static void h1_add_headers(struct h1_conn *h1, struct hms_buf *out, const struct hms_http_header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (hms_str_caseeq(headers[i].name, HMS_STR("Connection"))) {
			h1->keep_alive = h1->keep_alive && !hms_str_caseeq(headers[i].value, HMS_STR("close"));
			continue;
		}
		hms_buf_str(out, headers[i].name);
		hms_buf_add(out, ": ", 2);
		hms_buf_str(out, headers[i].value);
		hms_buf_str(out, h1_line_end);
	}
}

static void h1_add_status(struct hms_buf *out, unsigned status)
{
	hms_buf_reset(out);
	hms_buf_add(out, "HTTP/1.1 ", 9);
	hms_buf_u64(out, status);
	hms_buf_char(out, ' ');
	hms_buf_strz(out, hms_http_status_text(status));
	hms_buf_str(out, h1_line_end);
}

static void h1_add_length(struct hms_buf *out, int64_t length)
{
	hms_buf_add(out, "Content-Length: ", 16);
	hms_buf_u64(out, (uint64_t)length);
	hms_buf_str(out, h1_line_end);
}

static int h1_begin(struct hms_http_req *req, unsigned status, const struct http_reply_head *head, struct hms_str body)
{
	int64_t length = head->length;
	struct h1_conn *h1 = h1_of(req);
	struct hms_buf *out = &h1->base.server->scratch;
	struct hms_str parts[2];

	h1->chunk_reply = length < 0 && !h1->http10 && status != 204 && status != 304;
	h1_add_status(out, status);
	h1_add_headers(h1, out, head->headers, head->count);
	h1->keep_alive = h1_reply_keeps(h1, length >= 0 || h1->chunk_reply || req->bodiless);
	if (h1->chunk_reply) {
		hms_buf_strz(out, "Transfer-Encoding: chunked\r\n");
	} else if (length >= 0 && status != 204 && status != 304) {
		h1_add_length(out, length);
	}
	if (!h1->keep_alive) {
		hms_buf_strz(out, "Connection: close\r\n");
	} else if (h1->http10) {
		hms_buf_strz(out, "Connection: keep-alive\r\n");
	}
	hms_buf_str(out, h1_line_end);
	if (out->failed) {
		return HMS_ENOMEM;
	}
	parts[0] = hms_buf_view(out);
	parts[1] = body;
	return http_conn_send(&h1->base, parts, body.len ? 2 : 1);
}

static int h1_write(struct hms_http_req *req, struct hms_str data)
{
	static const char digits[] = "0123456789abcdef";
	struct h1_conn *h1 = h1_of(req);
	char line[2 * sizeof(data.len) + 2], *p = line + sizeof(line);

	if (!h1->chunk_reply) {
		return http_conn_send(&h1->base, &data, 1);
	}
	*--p = '\n';
	*--p = '\r';
	for (size_t left = data.len; left; left >>= 4) {
		*--p = digits[left & 15];
	}
	return http_conn_send(&h1->base, (struct hms_str[]){ { p, (size_t)(line + sizeof(line) - p) }, data, h1_line_end }, 3);
}

static int h1_end(struct hms_http_req *req)
{
	struct h1_conn *h1 = h1_of(req);
	int rc = 0;

	if (h1->chunk_reply && !req->bodiless) {
		rc = http_conn_send(&h1->base, &h1_last_chunk, 1);
		h1->tail_pending = rc == HMS_EFULL;
	}
	h1_continue(h1);
	return rc == HMS_EFULL ? 0 : rc;
}

void h1_on_room(struct h1_conn *h1)
{
	struct hms_http_req *req = h1->req;

	if (h1->tail_pending) {
		h1->tail_pending = http_conn_send(&h1->base, &h1_last_chunk, 1) == HMS_EFULL;
	} else if (req && req->reply == HTTP_REPLY_STREAM && req->cb && req->cb->drained) {
		req->cb->drained(req, req->arg);
	}
	h1_continue(h1); /* an answer's end, or a pipelined request, may have waited for the room */
}

static void h1_paused(struct hms_http_req *req) { h1_continue(h1_of(req)); }

static void h1_abort(struct hms_http_req *req)
{
	struct h1_conn *h1 = h1_of(req);

	h1->state = H1_CLOSING;
	hms_conn_abort(h1->base.conn, HMS_CLOSE_ABORT);
}

const struct http_req_ops h1_req_ops = { h1_begin, h1_write, h1_end, h1_paused, h1_abort };
