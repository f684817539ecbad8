/* Streams: from the header block to the body's end; what the handler is told, and when. */
#include "h2.h"

#include <stdlib.h>

enum { LINGER_MS = 500 };

static void stream_on_timer(struct hms_timer *timer, void *arg);

struct h2_stream *h2_stream_new(struct h2_conn *h2, int32_t id)
{
	struct hms_http_server *server = h2->base.server;
	struct h2_stream *stream = calloc(1, sizeof(*stream));

	if (!stream) {
		return NULL;
	}
	stream->req = http_req_new(&h2->base, &h2_req_ops);
	if (!stream->req) {
		free(stream);
		return NULL;
	}
	stream->req->stream = stream;
	stream->h2 = h2;
	stream->id = id;
	stream->started_ms = hms_loop_now_ms(server->loop);
	hms_buf_init(&stream->input, SIZE_MAX / 2);  /* the window bounds it */
	hms_buf_init(&stream->output, SIZE_MAX / 2); /* h2_write.c keeps the limits */
	hms_list_init(&stream->todo);
	hms_timer_init(&stream->timer, server->loop, stream_on_timer, stream);
	hms_timer_init(&stream->write_timer, server->loop, h2_on_write_timer, stream);
	hms_timer_start(&stream->timer, (uint64_t)server->conf.header_timeout);
	hms_list_push_back(&h2->streams, &stream->node);
	h2->stream_count++;
	h2_set_timer(h2);
	return stream;
}

bool h2_stream_closed(const struct h2_stream *stream) { return stream->state == H2_CUT || stream->h2->leaving == H2_LEAVING_CLOSING; }

static void stream_consume(struct h2_stream *stream, size_t len, bool refill)
{
	struct h2_conn *h2 = stream->h2;
	int rc = 0;

	if (h2->leaving != H2_LEAVING_CLOSING && len) {
		rc = refill ? nghttp2_session_consume(h2->session, stream->id, len) : nghttp2_session_consume_connection(h2->session, len);
	}
	if (rc) {
		h2->base.ops->abort(&h2->base, HMS_CLOSE_MEMORY);
	}
}

static void stream_drop_input(struct h2_stream *stream)
{
	stream_consume(stream, stream->input.len, false);
	hms_buf_fini(&stream->input);
}

static void stream_release(struct h2_stream *stream)
{
	stream->h2->held_count -= stream->held;
	stream->held = false;
}

void h2_stream_hold(struct h2_stream *stream)
{
	stream->h2->held_count += !stream->held;
	stream->held = true;
}

void h2_stream_free(struct h2_stream *stream)
{
	struct h2_conn *h2 = stream->h2;
	struct hms_http_req *req = stream->req;

	stream->state = H2_CUT;
	hms_timer_stop(&stream->timer);
	hms_timer_stop(&stream->write_timer);
	stream_drop_input(stream);
	h2_output_drop(stream);
	stream_release(stream);
	hms_list_remove(&stream->todo);
	hms_list_remove(&stream->node);
	h2->stream_count--;
	h2_set_timer(h2);
	if (req && req->handled) {
		http_req_end(req, !stream->sent);
	} else if (req) {
		http_req_free(req);
	}
	free(stream);
}

static void stream_set_timer(struct h2_stream *stream)
{
	const struct hms_http_conf *conf = &stream->h2->base.server->conf;
	uint64_t age = hms_loop_now_ms(stream->h2->base.server->loop) - stream->started_ms;
	uint64_t left_ms = age < (uint64_t)conf->request_timeout ? (uint64_t)conf->request_timeout - age : 0;

	if (stream->state == H2_READY && !stream->remote_end && !stream->req->paused) {
		hms_timer_start(&stream->timer, (uint64_t)conf->body_timeout < left_ms ? (uint64_t)conf->body_timeout : left_ms);
	} else {
		hms_timer_stop(&stream->timer); /* the handler keeps the time of its answer */
	}
}

void h2_stream_answered(struct h2_stream *stream)
{
	stream->state = H2_REPLY;
	stream_drop_input(stream);
	stream_set_timer(stream);
}

void h2_stream_cut(struct h2_stream *stream, uint32_t code)
{
	struct h2_conn *h2 = stream->h2;

	if (h2_stream_closed(stream)) {
		return;
	}
	stream->state = H2_CUT;
	stream_drop_input(stream);
	h2_output_drop(stream);
	stream_set_timer(stream);
	hms_timer_stop(&stream->write_timer);
	if (nghttp2_submit_rst_stream(h2->session, NGHTTP2_FLAG_NONE, stream->id, code)) {
		h2->base.ops->abort(&h2->base, HMS_CLOSE_MEMORY);
	}
	h2_continue(h2);
}

void h2_stream_reject(struct h2_stream *stream, enum http_reject why)
{
	unsigned status = http_rejects[why].status;
	struct hms_http_req *req = stream->req;

	http_metrics_rejected(why);
	if (req->reply != HTTP_REPLY_NONE) {
		h2_stream_cut(stream, NGHTTP2_CANCEL); /* in the middle of an answer only the cut tells */
		return;
	}
	stream->req = NULL;
	h2_stream_answered(stream);
	if (h2_send_text(stream, status, hms_http_status_text(status))) {
		h2_stream_cut(stream, NGHTTP2_INTERNAL_ERROR);
	} else {
		http_metrics_answered(&stream->h2->base, status);
	}
	if (req->handled) {
		http_req_end(req, true);
	} else {
		http_req_free(req);
	}
}

/* The connection's window is used up by bodies that wait for their handlers: the client of this one cannot go on. */
static bool stream_starved(const struct h2_stream *stream)
{
	nghttp2_session *session = stream->h2->session;

	return nghttp2_session_get_effective_recv_data_length(session) >= nghttp2_session_get_effective_local_window_size(session);
}

