/* What the TLS files of lib/net share. */
#ifndef TLS_INTERNAL_H
#define TLS_INTERNAL_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "conn_internal.h"
#include "hms/net/rate.h"
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
	struct hms_tls_server *server; /* of an accepted one, during its handshake: the listener, and so this handshake, ends before it */
	struct hms_str alpn;	       /* what is chosen from */
	char chosen[TLS_ALPN_BYTES];
	struct hms_tls_memory *memory; /* of an outgoing one; NULL: none */
	uint64_t start_us;
	unsigned reads_left; /* of the socket, in this call */
	int errnum;	     /* of the socket's last failure */
	bool eof;	     /* of the socket */
	bool broken;	     /* nothing more can be sent */
	bool full;	     /* no session is resumed: that has cost a token */
	bool limited;	     /* there was none */
};

/** tls_watched.c: a file that is read again when it has changed. */
struct tls_stamp {
	int64_t seconds, nanoseconds, bytes;
	uint64_t inode;
};
struct tls_watched {
	char *file; /* "": none */
	struct tls_stamp stamp;
};
/** False: out of memory. */
bool tls_watched_set(struct tls_watched *watched, struct hms_str file);
/** Whether it is another one than when it was last asked for. */
bool tls_watched_changed(struct tls_watched *watched);
void tls_watched_fini(struct tls_watched *watched);

/** tls_staple.c: an OCSP response about our own certificate. */
struct tls_staple {
	struct tls_watched file;
	unsigned char *der; /* NULL: none */
	size_t len;
	int64_t until; /* seconds since 1970 */
};
/** @param file  empty: none. HMS_EINVAL with text, HMS_ENOMEM. */
int tls_staple_load(struct tls_staple *staple, struct hms_str file, struct hms_err *err);
void tls_staple_refresh(struct tls_staple *staple, const char *name);
void tls_staple_fini(struct tls_staple *staple);
/** SSL_CTX_set_tlsext_status_cb(). */
int tls_on_status(SSL *ssl, void *arg);

enum { TLS_PAIRS_MAX = 16, TLS_TICKET_KEYS = 3 };

/** tls_pairs.c: the certificates of a listener. */
struct tls_pair {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain;
	struct tls_staple staple;
};
struct tls_pairs {
	struct tls_pair at[TLS_PAIRS_MAX];
	size_t count;
};
/** Reads the files of the configuration; the first of each kind into ctx. HMS_EINVAL with text, HMS_ENOMEM. */
int tls_pairs_load(struct tls_pairs *pairs, SSL_CTX *ctx, const char *name, const struct hms_tls_server_conf *conf, struct hms_err *err);
/** When the first of them expires, in seconds since 1970. */
int64_t tls_pairs_not_after(const struct tls_pairs *pairs);
/** By the name that the client asks for. False: out of memory. */
bool tls_pairs_choose(const struct tls_pairs *pairs, SSL *ssl);
void tls_pairs_fini(struct tls_pairs *pairs);

/** tls_clients.c: who may issue certificates of clients, and what has been revoked. store NULL: none is asked for. */
struct tls_clients {
	X509_STORE *store;
	char *ca;
	struct tls_watched crl;
};
/** HMS_EINVAL with text, HMS_ENOMEM. */
int tls_clients_load(struct tls_clients *clients, SSL_CTX *ctx, const char *name, const struct hms_tls_server_conf *conf,
		     struct hms_err *err);
/** Reads the revocation lists again when they have changed. */
void tls_clients_refresh(struct tls_clients *clients, SSL_CTX *ctx, const char *name);
/** Whether a certificate that was valid once still is, as far as that is easily told. */
bool tls_clients_still_good(const struct tls_clients *clients, X509 *cert);
void tls_clients_fini(struct tls_clients *clients);

/** tls_ticket.c: keys of session tickets. */
struct tls_ticket_key {
	bool ready;
	int64_t epoch;
	uint8_t name[16], aes[32], mac[32];
};
struct tls_tickets {
	const struct hms_secret *secret; /* NULL: OpenSSL makes keys of its own for each context */
	struct tls_ticket_key keys[TLS_TICKET_KEYS];
	int64_t shift; /* of the clock, in periods: for tests */
};
void tls_tickets_set(struct tls_tickets *tickets, SSL_CTX *ctx);
void tls_tickets_fini(struct tls_tickets *tickets);

struct hms_tls_server {
	SSL_CTX *ctx; /* of new connections; each holds its own reference */
	char *name;
	bool alpn;
	uint64_t handshake_timeout_ms;
	uint64_t looked_ms; /* when the watched files were last looked at */
	struct tls_pairs pairs;
	struct tls_clients clients;
	struct tls_tickets tickets;
	struct hms_rate *rate; /* of full handshakes */
	int64_t full_rate, full_rate_per_source;
};

struct hms_tls_client {
	SSL_CTX *ctx;
	uint64_t handshake_timeout_ms;
};

/** tls_bio.c: reads and writes the connection's socket. NULL: out of memory. */
BIO *tls_bio_new(struct hms_conn *conn);

/** tls_memory.c: the sessions of this context go into the memory of their connection. */
void tls_memory_set(SSL_CTX *ctx);
/** Before the handshake: what is remembered is resumed. False: out of memory. */
bool tls_memory_begin(struct conn_tls_state *tls, struct hms_tls_memory *memory);
/** Behind the handshake. */
void tls_memory_done(const struct conn_tls_state *tls);

/** tls_ctx.c: with what server and client have in common. NULL: out of memory. */
SSL_CTX *tls_ctx_new(const SSL_METHOD *method);
/** enum hms_tls_version in OpenSSL's numbers. */
int tls_version_number(int version);
/** Why the last call failed, in OpenSSL's words. */
const char *tls_error_text(void);

/** In seconds since 1970; 0: no time. */
int64_t tls_seconds_of(const ASN1_TIME *when);

/** tls_pem.c: HMS_EINVAL with text when the file cannot be read. */
int tls_check_readable(const char *setting, const char *file, struct hms_err *err);
/** @param key  NULL: it is with the certificate. HMS_EINVAL with text. */
int tls_pem_load(struct tls_pair *pair, const char *name, const char *certificate, const char *key, struct hms_err *err);

/** tls_server.c: SSL_CTX_set_alpn_select_cb(). */
int tls_on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned in_len, void *arg);
/** Before a connection is taken: reads what has changed, now and then. */
void tls_server_refresh(struct hms_tls_server *server, uint64_t now_ms);

/** tls_metrics.c */
void tls_count_done(const struct conn_tls_state *tls);
/** @param detail  in words, or NULL. */
void tls_count_refused(const struct hms_conn *conn, enum tls_refusal why, const char *detail);
void tls_set_not_after(const char *name, int64_t not_after);
void tls_set_crl_next_update(const char *name, int64_t next_update);
void tls_set_ocsp_next_update(const char *name, int64_t next_update);

/** tls_refusal.c: counts and logs why the handshake failed. @param code  as of conn_transport's handshake. */
void tls_refused(const struct hms_conn *conn, int code);

#endif
