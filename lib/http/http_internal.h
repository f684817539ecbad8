/* What is the same for every HTTP version: server, connection, request, and the tables that a version fills. */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "hms/http/server.h"

enum http_reject {
#define HTTP_REJECT(name, status, close, label) HTTP_REJECT_##name,
#include "reject.def"
#undef HTTP_REJECT
};

/** Who has just connected, or been answered, when the drain begins may have a request on its way, which is answered yet: to close at once would
 *  reset it. */
#define HTTP_DRAIN_MS 1000

struct http_reject_row {
	unsigned status;
	enum hms_close_reason close;
	const char *label;
};
extern const struct http_reject_row http_rejects[];

struct http_conn;

struct http_metrics {
#include "hms/metrics/fields.inc"
#include "hms/http/metrics.def"
#include "hms/metrics/end.inc"
};
extern struct http_metrics http_metrics;
void http_metrics_answered(const struct http_conn *conn, unsigned status);
void http_metrics_rejected(enum http_reject why);
void http_metrics_closed(enum hms_close_reason reason);
/** An error of HTTP/2, by the name of its code or of the flood. */
void http_metrics_h2_error(const char *name);

struct hms_http_server {
	struct hms_loop *loop;
	struct hms_listener *listener;
	struct hms_addr addr;
	struct hms_http_conf conf;
	hms_http_handler *handler;
	void *arg;
	char *name;
	struct hms_list conns; /* struct http_conn */
	struct hms_list pool;  /* struct hms_http_req that wait for use */
	unsigned pool_count;
	struct hms_buf scratch; /* a response's head, while it is made */
	struct hms_buf frames;	/* HTTP/2: what one system call takes, while it is made */
	bool draining, closing;
	void (*drained)(void *arg);
	void *drained_arg;
	struct hms_defer later; /* calls drained, frees */
};

/** What a connection can be told without knowing its version. */
struct http_conn_ops {
	unsigned version; /* 1, 2; 0: not known yet */
	/** Bytes arrived. */
	void (*data)(struct http_conn *conn, const char *data, size_t len);
	/** Closes if idle; else after the requests under way. */
	void (*drain)(struct http_conn *conn);
	/** Nothing more is read or written; closed follows. */
	void (*abort)(struct http_conn *conn, enum hms_close_reason reason);
};

/** First member of a version's connection. */
struct http_conn {
	struct hms_list node;
	const struct http_conn_ops *ops;
	struct hms_http_server *server;
	struct hms_conn *conn;
	uint64_t id;
	void *data;
	void (*free_data)(void *data);
	uint64_t sent_bytes, progress_bytes; /* handed to `conn`; of these written when write_timer was started */
	struct hms_timer write_timer;
};

struct http_reply_head {
	const struct hms_http_header *headers;
	size_t count;
	int64_t length; /* of the body; -1: not known */
	bool whole;	/* no write follows, only end */
};

/** The version's half of a request. */
struct http_req_ops {
	/** Sends the head and the first or whole part of the body; the arguments have been checked. 0, HMS_ECLOSED,
	 *  HMS_ENOMEM. */
	int (*begin)(struct hms_http_req *req, unsigned status, const struct http_reply_head *head, struct hms_str body);
	/** 0, HMS_EFULL, HMS_ECLOSED. */
	int (*write)(struct hms_http_req *req, struct hms_str data);
	/** The response is complete. Calls nothing of the handler's. */
	int (*end)(struct hms_http_req *req);
	/** req->paused has changed. */
	void (*paused)(struct hms_http_req *req);
	void (*abort)(struct hms_http_req *req);
};

enum http_reply { HTTP_REPLY_NONE, HTTP_REPLY_STREAM, HTTP_REPLY_DONE };

struct hms_http_req {
	struct hms_list node; /* in the pool */
	const struct http_req_ops *ops;
	struct http_conn *conn;
	void *stream; /* HTTP/2: the request's struct h2_stream */
	struct hms_arena *arena;
	struct hms_buf head; /* bytes that the strings below point into */
	struct hms_str method, path, query;
	struct hms_http_header *headers;
	size_t header_count;
	int64_t content_length; /* -1: not declared */
	uint64_t body_max, body_bytes;
	const struct hms_http_req_cb *cb;
	void *arg;
	enum http_reply reply;
	int64_t reply_left; /* of a declared length; -1: chunked */
	bool is_head;	    /* the method HEAD: answered without a body */
	bool handled;	    /* the handler has seen it: ended must be called */
	bool body_complete, paused;
	bool bodiless; /* the response has none: HEAD, 204, 304 */
};

/** What every version asks of a request's head (head.c). The target: origin-form, or "*" for OPTIONS; it becomes path
 *  and query. */
enum http_reject http_head_target(struct hms_http_req *req, struct hms_str target, bool options);
/** Whether it can be a host with a port. */
bool http_host_valid(struct hms_str host);
/** RFC 9110 10.1.1: *expect says whether the client waits for a 100. */
enum http_reject http_head_expect(const struct hms_http_req *req, bool *expect);

/** The i-th value of that name, any case; {NULL,0} if absent. */
struct hms_str http_header_find(const struct hms_http_header *headers, size_t count, const char *name, size_t i);
/** How many fields have that name. */
size_t http_header_count(const struct hms_http_header *headers, size_t count, const char *name);
/** Whether they can be sent: no line break, no field of the framing. */
bool http_headers_valid(const struct hms_http_header *headers, size_t count);

/** A request without content, from the pool; NULL when out of memory. */
struct hms_http_req *http_req_new(struct http_conn *conn, const struct http_req_ops *ops);
/** Calls ended and gives req back. */
void http_req_end(struct hms_http_req *req, bool aborted);
/** Gives back one that no handler has seen. */
void http_req_free(struct hms_http_req *req);
void http_pool_free(struct hms_http_server *server);

/** Adds the connection to the server. */
void http_conn_init(struct http_conn *conn, const struct http_conn_ops *ops, struct hms_http_server *server, struct hms_conn *net);
/** `conn` goes on for `from`, which is to be freed. */
void http_conn_take(struct http_conn *conn, const struct http_conn_ops *ops, struct http_conn *from);
/** It is gone: frees what the handler bound to it, tells the server. */
void http_conn_fini(struct http_conn *conn, enum hms_close_reason reason);
/** Writes and sees to the write timeout. 0, HMS_EFULL, HMS_ECLOSED. */
int http_conn_send(struct http_conn *conn, const struct hms_str *parts, size_t count);
/** No more is read; closes when everything is written. */
void http_conn_close(struct http_conn *conn, enum hms_close_reason reason, bool unread);
/** The last connection may have gone. */
void http_server_check(struct hms_http_server *server);

/** A new connection, its version still to be found out. 0 or HMS_ENOMEM. */
int http_detect_open(struct hms_http_server *server, struct hms_conn *net);
/** Go on for a connection whose first byte came at started_ms; ops->data is called with all bytes next. NULL: out of
 *  memory, `from` is as it was. */
struct http_conn *h1_open(struct http_conn *from, uint64_t started_ms);
struct http_conn *h2_open(struct http_conn *from, uint64_t started_ms);

#endif
