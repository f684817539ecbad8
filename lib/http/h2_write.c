/* Responses as HTTP/2 streams: heads to nghttp2, bodies queued here until it may send them. */
#include "h2.h"

#include <stdio.h>

#include "hms/base/err.h"

enum {
	FRAME_HEADER_BYTES = 9,
	WRITE_BYTES = 65536,	  /* one system call */
	OUTPUT_KEEP_BYTES = 4096, /* an empty queue keeps no more memory than this */
	STATUS_BYTES = 4,
	LENGTH_BYTES = 24,
};

static size_t output_pending(const struct h2_stream *stream) { return stream->output.len - stream->output_pos; }

/* ---- limits: of a stream, and of all streams of the connection together; one write may go beyond them ---- */
static bool output_below(const struct h2_stream *stream, size_t divisor)
{
	const struct h2_conn *h2 = stream->h2;
	const struct hms_http_conf *conf = &h2->base.server->conf;

	return output_pending(stream) < (size_t)conf->h2_stream_queue_bytes / divisor &&
	       h2->output_bytes + h2->output.len < (size_t)conf->write_queue_bytes / divisor;
}

bool h2_output_room(const struct h2_stream *stream) { return output_below(stream, 2); }

static bool output_waits(const struct h2_stream *stream)
{
	return !h2_stream_closed(stream) && !stream->sent && (output_pending(stream) || stream->output_end);
}

/* After every change of the output: nghttp2 looks at it again, and the client has write_timeout to take some of it. */
static int output_changed(struct h2_stream *stream)
{
	struct h2_conn *h2 = stream->h2;

	if (stream->deferred) {
		stream->deferred = false;
		if (nghttp2_session_resume_data(h2->session, stream->id) == NGHTTP2_ERR_NOMEM) {
			return HMS_ENOMEM;
		}
	}
	if (output_waits(stream) && !hms_timer_active(&stream->write_timer)) {
		stream->progress_bytes = stream->sent_bytes;
		stream->progress_conn_bytes = h2->base.sent_bytes;
		hms_timer_start(&stream->write_timer, (uint64_t)h2->base.server->conf.write_timeout);
	}
	h2_continue(h2);
	return 0;
}

static int output_add(struct h2_stream *stream, struct hms_str data)
{
	if (stream->output_pos > stream->output.len / 2) {
		hms_buf_consume(&stream->output, stream->output_pos);
		stream->output_pos = 0;
	}
	if (hms_buf_reserve(&stream->output, data.len)) {
		return HMS_ENOMEM;
	}
	hms_buf_str(&stream->output, data);
	stream->h2->output_bytes += data.len;
	return 0;
}

static void output_sent(struct h2_stream *stream, size_t len)
{
	stream->output_pos += len;
	stream->sent_bytes += len;
	stream->h2->output_bytes -= len;
	if (output_pending(stream)) {
		return;
	}
	stream->output_pos = 0;
	hms_buf_reset(&stream->output);
	if (stream->output.size > OUTPUT_KEEP_BYTES) {
		hms_buf_fini(&stream->output);
	}
}

void h2_output_drop(struct h2_stream *stream)
{
	stream->h2->output_bytes -= output_pending(stream);
	stream->output_pos = 0;
	hms_buf_fini(&stream->output);
}

/* No progress for write_timeout: the client's fault when its windows are closed, and no other stream is being served
 * from the connection's; else the stream waits for its turn. */
void h2_on_write_timer(struct hms_timer *timer, void *arg)
{
	struct h2_stream *stream = arg;
	struct h2_conn *h2 = stream->h2;
	bool stalled = stream->sent_bytes == stream->progress_bytes &&
		       (nghttp2_session_get_stream_remote_window_size(h2->session, stream->id) <= 0 ||
			h2->base.sent_bytes == stream->progress_conn_bytes);

	if (!output_waits(stream)) {
		return;
	}
	if (stalled) {
		h2_stream_cut(stream, NGHTTP2_CANCEL);
		return;
	}
	stream->progress_bytes = stream->sent_bytes;
	stream->progress_conn_bytes = h2->base.sent_bytes;
	hms_timer_start(timer, (uint64_t)h2->base.server->conf.write_timeout);
}

