/* Session tickets under keys that derive from the installation's secret and the time: every process resumes the sessions of all others, and
 * after a restart (contracts 9, RFC 5077 4). */
#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include "hms/base/clock.h"
#include "tls_internal.h"

#define PERIOD_US (12 * 3600 * INT64_C(1000000))

static void key_make(struct tls_ticket_key *key, const struct hms_secret *secret, int64_t epoch)
{
	uint8_t name[32];

	hms_secret_epoch_key(secret, "tls-ticket-name", epoch, name);
	hms_secret_epoch_key(secret, "tls-ticket-aes", epoch, key->aes);
	hms_secret_epoch_key(secret, "tls-ticket-mac", epoch, key->mac);
	memcpy(key->name, name, sizeof(key->name));
	key->epoch = epoch;
	key->ready = true;
}

/* The previous, the current and the next epoch differ modulo 3. */
static const struct tls_ticket_key *key_of(struct tls_tickets *tickets, int64_t epoch)
{
	struct tls_ticket_key *key = &tickets->keys[(uint64_t)epoch % TLS_TICKET_KEYS];

	if (!key->ready || key->epoch != epoch) {
		key_make(key, tickets->secret, epoch);
	}
	return key;
}

/* The next one may be in use where a clock is ahead. */
static const struct tls_ticket_key *key_named(struct tls_tickets *tickets, const unsigned char *name, int64_t now)
{
	for (int64_t epoch = now + 1; epoch >= now - 1; epoch--) {
		const struct tls_ticket_key *key = key_of(tickets, epoch);

		if (memcmp(key->name, name, sizeof(key->name)) == 0) {
			return key;
		}
	}
	return NULL;
}

static bool key_use(const struct tls_ticket_key *key, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
	char sha256[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->mac, sizeof(key->mac)),
				      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0), OSSL_PARAM_construct_end() };

	return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key->aes, iv, encrypt) == 1 && EVP_MAC_CTX_set_params(mac, params) == 1;
}

static struct hms_tls_server *server_of(SSL *ssl) { return ((struct hms_conn *)SSL_get_app_data(ssl))->tls->server; }

/* 0: no such key, a full handshake; 1; 2: renew the ticket; -1: failed. */
static int on_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
	struct tls_tickets *tickets = &server_of(ssl)->tickets;
	int64_t now = hms_wall_us() / PERIOD_US + tickets->shift;
	const struct tls_ticket_key *key;

	if (encrypt) {
		key = key_of(tickets, now);
		memcpy(name, key->name, sizeof(key->name));
		hms_random(iv, (size_t)EVP_CIPHER_get_iv_length(EVP_aes_256_cbc()));
		return key_use(key, iv, cipher, mac, 1) ? 1 : -1;
	}
	key = key_named(tickets, name, now);
	if (!key) {
		return 0;
	}
	if (!key_use(key, iv, cipher, mac, 0)) {
		return -1;
	}
	return key->epoch == now && SSL_version(ssl) != TLS1_3_VERSION ? 1 : 2; /* there clients use each once (RFC 8446 C.4) */
}

/* A ticket says what its holder's certificate was worth then: whose certificate has been revoked or has expired since shows it again, in a full
 * handshake, which tells him. */
static SSL_TICKET_RETURN on_opened(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t len, SSL_TICKET_STATUS status,
				   void *arg)
{
	X509 *peer;

	(void)name;
	(void)len;
	(void)arg;
	if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) {
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	}
	peer = SSL_SESSION_get0_peer(session);
	if (peer && !tls_clients_still_good(&server_of(ssl)->clients, peer)) {
		return SSL_TICKET_RETURN_IGNORE_RENEW;
	}
	return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

void tls_tickets_set(struct tls_tickets *tickets, SSL_CTX *ctx)
{
	if (tickets->secret) {
		SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_key);
	}
	SSL_CTX_set_session_ticket_cb(ctx, NULL, on_opened, NULL);
}

void tls_tickets_fini(struct tls_tickets *tickets) { OPENSSL_cleanse(tickets->keys, sizeof(tickets->keys)); }
