/* Sessions that a client resumes: tickets, which in TLS 1.3 come behind the handshake (RFC 5077, RFC 8446 4.6.1). */
#include "tls_internal.h"

static void forget(struct hms_tls_memory *memory)
{
	SSL_SESSION_free(memory->session);
	memory->session = NULL;
}

/* 1: the session is ours from here on. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct hms_tls_memory *memory = ((struct hms_conn *)SSL_get_app_data(ssl))->tls->memory;

	if (!memory) {
		return 0;
	}
	forget(memory);
	memory->session = session;
	return 1;
}

void tls_memory_set(SSL_CTX *ctx)
{
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_session);
}

bool tls_memory_begin(struct conn_tls_state *tls, struct hms_tls_memory *memory)
{
	bool ok = !memory->session || SSL_set_session(tls->ssl, memory->session) == 1;

	tls->memory = memory;
	/* A ticket of TLS 1.3 is used once, lest connections be linked (RFC 8446 C.4). */
	if (memory->session && SSL_SESSION_get_protocol_version(memory->session) == TLS1_3_VERSION) {
		forget(memory);
	}
	return ok;
}

void tls_memory_done(const struct conn_tls_state *tls)
{
	if (tls->memory) {
		*(SSL_session_reused(tls->ssl) ? &tls->memory->resumed : &tls->memory->full) += 1;
	}
}

void hms_tls_memory_fini(struct hms_tls_memory *memory) { forget(memory); }
