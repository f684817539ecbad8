/** HTTP/1.1 client connection on the loop: one request at a time, keep-alive. For the simulator and for tests of
 *  ours; connection requests to devices use libcurl. */
#ifndef HMS_HTTP_CLIENT_H
#define HMS_HTTP_CLIENT_H

#include "hms/http/server.h"

struct hms_http_client;

struct hms_http_response {
	unsigned status;
	const struct hms_http_header *headers;
	size_t header_count;
	struct hms_str body;
	bool keep_alive; /* the connection can take another request */
};
/** value of the i-th header of that name; {NULL,0} if absent */
struct hms_str hms_http_response_header(const struct hms_http_response *res, const char *name, size_t i);

/** Exactly once per request. res is NULL on failure, with code (HMS_ETIMEOUT, HMS_ECLOSED, HMS_EUNAVAIL: refused,
 *  HMS_EIO, HMS_EPROTO, HMS_ETOOBIG, HMS_ECRYPTO: TLS handshake, HMS_ECANCELED) saying why; the connection is closed then. Data is valid
 *  during the call. The callback may start the next request, disconnect or free. */
typedef void hms_http_client_cb(struct hms_http_client *client, const struct hms_http_response *res, int code, void *arg);

struct hms_http_client_opts {
	struct hms_addr to, local; /* local.len 0: any */
	uint64_t connect_timeout_ms, response_timeout_ms;
	size_t body_max_bytes;
	struct hms_tls_client *tls;	       /* NULL: plain */
	const char *tls_name;		       /* name or address in the server's certificate; must live as long as the client */
	const char *tls_certificate, *tls_key; /* as in struct hms_conn_opts; must live as long as the client */
	struct hms_tls_memory *tls_memory;     /* likewise */
};
/** The connection is opened at the first request. NULL when out of memory. */
struct hms_http_client *hms_http_client_new(struct hms_loop *loop, const struct hms_http_client_opts *opts);
/** Sends a request; Host and Content-Length are added (no Content-Type or Content-Length is added for a NULL
 *  body.p: then "Content-Length: 0"). Reconnects when the connection was closed in between. Returns 0, HMS_EAGAIN
 *  (one is running), HMS_ENOMEM, HMS_EIO (no socket, e.g. no free port): then cb is not called. method, target and
 *  headers are sent as they are: no line breaks in them. */
int hms_http_client_request(struct hms_http_client *client, struct hms_str method, struct hms_str host, struct hms_str target,
			    const struct hms_http_header *headers, size_t count, struct hms_str body, hms_http_client_cb *cb, void *arg);
/** Closes the TCP connection, so that the next request opens a new one. A running request ends with HMS_ECANCELED. */
void hms_http_client_disconnect(struct hms_http_client *client);
/** The callback of a running request is not called. */
void hms_http_client_free(struct hms_http_client **client);

#endif