/* RFC 9113 8.1: the rest of the body is not wanted. Not said at once: clients that lose an answer to a reset of their body (curl before 8.2) have the time to
 * stop by themselves, or to end it within the window that they have; it is dropped as it comes. */
void h2_stream_linger(struct h2_stream *stream) { hms_timer_start(&stream->timer, LINGER_MS); }

static void stream_end_linger(struct h2_stream *stream)
{
	h2_must(stream->h2, nghttp2_submit_rst_stream(stream->h2->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR));
	h2_continue(stream->h2);
}

static void stream_on_timer(struct hms_timer *timer, void *arg)
{
	struct h2_stream *stream = arg;

	if (h2_stream_closed(stream)) {
		return;
	}
	if (stream->sent) {
		stream_end_linger(stream);
		return;
	}
	if (stream->state == H2_HEAD) {
		/* The block is unfinished: nothing else can be read on the connection. */
		http_metrics_rejected(HTTP_REJECT_TIMEOUT);
		h2_fail(stream->h2, NGHTTP2_ENHANCE_YOUR_CALM, HMS_CLOSE_TIMEOUT, "header_timeout");
	} else if (stream_starved(stream)) {
		hms_timer_start(timer, (uint64_t)stream->h2->base.server->conf.body_timeout);
	} else {
		h2_stream_reject(stream, HTTP_REJECT_TIMEOUT);
	}
}

/* A piece for the handler. */
static void stream_deliver(struct h2_stream *stream, const char *data, size_t len)
{
	struct hms_http_req *req = stream->req;

	stream->expect = false;
	stream_consume(stream, len, !stream->remote_end);
	if (len > req->body_max || req->body_bytes > req->body_max - len) {
		h2_stream_reject(stream, HTTP_REJECT_BODY_SIZE);
		return;
	}
	req->body_bytes += len;
	if (req->cb && req->cb->body) {
		req->cb->body(req, data, len, req->arg);
	}
}

static void stream_deliver_input(struct h2_stream *stream)
{
	struct hms_buf input = stream->input;

	hms_buf_init(&stream->input, SIZE_MAX / 2);
	stream_deliver(stream, input.p, input.len);
	hms_buf_fini(&input);
}

/* READY, and not paused: goes on reading. */
static void stream_read(struct h2_stream *stream)
{
	struct hms_http_req *req = stream->req;

	if (req->content_length > 0 && (uint64_t)req->content_length > req->body_max) {
		h2_stream_reject(stream, HTTP_REJECT_BODY_SIZE); /* the handler has had its chance to raise the limit */
		return;
	}
	if (stream->input.len) {
		stream_deliver_input(stream);
	}
	if (stream->state != H2_READY || req->paused) {
		return;
	}
	if (stream->remote_end && !stream->completed) {
		stream->completed = req->body_complete = true;
		if (req->cb && req->cb->complete) {
			req->cb->complete(req, req->arg);
		}
	} else if (stream->expect) {
		h2_send_continue(stream);
	}
}

static void stream_dispatch(struct h2_stream *stream)
{
	struct hms_http_server *server = stream->h2->base.server;

	stream->state = H2_READY;
	stream->req->handled = true;
	server->handler(stream->req, server->arg);
}

static void stream_go_on(struct h2_stream *stream)
{
	struct hms_http_req *req = stream->req;

	if (stream->state == H2_WAIT) {
		stream_dispatch(stream);
	} else if (!h2_stream_closed(stream) && req && req->reply == HTTP_REPLY_STREAM && req->cb && req->cb->drained) {
		req->cb->drained(req, req->arg);
	}
}

void h2_stream_run(struct h2_stream *stream)
{
	if (stream->held && h2_output_room(stream)) {
		stream_release(stream);
		stream_go_on(stream);
	}
	if (stream->state == H2_READY && !stream->req->paused) {
		stream_read(stream);
	}
	if (stream->state == H2_READY) {
		stream_set_timer(stream);
	}
}

void h2_stream_todo(struct h2_stream *stream)
{
	if (hms_list_empty(&stream->todo)) {
		hms_list_push_back(&stream->h2->todo, &stream->todo);
	}
	h2_continue(stream->h2);
}

void h2_stream_on_head(struct h2_stream *stream, bool end)
{
	struct h2_conn *h2 = stream->h2;

	hms_timer_stop(&stream->timer);
	stream->remote_end = stream->req->body_complete = end;
	if (!stream->why) {
		stream->why = h2_head_read(stream);
	}
	if (++h2->requests >= (uint64_t)h2->base.server->conf.requests_per_connection) {
		h2_leave(h2, HMS_CLOSE_DONE);
	}
	if (stream->why) {
		h2_stream_reject(stream, stream->why);
		return;
	}
	stream->state = H2_WAIT;
	h2_stream_hold(stream); /* answers that nobody reads are not added to */
	h2_stream_run(stream);
}

void h2_stream_on_data(struct h2_stream *stream, const char *data, size_t len)
{
	if (stream->state == H2_REPLY || stream->state == H2_CUT) {
		stream_consume(stream, len, false);
		return;
	}
	if (stream->state == H2_READY && !stream->req->paused && stream->input.len == 0) {
		stream_deliver(stream, data, len);
	} else {
		hms_buf_add(&stream->input, data, len);
		if (stream->input.failed) {
			stream_consume(stream, len, false);
			h2_stream_reject(stream, HTTP_REJECT_MEMORY);
		}
	}
	stream_set_timer(stream);
}

void h2_stream_on_end(struct h2_stream *stream)
{
	stream->remote_end = true;
	h2_stream_run(stream);
	stream_set_timer(stream);
}
