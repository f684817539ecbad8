/* Connections: life, events, reading. */
#include "conn_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	READ_BYTES = 65536,
	BURST_READS = 4, /* in one turn of a connection */
	WRITE_CAP_BYTES = 1 << 20,
};

/* One buffer for all connections of the thread: what the owner does not use during the call, it copies. */
static _Thread_local char read_buffer[READ_BYTES];

static const char *const close_texts[] = {
#define HMS_CLOSE(name, text) [HMS_CLOSE_##name] = text,
#include "hms/net/close_reasons.def"
#undef HMS_CLOSE
};

const char *hms_close_reason_text(enum hms_close_reason reason) { return close_texts[reason]; }

enum hms_close_reason conn_reason_of(int errnum)
{
	static const struct {
		int errnum;
		enum hms_close_reason reason;
	} table[] = {
		{ ECONNRESET, HMS_CLOSE_RESET },  { EPIPE, HMS_CLOSE_RESET },	{ ECONNREFUSED, HMS_CLOSE_REFUSED },
		{ ETIMEDOUT, HMS_CLOSE_TIMEOUT }, { ENOMEM, HMS_CLOSE_MEMORY }, { ENOBUFS, HMS_CLOSE_MEMORY },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].errnum == errnum) {
			return table[i].reason;
		}
	}
	return HMS_CLOSE_IO;
}

enum hms_close_reason conn_reason_of_code(ssize_t code)
{
	if (code == HMS_EIO) {
		return conn_reason_of(errno);
	}
	return code == HMS_ECLOSED ? HMS_CLOSE_TRUNCATED : HMS_CLOSE_PROTOCOL;
}

static void conn_on_io_closed(void *arg)
{
	struct hms_conn *conn = arg;

	close(conn->fd);
	if (conn->transport->free) {
		conn->transport->free(conn);
	}
	if (conn->cb) {
		conn->cb->closed(conn, conn->reason, conn->arg);
	}
	if (conn->listener) {
		listener_release(conn->listener);
	}
	hms_buf_fini(&conn->queue);
	free(conn);
}

void conn_finish(struct hms_conn *conn, enum hms_close_reason reason)
{
	if (conn->state == CONN_CLOSED) {
		return;
	}
	if (conn->state == CONN_HANDSHAKE) {
		conn->transport->abandoned(conn, reason);
		hms_list_remove(&conn->shaking);
	} else if (conn->state == CONN_OPEN && hms_conn_queued(conn) == 0) {
		conn_notify(conn);
	}
	conn->reason = conn->state == CONN_FAILED ? conn->reason : reason; /* the first cause */
	conn->state = CONN_CLOSED;
	strangers_leave(conn);
	hms_timer_stop(&conn->timer);
	hms_defer_cancel(&conn->later);
	hms_io_close(conn->io, conn_on_io_closed, conn);
}

void conn_fail(struct hms_conn *conn, enum hms_close_reason reason)
{
	conn->state = CONN_FAILED;
	conn->reason = reason;
	hms_defer_schedule(conn->loop, &conn->later);
}

static int conn_events(const struct hms_conn *conn)
{
	bool writes = hms_conn_queued(conn) || (conn->state == CONN_LINGER && !conn->notified);
	bool reads = !conn->paused || conn->discard;
	int events = 0;

	if (conn->state == CONN_CONNECTING) {
		return HMS_IO_WRITE;
	}
	if (conn->state == CONN_HANDSHAKE) {
		return conn->read_waits_write ? HMS_IO_WRITE : HMS_IO_READ;
	}
	/* Never for what could not be used yet: the loop would come round at once. */
	if (writes) {
		events |= conn->write_waits_read ? HMS_IO_READ : HMS_IO_WRITE;
	}
	if (reads) {
		events |= conn->read_waits_write ? HMS_IO_WRITE : HMS_IO_READ;
	}
	return events;
}

void conn_update_io(struct hms_conn *conn)
{
	if (hms_io_set(conn->io, conn_events(conn))) {
		conn_fail(conn, HMS_CLOSE_IO);
	}
}

void conn_established(struct hms_conn *conn)
{
	conn->state = CONN_OPEN;
	hms_timer_stop(&conn->timer);
	conn_update_io(conn);
}

void conn_announce(struct hms_conn *conn)
{
	conn->announce = false;
	if (conn->cb->connected) {
		conn->cb->connected(conn, conn->arg);
	}
}

static void conn_on_later(struct hms_defer *defer, void *arg)
{
	struct hms_conn *conn = arg;

	(void)defer;
	if (conn->state == CONN_FAILED) {
		conn_finish(conn, conn->reason);
	} else if (conn->announce) {
		conn_announce(conn);
	}
}

/* A connect that ended, well or not. */
static void conn_on_connect(struct hms_conn *conn)
{
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &errnum, &len) || errnum) {
		conn_finish(conn, conn_reason_of(errnum));
		return;
	}
	if (conn->transport->handshake) {
		conn_handshake_start(conn);
		return;
	}
	conn_established(conn);
	conn_announce(conn);
}

/* The peer's end of stream, or an error. What is still queued behind a close may be wanted by a peer that only
 * stopped sending. */
static void conn_on_end(struct hms_conn *conn, ssize_t n)
{
	if (conn->state == CONN_LINGER && n == 0 && hms_conn_queued(conn)) {
		conn->paused = true;
		conn->discard = false;
		conn_update_io(conn);
	} else if (conn->state == CONN_LINGER) {
		conn_finish(conn, conn->reason);
	} else {
		conn_finish(conn, n == 0 ? HMS_CLOSE_PEER : conn_reason_of_code(n));
	}
}

