/* An HTTP/1 connection of the server. */
#ifndef H1_H
#define H1_H

#include <llhttp.h>

#include "http_internal.h"

/*  state    what is there                         leaves to
 *  IDLE     no request                            HEAD (first byte), CLOSING (idle timeout, drain)
 *  HEAD     req, its head incomplete              BODY (handler called), CLOSING (rejected)
 *  BODY     the handler has req; body incomplete  WAIT (complete), IDLE or CLOSING (answered), CLOSING (rejected)
 *  WAIT     the answer is incomplete              IDLE or CLOSING (answered)
 *  CLOSING  nothing more is read                  gone (closed)
 *  Any state ends when the connection does. One request at a time: what a client pipelines waits in `input`. */
enum h1_state { H1_IDLE, H1_HEAD, H1_BODY, H1_WAIT, H1_CLOSING };

/** Finds the end of a head, and what llhttp lets pass (h1_scan.c). */
struct h1_scan {
	size_t lines;	   /* complete ones, the request line included */
	size_t line_bytes; /* of the line under way */
	size_t bytes;	   /* of all lines, this one included */
	size_t first_bytes;
	bool cr; /* the last byte was a CR */
};

struct h1_conn {
	struct http_conn base;
	enum h1_state state;
	struct hms_http_req *req;
	struct hms_buf input; /* received, not yet looked at; not empty: reading is paused */
	bool running;	      /* inside h1_advance() */
	bool keep_alive, http10, chunked;
	bool expect;	      /* the client waits for a 100 */
	bool head_done;	      /* what llhttp calls a header now is a trailer */
	bool chunk_reply;     /* the response is chunked */
	bool tail_pending;    /* its last chunk waits for room in the queue */
	enum http_reject why; /* set where llhttp is told to stop */
	struct h1_scan scan;
	llhttp_t parser;
	uint64_t body_left; /* with a Content-Length */
	size_t trailer_bytes;
	unsigned requests;
	uint64_t started_ms; /* first byte of the request; 0: none has come */
	struct hms_timer timer;
	struct hms_defer later; /* goes on after an answer that came from outside */
};

/** Looks at bytes until the end of a head. Returns how many belong to it; *why says whether it can be one,
 *  *complete whether it is. */
size_t h1_scan(struct h1_scan *scan, const char *data, size_t len, enum http_reject *why, bool *complete);

/** Reads a complete head into the request, and judges it. */
enum http_reject h1_head_read(struct h1_conn *h1);
/** Before its end is there: whether it is too long already. */
enum http_reject h1_head_check_size(const struct h1_conn *h1);
/** The part of h1_head_read() that llhttp does. */
enum http_reject h1_parse_head(struct h1_conn *h1);
/** Reads chunked body, until its end or a pause. Returns the bytes used. */
size_t h1_parse_chunks(struct h1_conn *h1, const char *data, size_t len, enum http_reject *why);

/** State BODY: reads body; sees to 100-continue, limits, completion. Returns the bytes used. */
size_t h1_body_step(struct h1_conn *h1, const char *data, size_t len);
/** Gives a piece to the handler, unless it is too much. */
enum http_reject h1_body_piece(struct h1_conn *h1, const char *data, size_t len);

extern const struct http_req_ops h1_req_ops;
void h1_send_continue(struct h1_conn *h1);
/** The queue has room. */
void h1_on_room(struct h1_conn *h1);

/** Answers for the handler and closes. */
void h1_reject(struct h1_conn *h1, enum http_reject why);
/** No more is read; closes when everything is written. */
void h1_close(struct h1_conn *h1, enum hms_close_reason reason, bool unread);
/** Goes on as soon as the callbacks under way have returned. */
void h1_continue(struct h1_conn *h1);

#endif
