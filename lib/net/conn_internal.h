/* What the files of lib/net share: the connection and the table of its transport. */
#ifndef CONN_INTERNAL_H
#define CONN_INTERNAL_H

#include <sys/uio.h>

#include "hms/base/buf.h"
#include "hms/net/net.h"

/** A transport; those behind `burst` may be NULL. None blocks. read and writev return bytes, or 0 (read: the peer's end of stream), HMS_EAGAIN,
 *  HMS_EIO with errno, HMS_EPROTO, HMS_ECLOSED (the stream was cut). */
struct conn_transport {
	ssize_t (*read)(struct hms_conn *conn, void *buf, size_t size);
	/** What it did not take comes again at the beginning of the next call. */
	ssize_t (*writev)(struct hms_conn *conn, const struct iovec *iov, int count);
	/** A read of so many bytes says that there may be more at once; 0: never. */
	ssize_t burst;
	/** One step of what comes before the first byte. 0: done; HMS_EAGAIN; others: it failed. */
	int (*handshake)(struct hms_conn *conn);
	/** The handshake ends without a result of its own: timeout, close. */
	void (*abandoned)(struct hms_conn *conn, enum hms_close_reason reason);
	/** Tells the peer that all has been sent, so that it can tell that from a cut. 0 or HMS_EAGAIN. */
	int (*notify)(struct hms_conn *conn);
	/** As hms_conn_alpn(). */
	const char *(*alpn)(const struct hms_conn *conn);
	void (*free)(struct hms_conn *conn);
};
extern const struct conn_transport conn_tcp, conn_tls;

/*  state       enters by                    leaves to
 *  CONNECTING  hms_conn_connect()           HANDSHAKE or OPEN (writable), FAILED, CLOSED (timeout)
 *  HANDSHAKE   accepted, connected          OPEN (done), CLOSED (failed, timeout, listener closed)
 *  OPEN        accepted, connected          LINGER (close), FAILED, CLOSED (peer, abort)
 *  LINGER      hms_conn_close(), queue      CLOSED (written, the peer told and, if input is discarded, its end; linger over)
 *  FAILED      a write that failed          CLOSED (deferred: never inside the write)
 *  CLOSED      conn_finish()                freed when the descriptor's handle has closed */
enum conn_state { CONN_CONNECTING, CONN_HANDSHAKE, CONN_OPEN, CONN_LINGER, CONN_FAILED, CONN_CLOSED };

struct strangers;

struct hms_conn {
	const struct conn_transport *transport;
	struct hms_loop *loop;
	struct hms_io *io;
	int fd;
	enum conn_state state;
	bool paused, discard;
	bool notified;	   /* transport->notify has done its work, or there is none */
	bool finished;	   /* LINGER: our end of stream has been sent */
	bool want_drained; /* the owner waits for room in the queue */
	bool announce;	   /* connected is still to be called */
	/* TLS may have to write before it can go on reading, and the other way round. */
	bool read_waits_write, write_waits_read;
	enum hms_close_reason reason;
	const struct hms_conn_cb *cb;
	void *arg;
	struct hms_listener *listener; /* of an accepted one */
	struct hms_list shaking;       /* in the listener, during HANDSHAKE */
	struct strangers *strangers;   /* of the listener, until it is known who this is; NULL then */
	struct hms_list stranger;      /* in strangers */
	unsigned stranger_place;
	struct conn_tls_state *tls; /* of conn_tls */
	uint64_t handshake_timeout_ms;
	struct hms_buf queue;
	size_t queue_pos; /* bytes of queue that are written */
	size_t write_cap;
	struct hms_timer timer; /* CONNECTING, HANDSHAKE: timeout; LINGER: its end */
	struct hms_defer later; /* FAILED: closes; OPEN: calls connected */
	struct hms_addr peer, local;
};

/** An open connection on fd, which it owns from here on; NULL: out of memory, the fd is still the caller's. */
struct hms_conn *conn_new(struct hms_loop *loop, int fd, enum conn_state state, const struct hms_conn_opts *opts);
/** Closes in two phases: closed runs when the handle is gone. */
void conn_finish(struct hms_conn *conn, enum hms_close_reason reason);
/** Closes later, so that no callback runs inside the caller's call. */
void conn_fail(struct hms_conn *conn, enum hms_close_reason reason);
/** -> OPEN. */
void conn_established(struct hms_conn *conn);
/** Calls connected. */
void conn_announce(struct hms_conn *conn);
/** Waits for what the state asks for. */
void conn_update_io(struct hms_conn *conn);
enum hms_close_reason conn_reason_of(int errnum);
/** Of what read or writev returned. */
enum hms_close_reason conn_reason_of_code(ssize_t code);

/** Writes what is queued; calls drained. */
void conn_flush(struct hms_conn *conn);
/** Tells the peer, once. 0 or HMS_EAGAIN. */
int conn_notify(struct hms_conn *conn);
/** LINGER with an empty queue: goes on towards the end. */
void conn_wind_up(struct hms_conn *conn);

/** TCP is there: -> HANDSHAKE. */
void conn_handshake_start(struct hms_conn *conn);
/** One step; -> OPEN. */
void conn_handshake_step(struct hms_conn *conn);

/** Makes it a TLS connection. 0, HMS_ENOMEM or, where our certificate cannot be read, HMS_EIO. */
int conn_tls_accept(struct hms_conn *conn, struct hms_tls_server *server, struct hms_str alpn);
int conn_tls_connect(struct hms_conn *conn, const struct hms_conn_opts *opts);

/** An accepted connection is ready for its owner. */
void listener_hand_over(struct hms_listener *listener, struct hms_conn *conn);
/** It is known who this is, or it is gone: it counts as a stranger no more. */
void strangers_leave(struct hms_conn *conn);

/** An accepted connection is gone. */
void listener_release(struct hms_listener *listener);

#endif
