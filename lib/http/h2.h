/* An HTTP/2 connection of the server (RFC 9113), and its streams: one request each. */
#ifndef H2_H
#define H2_H

#include <nghttp2/nghttp2.h>

#include "http_internal.h"

/*  state    what is there                            leaves to
 *  HEAD     header block incomplete                  WAIT, READY, REPLY (rejected)
 *  WAIT     as READY, but the handler does not know  READY (answers under way have been sent)
 *  READY    the handler has req                      REPLY (answered or rejected)
 *  REPLY    the answer is complete and being sent    gone; nothing more is read of the body
 *  CUT      a reset is being sent                    gone
 *  nghttp2 closes the stream (on_stream_close), whatever its state: there, or with the connection, it is freed. */
enum h2_state { H2_HEAD, H2_WAIT, H2_READY, H2_REPLY, H2_CUT };

struct h2_stream {
	struct hms_list node; /* in h2->streams */
	struct hms_list todo; /* in h2->todo: for h2_stream_run() */
	struct h2_conn *h2;
	struct hms_http_req *req; /* NULL: rejected */
	int32_t id;
	enum h2_state state;
	enum http_reject why; /* HEAD: found while the block is read to its end */
	size_t head_bytes, pseudo_count;
	struct hms_buf input;  /* body that waits */
	struct hms_buf output; /* of the response's body, from output_pos on */
	size_t output_pos;
	bool is_head;
	bool remote_end; /* the body's last byte has come */
	bool completed;	 /* the handler has been told */
	bool expect;	 /* the client waits for a 100 */
	bool output_end; /* no more is added to output */
	bool deferred;	 /* nghttp2 waits for output */
	bool held;	 /* WAIT, or the handler was refused more: goes on when there is room for output */
	bool sent;	 /* the whole response has been handed to the connection */
	uint64_t started_ms;
	uint64_t sent_bytes, progress_bytes, progress_conn_bytes;
	struct hms_timer timer, write_timer;
};

/** What a client may be ahead with; `max` at most, a tenth of it comes back each second. */
struct h2_credit {
	int64_t left;
	uint64_t at_ms;
};

/** Follows the frames' headers in the bytes of the connection. */
struct h2_guard {
	size_t preface; /* bytes of it to come */
	size_t payload; /* bytes of the frame to come */
	uint8_t header[9];
	size_t header_bytes;
	size_t block_bytes; /* of HEADERS and its CONTINUATION frames */
	struct h2_credit frames, resets;
};

/*  leaving    what it means
 *  NO         requests are taken
 *  ANNOUNCED  GOAWAY for all of the future is sent; requests under way to us are still taken
 *  FINAL      GOAWAY with the last request is sent; closes with the last stream
 *  CLOSING    hms_conn_close() has been called: nothing is read or written any more */
enum h2_leaving { H2_LEAVING_NO, H2_LEAVING_ANNOUNCED, H2_LEAVING_FINAL, H2_LEAVING_CLOSING };

struct h2_conn {
	struct http_conn base;
	nghttp2_session *session;
	struct hms_list streams, todo;
	struct hms_buf output; /* made, but refused by the connection's full queue */
	size_t output_bytes;   /* of all streams */
	size_t stream_count, held_count;
	unsigned requests;
	enum h2_leaving leaving;
	bool failed;		      /* nghttp2 has told the client of an error */
	enum hms_close_reason reason; /* to close with */
	struct h2_guard guard;
	struct hms_timer timer; /* no stream: idle; ANNOUNCED: the client's time to answer */
	struct hms_defer later; /* runs streams, writes, closes */
};

/* ---- connection (h2.c) ---- */
/** As soon as the callbacks under way have returned: h2_stream_run() of the streams in `todo`, and all is written. */
void h2_continue(struct h2_conn *h2);
/** Lets the requests under way end, then closes. */
void h2_leave(struct h2_conn *h2, enum hms_close_reason reason);
/** Says goodbye with the code, and closes; the streams end as soon as the callbacks under way have returned.
 *  error: the metric's label. */
