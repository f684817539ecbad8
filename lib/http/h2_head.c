/* The fields of a request's header block: kept while they come, judged when all are there. nghttp2 has seen to what RFC
 * 9113 8.2 and 8.3 call malformed: pseudo-header fields, upper case, fields of the connection. */
#include "h2.h"

#include "hms/base/err.h"

enum {
	FIELD_BYTES = 32, /* RFC 9113 6.5.2: what a field counts beside its text */
	FIELDS_FIRST = 16,
	BLOCK_FACTOR = 4, /* so much over the limit is read to answer 431, not more */
};

static enum http_reject head_check_size(struct h2_stream *stream, struct hms_str name, struct hms_str value)
{
	const struct hms_http_conf *conf = &stream->h2->base.server->conf;

	if (hms_str_eqz(name, ":path") && value.len > (size_t)conf->target_max_bytes) {
		return HTTP_REJECT_TARGET_SIZE;
	}
	if (hms_str_eqz(name, ":path")) {
		stream->head_bytes -= value.len; /* it has a limit of its own */
	}
	if (stream->head_bytes > (size_t)conf->header_max_bytes) {
		return HTTP_REJECT_HEADER_SIZE;
	}
	if (name.p[0] != ':' && stream->req->header_count - stream->pseudo_count >= (size_t)conf->headers_max) {
		return HTTP_REJECT_HEADER_COUNT;
	}
	return HTTP_REJECT_NONE;
}

/* The text goes to req->head, which may still move: only the lengths are kept here. */
static enum http_reject head_store(struct h2_stream *stream, struct hms_str name, struct hms_str value)
{
	struct hms_http_req *req = stream->req;
	size_t n = req->header_count, size = sizeof(*req->headers);

	if (n == 0 || (n >= FIELDS_FIRST && (n & (n - 1)) == 0)) {
		struct hms_http_header *more =
			hms_arena_grow(req->arena, req->headers, n * size, (n ? 2 * n : (size_t)FIELDS_FIRST) * size);

		if (!more) {
			return HTTP_REJECT_MEMORY;
		}
		req->headers = more;
	}
	hms_buf_str(&req->head, name);
	hms_buf_str(&req->head, value);
	req->headers[req->header_count++] = (struct hms_http_header){ { NULL, name.len }, { NULL, value.len } };
	stream->pseudo_count += name.p[0] == ':';
	return req->head.failed ? HTTP_REJECT_MEMORY : HTTP_REJECT_NONE;
}

int h2_head_add(struct h2_stream *stream, struct hms_str name, struct hms_str value)
{
	const struct hms_http_conf *conf = &stream->h2->base.server->conf;

	stream->head_bytes += name.len + value.len + FIELD_BYTES;
	if (stream->head_bytes / BLOCK_FACTOR > (size_t)conf->header_max_bytes + (size_t)conf->target_max_bytes) {
		return HMS_ETOOBIG;
	}
	if (stream->state != H2_HEAD || stream->why) {
		return 0; /* trailers are not kept; what is refused is only read to its end */
	}
	stream->why = head_check_size(stream, name, value);
	if (!stream->why) {
		stream->why = head_store(stream, name, value);
	}
	return 0;
}

struct head_pseudo {
	struct hms_str method, path, authority;
};

static void head_set_pseudo(struct head_pseudo *pseudo, struct hms_str name, struct hms_str value)
{
	if (hms_str_eqz(name, ":method")) {
		pseudo->method = value;
	} else if (hms_str_eqz(name, ":path")) {
		pseudo->path = value;
	} else if (hms_str_eqz(name, ":authority")) {
		pseudo->authority = value;
	}
}

/* Gives the kept lengths their text, and takes the pseudo-header fields out. */
static void head_resolve(struct hms_http_req *req, struct head_pseudo *pseudo)
{
	const char *p = req->head.p;
	size_t count = req->header_count;

	req->header_count = 0;
	for (size_t i = 0; i < count; i++) {
		struct hms_http_header *h = &req->headers[i];

		h->name.p = p;
		h->value.p = p + h->name.len;
		p = h->value.p + h->value.len;
		if (h->name.p[0] == ':') {
			head_set_pseudo(pseudo, h->name, h->value);
		} else {
			req->headers[req->header_count++] = *h;
		}
	}
}

/* RFC 9113 8.3.1: :authority is what Host was; the handler finds it under that name. Two that differ hide something
 * from somebody. nghttp2 has seen to one of them being there. */
static enum http_reject head_check_host(struct hms_http_req *req, struct hms_str authority)
{
	struct hms_str host = http_header_find(req->headers, req->header_count, "Host", 0);

	if (authority.p && host.p && !hms_str_caseeq(authority, host)) {
		return HTTP_REJECT_HOST;
	}
	if (!host.p && !authority.p) {
		return HTTP_REJECT_HOST;
	}
	if (!host.p) {
		host = authority;
		req->headers[req->header_count++] = (struct hms_http_header){ HMS_STR("host"), host }; /* :authority's place */
	}
	return http_host_valid(host) ? HTTP_REJECT_NONE : HTTP_REJECT_HOST;
}

/* RFC 9113 8.2.3: a client may split Cookie for the sake of compression; handlers see one. */
static enum http_reject head_join_cookies(struct hms_http_req *req)
{
	size_t parts = http_header_count(req->headers, req->header_count, "Cookie"), kept = 0;
	struct hms_buf all = HMS_BUF_INIT(req->head.cap);
	struct hms_str joined;

	if (parts < 2) {
		return HTTP_REJECT_NONE;
	}
	for (size_t i = 0; i < req->header_count; i++) {
		if (!hms_str_eqz(req->headers[i].name, "cookie")) {
			req->headers[kept++] = req->headers[i];
			continue;
		}
		hms_buf_add(&all, "; ", all.len ? 2 : 0);
		hms_buf_str(&all, req->headers[i].value);
	}
	joined = all.failed ? (struct hms_str){ 0 } : hms_arena_str(req->arena, hms_buf_view(&all));
	hms_buf_fini(&all);
	req->header_count = kept + 1;
	req->headers[kept] = (struct hms_http_header){ HMS_STR("cookie"), joined };
	return joined.p ? HTTP_REJECT_NONE : HTTP_REJECT_MEMORY;
}

/* nghttp2 has refused what is no number, and two. */
static enum http_reject head_check_length(struct hms_http_req *req)
{
	struct hms_str length = http_header_find(req->headers, req->header_count, "Content-Length", 0);

	return length.p && hms_str_i64(length, &req->content_length) ? HTTP_REJECT_FRAMING : HTTP_REJECT_NONE;
}

enum http_reject h2_head_read(struct h2_stream *stream)
{
	struct hms_http_req *req = stream->req;
	struct head_pseudo pseudo = { 0 };
	enum http_reject why;

	head_resolve(req, &pseudo);
	req->method = pseudo.method;
	stream->is_head = req->is_head = hms_str_eqz(req->method, "HEAD");
	if (hms_str_eqz(req->method, "CONNECT")) {
		return HTTP_REJECT_METHOD;
	}
	why = http_head_target(req, pseudo.path, hms_str_eqz(req->method, "OPTIONS"));
	if (!why) {
		why = head_check_host(req, pseudo.authority);
	}
	if (!why) {
		why = head_join_cookies(req);
	}
	if (!why) {
		why = head_check_length(req);
	}
	return why ? why : http_head_expect(req, &stream->expect);
}
