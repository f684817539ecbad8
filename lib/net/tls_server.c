/* A listener's TLS: its settings in one context, which a reload replaces. */
#include "tls_internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOOK_MS = 10000 }; /* between two looks at the watched files */

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

/* One a handshake: after a HelloRetryRequest the client says hello twice. */
static bool has_token(struct hms_conn *conn)
{
	const struct hms_tls_server *server = conn->tls->server;
	uint64_t now_ms = hms_loop_now_ms(conn->loop);

	if (!conn->tls->full) {
		conn->tls->full = true;
		conn->tls->limited = !hms_rate_take(server->rate, &conn->peer, server->full_rate_per_source, now_ms) ||
				     !hms_rate_take_total(server->rate, server->full_rate, now_ms);
	}
	return !conn->tls->limited;
}

/* Called where a certificate of ours is needed: in each full handshake, before anything is computed. */
static int on_certificate(SSL *ssl, void *arg)
{
	struct hms_conn *conn = SSL_get_app_data(ssl);

	(void)arg;
	return has_token(conn) && tls_pairs_choose(&conn->tls->server->pairs, ssl);
}

/* A file's bytes into the hash; one that cannot be read is reported where it is loaded. */
static void add_file(struct hms_hasher *hasher, const char *file)
{
	char bytes[4096];
	FILE *in = file[0] ? fopen(file, "re") : NULL;
	size_t n;

	while (in && (n = fread(bytes, 1, sizeof(bytes), in))) {
		hms_hasher_add(hasher, bytes, n);
	}
	if (in) {
		fclose(in);
	}
}

/* What sessions must have in common with the listener that resumes them: its name, and whom it takes certificates of. */
static void set_session_context(SSL_CTX *ctx, const char *name, const struct hms_tls_server_conf *conf)
{
	struct hms_hasher *hasher = hms_hasher_thread(HMS_HASH_SHA256);
	uint8_t context[32];

	hms_hasher_add(hasher, name, strlen(name) + 1);
	hms_hasher_add(hasher, &(uint8_t){ (uint8_t)conf->tls_client_auth }, 1);
	add_file(hasher, conf->tls_client_ca);
	hms_hasher_end(hasher, context);
	SSL_CTX_set_session_id_context(ctx, context, sizeof(context));
}

/* TLS 1.0 and 1.1 sign with SHA-1, which the higher levels of security do not allow. */
static int set_policy(SSL_CTX *ctx, const struct hms_tls_server_conf *conf, struct hms_err *err)
{
	int rc;

	SSL_CTX_set_min_proto_version(ctx, tls_version_number(conf->tls_min_version));
	SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_alpn_select_cb(ctx, tls_on_alpn, NULL);
	SSL_CTX_set_cert_cb(ctx, on_certificate, NULL);
	SSL_CTX_set_tlsext_status_cb(ctx, tls_on_status);
	rc = set_list(ctx, SSL_CTX_set_cipher_list, "tls_ciphers", conf->tls_ciphers, err);
	if (conf->tls_min_version < HMS_TLS_1_2) {
		SSL_CTX_set_security_level(ctx, 0);
	}
	if (rc == 0) {
		rc = set_list(ctx, SSL_CTX_set_ciphersuites, "tls_ciphersuites", conf->tls_ciphersuites, err);
	}
	return rc ? rc : set_list(ctx, set_groups, "tls_groups", conf->tls_groups, err);
}

static void report_staples(const struct hms_tls_server *server)
{
	int64_t first = 0;

	for (size_t i = 0; i < server->pairs.count; i++) {
		int64_t until = server->pairs.at[i].staple.until;

		first = until && until != INT64_MAX && (!first || until < first) ? until : first;
	}
	tls_set_ocsp_next_update(server->name, first);
}

void tls_server_refresh(struct hms_tls_server *server, uint64_t now_ms)
{
	if (now_ms - server->looked_ms < LOOK_MS) {
		return;
	}
	server->looked_ms = now_ms;
	tls_clients_refresh(&server->clients, server->ctx, server->name);
	for (size_t i = 0; i < server->pairs.count; i++) {
		tls_staple_refresh(&server->pairs.at[i].staple, server->name);
	}
	report_staples(server);
}

static void server_clear(struct hms_tls_server *server)
{
	SSL_CTX_free(server->ctx);
	tls_pairs_fini(&server->pairs);
	tls_clients_fini(&server->clients);
}

/* Makes everything anew in `next`; the server changes only when all is well. */
static int server_load(struct hms_tls_server *server, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
		       struct hms_err *err)
{
	struct hms_tls_server next = *server;
	int rc;

	next.ctx = tls_ctx_new(TLS_server_method());
	next.pairs = (struct tls_pairs){ .count = 0 };
	next.clients = (struct tls_clients){ .store = NULL };
	rc = next.ctx ? set_policy(next.ctx, conf, err) : hms_err_set(err, HMS_ENOMEM, "TLS: %s", tls_error_text());
	if (rc == 0) {
		rc = tls_pairs_load(&next.pairs, next.ctx, server->name, conf, err);
	}
	if (rc == 0) {
		rc = tls_clients_load(&next.clients, next.ctx, server->name, conf, err);
	}
	ERR_clear_error();
	if (rc) {
		server_clear(&next);
		return rc;
	}
	tls_tickets_set(&next.tickets, next.ctx);
	set_session_context(next.ctx, server->name, conf);
	SSL_CTX_set_timeout(next.ctx, limits->session_life / 1000);
	next.alpn = conf->tls_alpn;
	next.handshake_timeout_ms = (uint64_t)limits->handshake_timeout;
	next.full_rate = limits->full_handshake_rate;
	next.full_rate_per_source = limits->full_handshake_rate_per_source;
	server_clear(server);
	*server = next;
	tls_set_not_after(server->name, tls_pairs_not_after(&server->pairs));
	report_staples(server);
	return 0;
}

int hms_tls_server_new(const char *name, const struct hms_tls_server_conf *conf, const struct hms_tls_conf *limits,
		       const struct hms_secret *secret, struct hms_tls_server **out, struct hms_err *err)
{
	struct hms_tls_server *server;
	int rc;

	*out = NULL;
	if (!conf->tls_certificate[0]) {
		return conf->tls_key[0] ? hms_err_set(err, HMS_EINVAL, "tls_key: %s: there is no tls_certificate", conf->tls_key) : 0;
	}
	server = calloc(1, sizeof(*server));
	if (!server) {
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	server->name = hms_str_dup(hms_str(name));
	server->rate = hms_rate_new();
	server->tickets.secret = secret;
	rc = server->name && server->rate ? server_load(server, conf, limits, err) : hms_err_set(err, HMS_ENOMEM, "out of memory");
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
		server_clear(s);
		tls_tickets_fini(&s->tickets);
		hms_rate_free(&s->rate);
		free(s->name);
		free(s);
	}
}
