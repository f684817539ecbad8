/* Listening sockets: accepting, a limit of connections, a rest when descriptors run out. */
#include "conn_internal.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/log/log.h"
#include "hms/net/rate.h"
#include "proxy.h"
#include "strangers.h"

enum {
	BACKLOG = 4096,
	REST_MS = 100, /* out of descriptors: accepting again at once would only burn the processor */
};

struct hms_listener {
	struct hms_loop *loop;
	struct hms_io *io;
	int fd;
	bool closed; /* freed when the last connection is gone, too */
	unsigned conns, max_conns;
	uint64_t *refused, *limited;
	struct hms_listener_rates rates;
	struct hms_rate *rate;
	struct strangers *strangers; /* NULL: nobody asks who they are */
	struct hms_conn_opts conn_opts;
	struct hms_tls_server *tls;
	struct proxy_gate *gate; /* NULL: nobody speaks for others */
	struct hms_list shaking; /* struct hms_conn in HANDSHAKE */
	hms_accept_cb *accepted;
	void *arg;
	struct hms_addr addr;
	struct hms_timer rest;
	struct hms_log_limit log_limit;
};

static void listener_free_unused(struct hms_listener *listener)
{
	if (listener->closed && !listener->io && listener->conns == 0) {
		hms_rate_free(&listener->rate);
		strangers_free(&listener->strangers);
		free(listener);
	}
}

void listener_release(struct hms_listener *listener)
{
	listener->conns--;
	listener_free_unused(listener);
}

void listener_hand_over(struct hms_listener *listener, struct hms_conn *conn)
{
	listener->accepted(listener, conn, listener->arg);
	if (conn->state == CONN_OPEN) {
		conn_update_io(conn);
	}
}

static void listener_start_tls(struct hms_listener *listener, struct hms_conn *conn)
{
	if (conn_tls_accept(conn, listener->tls, listener->conn_opts.alpn)) {
		conn_finish(conn, HMS_CLOSE_MEMORY);
		if (listener->refused) {
			++*listener->refused;
		}
		return;
	}
	hms_list_push_back(&listener->shaking, &conn->shaking);
	conn_handshake_start(conn);
}

static void listener_refuse(int fd, uint64_t *counter)
{
	close(fd);
	if (counter) {
		++*counter;
	}
}

/* The source first: what it has too much of takes nothing from the others. */
static bool listener_has_token(struct hms_listener *listener, const struct hms_addr *peer)
{
	const struct hms_listener_rates *rates = &listener->rates;
	uint64_t now_ms;

	if (!rates->total && !rates->per_source) {
		return true;
	}
	now_ms = hms_loop_now_ms(listener->loop);
	return hms_rate_take(listener->rate, peer, rates->per_source, now_ms) && hms_rate_take_total(listener->rate, rates->total, now_ms);
}

/* Of a full listener, too, the oldest stranger gives way. */
static bool listener_has_place(struct hms_listener *listener)
{
	return !listener->max_conns || listener->conns < listener->max_conns ||
	       (listener->strangers && strangers_give_way(listener->strangers));
}

static void listener_take(struct hms_listener *listener, int fd, const struct hms_addr *peer)
{
	struct hms_conn *conn;

	if (!listener_has_token(listener, peer)) {
		listener_refuse(fd, listener->limited);
		return;
	}
	if (listener->strangers && !strangers_room(listener->strangers, peer)) {
		listener_refuse(fd, NULL);
		return;
	}
	if (!listener_has_place(listener)) {
		listener_refuse(fd, listener->refused);
		return;
	}
	conn = conn_new(listener->loop, fd, CONN_OPEN, &listener->conn_opts);
	if (!conn) {
		listener_refuse(fd, listener->refused);
		return;
	}
	conn->peer = *peer;
	conn->listener = listener;
	listener->conns++;
	if (listener->strangers) {
		strangers_enter(listener->strangers, conn);
	}
	if (listener->tls) {
		listener_start_tls(listener, conn);
	} else {
		listener_hand_over(listener, conn);
	}
}

/* Behind its balancer's header. */
static void listener_on_passed(int fd, const struct hms_addr *peer, void *arg) { listener_take(arg, fd, peer); }

static void listener_rest(struct hms_listener *listener, int errnum)
{
	if (hms_log_allow(&listener->log_limit, 1, hms_loop_now_ms(listener->loop))) {
		log_warn("cannot accept", KV_Z("error", strerror(errnum)), KV_U("connections", listener->conns));
	}
	hms_io_set(listener->io, 0);
	hms_timer_start(&listener->rest, REST_MS);
}

/* Returns whether there was one; others than the errors of a full process are errors of the connection that was to be accepted: accept(2). */
static bool listener_accept(struct hms_listener *listener)
{
	struct hms_addr peer = { .len = sizeof(peer.ss) };
	int fd = accept4(listener->fd, (struct sockaddr *)&peer.ss, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0 && listener->gate && proxy_gate_wants(listener->gate, &peer)) {
		proxy_gate_enter(listener->gate, fd, &peer);
	} else if (fd >= 0) {
		listener_take(listener, fd, &peer);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		listener_rest(listener, errno);
	}
	return fd >= 0;
}

