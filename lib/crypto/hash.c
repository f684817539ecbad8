/* Hashes and HMAC with fetched algorithms and one context per thread. */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "hms/base/encode.h"
#include "internal.h"

static const struct {
	const char *name;
	size_t size;
} algs[] = {
	[HMS_HASH_MD5] = { "MD5", 16 },
	[HMS_HASH_SHA256] = { "SHA256", 32 },
	[HMS_HASH_SHA1] = { "SHA1", 20 },
};
#define ALG_COUNT (sizeof(algs) / sizeof(algs[0]))

struct hms_hasher {
	EVP_MD_CTX *ctx;
	enum hms_hash_alg alg;
};

static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;
static EVP_MD *fetched[ALG_COUNT];
static EVP_MAC *fetched_hmac;

_Noreturn void hms_crypto_die(const char *what)
{
	fprintf(stderr, "cryptography failed: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

/* Fetching by name at each use costs more than the hash of a short text. */
static void fetch_all(void)
{
	for (size_t i = 0; i < ALG_COUNT; i++) {
		fetched[i] = EVP_MD_fetch(NULL, algs[i].name, NULL);
		if (!fetched[i])
			hms_crypto_die(algs[i].name);
	}
	fetched_hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (!fetched_hmac)
		hms_crypto_die("HMAC");
}

static void begin(EVP_MD_CTX *ctx, enum hms_hash_alg alg)
{
	if (EVP_DigestInit_ex2(ctx, fetched[alg], NULL) != 1)
		hms_crypto_die("EVP_DigestInit");
}

static void add(EVP_MD_CTX *ctx, const void *data, size_t len)
{
	if (len > 0 && EVP_DigestUpdate(ctx, data, len) != 1)
		hms_crypto_die("EVP_DigestUpdate");
}

static void end(EVP_MD_CTX *ctx, uint8_t *out)
{
	if (EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		hms_crypto_die("EVP_DigestFinal");
}

size_t hms_hash_size(enum hms_hash_alg alg) { return algs[alg].size; }

struct hms_hasher *hms_hasher_new(enum hms_hash_alg alg)
{
	struct hms_hasher *hasher = calloc(1, sizeof(*hasher));

	if (!hasher)
		return NULL;
	pthread_once(&fetch_once, fetch_all);
	hasher->alg = alg;
	hasher->ctx = EVP_MD_CTX_new();
	if (!hasher->ctx) {
		free(hasher);
		return NULL;
	}
	begin(hasher->ctx, alg);
	return hasher;
}

void hms_hasher_free(struct hms_hasher **hasher)
{
	if (!*hasher)
		return;
	EVP_MD_CTX_free((*hasher)->ctx);
	free(*hasher);
	*hasher = NULL;
}

void hms_hasher_add(struct hms_hasher *hasher, const void *data, size_t len) { add(hasher->ctx, data, len); }

void hms_hasher_end(struct hms_hasher *hasher, uint8_t *out)
{
	end(hasher->ctx, out);
	begin(hasher->ctx, hasher->alg);
}

struct hms_hasher *hms_hasher_thread(enum hms_hash_alg alg)
{
	static _Thread_local struct hms_hasher *hashers[ALG_COUNT];

	if (hashers[alg]) {
		begin(hashers[alg]->ctx, alg);
		return hashers[alg];
	}
	hashers[alg] = hms_hasher_new(alg);
	if (!hashers[alg])
		hms_crypto_die("EVP_MD_CTX_new");
	return hashers[alg];
}

void hms_hash_parts(enum hms_hash_alg alg, const struct hms_str *parts, size_t count, uint8_t *out)
{
	struct hms_hasher *hasher = hms_hasher_thread(alg);

	for (size_t i = 0; i < count; i++)
		add(hasher->ctx, parts[i].p, parts[i].len);
	end(hasher->ctx, out);
}

void hms_sha256(const void *data, size_t len, uint8_t out[32]) { hms_hash_parts(HMS_HASH_SHA256, &(struct hms_str){ data, len }, 1, out); }

void hms_md5(const void *data, size_t len, uint8_t out[16]) { hms_hash_parts(HMS_HASH_MD5, &(struct hms_str){ data, len }, 1, out); }

void hms_ha1_hex(enum hms_hash_alg alg, struct hms_str user, struct hms_str realm, struct hms_str password, char out[65])
{
	const struct hms_str parts[] = { user, HMS_STR(":"), realm, HMS_STR(":"), password };
	uint8_t hash[HMS_HASH_MAX];

	hms_hash_parts(alg, parts, 5, hash);
	hms_hex(hash, hms_hash_size(alg), out);
}

static EVP_MAC_CTX *thread_hmac(void)
{
	static _Thread_local EVP_MAC_CTX *ctx;
	char name[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end() };

	if (!ctx) {
		pthread_once(&fetch_once, fetch_all);
		ctx = EVP_MAC_CTX_new(fetched_hmac);
		if (!ctx || EVP_MAC_CTX_set_params(ctx, params) != 1)
			hms_crypto_die("EVP_MAC_CTX_new");
	}
	return ctx;
}

void hms_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[32])
{
	EVP_MAC_CTX *ctx = thread_hmac();
	size_t out_len;

	/* A NULL key would mean "the key of before" to OpenSSL. */
	if (EVP_MAC_init(ctx, key ? key : (const void *)"", key_len, NULL) != 1 || (len > 0 && EVP_MAC_update(ctx, data, len) != 1) ||
	    EVP_MAC_final(ctx, out, &out_len, 32) != 1)
		hms_crypto_die("HMAC-SHA256");
}

bool hms_equal_ct(const void *a, const void *b, size_t len) { return CRYPTO_memcmp(a, b, len) == 0; }