/* Returns whether there may be more at once. */
static bool conn_read_once(struct hms_conn *conn)
{
	bool waited = conn->read_waits_write;
	ssize_t n = conn->transport->read(conn, read_buffer, sizeof(read_buffer));

	if (conn->read_waits_write != waited) {
		conn_update_io(conn);
	}
	if (n == HMS_EAGAIN) {
		return false;
	}
	if (n <= 0) {
		conn_on_end(conn, n);
		return false;
	}
	if (conn->state == CONN_OPEN && !conn->discard) {
		conn->cb->data(conn, read_buffer, (size_t)n, conn->arg);
	}
	return n == conn->transport->burst;
}

static bool conn_is_live(const struct hms_conn *conn) { return conn->state == CONN_OPEN || conn->state == CONN_LINGER; }

static void conn_on_read(struct hms_conn *conn)
{
	bool more = true;

	for (int i = 0; i < BURST_READS && more && conn_is_live(conn); i++) {
		if (conn->paused && !conn->discard) {
			conn_update_io(conn); /* only now: most pauses end before anything arrives, and then cost nothing */
			return;
		}
		more = conn_read_once(conn);
	}
}

/* TCP, or the handshake. */
static void conn_on_begin(struct hms_conn *conn)
{
	if (conn->state == CONN_CONNECTING) {
		conn_on_connect(conn);
	} else if (conn->state == CONN_HANDSHAKE) {
		conn_handshake_step(conn);
	} else if (conn->announce) {
		conn_announce(conn); /* an answer may be faster than the deferred call */
	}
}

static void conn_on_io(struct hms_io *io, int events, void *arg)
{
	struct hms_conn *conn = arg;
	bool writable, readable;

	(void)io;
	conn_on_begin(conn);
	writable = events & (conn->write_waits_read ? HMS_IO_READ : HMS_IO_WRITE);
	readable = events & (conn->read_waits_write ? HMS_IO_WRITE : HMS_IO_READ);
	if (writable && conn_is_live(conn) && hms_conn_queued(conn)) {
		conn_flush(conn);
	} else if (writable && conn->state == CONN_LINGER) {
		conn_wind_up(conn);
	}
	if (readable && conn_is_live(conn)) {
		conn_on_read(conn);
	}
}

static void conn_on_timer(struct hms_timer *timer, void *arg)
{
	struct hms_conn *conn = arg;

	(void)timer;
	conn_finish(conn, conn->state == CONN_LINGER ? conn->reason : HMS_CLOSE_TIMEOUT);
}

struct hms_conn *conn_new(struct hms_loop *loop, int fd, enum conn_state state, const struct hms_conn_opts *opts)
{
	struct hms_conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		return NULL;
	}
	conn->io = hms_io_new(loop, fd, conn_on_io, conn);
	if (!conn->io) {
		free(conn);
		return NULL;
	}
	conn->transport = &conn_tcp;
	conn->notified = true;
	conn->loop = loop;
	conn->fd = fd;
	conn->state = state;
	conn->write_cap = opts && opts->write_cap_bytes ? opts->write_cap_bytes : WRITE_CAP_BYTES;
	hms_buf_init(&conn->queue, SIZE_MAX / 2); /* write_cap is kept by conn_write.c */
	hms_list_init(&conn->shaking);
	hms_list_init(&conn->stranger);
	hms_timer_init(&conn->timer, loop, conn_on_timer, conn);
	hms_defer_init(&conn->later, conn_on_later, conn);
	return conn;
}

struct hms_conn *hms_conn_adopt(struct hms_loop *loop, int fd, const struct hms_conn_opts *opts, const struct hms_conn_cb *cb, void *arg)
{
	struct hms_conn *conn = conn_new(loop, fd, CONN_OPEN, opts);

	if (conn) {
		conn->peer.len = sizeof(conn->peer.ss);
		if (getpeername(fd, (struct sockaddr *)&conn->peer.ss, &conn->peer.len)) {
			conn->peer.len = 0;
		}
		hms_conn_set_cb(conn, cb, arg);
		conn_update_io(conn);
	}
	return conn;
}

void hms_conn_set_cb(struct hms_conn *conn, const struct hms_conn_cb *cb, void *arg)
{
	conn->cb = cb;
	conn->arg = arg;
}

void hms_conn_pause(struct hms_conn *conn, bool paused)
{
	conn->paused = paused;
	if (!paused && (conn->state == CONN_OPEN || conn->state == CONN_LINGER)) {
		conn_update_io(conn);
	}
}

void hms_conn_discard(struct hms_conn *conn)
{
	conn->discard = true;
	if (conn->state == CONN_OPEN) {
		conn_update_io(conn);
	}
}

void hms_conn_abort(struct hms_conn *conn, enum hms_close_reason reason) { conn_finish(conn, reason); }

const struct hms_addr *hms_conn_peer(const struct hms_conn *conn) { return &conn->peer; }

const struct hms_addr *hms_conn_local(const struct hms_conn *conn)
{
	struct hms_addr *local = (struct hms_addr *)&conn->local; /* asked for at first use: few do, and it is a system call */

	if (local->len == 0 && conn->state != CONN_CONNECTING) {
		local->len = sizeof(local->ss);
		if (getsockname(conn->fd, (struct sockaddr *)&local->ss, &local->len)) {
			local->len = 0;
		}
	}
	return local;
}

struct hms_loop *hms_conn_loop(const struct hms_conn *conn) { return conn->loop; }

int hms_conn_fd(const struct hms_conn *conn) { return conn->fd; }

const char *hms_conn_alpn(const struct hms_conn *conn) { return conn->transport->alpn ? conn->transport->alpn(conn) : ""; }
