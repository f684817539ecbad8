/* Sealing: AES-256-GCM under a static key or a key per period, with keyed contexts kept for use again. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "internal.h"

/* version, key id, nonce, ciphertext, tag */
#define SEAL_VERSION 1
#define HEAD_LEN 2
#define NONCE_LEN 12
#define TAG_LEN 16
#define BODY_AT (HEAD_LEN + NONCE_LEN)
_Static_assert(BODY_AT + TAG_LEN == HMS_SEAL_OVERHEAD, "layout");
/* EVP counts in int; nothing that is sealed comes near. */
#define SEAL_MAX (1u << 30)

/* Making a key schedule costs more than sealing a cookie: a context for each direction and epoch, of which only the
 * nonce changes. */
struct keyed {
	bool ready;
	int64_t epoch;
	EVP_CIPHER_CTX *enc, *dec;
};

/* The previous, the current and the next epoch differ modulo 3. */
#define SLOTS 3

struct hms_sealer {
	EVP_CIPHER *cipher;
	struct hms_secret secret;
	char purpose[HMS_PURPOSE_MAX + 1];
	int64_t period_us; /* 0: one static key, kept as that of epoch 0 */
	struct keyed slots[SLOTS];
};

struct hms_sealer *hms_sealer_new(const struct hms_secret *secret, const char *purpose, int64_t period_s)
{
	struct hms_sealer *sealer = calloc(1, sizeof(*sealer));
	bool complete;

	if (!sealer)
		return NULL;
	if (strlen(purpose) > HMS_PURPOSE_MAX)
		hms_crypto_die("the purpose of a key is too long");
	strcpy(sealer->purpose, purpose);
	sealer->secret = *secret;
	sealer->period_us = period_s * 1000000;
	sealer->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	complete = sealer->cipher != NULL;
	for (size_t i = 0; i < SLOTS; i++) {
		sealer->slots[i].enc = EVP_CIPHER_CTX_new();
		sealer->slots[i].dec = EVP_CIPHER_CTX_new();
		complete = complete && sealer->slots[i].enc && sealer->slots[i].dec;
	}
	if (!complete)
		hms_sealer_free(&sealer);
	return sealer;
}

void hms_sealer_free(struct hms_sealer **sealer)
{
	if (!*sealer)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		EVP_CIPHER_CTX_free((*sealer)->slots[i].enc);
		EVP_CIPHER_CTX_free((*sealer)->slots[i].dec);
	}
	EVP_CIPHER_free((*sealer)->cipher);
	OPENSSL_cleanse(*sealer, sizeof(**sealer));
	free(*sealer);
	*sealer = NULL;
}

static int64_t epoch_of(const struct hms_sealer *sealer, int64_t wall_us)
{
	if (sealer->period_us == 0)
		return 0;
	/* floor, before 1970 too */
	return wall_us / sealer->period_us - (wall_us % sealer->period_us < 0);
}

/* The contexts of an epoch, keyed at its first use. NULL when OpenSSL has no memory. */
static struct keyed *keyed_for(struct hms_sealer *sealer, int64_t epoch)
{
	struct keyed *k = &sealer->slots[((epoch % SLOTS) + SLOTS) % SLOTS];
	uint8_t key[32];

	if (k->ready && k->epoch == epoch)
		return k;
	if (sealer->period_us == 0)
		hms_secret_key(&sealer->secret, sealer->purpose, key);
	else
		hms_secret_epoch_key(&sealer->secret, sealer->purpose, epoch, key);
	k->epoch = epoch;
	k->ready = EVP_EncryptInit_ex2(k->enc, sealer->cipher, key, NULL, NULL) == 1 &&
		   EVP_DecryptInit_ex2(k->dec, sealer->cipher, key, NULL, NULL) == 1;
	OPENSSL_cleanse(key, sizeof(key));
	return k->ready ? k : NULL;
}

