/* What is the same for every HTTP version: server, connection, request, and the tables that a version fills. */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "hms/http/server.h"

enum http_reject {
#define HTTP_REJECT(name, status, close, label) HTTP_REJECT_##name,
#include "reject.def"
#undef HTTP_REJECT
};

struct http_reject_row {
	unsigned status;
	enum hms_close_reason close;
	const char *label;
};
extern const struct http_reject_row http_rejects[];

struct http_metrics {
#include "hms/metrics/fields.inc"
#include "hms/http/metrics.def"
#include "hms/metrics/end.inc"
};
extern struct http_metrics http_metrics;
void http_metrics_answered(unsigned status);
void http_metrics_rejected(enum http_reject why);
void http_metrics_closed(enum hms_close_reason reason);

struct http_conn;

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
	bool draining, closing;
	void (*drained)(void *arg);
	void *drained_arg;
	struct hms_defer later; /* calls drained, frees */
};

/** What a connection can be told without knowing its version. */
struct http_conn_ops {
	/** Closes if idle; else after the request under way. */
	void (*drain)(struct http_conn *conn);
	void (*abort)(struct http_conn *conn);
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
};

/** The version's half of a request. */
struct http_req_ops {
	/** Sends the head and the first or whole part of the body; the arguments have been checked. @param length
	 *  -1: not known. 0, HMS_ECLOSED, HMS_ENOMEM. */
	int (*begin)(struct hms_http_req *req, unsigned status, const struct hms_http_header *headers, size_t count, int64_t length,
		     struct hms_str body);
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

/** The i-th value of that name, any case; {NULL,0} if absent. */
struct hms_str http_header_find(const struct hms_http_header *headers, size_t count, const char *name, size_t i);
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
/** It is gone: frees what the handler bound to it, tells the server. */
void http_conn_fini(struct http_conn *conn, enum hms_close_reason reason);

/** A new HTTP/1 connection. 0 or HMS_ENOMEM. */
int h1_open(struct hms_http_server *server, struct hms_conn *net);

#endif
