/* An HTTP/1.1 client's connection and the response that it reads. */
#ifndef CLIENT_H
#define CLIENT_H

#include <llhttp.h>

#include "hms/http/client.h"
#include "http_internal.h"

enum { CLIENT_HEADERS_MAX = 64 };

struct hms_http_client {
	struct hms_loop *loop;
	struct hms_http_client_opts opts;
	struct hms_conn *conn;	/* NULL: not connected */
	hms_http_client_cb *cb; /* of the request under way; NULL: there is none */
	void *arg;
	struct hms_timer timer;
	struct hms_buf out; /* a request's head, while it is made */
	bool is_head;

	/* client_parse.c */
	llhttp_t parser;
	struct hms_buf text, body;
	struct hms_http_header headers[CLIENT_HEADERS_MAX + 1]; /* the last stays empty */
	size_t header_count;
	bool in_value, complete, keep_alive;
	int code; /* why llhttp was told to stop */
};

void client_parse_init(struct hms_http_client *client, size_t body_max_bytes);
/** For the next response. */
void client_parse_start(struct hms_http_client *client);
void client_parse_reset(struct hms_http_client *client);
/** 0 (client->complete says whether it is the end), HMS_EPROTO, HMS_ETOOBIG, HMS_ENOMEM. */
int client_parse(struct hms_http_client *client, const char *data, size_t len);
/** The connection has ended. */
void client_parse_end(struct hms_http_client *client);
void client_parse_result(struct hms_http_client *client, struct hms_http_response *out);

#endif
