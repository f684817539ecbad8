/* OpenSSL contexts: what server and client have in common. */
#include "tls_internal.h"

#include <time.h>

SSL_CTX *tls_ctx_new(const SSL_METHOD *method)
{
	SSL_CTX *ctx;

	ERR_clear_error();
	ctx = SSL_CTX_new(method);
	if (!ctx) {
		return NULL;
	}
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	/* A write that the socket does not take comes again from the queue, in another place; idle connections keep no buffers. */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets need none */
	SSL_CTX_set_max_early_data(ctx, 0);
	return ctx;
}

int tls_version_number(int version)
{
	static const int versions[] = {
		[HMS_TLS_1_0] = TLS1_VERSION,
		[HMS_TLS_1_1] = TLS1_1_VERSION,
		[HMS_TLS_1_2] = TLS1_2_VERSION,
		[HMS_TLS_1_3] = TLS1_3_VERSION,
	};

	return versions[version];
}

const char *tls_error_text(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "unknown error";
}

int64_t tls_seconds_of(const ASN1_TIME *when)
{
	struct tm tm = { 0 };

	return when && ASN1_TIME_to_tm(when, &tm) ? (int64_t)timegm(&tm) : 0;
}
