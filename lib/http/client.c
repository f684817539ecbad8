/* HTTP/1.1 client: requests, connection, timeouts. */
#include "client.h"

#include <stdlib.h>

enum { HEAD_MAX_BYTES = 65536 };

static void client_on_data(struct hms_conn *conn, const char *data, size_t len, void *arg);
static void client_on_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg);

static const struct hms_conn_cb client_conn_cb = { .data = client_on_data, .closed = client_on_closed };

static void client_orphan_data(struct hms_conn *conn, const char *data, size_t len, void *arg)
{
	(void)conn;
	(void)data;
	(void)len;
	(void)arg;
}

static void client_orphan_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg)
{
	(void)conn;
	(void)reason;
	(void)arg;
}

/* The connection closes on its own: the client does not wait for that. */
static void client_drop(struct hms_http_client *client)
{
	static const struct hms_conn_cb orphan_cb = { .data = client_orphan_data, .closed = client_orphan_closed };

	if (client->conn) {
		hms_conn_set_cb(client->conn, &orphan_cb, NULL);
		hms_conn_abort(client->conn, HMS_CLOSE_DONE);
		client->conn = NULL;
	}
}

/* The last thing that a function does: the callback may start another request, or free the client. */
static void client_finish(struct hms_http_client *client, int code)
{
	hms_http_client_cb *cb = client->cb;
	struct hms_http_response response;

	client->cb = NULL;
	hms_timer_stop(&client->timer);
	if (code) {
		client_drop(client);
		cb(client, NULL, code, client->arg);
		return;
	}
	client_parse_result(client, &response);
	if (!response.keep_alive) {
		client_drop(client);
	}
	cb(client, &response, 0, client->arg);
}

static void client_on_data(struct hms_conn *conn, const char *data, size_t len, void *arg)
{
	struct hms_http_client *client = arg;
	int code;

	(void)conn;
	if (!client->cb) {
		client_drop(client); /* nothing was asked for */
		return;
	}
	code = client_parse(client, data, len);
	if (code || client->complete) {
		client_finish(client, code);
	}
}

static int client_code_of(enum hms_close_reason reason)
{
	static const struct {
		enum hms_close_reason reason;
		int code;
	} table[] = {
		{ HMS_CLOSE_TIMEOUT, HMS_ETIMEOUT }, { HMS_CLOSE_REFUSED, HMS_EUNAVAIL },  { HMS_CLOSE_MEMORY, HMS_ENOMEM },
		{ HMS_CLOSE_IO, HMS_EIO },	     { HMS_CLOSE_HANDSHAKE, HMS_ECRYPTO },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].reason == reason) {
			return table[i].code;
		}
	}
	return HMS_ECLOSED;
}

static void client_on_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg)
{
	struct hms_http_client *client = arg;

	(void)conn;
	client->conn = NULL;
	if (!client->cb) {
		return;
	}
	if (reason == HMS_CLOSE_PEER) {
		client_parse_end(client);
		client->keep_alive = false;
	}
	client_finish(client, client->complete ? 0 : client_code_of(reason));
}

static void client_on_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	client_finish(arg, HMS_ETIMEOUT);
}

struct hms_http_client *hms_http_client_new(struct hms_loop *loop, const struct hms_http_client_opts *opts)
{
	struct hms_http_client *client = calloc(1, sizeof(*client));

	if (!client) {
		return NULL;
	}
	client->loop = loop;
	client->opts = *opts;
	hms_buf_init(&client->out, HEAD_MAX_BYTES);
	client_parse_init(client, opts->body_max_bytes);
	hms_timer_init(&client->timer, loop, client_on_timer, client);
	return client;
}

static void client_add_header(struct hms_buf *out, struct hms_str name, struct hms_str value)
{
	hms_buf_str(out, name);
	hms_buf_add(out, ": ", 2);
	hms_buf_str(out, value);
	hms_buf_add(out, "\r\n", 2);
}

static int client_make_head(struct hms_http_client *client, struct hms_str method, struct hms_str host, struct hms_str target,
			    const struct hms_http_header *headers, size_t count, size_t body_bytes)
{
	struct hms_buf *out = &client->out;

	hms_buf_reset(out);
	hms_buf_str(out, method);
	hms_buf_char(out, ' ');
	hms_buf_str(out, target);
	hms_buf_add(out, " HTTP/1.1\r\n", 11);
	client_add_header(out, HMS_STR("Host"), host);
	for (size_t i = 0; i < count; i++) {
		client_add_header(out, headers[i].name, headers[i].value);
	}
	hms_buf_add(out, "Content-Length: ", 16);
	hms_buf_u64(out, body_bytes);
	hms_buf_add(out, "\r\n\r\n", 4);
	return out->failed ? HMS_ENOMEM : 0;
}

/* Connects if need be; *wait_ms: how long the answer may take from now. */
static int client_connect(struct hms_http_client *client, uint64_t *wait_ms)
{
	const struct hms_http_client_opts *opts = &client->opts;
	struct hms_conn_opts conn = {
		.tls = opts->tls,
		.tls_name = opts->tls_name,
		.tls_certificate = opts->tls_certificate,
		.tls_key = opts->tls_key,
		.tls_memory = opts->tls_memory,
	};

	*wait_ms = opts->response_timeout_ms;
	if (client->conn) {
		return 0;
	}
	*wait_ms += opts->connect_timeout_ms;
	return hms_conn_connect(client->loop, &opts->to, opts->local.len ? &opts->local : NULL, opts->connect_timeout_ms, &conn,
				&client_conn_cb, client, &client->conn);
}

int hms_http_client_request(struct hms_http_client *client, struct hms_str method, struct hms_str host, struct hms_str target,
			    const struct hms_http_header *headers, size_t count, struct hms_str body, hms_http_client_cb *cb, void *arg)
{
	struct hms_str parts[2];
	uint64_t wait_ms;
	int rc;

	if (client->cb) {
		return HMS_EAGAIN;
	}
	rc = client_make_head(client, method, host, target, headers, count, body.len);
	if (rc == 0) {
		rc = client_connect(client, &wait_ms);
	}
	if (rc) {
		return rc;
	}
	client->cb = cb;
	client->arg = arg;
	client->is_head = hms_str_eq(method, HMS_STR("HEAD"));
	client_parse_start(client);
	hms_timer_start(&client->timer, wait_ms);
	parts[0] = hms_buf_view(&client->out);
	parts[1] = body;
	/* A connection that takes nothing is closing: client_on_closed() ends the request. */
	hms_conn_writev(client->conn, parts, body.len ? 2 : 1);
	return 0;
}

void hms_http_client_disconnect(struct hms_http_client *client)
{
	if (client->cb) {
		client_finish(client, HMS_ECANCELED);
	} else {
		client_drop(client);
	}
}

void hms_http_client_free(struct hms_http_client **client)
{
	struct hms_http_client *c = *client;

	*client = NULL;
	if (!c) {
		return;
	}
	client_drop(c);
	hms_timer_stop(&c->timer);
	hms_buf_fini(&c->out);
	hms_buf_fini(&c->text);
	hms_buf_fini(&c->body);
	free(c);
}
