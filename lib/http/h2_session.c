/* nghttp2's session: its options, and what its callbacks mean for streams. */
#include "h2.h"

#include "hms/base/err.h"

enum { MAX_FRAME_BYTES = 16384 };

/* What to return to nghttp2: once the connection is given up, by a handler or a limit, no more of its frames count. */
static int session_result(const struct h2_conn *h2) { return h2->leaving == H2_LEAVING_CLOSING ? NGHTTP2_ERR_CALLBACK_FAILURE : 0; }

static struct h2_stream *stream_at(nghttp2_session *session, int32_t id) { return nghttp2_session_get_stream_user_data(session, id); }

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2_stream *stream = stream_at(session, frame->hd.stream_id);

	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
		stream = h2_stream_new(arg, frame->hd.stream_id);
		if (!stream) {
			http_metrics_rejected(HTTP_REJECT_MEMORY);
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
		}
		nghttp2_session_set_stream_user_data(session, stream->id, stream);
	} else if (stream) {
		stream->head_bytes = 0; /* trailers */
	}
	return session_result(arg);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len, const uint8_t *value,
		     size_t value_len, uint8_t flags, void *arg)
{
	struct h2_stream *stream = stream_at(session, frame->hd.stream_id);

	(void)flags;
	if (stream && h2_head_add(stream, hms_strn((const char *)name, name_len), hms_strn((const char *)value, value_len))) {
		h2_fail(arg, NGHTTP2_ENHANCE_YOUR_CALM, HMS_CLOSE_LIMIT, "flood_headers");
	}
	return session_result(arg);
}

/* nghttp2 would leave such a field out; RFC 9113 8.2.1 calls the request malformed. */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
			     const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
	(void)session;
	(void)frame;
	(void)name;
	(void)name_len;
	(void)value;
	(void)value_len;
	(void)flags;
	(void)arg;
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *arg)
{
	struct h2_stream *stream = stream_at(session, id);

	(void)flags;
	if (stream) {
		h2_stream_on_data(stream, (const char *)data, len);
	} else {
		h2_must(arg, nghttp2_session_consume_connection(session, len));
	}
	return session_result(arg);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2_stream *stream = frame->hd.stream_id ? stream_at(session, frame->hd.stream_id) : NULL;
	bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;

	if (frame->hd.type == NGHTTP2_PING && frame->hd.flags & NGHTTP2_FLAG_ACK) {
		h2_on_pong(arg);
	} else if (frame->hd.type == NGHTTP2_RST_STREAM) {
		hms_counter_inc(&http_metrics.h2_resets);
	} else if (stream && frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
		h2_stream_on_head(stream, end);
	} else if (stream && end && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
		h2_stream_on_end(stream);
	}
	return session_result(arg);
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
	struct h2_stream *stream = stream_at(session, id);
	struct h2_conn *h2 = arg;
	const char *flood;

	(void)code;
	if (!stream) {
		return 0;
	}
	/* What the handler or a timeout of ours has cut is not the client's doing. */
	flood = stream->state == H2_CUT ? NULL : h2_guard_stream(h2, stream->sent);
	nghttp2_session_set_stream_user_data(session, id, NULL);
	h2_stream_free(stream);
	if (flood) {
		h2_fail(h2, NGHTTP2_ENHANCE_YOUR_CALM, HMS_CLOSE_LIMIT, flood);
	}
	return session_result(h2);
}

static void on_response_sent(nghttp2_session *session, const nghttp2_frame *frame)
{
	struct h2_stream *stream = stream_at(session, frame->hd.stream_id);

	if (!stream) {
		return;
	}
	stream->sent = true;
	if (!stream->remote_end) {
		h2_stream_linger(stream);
	}
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct h2_conn *h2 = arg;
	uint32_t code = NGHTTP2_NO_ERROR;

	if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) && frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		on_response_sent(session, frame);
	} else if (frame->hd.type == NGHTTP2_RST_STREAM) {
		code = frame->rst_stream.error_code;
	} else if (frame->hd.type == NGHTTP2_GOAWAY) {
		code = frame->goaway.error_code;
		h2->failed = h2->failed || code;
	}
	if (code) {
		http_metrics_h2_error(nghttp2_http2_strerror(code));
	}
	return 0;
}

/* A response that nghttp2 cannot send, e.g. with a head over its limit. */
static int on_frame_not_send(nghttp2_session *session, const nghttp2_frame *frame, int error, void *arg)
{
	struct h2_stream *stream = stream_at(session, frame->hd.stream_id);

	(void)error;
	(void)arg;
	if (stream && frame->hd.type == NGHTTP2_HEADERS) {
		h2_stream_cut(stream, NGHTTP2_INTERNAL_ERROR);
	}
	return 0;
}

static void session_callbacks(nghttp2_session_callbacks *cb)
{
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(cb, on_invalid_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data_chunk);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame_recv);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_frame_send);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(cb, on_frame_not_send);
	nghttp2_session_callbacks_set_send_data_callback(cb, h2_send_data);
}

static void session_options(nghttp2_option *option, const struct hms_http_conf *conf)
{
	uint64_t burst = (uint64_t)conf->h2_frames_max;

	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_stream_reset_rate_limit(option, burst, burst / 10);
	nghttp2_option_set_max_continuations(option, (size_t)(conf->header_max_bytes + conf->target_max_bytes) / MAX_FRAME_BYTES + 8);
}

static int session_settings(struct h2_conn *h2)
{
	const struct hms_http_conf *conf = &h2->base.server->conf;
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)conf->h2_streams_max },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, (uint32_t)conf->h2_stream_window_bytes },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)(conf->header_max_bytes + conf->target_max_bytes) },
		{ NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1 }, /* no tree of priorities to be played with */
	};

	return nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0])) ||
			       nghttp2_session_set_local_window_size(h2->session, NGHTTP2_FLAG_NONE, 0, (int32_t)conf->h2_window_bytes)
		       ? HMS_ENOMEM
		       : 0;
}

int h2_session_open(struct h2_conn *h2)
{
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	int rc = HMS_ENOMEM;

	if (nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0) {
		session_callbacks(callbacks);
		session_options(option, &h2->base.server->conf);
		if (nghttp2_session_server_new2(&h2->session, callbacks, h2, option) == 0) {
			rc = session_settings(h2);
		}
	}
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return rc;
}
