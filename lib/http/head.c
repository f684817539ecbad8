/* What every version of HTTP asks of a request's head: target, host, expectation. */
#include "http_internal.h"

/* RFC 9112 3.2, RFC 3986 2: printable ASCII. nghttp2 lets other bytes through, and what reads a path need not expect them. */
static bool target_text_valid(struct hms_str target)
{
	for (size_t i = 0; i < target.len; i++) {
		if (target.p[i] <= ' ' || target.p[i] >= 0x7f) {
			return false;
		}
	}
	return true;
}

enum http_reject http_head_target(struct hms_http_req *req, struct hms_str target, bool options)
{
	if (target.len == 0 || !target_text_valid(target) || memchr(target.p, '#', target.len) ||
	    (target.p[0] != '/' && !(options && hms_str_eqz(target, "*")))) {
		return HTTP_REJECT_TARGET;
	}
	req->path = hms_str_split(&target, '?');
	req->query = target;
	return HTTP_REJECT_NONE;
}

bool http_host_valid(struct hms_str host)
{
	static const char no_host[] = "/\\?#@, \t\"<>^`{|}"; /* and NUL */

	for (size_t i = 0; i < host.len; i++) {
		if (memchr(no_host, host.p[i], sizeof(no_host))) {
			return false;
		}
	}
	return true;
}

enum http_reject http_head_expect(const struct hms_http_req *req, bool *expect)
{
	struct hms_str value = http_header_find(req->headers, req->header_count, "Expect", 0);

	*expect = false;
	if (!value.p) {
		return HTTP_REJECT_NONE;
	}
	if (!hms_str_caseeq(value, HMS_STR("100-continue")) || http_header_count(req->headers, req->header_count, "Expect") > 1) {
		return HTTP_REJECT_EXPECT;
	}
	*expect = !req->body_complete;
	return HTTP_REJECT_NONE;
}
