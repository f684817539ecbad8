/** TLS 1.2 and 1.3 (OpenSSL 3) under struct hms_conn: a server's certificate and settings, shared by all connections of a listener, and a
 *  client's. No compression, renegotiation or 0-RTT. One loop thread. */
#ifndef HMS_NET_TLS_H
#define HMS_NET_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "hms/base/err.h"
#include "hms/metrics/metrics.h"

/** The section [tls], which lib/app has in every service: the keys of hms/net/tls.def. */
struct hms_tls_conf {
	int64_t handshake_timeout; /* milliseconds */
};

/** The keys of hms/net/tls_server.def. A section that describes a listener includes them among its own, and takes them out with
 *  hms/conf/copy.inc. */
struct hms_tls_server_conf {
	const char *tls_certificate, *tls_key;
	int tls_min_version; /* 0: 1.2, 1: 1.3 */
	const char *tls_ciphers, *tls_ciphersuites, *tls_groups;
	bool tls_alpn;
};

struct hms_tls_server;

/** Reads certificate and key. *out is NULL, and the result 0, when none is configured: a plain listener. An expired certificate is a warning.
 *  @param name  of the listener, for logs and metrics; copied.
 *  Errors: HMS_EINVAL with a text that names the setting and the file, HMS_ENOMEM. */
int hms_tls_server_new(const char *name, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
		       struct hms_tls_server **out, struct hms_err *err);
/** Reads everything again, for new connections; those that there are go on. On an error nothing changes. @param server  NULL: a plain listener,
 *  for which a certificate is an error, as is none for one that speaks TLS. */
int hms_tls_server_reload(struct hms_tls_server *server, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
			  struct hms_err *err);
/** After the listeners that use it are closed; connections live on. */
void hms_tls_server_free(struct hms_tls_server **server);

struct hms_tls_client_opts {
	const char *ca_file; /* PEM; NULL: the system's */
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
