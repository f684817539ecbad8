/* The body of a request: pieces to the handler, within its limit and at its pace. */
#include "h1.h"

enum http_reject h1_body_piece(struct h1_conn *h1, const char *data, size_t len)
{
	struct hms_http_req *req = h1->req;

	if (len > req->body_max || req->body_bytes > req->body_max - len) {
		return HTTP_REJECT_BODY_SIZE;
	}
	req->body_bytes += len;
	if (req->cb && req->cb->body) {
		req->cb->body(req, data, len, req->arg);
	}
	return HTTP_REJECT_NONE;
}

static size_t body_read_plain(struct h1_conn *h1, const char *data, size_t len, enum http_reject *why)
{
	size_t n = len < h1->body_left ? len : (size_t)h1->body_left;

	h1->body_left -= n;
	h1->req->body_complete = h1->body_left == 0; /* before the callback: an answer from there may keep the connection */
	*why = h1_body_piece(h1, data, n);
	return n;
}

static void body_complete(struct h1_conn *h1)
{
	struct hms_http_req *req = h1->req;

	h1->state = H1_WAIT;
	if (req->cb && req->cb->complete) {
		req->cb->complete(req, req->arg);
	}
}

size_t h1_body_step(struct h1_conn *h1, const char *data, size_t len)
{
	struct hms_http_req *req = h1->req;
	enum http_reject why = HTTP_REJECT_NONE;
	size_t used = 0;

	if (req->paused) {
		return 0;
	}
	if (req->body_complete) {
		body_complete(h1);
		return 0;
	}
	if (req->content_length > 0 && (uint64_t)req->content_length > req->body_max) {
		why = HTTP_REJECT_BODY_SIZE; /* the handler has had its chance to raise the limit */
	} else if (len) {
		h1->expect = false;
		used = (h1->chunked ? h1_parse_chunks : body_read_plain)(h1, data, len, &why);
	} else if (h1->expect) {
		h1_send_continue(h1);
	}
	if (why) {
		h1_reject(h1, why);
	}
	return used;
}
