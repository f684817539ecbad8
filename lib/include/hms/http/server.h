/** HTTP server: one handler interface for HTTP/1.1 (llhttp, strict) and HTTP/2 (nghttp2), for CWMP, files, admin and
 *  REST. Bodies stream both ways, with back-pressure. One loop thread.
 *
 *  A connection speaks HTTP/2 when TLS has agreed on "h2" (ALPN), or when a plain one begins with the preface of HTTP/2
 *  (prior knowledge); else HTTP/1.1. "Upgrade: h2c" is ignored, nothing is ever pushed. A handler need not know: a
 *  request is a stream in HTTP/2, many may run at once on a connection, and what is said below of the request's
 *  connection being closed or cut holds for its stream.
 *
 *  Rejected before a handler sees it, each with a counter: bare CR or LF, obs-fold, missing or double Host (400),
 *  a Host that differs from :authority (400), both Content-Length and Transfer-Encoding (400), CONNECT (501), headers
 *  over the limit (431), target over the limit (414), body over the limit (413), an unknown Transfer-Encoding (501), an
 *  unknown Expect (417), a request not complete in time (408). HTTP/1.1 closes after such an answer; in HTTP/2 the
 *  other streams go on. What RFC 9113 8 calls malformed is reset, unanswered; a client that floods the server with
 *  frames or resets is told to calm down, and cut. */
#ifndef HMS_HTTP_SERVER_H
#define HMS_HTTP_SERVER_H

#include "hms/base/arena.h"
#include "hms/conf/conf.h"
#include "hms/metrics/metrics.h"
#include "hms/net/net.h"

