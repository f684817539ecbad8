/* HTTP Digest: stateless nonces, challenges, responses and their check (RFC 7616; contracts 9). */
#include "hms/http/digest.h"

#include <endian.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/crypto/crypto.h"

/* [Q6] A nonce is base64url(time in us, 8 bytes | HMAC over it, 16 bytes): 32 characters, as some clients keep no more of one. */
#define TIME_LEN 8
#define MAC_LEN 16
_Static_assert(HMS_BASE64_SIZE(TIME_LEN + MAC_LEN) <= HMS_NONCE_SIZE, "a nonce fits");

static const struct {
	enum hms_hash_alg hash;
	const char *name;
} algs[] = {
	[HMS_DIGEST_MD5] = { HMS_HASH_MD5, "MD5" },
	[HMS_DIGEST_SHA256] = { HMS_HASH_SHA256, "SHA-256" },
};

static void nonce_bytes(const struct hms_nonce_key *key, int64_t wall_us, uint8_t out[TIME_LEN + MAC_LEN])
{
	uint64_t be = htobe64((uint64_t)wall_us);
	uint8_t mac[32];

	hms_hmac_sha256(key->key, sizeof(key->key), &be, sizeof(be), mac);
	memcpy(out, &be, TIME_LEN);
	memcpy(out + TIME_LEN, mac, MAC_LEN);
}

void hms_nonce_make(const struct hms_nonce_key *key, int64_t wall_us, char out[HMS_NONCE_SIZE])
{
	uint8_t bytes[TIME_LEN + MAC_LEN];

	nonce_bytes(key, wall_us, bytes);
	hms_base64url(bytes, sizeof(bytes), out);
}

int hms_nonce_check(const struct hms_nonce_key *key, struct hms_str nonce, int64_t wall_us, int64_t life_ms)
{
	uint8_t got[TIME_LEN + MAC_LEN], ours[TIME_LEN + MAC_LEN];
	int64_t made_us, age_us;
	uint64_t be;

	if (hms_unbase64(nonce, got, sizeof(got)) != sizeof(got))
		return HMS_ECRYPTO;
	memcpy(&be, got, sizeof(be));
	made_us = (int64_t)be64toh(be);
	nonce_bytes(key, made_us, ours);
	if (!hms_equal_ct(got, ours, sizeof(ours)))
		return HMS_ECRYPTO;
	age_us = wall_us - made_us;
	/* Clocks of front ends differ a little; a time far ahead is of a clock that was wrong. */
	return age_us > life_ms * 1000 || age_us < -life_ms * 1000 ? HMS_ESTALE : 0;
}

/* name="value", with quotes and backslashes escaped; control characters would end the header and are left out. */
static void add_quoted(struct hms_buf *out, const char *name, struct hms_str value)
{
	hms_buf_strz(out, name);
	hms_buf_strz(out, "=\"");
	for (size_t i = 0; i < value.len; i++) {
		char c = value.p[i];

		if ((unsigned char)c < 0x20 || c == 0x7f)
			continue;
		if (c == '"' || c == '\\')
			hms_buf_char(out, '\\');
		hms_buf_char(out, c);
	}
	hms_buf_char(out, '"');
}

void hms_digest_challenge(struct hms_buf *out, struct hms_str realm, const char *nonce, enum hms_digest_alg alg, bool stale)
{
	add_quoted(out, "Digest realm", realm);
	add_quoted(out, ", nonce", hms_str(nonce));
	hms_buf_strz(out, ", algorithm=");
	hms_buf_strz(out, algs[alg].name);
	hms_buf_strz(out, ", qop=\"auth\"");
	if (stale)
		hms_buf_strz(out, ", stale=true");
}

void hms_digest_ha1(enum hms_digest_alg alg, struct hms_str user, struct hms_str realm, struct hms_str password, char out[65])
{
	hms_ha1_hex(algs[alg].hash, user, realm, password, out);
}

static void hash_hex(enum hms_digest_alg alg, const struct hms_str *parts, size_t count, char out[65])
{
	uint8_t hash[HMS_HASH_MAX];

	hms_hash_parts(algs[alg].hash, parts, count, hash);
	hms_hex(hash, hms_hash_size(algs[alg].hash), out);
}

void hms_digest_response(const struct hms_http_auth *auth, const char *ha1_hex, struct hms_str method, char out[65])
{
	const struct hms_str colon = HMS_STR(":"), ha1 = hms_str(ha1_hex), a2[] = { method, colon, auth->uri };
	char ha2_hex[65];
	struct hms_str ha2;

	hash_hex(auth->alg, a2, 3, ha2_hex);
	ha2 = hms_str(ha2_hex);
	if (auth->qop.len > 0) {
		const struct hms_str parts[] = {
			ha1, colon, auth->nonce, colon, auth->nc, colon, auth->cnonce, colon, auth->qop, colon, ha2
		};

		hash_hex(auth->alg, parts, 11, out);
	} else { /* RFC 2069, still seen */
		const struct hms_str parts[] = { ha1, colon, auth->nonce, colon, ha2 };

		hash_hex(auth->alg, parts, 5, out);
	}
}

bool hms_digest_check(const struct hms_http_auth *auth, const char *ha1_hex, struct hms_str method)
{
	size_t len = 2 * hms_hash_size(algs[auth->alg].hash);
	uint8_t got[HMS_HASH_MAX], ours[HMS_HASH_MAX];
	char hex[65];

	/* read as bytes: some clients write capital letters */
	if (auth->response.len != len || hms_unhex(auth->response, got, sizeof(got)) != (int)(len / 2))
		return false;
	hms_digest_response(auth, ha1_hex, method, hex);
	hms_unhex(hms_strn(hex, len), ours, sizeof(ours));
	return hms_equal_ct(got, ours, len / 2);
}

void hms_digest_authorization(struct hms_buf *out, const struct hms_http_auth *auth, const char *response)
{
	add_quoted(out, "Digest username", auth->username);
	add_quoted(out, ", realm", auth->realm);
	add_quoted(out, ", nonce", auth->nonce);
	add_quoted(out, ", uri", auth->uri);
	add_quoted(out, ", response", hms_str(response));
	hms_buf_strz(out, ", algorithm=");
	hms_buf_strz(out, algs[auth->alg].name);
	if (auth->opaque.p)
		add_quoted(out, ", opaque", auth->opaque);
	if (auth->qop.len == 0)
		return;
	hms_buf_strz(out, ", qop=");
	hms_buf_str(out, auth->qop);
	hms_buf_strz(out, ", nc=");
	hms_buf_str(out, auth->nc);
	add_quoted(out, ", cnonce", auth->cnonce);
}
