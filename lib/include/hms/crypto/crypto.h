/** Digests, authenticated encryption and keys that derive from one secret file (contracts 9). OpenSSL 3; contexts are
 *  kept per thread of use, so one loop thread. */
#ifndef HMS_CRYPTO_CRYPTO_H
#define HMS_CRYPTO_CRYPTO_H

#include "hms/base/buf.h"
#include "hms/base/err.h"

/** Cryptographically strong random bytes; aborts the process when the system has none. */
void hms_random(void *out, size_t len);
uint64_t hms_random_u64(void);

void hms_sha256(const void *data, size_t len, uint8_t out[32]);
void hms_md5(const void *data, size_t len, uint8_t out[16]);
void hms_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[32]);

enum hms_hash_alg { HMS_HASH_MD5, HMS_HASH_SHA256, HMS_HASH_SHA1 /* where a protocol names it; protects nothing */ };
#define HMS_HASH_MAX 32
/** 16, 32 or 20. */
size_t hms_hash_size(enum hms_hash_alg alg);
/** Of the parts one after the other, nothing between them; out holds hms_hash_size(). */
void hms_hash_parts(enum hms_hash_alg alg, const struct hms_str *parts, size_t count, uint8_t *out);
/** HA1 of HTTP Digest, H(user ":" realm ":" password), in hex, terminated (RFC 7616 3.4.2). */
void hms_ha1_hex(enum hms_hash_alg alg, struct hms_str user, struct hms_str realm, struct hms_str password, char out[65]);

/** A hash in pieces, for streams. end writes the result and begins anew. */
struct hms_hasher;
struct hms_hasher *hms_hasher_new(enum hms_hash_alg alg);
void hms_hasher_free(struct hms_hasher **hasher);
void hms_hasher_add(struct hms_hasher *hasher, const void *data, size_t len);
void hms_hasher_end(struct hms_hasher *hasher, uint8_t *out);
/** The thread's own hasher, begun anew: for a hash that ends before anything else of this header is called. Never
 *  NULL, not to be freed. */
struct hms_hasher *hms_hasher_thread(enum hms_hash_alg alg);

/** Constant time. */
bool hms_equal_ct(const void *a, const void *b, size_t len);

/** The secret of an installation: 32 to 4096 bytes, taken as they are, from a file that only its owner can read (a
 *  file of root's may be readable by one group, as mounted secrets are). */
struct hms_secret;
/** Errors: HMS_ENOENT, HMS_EDENIED (mode allows others to read), HMS_EINVAL (too short, too long, no regular file),
 *  HMS_EIO, HMS_ENOMEM; text names the file. */
int hms_secret_load(const char *path, struct hms_secret **out, struct hms_err *err);
void hms_secret_free(struct hms_secret **secret);
/** HKDF-SHA256(secret, purpose): a key that does not change. A purpose has at most 64 characters. */
void hms_secret_key(const struct hms_secret *secret, const char *purpose, uint8_t out[32]);
/** HKDF-SHA256(secret, purpose | floor(time / period)): the key of an epoch. info is purpose, 0, epoch as 8 bytes
 *  big-endian. */
void hms_secret_epoch_key(const struct hms_secret *secret, const char *purpose, int64_t epoch, uint8_t out[32]);

/** AES-256-GCM with random 96-bit nonces. Sealed layout: version byte, key id byte (low bits of the epoch; 0 for
 *  static keys), nonce 12, ciphertext, tag 16. */
struct hms_sealer;
/** @param period_s  0: one static key; else a key per period, with the previous and the next one accepted. NULL when
 *  out of memory. */
struct hms_sealer *hms_sealer_new(const struct hms_secret *secret, const char *purpose, int64_t period_s);
void hms_sealer_free(struct hms_sealer **sealer);
#define HMS_SEAL_OVERHEAD 30
/** aad is authenticated, not stored. out grows by len + HMS_SEAL_OVERHEAD. Returns 0, HMS_ENOMEM, HMS_EFULL. */
int hms_seal(struct hms_sealer *sealer, int64_t wall_us, struct hms_str aad, const void *plain, size_t len, struct hms_buf *out);
/** out grows by len - HMS_SEAL_OVERHEAD, and by nothing on failure. Returns 0, HMS_ECRYPTO (not ours, changed, or too
 *  old), HMS_EVERSION, HMS_ENOMEM, HMS_EFULL. */
int hms_unseal(struct hms_sealer *sealer, int64_t wall_us, struct hms_str aad, const void *sealed, size_t len, struct hms_buf *out);

#endif
