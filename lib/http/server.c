/* HTTP servers: listener, connections, drain and close. Knows no version of HTTP. */
#include "http_internal.h"

#include <stdlib.h>

#include "hms/log/log.h"

enum { HEAD_MAX_BYTES = 1 << 20 }; /* of a response */

/* What is chosen from by ALPN over TLS, the preferred first: RFC 7301 3.1. */
static const struct hms_str server_alpn = HMS_STR("\x02h2\x08http/1.1");

static void server_free(struct hms_http_server *server)
{
	hms_defer_cancel(&server->later);
	http_pool_free(server);
	hms_buf_fini(&server->scratch);
	hms_buf_fini(&server->frames);
	free(server->name);
	free(server);
}

static void server_on_later(struct hms_defer *defer, void *arg)
{
	struct hms_http_server *server = arg;

	(void)defer;
	if (!hms_list_empty(&server->conns)) {
		return;
	}
	if (server->closing) {
		server_free(server);
	} else if (server->drained) {
		void (*drained)(void *) = server->drained;

		server->drained = NULL;
		drained(server->drained_arg);
	}
}

void http_server_check(struct hms_http_server *server)
{
	if ((server->draining || server->closing) && hms_list_empty(&server->conns)) {
		hms_defer_schedule(server->loop, &server->later);
	}
}

void hms_http_server_adopt(struct hms_http_server *server, struct hms_conn *conn)
{
	if (http_detect_open(server, conn)) {
		hms_counter_inc(&http_metrics.refused);
		hms_conn_abort(conn, HMS_CLOSE_MEMORY);
	}
}

static void server_on_accept(struct hms_listener *listener, struct hms_conn *conn, void *arg)
{
	(void)listener;
	hms_http_server_adopt(arg, conn);
}

static struct hms_http_server *server_alloc(struct hms_loop *loop, const struct hms_http_server_opts *opts)
{
	struct hms_http_server *server = calloc(1, sizeof(*server));

	if (!server) {
		return NULL;
	}
	server->name = hms_str_dup(hms_str(opts->name ? opts->name : "http"));
	if (!server->name) {
		free(server);
		return NULL;
	}
	server->loop = loop;
	server->conf = *opts->conf;
	server->handler = opts->handler;
	server->arg = opts->arg;
	hms_list_init(&server->conns);
	hms_list_init(&server->pool);
	hms_buf_init(&server->scratch, HEAD_MAX_BYTES);
	hms_buf_init(&server->frames, HEAD_MAX_BYTES);
	hms_defer_init(&server->later, server_on_later, server);
	return server;
}

static struct hms_listener_rates rates_of(const struct hms_http_conf *conf)
{
	return (struct hms_listener_rates){ .total = conf->accept_rate, .per_source = conf->accept_rate_per_source };
}

static struct hms_listener_strangers strangers_of(const struct hms_http_server_opts *opts)
{
	unsigned max = (unsigned)(opts->conf->connections_max * opts->strangers_percent / 100);

	return (struct hms_listener_strangers){ .max = opts->strangers_percent && !max ? 1 : max,
						.max_per_source = opts->strangers_per_source,
						.evicted = &http_metrics.strangers_evicted.value,
						.limited = &http_metrics.strangers_limited.value };
}

struct hms_http_server *hms_http_server_new(struct hms_loop *loop, const struct hms_http_server_opts *opts, struct hms_err *err)
{
	struct hms_http_server *server = server_alloc(loop, opts);
	struct hms_listener_opts listen = { .address = opts->address,
					    .reuse_port = opts->reuse_port,
					    .proxy_trusted = opts->proxy_trusted };
	char text[64];

	if (!server) {
		hms_err_set(err, HMS_ENOMEM, "%s: out of memory", opts->name);
		return NULL;
	}
	listen.max_conns = (unsigned)opts->conf->connections_max;
	listen.refused = &http_metrics.refused.value;
	listen.rates = rates_of(opts->conf);
	listen.limited = &http_metrics.limited.value;
	listen.strangers = strangers_of(opts);
	listen.conn.write_cap_bytes = (size_t)opts->conf->write_queue_bytes;
	listen.conn.alpn = server_alpn;
	listen.tls = opts->tls;
	server->listener = hms_listener_open(loop, &listen, server_on_accept, server, err);
	if (!server->listener) {
		server_free(server);
		return NULL;
	}
	server->addr = *hms_listener_addr(server->listener);
	log_info("listening", KV_Z("server", server->name), KV_Z("address", hms_addr_text(&server->addr, true, text, sizeof(text))),
		 KV_Z("scheme", opts->tls ? "https" : "http"));
	return server;
}

const struct hms_addr *hms_http_server_addr(const struct hms_http_server *server) { return &server->addr; }

void hms_http_server_set_conf(struct hms_http_server *server, const struct hms_http_conf *conf)
{
	int64_t connections_max = server->conf.connections_max, write_queue_bytes = server->conf.write_queue_bytes;

	server->conf = *conf;
	server->conf.connections_max = connections_max;
	server->conf.write_queue_bytes = write_queue_bytes;
	if (server->listener) {
		const struct hms_listener_rates rates = rates_of(conf);

		hms_listener_set_rates(server->listener, &rates);
	}
}

void hms_http_server_drain(struct hms_http_server *server, void (*drained)(void *arg), void *arg)
{
	struct hms_list *it, *next;

	hms_listener_accept_waiting(server->listener);
	hms_listener_close(&server->listener);
	server->draining = true;
	server->drained = drained;
	server->drained_arg = arg;
	hms_list_foreach(it, next, &server->conns) {
		struct http_conn *conn = hms_container_of(it, struct http_conn, node);

		conn->ops->drain(conn);
	}
	http_server_check(server);
}

void hms_http_server_close(struct hms_http_server **server)
{
	struct hms_http_server *s = *server;
	struct hms_list *it, *next;

	*server = NULL;
	if (!s) {
		return;
	}
	hms_listener_close(&s->listener);
	s->closing = true;
	hms_list_foreach(it, next, &s->conns) {
		struct http_conn *conn = hms_container_of(it, struct http_conn, node);

		conn->ops->abort(conn, HMS_CLOSE_DRAIN);
	}
	http_server_check(s);
}
