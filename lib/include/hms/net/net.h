/** Stream connections and listeners. The transport (plain TCP or TLS) is a table behind struct hms_conn, so that no
 *  user sees which one it is. One loop thread. */
#ifndef HMS_NET_NET_H
#define HMS_NET_NET_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "hms/base/err.h"
#include "hms/base/str.h"
#include "hms/loop/loop.h"

struct hms_addr {
	struct sockaddr_storage ss;
	socklen_t len;
};

/** "127.0.0.1:80", "[::1]:80", ":80" (any), port 0 allowed. Names are not resolved. Errors: HMS_ESYNTAX. */
int hms_addr_parse(struct hms_str text, struct hms_addr *out);
/** As hms_addr_parse(), but a name is resolved with getaddrinfo(): blocks; start-up and tools only. Errors: +
 *  HMS_ENOENT. */
int hms_addr_resolve(const char *host, unsigned port, struct hms_addr *out, struct hms_err *err);
/** "192.0.2.1:80" into out (at least 64 bytes). with_port false: the address alone. Returns out. */
char *hms_addr_text(const struct hms_addr *addr, bool with_port, char *out, size_t size);
unsigned hms_addr_port(const struct hms_addr *addr);

struct hms_conn;

/** Why a connection ended; one table gives enum, text and metric label. */
enum hms_close_reason {
#define HMS_CLOSE(name, text) HMS_CLOSE_##name,
#include "hms/net/close_reasons.def"
#undef HMS_CLOSE
};
const char *hms_close_reason_text(enum hms_close_reason reason);

struct hms_conn_cb {
	/** Bytes arrived; data is valid during the call, and everything counts as consumed: who cannot use all of
	 *  it copies the rest and pauses. At most 64 KiB a call. */
	void (*data)(struct hms_conn *conn, const char *data, size_t len, void *arg);
	/** The write queue fell below half of its cap. May be NULL. */
	void (*drained)(struct hms_conn *conn, void *arg);
	/** An outgoing connection is established, the TLS handshake included. NULL for accepted ones. */
	void (*connected)(struct hms_conn *conn, void *arg);
	/** The last callback; conn is freed after it. */
	void (*closed)(struct hms_conn *conn, enum hms_close_reason reason, void *arg);
};

struct hms_tls_client;
struct hms_tls_memory;
struct hms_tls_server;

struct hms_conn_opts {
	size_t write_cap_bytes; /* with so many bytes queued nothing more is taken; 0 = 1 MiB. One write may go beyond it */
	/* TLS: the protocols that are offered (outgoing) or chosen from (accepted) by ALPN, the preferred first, in the form of RFC 7301
	 * ("\x08http/1.1"); must stay valid for ever. Empty: ALPN is not used. */
	struct hms_str alpn;
	/* Of an outgoing connection */
	struct hms_tls_client *tls; /* NULL: plain */
	const char *tls_name;	    /* the server's name or address, as its certificate must have it */
	/* PEM files with our own certificate and its key, for a server that asks for one; read at each connection. NULL: none */
	const char *tls_certificate, *tls_key;
	/* Resumes the session of this memory and leaves the next one there; must live as long as the connection. NULL: none is resumed */
	struct hms_tls_memory *tls_memory;
};

void hms_conn_set_cb(struct hms_conn *conn, const struct hms_conn_cb *cb, void *arg);

/** Sends or queues a copy. Returns 0, HMS_EFULL (nothing taken; wait for drained), HMS_ECLOSED. A failing socket
 *  closes the connection later, never inside this call. */
int hms_conn_write(struct hms_conn *conn, const void *data, size_t len);
/** As hms_conn_write() for several pieces as one. */
int hms_conn_writev(struct hms_conn *conn, const struct hms_str *parts, size_t count);
/** Bytes queued and not yet taken by the kernel. */
size_t hms_conn_queued(const struct hms_conn *conn);

/** Back-pressure: while paused no data callback runs. */
void hms_conn_pause(struct hms_conn *conn, bool paused);

/** Input is read and thrown away from here on, and hms_conn_close() waits for the peer's end, too: unread bytes
 *  would turn the close into a reset that overtakes the last answer. */
void hms_conn_discard(struct hms_conn *conn);

