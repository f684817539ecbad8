/* Responses: the rules that hold for every version of HTTP. */
#include "http_internal.h"

/* RFC 9110 6.4.1: these have no content, whatever the handler gives. */
static bool reply_bodiless(const struct hms_http_req *req, unsigned status) { return req->is_head || status == 204 || status == 304; }

static int reply_start(struct hms_http_req *req, unsigned status, const struct http_reply_head *head, struct hms_str body)
{
	int rc;

	if (req->reply != HTTP_REPLY_NONE || status < 200 || status > 599 || !http_headers_valid(head->headers, head->count)) {
		return HMS_EINVAL;
	}
	req->bodiless = reply_bodiless(req, status);
	rc = req->ops->begin(req, status, head, req->bodiless ? (struct hms_str){ 0 } : body);
	if (rc == 0) {
		req->reply = HTTP_REPLY_STREAM;
		http_metrics_answered(req->conn, status);
	}
	return rc;
}

int hms_http_reply(struct hms_http_req *req, unsigned status, const struct hms_http_header *headers, size_t count, struct hms_str body)
{
	struct http_reply_head head = { headers, count, (int64_t)body.len, true };
	int rc = reply_start(req, status, &head, body);

	if (rc == 0) {
		req->reply = HTTP_REPLY_DONE;
		rc = req->ops->end(req);
	}
	return rc;
}

int hms_http_reply_text(struct hms_http_req *req, unsigned status, const char *text)
{
	static const struct hms_http_header type = { HMS_STR("Content-Type"), HMS_STR("text/plain; charset=utf-8") };
	char line[512];
	size_t len = strnlen(text, sizeof(line) - 1);

	memcpy(line, text, len);
	line[len] = '\n';
	return hms_http_reply(req, status, &type, 1, hms_strn(line, len + 1));
}

int hms_http_reply_begin(struct hms_http_req *req, unsigned status, const struct hms_http_header *headers, size_t count, int64_t length)
{
	struct http_reply_head head = { headers, count, length < 0 ? -1 : length, false };

	req->reply_left = head.length;
	return reply_start(req, status, &head, (struct hms_str){ 0 });
}

int hms_http_reply_write(struct hms_http_req *req, const void *data, size_t len)
{
	int rc;

	if (req->reply != HTTP_REPLY_STREAM || (req->reply_left >= 0 && (uint64_t)req->reply_left < len)) {
		return HMS_EINVAL;
	}
	rc = len && !req->bodiless ? req->ops->write(req, hms_strn(data, len)) : 0;
	if (rc == 0 && req->reply_left >= 0) {
		req->reply_left -= (int64_t)len;
	}
	return rc;
}

int hms_http_reply_end(struct hms_http_req *req)
{
	if (req->reply != HTTP_REPLY_STREAM) {
		return HMS_EINVAL;
	}
	if (req->reply_left > 0 && !req->bodiless) {
		req->ops->abort(req); /* less than was declared: only the cut tells the peer */
		return HMS_EINVAL;
	}
	req->reply = HTTP_REPLY_DONE;
	return req->ops->end(req);
}

void hms_http_req_abort(struct hms_http_req *req) { req->ops->abort(req); }
