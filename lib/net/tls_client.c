/* TLS of outgoing connections. */
#include "tls_internal.h"

#include <stdlib.h>

static int client_trust(SSL_CTX *ctx, const struct hms_tls_client_opts *opts, struct hms_err *err)
{
	if (opts->insecure) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
		return 0;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (!opts->ca_file) {
		return SSL_CTX_set_default_verify_paths(ctx) == 1
			       ? 0
			       : hms_err_set(err, HMS_EIO, "the system's certificates: %s", tls_error_text());
	}
	if (SSL_CTX_load_verify_locations(ctx, opts->ca_file, NULL) != 1) {
		return hms_err_set(err, HMS_EINVAL, "%s: no usable certificates in PEM: %s", opts->ca_file, tls_error_text());
	}
	return 0;
}

struct hms_tls_client *hms_tls_client_new(const struct hms_tls_client_opts *opts, struct hms_err *err)
{
	struct hms_tls_client *client = calloc(1, sizeof(*client));

	if (!client || !(client->ctx = tls_ctx_new(TLS_client_method()))) {
		free(client);
		hms_err_set(err, HMS_ENOMEM, "out of memory");
		return NULL;
	}
	client->handshake_timeout_ms = opts->handshake_timeout_ms;
	tls_memory_set(client->ctx);
	if (opts->max_version) {
		SSL_CTX_set_max_proto_version(client->ctx, tls_version_number(opts->max_version));
	}
	if (client_trust(client->ctx, opts, err)) {
		hms_tls_client_free(&client);
	}
	ERR_clear_error();
	return client;
}

void hms_tls_client_free(struct hms_tls_client **client)
{
	struct hms_tls_client *c = *client;

	*client = NULL;
	if (c) {
		SSL_CTX_free(c->ctx);
		free(c);
	}
}
