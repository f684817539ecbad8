/* Responses as HTTP/2 streams: heads to nghttp2, bodies queued here until it may send them. */
#include "h2.h"

#include <stdio.h>

#include "hms/base/err.h"

enum { STATUS_BYTES = 4, LENGTH_BYTES = 24 };

static nghttp2_nv nv(struct hms_str name, struct hms_str value)
{
	return (nghttp2_nv){ (uint8_t *)name.p, (uint8_t *)value.p, name.len, value.len, NGHTTP2_NV_FLAG_NONE };
}

/* RFC 9113 8.2.2: fields of the connection have no place here. "Connection: close" is the handler's way to say that. */
static bool head_is_connection(struct hms_str name)
{
	static const char *const names[] = { "Connection", "Keep-Alive", "Proxy-Connection", "Upgrade" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (hms_str_caseeq(name, hms_str(names[i]))) {
			return true;
		}
	}
	return false;
}

static size_t head_add_fields(struct h2_conn *h2, nghttp2_nv *out, const struct http_reply_head *head)
{
	size_t n = 0;

	for (size_t i = 0; i < head->count; i++) {
		const struct hms_http_header *h = &head->headers[i];

		if (!head_is_connection(h->name)) {
			out[n++] = nv(h->name, hms_str_trim(h->value));
		} else if (hms_str_caseeq(h->name, HMS_STR("Connection")) && hms_str_caseeq(h->value, HMS_STR("close"))) {
			h2_leave(h2, HMS_CLOSE_DONE);
		}
	}
	return n;
}

static int head_submit(struct h2_stream *stream, const nghttp2_nv *fields, size_t count, bool end)
{
	nghttp2_data_provider body = { { .ptr = stream }, h2_read_output };
	int rc = nghttp2_submit_response(stream->h2->session, stream->id, fields, count, end ? NULL : &body);

	return rc == 0 ? 0 : rc == NGHTTP2_ERR_NOMEM ? HMS_ENOMEM : HMS_ECLOSED;
}

static int send_head(struct h2_stream *stream, unsigned status, const struct http_reply_head *head, nghttp2_nv *fields, struct hms_str body)
{
	char status_text[STATUS_BYTES], length_text[LENGTH_BYTES];
	size_t n = 1;
	int rc;

	snprintf(status_text, sizeof(status_text), "%u", status % 1000);
	fields[0] = nv(HMS_STR(":status"), hms_str(status_text));
	n += head_add_fields(stream->h2, fields + n, head);
	if (head->length >= 0 && status != 204 && status != 304) {
		snprintf(length_text, sizeof(length_text), "%lld", (long long)head->length);
		fields[n++] = nv(HMS_STR("content-length"), hms_str(length_text));
	}
	if (h2_output_add(stream, body)) {
		return HMS_ENOMEM;
	}
	rc = head_submit(stream, fields, n, head->whole && body.len == 0);
	return rc ? rc : h2_output_changed(stream);
}

int h2_send_text(struct h2_stream *stream, unsigned status, const char *text)
{
	static const struct hms_http_header type = { HMS_STR("content-type"), HMS_STR("text/plain") };
	char line[64];
	int len = snprintf(line, sizeof(line), "%s\n", text);
	struct http_reply_head head = { &type, 1, len, true };
	nghttp2_nv fields[3];

	stream->output_end = true;
	return send_head(stream, status, &head, fields, hms_strn(line, stream->is_head ? 0 : (size_t)len));
}

void h2_send_continue(struct h2_stream *stream)
{
	nghttp2_nv status = nv(HMS_STR(":status"), HMS_STR("100"));

	stream->expect = false;
	if (stream->req->reply == HTTP_REPLY_NONE &&
	    nghttp2_submit_headers(stream->h2->session, NGHTTP2_FLAG_NONE, stream->id, NULL, &status, 1, NULL) < 0) {
		h2_stream_cut(stream, NGHTTP2_INTERNAL_ERROR);
	}
	h2_continue(stream->h2);
}

/* ---- what reply.c calls ---- */
/* NULL: nothing can be sent for the request any more. */
static struct h2_stream *stream_of(const struct hms_http_req *req)
{
	struct h2_stream *stream = req->stream;

	return h2_stream_closed(stream) || stream->req != req ? NULL : stream;
}

static int h2_begin(struct hms_http_req *req, unsigned status, const struct http_reply_head *head, struct hms_str body)
{
	struct h2_stream *stream = stream_of(req);
	nghttp2_nv *fields;

	if (!stream) {
		return HMS_ECLOSED;
	}
	fields = hms_arena_alloc(req->arena, (head->count + 2) * sizeof(*fields));
	return fields ? send_head(stream, status, head, fields, body) : HMS_ENOMEM;
}

static int h2_write(struct hms_http_req *req, struct hms_str data)
{
	struct h2_stream *stream = stream_of(req);

	if (!stream) {
		return HMS_ECLOSED;
	}
	if (!h2_output_takes(stream)) {
		h2_stream_hold(stream);
		return HMS_EFULL;
	}
	if (h2_output_add(stream, data) || h2_output_changed(stream)) {
		h2_stream_cut(stream, NGHTTP2_INTERNAL_ERROR); /* as a connection of HTTP/1 that cannot queue more */
		return HMS_ECLOSED;
	}
	return 0;
}

static int h2_end(struct hms_http_req *req)
{
	struct h2_stream *stream = stream_of(req);

	if (!stream) {
		return HMS_ECLOSED;
	}
	stream->output_end = true;
	h2_stream_answered(stream);
	if (h2_output_changed(stream)) {
		h2_stream_cut(stream, NGHTTP2_INTERNAL_ERROR);
		return HMS_ECLOSED;
	}
	return 0;
}

static void h2_paused(struct hms_http_req *req)
{
	struct h2_stream *stream = stream_of(req);

	if (stream) {
		h2_stream_todo(stream);
	}
}

static void h2_abort(struct hms_http_req *req)
{
	struct h2_stream *stream = stream_of(req);

	if (stream) {
		h2_stream_cut(stream, NGHTTP2_INTERNAL_ERROR);
	}
}

const struct http_req_ops h2_req_ops = { h2_begin, h2_write, h2_end, h2_paused, h2_abort };
