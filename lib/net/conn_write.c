/* Writing: straight to the socket while it takes everything, else through a bounded queue; and the orderly close
 * behind it. */
#include "conn_internal.h"

enum {
	PARTS_MAX = 16,		  /* pieces that go out in one system call */
	QUEUE_KEEP_BYTES = 16384, /* an empty queue keeps no more memory than this */
};

size_t hms_conn_queued(const struct hms_conn *conn) { return conn->queue.len - conn->queue_pos; }

static void conn_queue_drop(struct hms_conn *conn, size_t bytes)
{
	conn->queue_pos += bytes;
	if (conn->queue_pos < conn->queue.len) {
		return;
	}
	conn->queue_pos = 0;
	hms_buf_reset(&conn->queue);
	if (conn->queue.size > QUEUE_KEEP_BYTES) {
		size_t cap = conn->queue.cap;

		hms_buf_fini(&conn->queue);
		hms_buf_init(&conn->queue, cap);
	}
}

/* Room for more: first by moving what is left to the front, if that is the smaller part. */
static int conn_queue_reserve(struct hms_conn *conn, size_t bytes)
{
	if (conn->queue_pos > conn->queue.len / 2) {
		hms_buf_consume(&conn->queue, conn->queue_pos);
		conn->queue_pos = 0;
	}
	return hms_buf_reserve(&conn->queue, bytes);
}

static int conn_enqueue(struct hms_conn *conn, const struct hms_str *parts, size_t count, size_t skip, size_t total)
{
	if (conn_queue_reserve(conn, total - skip)) {
		/* Part of the message may be on the wire already: this stream cannot go on. */
		conn_fail(conn, HMS_CLOSE_MEMORY);
		return HMS_ECLOSED;
	}
	for (size_t i = 0; i < count; i++) {
		size_t drop = skip < parts[i].len ? skip : parts[i].len;

		hms_buf_add(&conn->queue, parts[i].p + drop, parts[i].len - drop);
		skip -= drop;
	}
	conn->want_drained = conn->want_drained || hms_conn_queued(conn) >= conn->write_cap / 2;
	conn_update_io(conn);
	return 0;
}

/* Bytes that the socket took of the parts, 0 when it takes none now, or an error. */
static ssize_t conn_write_now(struct hms_conn *conn, const struct hms_str *parts, size_t count)
{
	struct iovec iov[PARTS_MAX];
	size_t n = count < PARTS_MAX ? count : PARTS_MAX;
	ssize_t done;

	for (size_t i = 0; i < n; i++) {
		iov[i] = (struct iovec){ (char *)parts[i].p, parts[i].len };
	}
	done = conn->transport->writev(conn, iov, (int)n);
	return done == HMS_EAGAIN ? 0 : done;
}

int hms_conn_writev(struct hms_conn *conn, const struct hms_str *parts, size_t count)
{
	size_t total = 0, queued = hms_conn_queued(conn);
	ssize_t done = 0;

	if (conn->state != CONN_OPEN && conn->state != CONN_CONNECTING && conn->state != CONN_HANDSHAKE) {
		return HMS_ECLOSED;
	}
	for (size_t i = 0; i < count; i++) {
		total += parts[i].len;
	}
	if (queued >= conn->write_cap) {
		conn->want_drained = true;
		return HMS_EFULL;
	}
	if (queued == 0 && total && (conn->state == CONN_OPEN || !conn->transport->handshake)) {
		done = conn_write_now(conn, parts, count);
	}
	if (done < 0) {
		conn_fail(conn, conn_reason_of_code(done));
		return HMS_ECLOSED;
	}
	if (done > 0 && conn->state == CONN_CONNECTING) {
		/* The kernel was done already, as it is on the loopback: a round through the loop less. */
		conn_established(conn);
		conn->announce = true;
		hms_defer_schedule(conn->loop, &conn->later);
	}
	return (size_t)done == total ? 0 : conn_enqueue(conn, parts, count, (size_t)done, total);
}

int hms_conn_write(struct hms_conn *conn, const void *data, size_t len)
{
	struct hms_str part = { data, len };

	return hms_conn_writev(conn, &part, 1);
}

int conn_notify(struct hms_conn *conn)
{
	if (!conn->notified && conn->transport->notify(conn) == HMS_EAGAIN) {
		return HMS_EAGAIN;
	}
	conn->notified = true;
	return 0;
}

/* The end; or first what the peer must be told, or the peer's end where input is left unread. */
void conn_wind_up(struct hms_conn *conn)
{
	if (conn_notify(conn) == 0 && !conn->discard) {
		conn_finish(conn, conn->reason);
		return;
	}
	if (conn->notified && !conn->finished) {
		conn->finished = true;
		shutdown(conn->fd, SHUT_WR); /* fails only when the peer is gone, which the next read tells */
	}
	conn_update_io(conn);
}

void conn_flush(struct hms_conn *conn)
{
	struct hms_str rest = { conn->queue.p + conn->queue_pos, hms_conn_queued(conn) };
	ssize_t done = conn_write_now(conn, &rest, 1);

	if (done < 0) {
		conn_finish(conn, conn_reason_of_code(done));
		return;
	}
	conn_queue_drop(conn, (size_t)done);
	if (conn->state == CONN_LINGER && hms_conn_queued(conn) == 0) {
		conn_wind_up(conn);
		return;
	}
	conn_update_io(conn);
	if (conn->state == CONN_OPEN && conn->want_drained && hms_conn_queued(conn) < conn->write_cap / 2) {
		conn->want_drained = false;
		if (conn->cb->drained) {
			conn->cb->drained(conn, conn->arg);
		}
	}
}

void hms_conn_close(struct hms_conn *conn, enum hms_close_reason reason, uint64_t linger_ms)
{
	bool waits = hms_conn_queued(conn) || conn->discard;

	if (conn->state != CONN_OPEN || linger_ms == 0 || (!waits && conn_notify(conn) == 0)) {
		if (conn->state != CONN_LINGER) {
			conn_finish(conn, reason);
		}
		return;
	}
	conn->state = CONN_LINGER;
	conn->reason = reason;
	conn->discard = conn->discard || conn->paused;
	hms_timer_start(&conn->timer, linger_ms);
	if (hms_conn_queued(conn) == 0) {
		conn_wind_up(conn);
	} else {
		conn_update_io(conn);
	}
}
