/* A TLS listener of ours, certificates made on the spot, and OpenSSL as the peer that we did not write. */
#ifndef TLS_FIXTURE_H
#define TLS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "hms/base/buf.h"
#include "hms/net/net.h"
#include "hms/net/tls.h"

#define ALPN_HTTP1 HMS_STR("\x08http/1.1")
#define ALPN_BOTH HMS_STR("\x02h2\x08http/1.1")

/** One end under test. */
struct end {
	struct hms_conn *conn;
	struct hms_buf data;
	size_t pos; /* of what is to be sent */
	unsigned connected, drained, closed, pieces;
	enum hms_close_reason reason;
	bool echo;
};

struct fixture {
	struct hms_loop *loop;
	struct hms_metrics *metrics;
	struct hms_listener *listener;
	struct hms_tls_server *tls;
	struct hms_tls_server_conf conf; /* as by default, with a good certificate */
	struct hms_tls_conf limits;
	struct hms_secret *secret; /* of tls_load(); NULL: none */
	struct end server, client;
	unsigned accepted;
	struct hms_buf samples; /* as of the start of the test: the counters are the process's */
	bool keep_paused;	/* accepted connections begin paused */
	char dir[64], cert[96], key[96];
};

/** OpenSSL's own client on a non-blocking socket. */
struct peer {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
};

extern const struct hms_conn_cb end_callbacks;

int tls_setup(void **state);
int tls_teardown(void **state);

/** Writes <dir>/<name>.pem and .key, self-signed, for localhost and 127.0.0.1; valid from and to days from now. */
void make_certificate(struct fixture *f, const char *name, int from_days, int to_days);
/** <dir>/<name>, good for the next 63 calls: settings borrow their texts. */
const char *path_of(struct fixture *f, const char *name);
void write_file(struct fixture *f, const char *name, const char *text);

/** Makes f->tls of f->conf. */
void tls_load(struct fixture *f);
void tls_listen(struct fixture *f, struct hms_str alpn, size_t write_cap);
/** tls_load() and tls_listen(). */
void tls_serve(struct fixture *f);
void loop_once(struct fixture *f);
/** Runs the loop until the condition holds; the test program's time limit ends what never comes. */
#define AWAIT(f, condition)    \
	while (!(condition)) { \
		loop_once(f);  \
	}

/** By how much a sample has grown, e.g. "hms_tls_handshakes_total{kind=\"full\"}". */
unsigned long metric(struct fixture *f, const char *sample);
#define REFUSED(f, why) metric(f, "hms_tls_handshake_failures_total{reason=\"" why "\"}")

/** A TCP connection to the listener. */
int tcp_connect(struct fixture *f);
/** version 0: any; else that one only. */
void peer_init(struct fixture *f, struct peer *peer, int version);
void peer_fini(struct peer *peer);
/** Runs handshake and loop until it has an outcome: 1, or an SSL_ERROR_... negated. */
int peer_handshake(struct fixture *f, struct peer *peer);
/** peer_init() and a handshake that succeeds, on both sides. */
void peer_open(struct fixture *f, struct peer *peer, int version);
/** All of it. */
void peer_write(struct fixture *f, struct peer *peer, const void *data, size_t len);
/** Bytes read, at least one, or an SSL_ERROR_... negated. */
int peer_read(struct fixture *f, struct peer *peer, void *out, size_t size);

#endif