/* One a turn of the loop: trying until there is none would cost each connection a second call, and a storm of connections leaves turns to those
 * there are. */
static void listener_on_io(struct hms_io *io, int events, void *arg)
{
	(void)io;
	(void)events;
	listener_accept(arg);
}

void hms_listener_accept_waiting(struct hms_listener *listener)
{
	for (unsigned i = 0; i < BACKLOG && listener_accept(listener); i++) {
	}
}

static void listener_on_rest(struct hms_timer *timer, void *arg)
{
	struct hms_listener *listener = arg;

	(void)timer;
	hms_io_set(listener->io, HMS_IO_READ);
}

static int listener_socket(const struct hms_listener_opts *opts, const struct hms_addr *addr, struct hms_err *err)
{
	int on = 1, fd = socket(addr->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return hms_err_set(err, HMS_EIO, "%s: socket: %s", opts->address, strerror(errno));
	}
	/* Accepted sockets inherit TCP_NODELAY: one call instead of one per connection. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
	    (opts->reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on))) ||
	    bind(fd, (const struct sockaddr *)&addr->ss, addr->len) || listen(fd, opts->backlog ? (int)opts->backlog : BACKLOG)) {
		int code = hms_err_set(err, HMS_EIO, "cannot listen on %s: %s", opts->address, strerror(errno));

		close(fd);
		return code;
	}
	return fd;
}

static struct hms_listener *listener_new(struct hms_loop *loop, const struct hms_listener_opts *opts, int fd, hms_accept_cb *accepted,
					 void *arg)
{
	struct hms_listener *listener = calloc(1, sizeof(*listener));

	if (!listener) {
		return NULL;
	}
	listener->rate = hms_rate_new();
	if (opts->strangers.max) {
		listener->strangers = strangers_new(&opts->strangers);
	}
	listener->io =
		listener->rate && (listener->strangers || !opts->strangers.max) ? hms_io_new(loop, fd, listener_on_io, listener) : NULL;
	if (!listener->io) {
		hms_rate_free(&listener->rate);
		strangers_free(&listener->strangers);
		free(listener);
		return NULL;
	}
	listener->loop = loop;
	listener->fd = fd;
	listener->max_conns = opts->max_conns;
	listener->refused = opts->refused;
	listener->rates = opts->rates;
	listener->limited = opts->limited;
	listener->conn_opts = opts->conn;
	listener->tls = opts->tls;
	hms_list_init(&listener->shaking);
	listener->accepted = accepted;
	listener->arg = arg;
	hms_timer_init(&listener->rest, loop, listener_on_rest, listener);
	listener->addr.len = sizeof(listener->addr.ss);
	return listener;
}

struct hms_listener *hms_listener_open(struct hms_loop *loop, const struct hms_listener_opts *opts, hms_accept_cb *accepted, void *arg,
				       struct hms_err *err)
{
	struct hms_listener *listener;
	struct hms_addr addr;
	int fd;

	if (hms_addr_parse(hms_str(opts->address), &addr)) {
		hms_err_set(err, HMS_ESYNTAX, "\"%s\" is not an address and port, e.g. 0.0.0.0:80", opts->address);
		return NULL;
	}
	fd = listener_socket(opts, &addr, err);
	if (fd < 0) {
		return NULL;
	}
	listener = listener_new(loop, opts, fd, accepted, arg);
	if (!listener) {
		close(fd);
		hms_err_set(err, HMS_ENOMEM, "%s: out of memory", opts->address);
		return NULL;
	}
	if (opts->proxy_trusted && *opts->proxy_trusted) {
		listener->gate = proxy_gate_new(loop, opts->proxy_trusted, listener_on_passed, listener, err);
		if (!listener->gate) {
			hms_listener_close(&listener);
			return NULL;
		}
	}
	if (getsockname(fd, (struct sockaddr *)&listener->addr.ss, &listener->addr.len) || hms_io_set(listener->io, HMS_IO_READ)) {
		hms_err_set(err, HMS_EIO, "%s: %s", opts->address, strerror(errno));
		hms_listener_close(&listener);
	}
	return listener;
}

const struct hms_addr *hms_listener_addr(const struct hms_listener *listener) { return &listener->addr; }

void hms_listener_set_rates(struct hms_listener *listener, const struct hms_listener_rates *rates) { listener->rates = *rates; }

unsigned hms_listener_conns(const struct hms_listener *listener) { return listener->conns; }

static void listener_on_io_closed(void *arg)
{
	struct hms_listener *listener = arg;

	close(listener->fd);
	listener->io = NULL;
	listener_free_unused(listener);
}

void hms_listener_close(struct hms_listener **listener)
{
	struct hms_listener *l = *listener;
	struct hms_list *it, *next;

	*listener = NULL;
	if (l) {
		l->closed = true;
		proxy_gate_close(&l->gate);
		hms_list_foreach(it, next, &l->shaking) {
			conn_finish(hms_container_of(it, struct hms_conn, shaking), HMS_CLOSE_DRAIN);
		}
		hms_timer_stop(&l->rest);
		hms_io_close(l->io, listener_on_io_closed, l);
	}
}
