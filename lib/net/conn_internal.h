/* What the files of lib/net share: the connection and the table of its transport. */
#ifndef CONN_INTERNAL_H
#define CONN_INTERNAL_H

#include <sys/uio.h>

#include "hms/base/buf.h"
#include "hms/net/net.h"

/** A transport. read and writev never block; each returns bytes, or
 *  0 (read: the peer's end of stream), HMS_EAGAIN, or HMS_EIO with errno. */
struct conn_transport {
	ssize_t (*read)(struct hms_conn *conn, void *buf, size_t size);
	ssize_t (*writev)(struct hms_conn *conn, const struct iovec *iov, int count);
	/** No more will be written. */
	void (*finish)(struct hms_conn *conn);
	/** As hms_conn_alpn(); NULL: "". */
	const char *(*alpn)(const struct hms_conn *conn);
};
extern const struct conn_transport conn_tcp;

/*  state       enters by                    leaves to
 *  CONNECTING  hms_conn_connect()           OPEN (writable), FAILED, CLOSED (timeout)
 *  OPEN        accepted, connected          LINGER (close), FAILED, CLOSED (peer, abort)
 *  LINGER      hms_conn_close(), queue      CLOSED (written and, if input is discarded, the peer's end; linger over)
 *  FAILED      a write that failed          CLOSED (deferred: never inside the write)
 *  CLOSED      conn_finish()                freed when the descriptor's handle has closed */
enum conn_state { CONN_CONNECTING, CONN_OPEN, CONN_LINGER, CONN_FAILED, CONN_CLOSED };

struct hms_conn {
	const struct conn_transport *transport;
	struct hms_loop *loop;
	struct hms_io *io;
	int fd;
	enum conn_state state;
	bool paused, discard;
	bool finished;	   /* LINGER: our end of stream has been sent */
	bool want_drained; /* the owner waits for room in the queue */
	bool announce;	   /* connected is still to be called */
	enum hms_close_reason reason;
	const struct hms_conn_cb *cb;
	void *arg;
	struct hms_listener *listener; /* of an accepted one */
	struct hms_buf queue;
	size_t queue_pos; /* bytes of queue that are written */
	size_t write_cap;
	struct hms_timer timer; /* CONNECTING: timeout; LINGER: its end */
	struct hms_defer later; /* FAILED: closes; OPEN: calls connected */
	struct hms_addr peer, local;
};

/** An open connection on fd, which it owns from here on; NULL: out of memory, the fd is still the caller's. */
struct hms_conn *conn_new(struct hms_loop *loop, int fd, enum conn_state state, const struct hms_conn_opts *opts);
/** Closes in two phases: closed runs when the handle is gone. */
void conn_finish(struct hms_conn *conn, enum hms_close_reason reason);
/** Closes later, so that no callback runs inside the caller's call. */
void conn_fail(struct hms_conn *conn, enum hms_close_reason reason);
/** CONNECTING -> OPEN. */
void conn_established(struct hms_conn *conn);
/** Waits for what the state asks for. */
void conn_update_io(struct hms_conn *conn);
enum hms_close_reason conn_reason_of(int errnum);

/** Writes what is queued; calls drained. */
void conn_flush(struct hms_conn *conn);

/** An accepted connection is gone. */
void listener_release(struct hms_listener *listener);

#endif