/** Closes after the queue has been written (or the peer is gone, or linger_ms have passed). */
void hms_conn_close(struct hms_conn *conn, enum hms_close_reason reason, uint64_t linger_ms);
/** Closes at once. */
void hms_conn_abort(struct hms_conn *conn, enum hms_close_reason reason);

/** An accepted connection's peer has shown who it is. */
void hms_conn_known(struct hms_conn *conn);

const struct hms_addr *hms_conn_peer(const struct hms_conn *conn);
const struct hms_addr *hms_conn_local(const struct hms_conn *conn);
struct hms_loop *hms_conn_loop(const struct hms_conn *conn);
int hms_conn_fd(const struct hms_conn *conn);
/** The protocol that TLS chose by ALPN (RFC 7301), e.g. "h2"; "" for a plain connection or when none was chosen. */
const char *hms_conn_alpn(const struct hms_conn *conn);

/** Starts a connection. @param local  NULL, or the source address to bind. @param timeout_ms  of TCP; a TLS
 *  handshake has its own behind it. cb->connected or cb->closed follows, never inside the call. Returns 0, HMS_ENOMEM, HMS_EIO. */
int hms_conn_connect(struct hms_loop *loop, const struct hms_addr *to, const struct hms_addr *local, uint64_t timeout_ms,
		     const struct hms_conn_opts *opts, const struct hms_conn_cb *cb, void *arg, struct hms_conn **out);

/** A connection on a connected, non-blocking stream socket, e.g. one of a socketpair(); fd is the connection's
 *  from here on. NULL when out of memory: then fd is still the caller's. */
struct hms_conn *hms_conn_adopt(struct hms_loop *loop, int fd, const struct hms_conn_opts *opts, const struct hms_conn_cb *cb, void *arg);

/** New connections a second, bursts of five times as many; further ones are closed at once. 0 = no limit. */
struct hms_listener_rates {
	int64_t total, per_source;
};

/** Connections that nobody has called hms_conn_known() for, so that who only holds them cannot keep others out. */
struct hms_listener_strangers {
	/* With so many the oldest one gives way to a new one, also where max_conns is reached; 0: all may be strangers for ever. */
	unsigned max;
	unsigned max_per_source;     /* further ones of an address (IPv6: a /64) are closed at once; 0 = no limit */
	uint64_t *evicted, *limited; /* count both; NULL: nobody wants to know */
};

struct hms_listener;
struct hms_listener_opts {
	const char *address; /* as hms_addr_parse() */
	bool reuse_port;     /* SO_REUSEPORT: several processes on one port */
	unsigned backlog;    /* 0 = 4096 */
	unsigned max_conns;  /* further ones are closed at once; 0 = no limit */
	uint64_t *refused;   /* counts those; NULL: nobody wants to know */
	struct hms_listener_rates rates;
	uint64_t *limited; /* counts those that are over the rates; NULL: nobody wants to know */
	struct hms_listener_strangers strangers;
	struct hms_conn_opts conn;
	struct hms_tls_server *tls; /* NULL: plain; must outlive the listener */
	const char *
		proxy_trusted; /* networks of balancers, whose connections begin with a header of the PROXY protocol; NULL or empty: none */
};
/** accepted: the new connection, behind its TLS handshake; the callee sets its callbacks and so owns it. */
typedef void hms_accept_cb(struct hms_listener *listener, struct hms_conn *conn, void *arg);
/** err says which address and why. NULL on failure. */
struct hms_listener *hms_listener_open(struct hms_loop *loop, const struct hms_listener_opts *opts, hms_accept_cb *accepted, void *arg,
				       struct hms_err *err);
/** The bound address (port 0 resolved). */
const struct hms_addr *hms_listener_addr(const struct hms_listener *listener);
unsigned hms_listener_conns(const struct hms_listener *listener);
/** Accepts what has connected already: closing the listener would reset it. */
void hms_listener_accept_waiting(struct hms_listener *listener);
void hms_listener_set_rates(struct hms_listener *listener, const struct hms_listener_rates *rates);
/** Stops accepting; connections live on, but for those whose TLS handshake is under way. */
void hms_listener_close(struct hms_listener **listener);

#endif