/* The head is authenticated as well, before the caller's additional data. */
static bool encrypt(EVP_CIPHER_CTX *ctx, struct hms_str aad, const void *plain, size_t len, uint8_t *sealed)
{
	uint8_t *body = sealed + BODY_AT;
	int n;

	if (EVP_EncryptInit_ex2(ctx, NULL, NULL, sealed + HEAD_LEN, NULL) != 1 || EVP_EncryptUpdate(ctx, NULL, &n, sealed, HEAD_LEN) != 1)
		return false;
	if (aad.len > 0 && EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.len) != 1)
		return false;
	if (len > 0 && EVP_EncryptUpdate(ctx, body, &n, plain, (int)len) != 1)
		return false;
	return EVP_EncryptFinal_ex(ctx, body + len, &n) == 1 && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, body + len) == 1;
}

static bool decrypt(EVP_CIPHER_CTX *ctx, struct hms_str aad, const uint8_t *sealed, size_t len, uint8_t *plain)
{
	const uint8_t *body = sealed + BODY_AT;
	uint8_t tag[TAG_LEN];
	int n;

	memcpy(tag, body + len, TAG_LEN);
	if (EVP_DecryptInit_ex2(ctx, NULL, NULL, sealed + HEAD_LEN, NULL) != 1 || EVP_DecryptUpdate(ctx, NULL, &n, sealed, HEAD_LEN) != 1)
		return false;
	if (aad.len > 0 && EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.len) != 1)
		return false;
	if (len > 0 && EVP_DecryptUpdate(ctx, plain, &n, body, (int)len) != 1)
		return false;
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1 && EVP_DecryptFinal_ex(ctx, plain + len, &n) == 1;
}

int hms_seal(struct hms_sealer *sealer, int64_t wall_us, struct hms_str aad, const void *plain, size_t len, struct hms_buf *out)
{
	int64_t epoch = epoch_of(sealer, wall_us);
	struct keyed *k;
	uint8_t *sealed;
	int rc;

	if (len > SEAL_MAX || aad.len > SEAL_MAX)
		return HMS_EFULL;
	rc = hms_buf_reserve(out, len + HMS_SEAL_OVERHEAD);
	if (rc != 0)
		return rc;
	k = keyed_for(sealer, epoch);
	if (!k)
		return HMS_ENOMEM;
	sealed = (uint8_t *)out->p + out->len;
	sealed[0] = SEAL_VERSION;
	sealed[1] = (uint8_t)epoch;
	hms_random(sealed + HEAD_LEN, NONCE_LEN);
	if (!encrypt(k->enc, aad, plain, len, sealed))
		return HMS_ENOMEM;
	out->len += len + HMS_SEAL_OVERHEAD;
	return 0;
}

/* Which of the three epochs in force has this key id; false if none. */
static bool find_epoch(const struct hms_sealer *sealer, int64_t wall_us, uint8_t key_id, int64_t *epoch)
{
	int64_t now = epoch_of(sealer, wall_us), around = sealer->period_us == 0 ? 0 : 1;

	for (*epoch = now - around; *epoch <= now + around; ++*epoch)
		if ((uint8_t)*epoch == key_id)
			return true;
	return false;
}

int hms_unseal(struct hms_sealer *sealer, int64_t wall_us, struct hms_str aad, const void *sealed, size_t len, struct hms_buf *out)
{
	const uint8_t *bytes = sealed;
	size_t plain_len = len - HMS_SEAL_OVERHEAD;
	uint8_t none, *plain;
	struct keyed *k;
	int64_t epoch;
	int rc;

	if (len < HMS_SEAL_OVERHEAD || plain_len > SEAL_MAX || aad.len > SEAL_MAX)
		return HMS_ECRYPTO;
	if (bytes[0] != SEAL_VERSION)
		return HMS_EVERSION;
	if (!find_epoch(sealer, wall_us, bytes[1], &epoch))
		return HMS_ECRYPTO;
	rc = hms_buf_reserve(out, plain_len);
	if (rc != 0)
		return rc;
	k = keyed_for(sealer, epoch);
	if (!k)
		return HMS_ENOMEM;
	plain = plain_len > 0 ? (uint8_t *)out->p + out->len : &none;
	if (!decrypt(k->dec, aad, bytes, plain_len, plain)) {
		OPENSSL_cleanse(plain, plain_len);
		return HMS_ECRYPTO;
	}
	out->len += plain_len;
	return 0;
}
