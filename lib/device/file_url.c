/* Signed URLs of the file server: base64url(version, op, kind, device, command, file, expiry, MAC), all of fixed length, integers big-endian. */
#include "hms/device/file_url.h"

#include <stdlib.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"

#define PURPOSE "file-url"
#define VERSION 1

enum {
	AT_VERSION = 0,
	AT_OP = 1,
	AT_KIND = 2,
	AT_DEVICE = 3,
	AT_COMMAND = 19,
	AT_FILE = 27,
	AT_EXPIRES = 43,
	AT_MAC = 51,
	MAC_LEN = 16,
	TOKEN_LEN = AT_MAC + MAC_LEN,
};

_Static_assert(HMS_BASE64_SIZE(TOKEN_LEN) <= HMS_FILE_TOKEN_MAX + 1, "a token fits");

struct hms_file_signer {
	uint8_t key[32];
};

struct hms_file_signer *hms_file_signer_new(const struct hms_secret *secret)
{
	struct hms_file_signer *signer = calloc(1, sizeof(*signer));

	if (signer)
		hms_secret_key(secret, PURPOSE, signer->key);
	return signer;
}

void hms_file_signer_free(struct hms_file_signer **signer)
{
	if (!*signer)
		return;
	explicit_bzero(*signer, sizeof(**signer));
	free(*signer);
	*signer = NULL;
}

static void put_be64(uint8_t *out, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		out[i] = (uint8_t)v;
}

static uint64_t get_be64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static void sign(const struct hms_file_signer *signer, const uint8_t *token, uint8_t mac[32])
{
	hms_hmac_sha256(signer->key, sizeof(signer->key), token, AT_MAC, mac);
}

void hms_file_token_make(const struct hms_file_signer *signer, const struct hms_file_grant *grant, char out[HMS_FILE_TOKEN_MAX + 1])
{
	uint8_t token[TOKEN_LEN] = { [AT_VERSION] = VERSION, [AT_OP] = (uint8_t)grant->op, [AT_KIND] = (uint8_t)grant->kind };
	uint8_t mac[32];

	memcpy(token + AT_DEVICE, grant->device.b, sizeof(grant->device.b));
	put_be64(token + AT_COMMAND, grant->command_id);
	memcpy(token + AT_FILE, grant->file_id, sizeof(grant->file_id));
	put_be64(token + AT_EXPIRES, (uint64_t)grant->expires_us);
	sign(signer, token, mac);
	memcpy(token + AT_MAC, mac, MAC_LEN);
	hms_base64url(token, sizeof(token), out);
}

/* One text a grant: the decoder takes other spellings of the same bytes, too. */
static bool is_spelt(const uint8_t *token, struct hms_str text)
{
	char again[HMS_BASE64_SIZE(TOKEN_LEN)];

	return hms_str_eq(text, hms_strn(again, hms_base64url(token, TOKEN_LEN, again)));
}

int hms_file_token_check(const struct hms_file_signer *signer, struct hms_str token, int64_t wall_us, struct hms_file_grant *out)
{
	uint8_t b[TOKEN_LEN], mac[32];

	if (hms_unbase64(token, b, sizeof(b)) != TOKEN_LEN || b[AT_VERSION] != VERSION || !is_spelt(b, token))
		return HMS_ECRYPTO;
	sign(signer, b, mac);
	if (!hms_equal_ct(mac, b + AT_MAC, MAC_LEN))
		return HMS_ECRYPTO;
	*out = (struct hms_file_grant){ .op = (enum hms_file_op)b[AT_OP],
					.kind = b[AT_KIND],
					.command_id = get_be64(b + AT_COMMAND),
					.expires_us = (int64_t)get_be64(b + AT_EXPIRES) };
	memcpy(out->device.b, b + AT_DEVICE, sizeof(out->device.b));
	memcpy(out->file_id, b + AT_FILE, sizeof(out->file_id));
	return out->expires_us != 0 && wall_us >= out->expires_us ? HMS_ETIMEOUT : 0;
}

static bool is_unreserved(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));
}

/* RFC 3986 2.1. */
static void add_encoded(struct hms_buf *out, struct hms_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (is_unreserved(name.p[i]))
			hms_buf_char(out, name.p[i]);
		else
			hms_buf_printf(out, "%%%02X", (uint8_t)name.p[i]);
	}
}

int hms_file_url_make(const struct hms_file_signer *signer, const struct hms_file_grant *grant, struct hms_str base, struct hms_str name,
		      struct hms_buf *out)
{
	char token[HMS_FILE_TOKEN_MAX + 1];

	if (base.len > 0 && base.p[base.len - 1] == '/')
		base.len--;
	hms_file_token_make(signer, grant, token);
	hms_buf_str(out, base);
	hms_buf_strz(out, grant->op == HMS_FILE_UPLOAD ? "/u/" : "/d/");
	hms_buf_strz(out, token);
	hms_buf_char(out, '/');
	if (grant->op == HMS_FILE_DOWNLOAD)
		add_encoded(out, name);
	return out->failed;
}
