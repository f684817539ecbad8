/* What the TLS files of lib/net share. */
#ifndef TLS_INTERNAL_H
#define TLS_INTERNAL_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "conn_internal.h"
#include "hms/net/tls.h"

enum tls_refusal {
#define TLS_REFUSAL(name, label, level) TLS_REFUSAL_##name,
#include "tls_refusals.def"
#undef TLS_REFUSAL
};

enum { TLS_ALPN_BYTES = 32 }; /* longest name of a protocol that can be chosen, terminated */

/** The TLS half of a connection. */
struct conn_tls_state {
	SSL *ssl;
	struct hms_str alpn; /* what is chosen from */
	char chosen[TLS_ALPN_BYTES];
	uint64_t start_us;
	unsigned reads_left; /* of the socket, in this call */
	int errnum;	     /* of the socket's last failure */
	bool eof;	     /* of the socket */
	bool broken;	     /* nothing more can be sent */
};

struct hms_tls_server {
	SSL_CTX *ctx; /* of new connections; each holds its own reference */
	char *name;
	bool alpn;
	uint64_t handshake_timeout_ms;
};

struct hms_tls_client {
	SSL_CTX *ctx;
	uint64_t handshake_timeout_ms;
};

/** tls_bio.c: reads and writes the connection's socket. NULL: out of memory. */
BIO *tls_bio_new(struct hms_conn *conn);

/** tls_ctx.c: with what server and client have in common. NULL: out of memory. */
SSL_CTX *tls_ctx_new(const SSL_METHOD *method);
/** Why the last call failed, in OpenSSL's words. */
const char *tls_error_text(void);

/** tls_pem.c: certificate and key of the configuration into ctx; *not_after as seconds since 1970. HMS_EINVAL with text. */
int tls_pem_load(SSL_CTX *ctx, const char *name, const struct hms_tls_server_conf *conf, int64_t *not_after, struct hms_err *err);

/** tls_server.c: SSL_CTX_set_alpn_select_cb(). */
int tls_on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned in_len, void *arg);

/** tls_metrics.c */
void tls_count_done(const struct conn_tls_state *tls);
/** @param detail  in words, or NULL. */
void tls_count_refused(const struct hms_conn *conn, enum tls_refusal why, const char *detail);
void tls_set_not_after(const char *name, int64_t not_after);

/** tls_refusal.c: counts and logs why the handshake failed. @param code  as of conn_transport's handshake. */
void tls_refused(const struct hms_conn *conn, int code);

#endif
