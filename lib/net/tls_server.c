/* A listener's TLS: its settings in one context, which a reload replaces. */
#include "tls_internal.h"

#include <stdlib.h>

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION }; /* in the order of the choices of tls_min_version */

/* Where the client offers none of ours, going on would mean to speak a protocol that it did not ask for (RFC 7301 3.2). */
int tls_on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in, unsigned in_len, void *arg)
{
	struct hms_str ours = ((struct hms_conn *)SSL_get_app_data(ssl))->tls->alpn;
	unsigned char *chosen;

	(void)arg;
	if (ours.len == 0) {
		return SSL_TLSEXT_ERR_NOACK;
	}
	if (SSL_select_next_proto(&chosen, out_len, (const unsigned char *)ours.p, (unsigned)ours.len, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED) {
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int set_list(SSL_CTX *ctx, int (*set)(SSL_CTX *ctx, const char *list), const char *setting, const char *list, struct hms_err *err)
{
	return set(ctx, list) == 1 ? 0 : hms_err_set(err, HMS_EINVAL, "%s: \"%s\": %s", setting, list, tls_error_text());
}

static int set_groups(SSL_CTX *ctx, const char *list) { return (int)SSL_CTX_set1_groups_list(ctx, list); }

static int set_policy(SSL_CTX *ctx, const char *name, const struct hms_tls_server_conf *conf, struct hms_err *err)
{
	struct hms_str id = hms_str(name);
	int rc;

	SSL_CTX_set_min_proto_version(ctx, versions[conf->tls_min_version]);
	SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* Sessions are resumed by tickets under keys that OpenSSL makes for this context: within one worker, until a reload. Keys that all
	 * front ends derive alike are to be set here, with SSL_CTX_set_tlsext_ticket_key_evp_cb(); the verification of client certificates,
	 * too, with SSL_CTX_set_verify(), which needs the context of sessions. */
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)id.p,
				       (unsigned)(id.len < SSL_MAX_SSL_SESSION_ID_LENGTH ? id.len : SSL_MAX_SSL_SESSION_ID_LENGTH));
	SSL_CTX_set_alpn_select_cb(ctx, tls_on_alpn, NULL);
	rc = set_list(ctx, SSL_CTX_set_cipher_list, "tls_ciphers", conf->tls_ciphers, err);
	if (rc == 0) {
		rc = set_list(ctx, SSL_CTX_set_ciphersuites, "tls_ciphersuites", conf->tls_ciphersuites, err);
	}
	return rc ? rc : set_list(ctx, set_groups, "tls_groups", conf->tls_groups, err);
}

/* Makes the context anew; the server changes only when all is well. */
static int server_load(struct hms_tls_server *server, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
		       struct hms_err *err)
{
	SSL_CTX *ctx = tls_ctx_new(TLS_server_method());
	int64_t not_after;
	int rc;

	if (!ctx) {
		return hms_err_set(err, HMS_ENOMEM, "TLS: %s", tls_error_text());
	}
	rc = set_policy(ctx, server->name, conf, err);
	if (rc == 0) {
		rc = tls_pem_load(ctx, server->name, conf, &not_after, err);
	}
	ERR_clear_error();
	if (rc) {
		SSL_CTX_free(ctx);
		return rc;
	}
	SSL_CTX_free(server->ctx);
	server->ctx = ctx;
	server->alpn = conf->tls_alpn;
	server->handshake_timeout_ms = (uint64_t)limits->handshake_timeout;
	tls_set_not_after(server->name, not_after);
	return 0;
}

int hms_tls_server_new(const char *name, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
		       struct hms_tls_server **out, struct hms_err *err)
{
	struct hms_tls_server *server;
	int rc;

	*out = NULL;
	if (!conf->tls_certificate[0]) {
		return conf->tls_key[0] ? hms_err_set(err, HMS_EINVAL, "tls_key: %s: there is no tls_certificate", conf->tls_key) : 0;
	}
	server = calloc(1, sizeof(*server));
	if (!server || !(server->name = hms_str_dup(hms_str(name)))) {
		free(server);
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	rc = server_load(server, conf, limits, err);
	if (rc) {
		hms_tls_server_free(&server);
	}
	*out = server;
	return rc;
}

int hms_tls_server_reload(struct hms_tls_server *server, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
			  struct hms_err *err)
{
	if (!server != !conf->tls_certificate[0]) {
		return hms_err_set(err, HMS_EINVAL, "tls_certificate: turning TLS on or off needs a restart");
	}
	return server ? server_load(server, conf, limits, err) : 0;
}

void hms_tls_server_free(struct hms_tls_server **server)
{
	struct hms_tls_server *s = *server;

	*server = NULL;
	if (s) {
		SSL_CTX_free(s->ctx);
		free(s->name);
		free(s);
	}
}
