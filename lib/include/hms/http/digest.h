/** HTTP authentication: Basic (RFC 7617) and Digest (RFC 7616; MD5 and SHA-256, qop=auth and none). Nonces are
 *  stateless (contracts 9): time and an HMAC, not bound to a socket, good for nonce_life; afterwards stale=true. No
 *  I/O. */
#ifndef HMS_HTTP_DIGEST_H
#define HMS_HTTP_DIGEST_H

#include "hms/base/arena.h"
#include "hms/base/buf.h"

enum hms_digest_alg { HMS_DIGEST_MD5, HMS_DIGEST_SHA256 };

/** A parsed Authorization header; strings borrow from the arena. */
struct hms_http_auth {
	enum { HMS_AUTH_ABSENT, HMS_AUTH_BASIC, HMS_AUTH_DIGEST, HMS_AUTH_OTHER } scheme;
	struct hms_str username, password; /* password: Basic only */
	struct hms_str realm, nonce, uri, response, cnonce, opaque, qop, nc;
	enum hms_digest_alg alg;
	uint32_t nc_value;
};
/** header.p NULL: absent. HMS_AUTH_OTHER: a scheme, an algorithm (MD5-sess) or a qop (auth-int) that is never offered
 *  here; a new challenge is the answer. A parameter given twice or missing is an error. The caller compares uri with
 *  the request's target. Returns 0 (scheme says what was found), HMS_ESYNTAX, HMS_ENOMEM. */
int hms_http_auth_parse(struct hms_arena *arena, struct hms_str header, struct hms_http_auth *out);

/** Nonces, all from one key. */
struct hms_nonce_key {
	uint8_t key[32];
};
#define HMS_NONCE_SIZE 33
void hms_nonce_make(const struct hms_nonce_key *key, int64_t wall_us, char out[HMS_NONCE_SIZE]);
/** Returns 0, HMS_ESTALE (ours, but older than life_ms, or as far in the future) or HMS_ECRYPTO (not ours). */
int hms_nonce_check(const struct hms_nonce_key *key, struct hms_str nonce, int64_t wall_us, int64_t life_ms);

/** A value of a WWW-Authenticate header. */
void hms_digest_challenge(struct hms_buf *out, struct hms_str realm, const char *nonce, enum hms_digest_alg alg, bool stale);

/** Hex of HA1 = H(user:realm:password): 32 (MD5) or 64 (SHA-256) characters, terminated; out holds 65. */
void hms_digest_ha1(enum hms_digest_alg alg, struct hms_str user, struct hms_str realm, struct hms_str password, char out[65]);
/** The response a client must send, hex; also used by the client half. */
void hms_digest_response(const struct hms_http_auth *auth, const char *ha1_hex, struct hms_str method, char out[65]);
/** Whether auth->response is right for that HA1 and method; constant time. */
bool hms_digest_check(const struct hms_http_auth *auth, const char *ha1_hex, struct hms_str method);

/** Client half: reads a WWW-Authenticate value into auth (realm, nonce, qop, alg, opaque); qop is "auth" or empty. The
 *  first challenge counts when the value holds several. Returns 0, HMS_ESYNTAX (also: nothing that this client can
 *  do), HMS_ENOMEM. */
int hms_digest_parse_challenge(struct hms_arena *arena, struct hms_str header, struct hms_http_auth *out);

/** Client half: the value of an Authorization header from auth; with qop, nc and cnonce must be set. response: of
 *  hms_digest_response(). */
void hms_digest_authorization(struct hms_buf *out, const struct hms_http_auth *auth, const char *response);

#endif