struct hms_http_conf {
#include "hms/conf/fields.inc"
#include "hms/http/config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section hms_http_conf_section; /* [http] */

struct hms_http_server;
struct hms_http_req;

/** Callbacks of one request, set by the handler with hms_http_req_set(). All may be NULL. */
struct hms_http_req_cb {
	/** A piece of the body, decoded from chunked; valid during the call. */
	void (*body)(struct hms_http_req *req, const char *data, size_t len, void *arg);
	/** The body is complete. */
	void (*complete)(struct hms_http_req *req, void *arg);
	/** The response's queue has room again. */
	void (*drained)(struct hms_http_req *req, void *arg);
	/** The request ended: answered in full, or the peer went away or reset it before (aborted). In HTTP/2, answered in
	 *  full means that the client's windows have let all of it go out. Always the last callback, exactly once; req is
	 *  not valid after it. */
	void (*ended)(struct hms_http_req *req, bool aborted, void *arg);
};

/** Called when the request's headers are complete; it sets callbacks and may answer at once. */
typedef void hms_http_handler(struct hms_http_req *req, void *arg);

struct hms_http_server_opts {
	const char *name; /* for logs and metrics */
	const char *address;
	bool reuse_port;
	const char *proxy_trusted;     /* as in struct hms_listener_opts */
	unsigned strangers_percent;    /* of connections_max, before hms_http_req_known(); 0: nobody asks who they are */
	unsigned strangers_per_source; /* 0: no limit */
	const struct hms_http_conf *conf;
	struct hms_tls_server *tls; /* NULL: plain; must live until the server is closed or drained */
	hms_http_handler *handler;
	void *arg;
};

/** NULL on failure, with the reason in err. */
struct hms_http_server *hms_http_server_new(struct hms_loop *loop, const struct hms_http_server_opts *opts, struct hms_err *err);
const struct hms_addr *hms_http_server_addr(const struct hms_http_server *server);
/** Serves a connection that did not come through the listener, e.g. one end of a socketpair (hms_conn_adopt()). */
void hms_http_server_adopt(struct hms_http_server *server, struct hms_conn *conn);
/** New limits and timeouts; copied. connections_max and write_queue_bytes keep their values. */
void hms_http_server_set_conf(struct hms_http_server *server, const struct hms_http_conf *conf);
/** Stops accepting, closes idle connections, lets running requests end (answers carry "Connection: close", clients of
 *  HTTP/2 get a GOAWAY); drained is called once when none is left. */
void hms_http_server_drain(struct hms_http_server *server, void (*drained)(void *arg), void *arg);
/** Aborts what is left and frees after the loop has closed everything. */
void hms_http_server_close(struct hms_http_server **server);
/** Counters of a server, to be added to the process's registry (hms/http/metrics.def). */
int hms_http_metrics_register(struct hms_metrics *metrics);
extern const struct hms_metric_def hms_http_metric_defs[];
extern const size_t hms_http_metric_count;

/* ---- the request; strings are valid until `ended` ---- */
struct hms_str hms_http_req_method(const struct hms_http_req *req);
struct hms_str hms_http_req_path(const struct hms_http_req *req);  /* without query, not decoded */
struct hms_str hms_http_req_query(const struct hms_http_req *req); /* without '?' */
/** Value of the first header of that name (any case), trimmed; {NULL,0} if absent. */
struct hms_str hms_http_req_header(const struct hms_http_req *req, const char *name);
/** The i-th value of a header that may occur several times. */
struct hms_str hms_http_req_header_at(const struct hms_http_req *req, const char *name, size_t i);
/** -1 when not declared. */
int64_t hms_http_req_content_length(const struct hms_http_req *req);
/** Memory that lives as long as the request. */
struct hms_arena *hms_http_req_arena(struct hms_http_req *req);
/** The connection, in HTTP/2 the same for all requests that run on it at once: its number (unique in the process) and a
 *  slot where a handler keeps what it binds to the connection. `free_fn` runs when the connection ends. */
uint64_t hms_http_req_conn_id(const struct hms_http_req *req);
void *hms_http_req_conn_data(const struct hms_http_req *req);
void hms_http_req_set_conn_data(struct hms_http_req *req, void *data, void (*free_fn)(void *data));
const struct hms_addr *hms_http_req_peer(const struct hms_http_req *req);
/** For what TLS knows of the peer: hms_conn_tls_verified(), hms_conn_tls_identity(). */
const struct hms_conn *hms_http_req_conn(const struct hms_http_req *req);
/** Who asks has shown who it is: the connection counts as a stranger's no more. */
void hms_http_req_known(struct hms_http_req *req);
struct hms_loop *hms_http_req_loop(const struct hms_http_req *req);

void hms_http_req_set(struct hms_http_req *req, const struct hms_http_req_cb *cb, void *arg);
/** The most that this request's body may have (default: [http] body_max_bytes); set it in the handler. */
void hms_http_req_body_max(struct hms_http_req *req, size_t bytes);
/** Back-pressure on the body. In HTTP/2 other bodies of the connection come on until h2_window_bytes wait. */
void hms_http_req_pause(struct hms_http_req *req, bool paused);

/* ---- the response ---- */
struct hms_http_header {
	struct hms_str name, value;
};
/** A whole response; headers and body are copied. Content-Length is set; 204 and 304 carry neither body nor
 *  Content-Length. A request whose body has not been read to its end is answered with "Connection: close" (in HTTP/2
 *  the rest of the body is refused). The field "Connection: close" closes the connection after its running requests.
 *  Returns 0, HMS_ECLOSED, HMS_EINVAL (answered already), HMS_ENOMEM. */
int hms_http_reply(struct hms_http_req *req, unsigned status, const struct hms_http_header *headers, size_t count, struct hms_str body);
/** text/plain with a line feed; for errors. */
int hms_http_reply_text(struct hms_http_req *req, unsigned status, const char *text);
/** A streamed response: length -1 = not known (chunked in HTTP/1.1). */
int hms_http_reply_begin(struct hms_http_req *req, unsigned status, const struct hms_http_header *headers, size_t count, int64_t length);
/** Returns 0, HMS_EFULL (nothing taken; wait for drained) or HMS_ECLOSED. */
int hms_http_reply_write(struct hms_http_req *req, const void *data, size_t len);
int hms_http_reply_end(struct hms_http_req *req);
/** Cuts the connection (in HTTP/2 the stream) without an answer. */
void hms_http_req_abort(struct hms_http_req *req);

const char *hms_http_status_text(unsigned status);

#endif
