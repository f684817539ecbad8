/* What a request's head must be before a handler sees it: RFC 9112 and the limits of [http]. */
#include "h1.h"

static enum http_reject head_check_version(struct h1_conn *h1)
{
	h1->http10 = h1->parser.http_minor == 0;
	return h1->parser.http_major == 1 && h1->parser.http_minor <= 1 ? HTTP_REJECT_NONE : HTTP_REJECT_VERSION;
}

static enum http_reject head_check_method(struct h1_conn *h1)
{
	if (h1->parser.method == HTTP_CONNECT) {
		return HTTP_REJECT_METHOD;
	}
	h1->req->method = hms_str(llhttp_method_name(h1->parser.method));
	h1->req->is_head = h1->parser.method == HTTP_HEAD;
	return HTTP_REJECT_NONE;
}

/* RFC 9112 3.2: origin-form, absolute-form (its authority is dropped) or "*" for OPTIONS; no fragment. */
static enum http_reject head_check_target(struct h1_conn *h1)
{
	struct hms_http_req *req = h1->req;
	struct hms_str target = req->path;
	const char *p;

	if (target.len > (size_t)h1->base.server->conf.target_max_bytes) {
		return HTTP_REJECT_TARGET_SIZE;
	}
	if (target.len > 7 && hms_str_caseeq(hms_strn(target.p, 7), HMS_STR("http://"))) {
		p = memchr(target.p + 7, '/', target.len - 7);
		target = p ? hms_strn(p, target.len - (size_t)(p - target.p)) : HMS_STR("/");
	}
	return http_head_target(req, target, h1->parser.method == HTTP_OPTIONS);
}

/* RFC 9112 3.2: exactly one Host in HTTP/1.1, and one that can be a host. */
static enum http_reject head_check_host(struct h1_conn *h1)
{
	const struct hms_http_req *req = h1->req;
	size_t count = http_header_count(req->headers, req->header_count, "Host");

	if (count > 1 || (count == 0 && !h1->http10)) {
		return HTTP_REJECT_HOST;
	}
	return http_host_valid(http_header_find(req->headers, req->header_count, "Host", 0)) ? HTTP_REJECT_NONE : HTTP_REJECT_HOST;
}

/* RFC 9112 6.1 and 6.3. llhttp has refused Content-Length with Transfer-Encoding, and two lengths. */
static enum http_reject head_check_framing(struct h1_conn *h1)
{
	struct hms_http_req *req = h1->req;
	struct hms_str coding = http_header_find(req->headers, req->header_count, "Transfer-Encoding", 0);

	h1->chunked = false;
	h1->body_left = 0;
	if (coding.p && h1->http10) {
		return HTTP_REJECT_FRAMING;
	}
	if (coding.p &&
	    (!hms_str_caseeq(coding, HMS_STR("chunked")) || http_header_count(req->headers, req->header_count, "Transfer-Encoding") > 1)) {
		return HTTP_REJECT_ENCODING;
	}
	if (coding.p) {
		h1->chunked = true;
	} else if (h1->parser.flags & F_CONTENT_LENGTH) {
		if (h1->parser.content_length > INT64_MAX) {
			return HTTP_REJECT_BODY_SIZE;
		}
		h1->body_left = h1->parser.content_length;
		req->content_length = (int64_t)h1->body_left;
	}
	req->body_complete = !h1->chunked && h1->body_left == 0;
	return HTTP_REJECT_NONE;
}

/* RFC 9110 10.1.1: to be ignored in HTTP/1.0. */
static enum http_reject head_check_expect(struct h1_conn *h1)
{
	h1->expect = false;
	return h1->http10 ? HTTP_REJECT_NONE : http_head_expect(h1->req, &h1->expect);
}

enum http_reject h1_head_read(struct h1_conn *h1)
{
	static enum http_reject (*const checks[])(struct h1_conn *) = {
		h1_parse_head,	 head_check_version, head_check_method, head_check_target,
		head_check_host, head_check_framing, head_check_expect,
	};
	enum http_reject why = HTTP_REJECT_NONE;

	if (h1->scan.lines - 1 > (size_t)h1->base.server->conf.headers_max) {
		return HTTP_REJECT_HEADER_COUNT;
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && !why; i++) {
		why = checks[i](h1);
	}
	h1->keep_alive = !why && llhttp_should_keep_alive(&h1->parser);
	return why;
}

enum http_reject h1_head_check_size(const struct h1_conn *h1)
{
	enum { LINE_REST_BYTES = 64 }; /* method, version, blanks, line ends before */
	const struct hms_http_conf *conf = &h1->base.server->conf;
	const struct h1_scan *scan = &h1->scan;

	size_t first_bytes = scan->lines ? scan->first_bytes : scan->bytes;

	if (first_bytes > (size_t)conf->target_max_bytes + LINE_REST_BYTES) {
		return HTTP_REJECT_TARGET_SIZE;
	}
	return scan->bytes - first_bytes > (size_t)conf->header_max_bytes ? HTTP_REJECT_HEADER_SIZE : HTTP_REJECT_NONE;
}
