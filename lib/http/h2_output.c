/* What is queued of a response's body: limits, the write timeout, and the way through nghttp2 to the connection. */
#include "h2.h"

#include "hms/base/err.h"

enum {
	FRAME_HEADER_BYTES = 9,
	WRITE_BYTES = 65536,	  /* one system call */
	OUTPUT_KEEP_BYTES = 4096, /* an empty queue keeps no more memory than this */
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

bool h2_output_takes(const struct h2_stream *stream) { return output_below(stream, 1); }

bool h2_output_room(const struct h2_stream *stream) { return output_below(stream, 2); }

static bool output_waits(const struct h2_stream *stream)
{
	return !h2_stream_closed(stream) && !stream->sent && (output_pending(stream) || stream->output_end);
}

int h2_output_changed(struct h2_stream *stream)
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

int h2_output_add(struct h2_stream *stream, struct hms_str data)
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