/* ---- heads ---- */
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
	if (output_add(stream, body)) {
		return HMS_ENOMEM;
	}
	rc = head_submit(stream, fields, n, head->whole && body.len == 0);
	return rc ? rc : output_changed(stream);
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
	if (!output_below(stream, 1)) {
		h2_stream_hold(stream);
		return HMS_EFULL;
	}
	if (output_add(stream, data) || output_changed(stream)) {
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
	if (output_changed(stream)) {
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

/* ---- what nghttp2 calls, and the way to the connection ---- */
ssize_t h2_read_output(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length, uint32_t *flags, nghttp2_data_source *source,
		       void *arg)
{
	struct h2_stream *stream = source->ptr;
	size_t pending = output_pending(stream), n = pending < length ? pending : length;

	(void)session;
	(void)id;
	(void)buf;
	(void)arg;
	if (n == 0 && !stream->output_end) {
		stream->deferred = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	if (n == pending && stream->output_end) {
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	}
	if (n) {
		*flags |= NGHTTP2_DATA_FLAG_NO_COPY; /* h2_send_data() takes it from the stream's queue */
	}
	return (ssize_t)n;
}

int h2_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t length, nghttp2_data_source *source, void *arg)
{
	struct h2_stream *stream = source->ptr;
	struct h2_conn *h2 = arg;
	struct hms_buf *out = &h2->base.server->frames;

	(void)session;
	(void)frame;
	if (out->len >= WRITE_BYTES) {
		return NGHTTP2_ERR_WOULDBLOCK;
	}
	hms_buf_add(out, head, FRAME_HEADER_BYTES);
	hms_buf_add(out, stream->output.p + stream->output_pos, length);
	output_sent(stream, length);
	h2_guard_sent(h2, length);
	return out->failed ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* Fills `out` with frames. 0 or HMS_ENOMEM. */
static int flush_fill(struct h2_conn *h2, struct hms_buf *out)
{
	const uint8_t *frames;
	ssize_t n = 1;

	hms_buf_reset(out);
	while (out->len < WRITE_BYTES && n > 0) {
		n = nghttp2_session_mem_send(h2->session, &frames);
		if (n > 0) {
			hms_buf_add(out, frames, (size_t)n);
		}
	}
	return n < 0 || out->failed ? HMS_ENOMEM : 0;
}

/* What an earlier flush made. Whether it is gone. */
static bool flush_kept(struct h2_conn *h2)
{
	struct hms_str kept = hms_buf_view(&h2->output);

	if (kept.len == 0) {
		return true;
	}
	if (http_conn_send(&h2->base, &kept, 1)) {
		return false;
	}
	hms_buf_fini(&h2->output);
	return true;
}

void h2_flush(struct h2_conn *h2)
{
	struct hms_buf *out = &h2->base.server->frames;
	int rc = 0;
	bool more = h2->leaving != H2_LEAVING_CLOSING && flush_kept(h2);

	while (more && rc == 0) {
		int failed = flush_fill(h2, out);
		struct hms_str part = hms_buf_view(out);

		if (h2->leaving == H2_LEAVING_CLOSING) {
			return; /* by what a callback found */
		}
		if (failed) {
			h2->base.ops->abort(&h2->base, HMS_CLOSE_MEMORY);
			return;
		}
		more = out->len >= WRITE_BYTES;
		rc = part.len ? http_conn_send(&h2->base, &part, 1) : 0;
		if (rc == HMS_EFULL) {
			hms_buf_str(&h2->output, part); /* goes on when the connection has room */
			if (h2->output.failed) {
				h2->base.ops->abort(&h2->base, HMS_CLOSE_MEMORY);
			}
		}
	}
}
