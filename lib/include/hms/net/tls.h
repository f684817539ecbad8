/** TLS (OpenSSL 3) under struct hms_conn: a server's certificates and settings, shared by all connections of a listener, and a
 *  client's. No compression, renegotiation or 0-RTT. One loop thread. */
#ifndef HMS_NET_TLS_H
#define HMS_NET_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "hms/base/err.h"
#include "hms/base/str.h"
#include "hms/crypto/crypto.h"
#include "hms/metrics/metrics.h"

struct hms_conn;

/** The section [tls], which lib/app has in every service: the keys of hms/net/tls.def. */
struct hms_tls_conf {
	int64_t handshake_timeout, session_life; /* milliseconds */
	int64_t full_handshake_rate, full_handshake_rate_per_source;
};

/* Orders of the choices in hms/net/tls_server.def. */
enum hms_tls_client_auth { HMS_TLS_CLIENT_NONE, HMS_TLS_CLIENT_REQUEST, HMS_TLS_CLIENT_REQUIRE };
enum hms_tls_version { HMS_TLS_1_0, HMS_TLS_1_1, HMS_TLS_1_2, HMS_TLS_1_3 };

/** The keys of hms/net/tls_server.def. A section that describes a listener includes them among its own, and takes them out with
 *  hms/conf/copy.inc. */
struct hms_tls_server_conf {
	const char *tls_certificate, *tls_key, *tls_ocsp_response;
	int tls_client_auth; /* enum hms_tls_client_auth */
	const char *tls_client_ca, *tls_client_crl;
	int tls_min_version; /* enum hms_tls_version */
	const char *tls_ciphers, *tls_ciphersuites, *tls_groups;
	bool tls_alpn;
};

struct hms_tls_server;

/** Reads certificate and key. *out is NULL, and the result 0, when none is configured: a plain listener. An expired certificate is a warning.
 *  @param name  of the listener, for logs and metrics; copied. A session is resumed on listeners of that name only.
 *  @param secret  the installation's, which must outlive the server: the keys of session tickets derive from it and the time, so that every
 *  process resumes the sessions of all others. NULL: sessions are resumed in this process only, until a reload.
 *  Errors: HMS_EINVAL with a text that names the setting and the file, HMS_ENOMEM. */
int hms_tls_server_new(const char *name, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
		       const struct hms_secret *secret, struct hms_tls_server **out, struct hms_err *err);
/** Reads everything again, for new connections; those that there are go on. On an error nothing changes. @param server  NULL: a plain listener,
 *  for which a certificate is an error, as is none for one that speaks TLS. */
int hms_tls_server_reload(struct hms_tls_server *server, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
			  struct hms_err *err);
/** After the listeners that use it are closed; connections live on. */
void hms_tls_server_free(struct hms_tls_server **server);

/** Whether the peer has shown a certificate that was found valid, in this handshake or in that of the session which it resumes. */
bool hms_conn_tls_verified(const struct hms_conn *conn);

enum { HMS_TLS_DNS_NAMES_MAX = 8, HMS_TLS_IDENTITY_BYTES = 4096 };
/** The names in a verified certificate. What cannot be a name (a NUL or a control character in it, too long) is left out; nothing is cut. */
struct hms_tls_identity {
	struct hms_str cn;			   /* UTF-8; p NULL: none, or several */
	struct hms_str dns[HMS_TLS_DNS_NAMES_MAX]; /* of subjectAltName */
	size_t dns_count;
	char text[HMS_TLS_IDENTITY_BYTES];
};
/** False: there is no verified certificate. */
bool hms_conn_tls_identity(const struct hms_conn *conn, struct hms_tls_identity *out);

/** What a client remembers of a server from one connection to the next: the newest session, which the next handshake resumes, and how its
 *  handshakes went. Zeros: nothing yet. Not for several connections at once. */
struct hms_tls_memory {
	struct ssl_session_st *session; /* OpenSSL's; NULL: none */
	uint64_t full, resumed;
};
void hms_tls_memory_fini(struct hms_tls_memory *memory);

struct hms_tls_client_opts {
	const char *ca_file; /* PEM; NULL: the system's */
	int max_version;     /* enum hms_tls_version; 0: the newest that there is */
	bool insecure;	     /* any certificate of any name will do: for test rigs */
	uint64_t handshake_timeout_ms;
};
struct hms_tls_client;
/** NULL with the reason in err. */
struct hms_tls_client *hms_tls_client_new(const struct hms_tls_client_opts *opts, struct hms_err *err);
/** Connections live on. */
void hms_tls_client_free(struct hms_tls_client **client);

/** Counters of all TLS listeners, to be added to the process's registry. */
int hms_tls_metrics_register(struct hms_metrics *metrics);
extern const struct hms_metric_def hms_tls_metric_defs[];
extern const size_t hms_tls_metric_count;

#endif