void h2_fail(struct h2_conn *h2, uint32_t code, enum hms_close_reason reason, const char *error);
/** No stream: idle. */
void h2_set_timer(struct h2_conn *h2);
/** The client has answered the ping that went with the announcement to leave. */
void h2_on_pong(struct h2_conn *h2);
/** What nghttp2 returned. Out of memory: the connection is cut. Whether it was 0. */
bool h2_must(struct h2_conn *h2, int rc);

/* ---- nghttp2 (h2_session.c) ---- */
/** 0 or HMS_ENOMEM. */
int h2_session_open(struct h2_conn *h2);

/* ---- what a client may waste (h2_guard.c) ---- */
void h2_guard_init(struct h2_conn *h2);
/** Looks at bytes before nghttp2 does. The name of the limit that they break, or NULL. */
const char *h2_guard_scan(struct h2_conn *h2, const uint8_t *data, size_t len);
/** A stream is gone. The name of the limit, or NULL. */
const char *h2_guard_stream(struct h2_conn *h2, bool answered);
/** Data was sent, for which the client may send window updates. */
void h2_guard_sent(struct h2_conn *h2, size_t len);

/* ---- streams (h2_stream.c) ---- */
/** NULL: out of memory. */
struct h2_stream *h2_stream_new(struct h2_conn *h2, int32_t id);
/** Ends the request, if there is one. */
void h2_stream_free(struct h2_stream *stream);
/** Schedules h2_stream_run(). */
void h2_stream_todo(struct h2_stream *stream);
/** Does what must not happen inside a handler's call, or what had to wait. */
void h2_stream_run(struct h2_stream *stream);
/** The header block is complete. */
void h2_stream_on_head(struct h2_stream *stream, bool end);
void h2_stream_on_data(struct h2_stream *stream, const char *data, size_t len);
/** The body's end. */
void h2_stream_on_end(struct h2_stream *stream);
/** Answers for the handler. */
void h2_stream_reject(struct h2_stream *stream, enum http_reject why);
void h2_stream_cut(struct h2_stream *stream, uint32_t code);
/** Its response is sent, its body has not ended: the rest is dropped, and soon asked not to be sent. */
void h2_stream_linger(struct h2_stream *stream);
void h2_stream_hold(struct h2_stream *stream);
/** Nothing more is read of its body. */
void h2_stream_answered(struct h2_stream *stream);
/** Nothing can be sent on it any more. */
bool h2_stream_closed(const struct h2_stream *stream);

/* ---- heads (h2_head.c) ---- */
/** A field of the header block or of trailers. HMS_ETOOBIG: far too much, the connection is to be closed. */
int h2_head_add(struct h2_stream *stream, struct hms_str name, struct hms_str value);
/** Makes the request of the fields, and judges it. */
enum http_reject h2_head_read(struct h2_stream *stream);

/* ---- responses (h2_write.c) ---- */
extern const struct http_req_ops h2_req_ops;
/** The whole response of a rejected request. 0, HMS_ENOMEM. */
int h2_send_text(struct h2_stream *stream, unsigned status, const char *text);
/** 100 Continue. */
void h2_send_continue(struct h2_stream *stream);

/* ---- bodies of responses (h2_output.c) ---- */
ssize_t h2_read_output(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length, uint32_t *flags, nghttp2_data_source *source,
		       void *arg);
int h2_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t length, nghttp2_data_source *source,
		 void *arg);
/** Queues a piece. 0, HMS_ENOMEM. */
int h2_output_add(struct h2_stream *stream, struct hms_str data);
/** After every change: nghttp2 looks at it again, and the client has write_timeout to take some of it. 0, HMS_ENOMEM. */
int h2_output_changed(struct h2_stream *stream);
/** Whether the stream and its connection take another piece. */
bool h2_output_takes(const struct h2_stream *stream);
/** Whether a held stream can go on. */
bool h2_output_room(const struct h2_stream *stream);
/** Forgets what is not sent. */
void h2_output_drop(struct h2_stream *stream);
void h2_on_write_timer(struct hms_timer *timer, void *arg);
/** All that nghttp2 and the connection's queue allow. */
void h2_flush(struct h2_conn *h2);

#endif
