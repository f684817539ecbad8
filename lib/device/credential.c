/* A device's credentials as they are stored and cached: sealed entries and lists of them (contracts 9). */
#include "hms/device/credential.h"

#include "hms/base/encode.h"

/* An entry in clear: format, kind, then four texts, each behind a 16-bit length: user name, password, HA1s. */
#define ENTRY_FORMAT 1
/* Sealed entries take about 1 KiB at most; the device's id guards against an entry of another one. */
#define ENTRY_MAX 4096

static struct hms_str id_str(const struct hms_device_id *id) { return hms_strn((const char *)id->b, sizeof(id->b)); }

void hms_credential_derive(struct hms_credential *c, struct hms_str realm)
{
	struct hms_str username = hms_strn(c->username, strlen(c->username)), password = hms_strn(c->password, strlen(c->password));
	char hex[65];

	hms_ha1_hex(HMS_HASH_MD5, username, realm, password, hex);
	memcpy(c->ha1_md5, hex, sizeof(c->ha1_md5));
	hms_ha1_hex(HMS_HASH_SHA256, username, realm, password, c->ha1_sha256);
}

static void add_text(struct hms_buf *buf, const char *text)
{
	size_t len = strlen(text);

	hms_buf_be16(buf, (uint16_t)len);
	hms_buf_add(buf, text, len);
}

int hms_credential_seal(struct hms_sealer *sealer, struct hms_device_id id, const struct hms_credential *c, struct hms_buf *out)
{
	struct hms_buf plain = HMS_BUF_INIT(ENTRY_MAX);
	int rc;

	hms_buf_char(&plain, ENTRY_FORMAT);
	hms_buf_char(&plain, (char)c->kind);
	add_text(&plain, c->username);
	add_text(&plain, c->password);
	add_text(&plain, c->ha1_md5);
	add_text(&plain, c->ha1_sha256);
	rc = plain.failed ? plain.failed : hms_seal(sealer, 0, id_str(&id), plain.p, plain.len, out);
	if (plain.p)
		explicit_bzero(plain.p, plain.len);
	hms_buf_fini(&plain);
	return rc;
}

/* Takes a 16-bit length and so many bytes from the front. */
static int take_part(struct hms_str *rest, struct hms_str *part)
{
	size_t len;

	if (rest->len < 2)
		return HMS_ESYNTAX;
	len = (size_t)(uint8_t)rest->p[0] << 8 | (uint8_t)rest->p[1];
	if (len > rest->len - 2)
		return HMS_ESYNTAX;
	*part = hms_strn(rest->p + 2, len);
	*rest = hms_strn(rest->p + 2 + len, rest->len - 2 - len);
	return 0;
}

static int take_text(struct hms_str *rest, char *out, size_t size)
{
	struct hms_str part;

	if (take_part(rest, &part) != 0 || part.len >= size || memchr(part.p, 0, part.len))
		return HMS_ESYNTAX;
	memcpy(out, part.p, part.len);
	out[part.len] = 0;
	return 0;
}

static int read_entry(struct hms_str plain, struct hms_credential *c)
{
	struct hms_str rest;

	if (plain.len < 2)
		return HMS_ESYNTAX;
	if (plain.p[0] != ENTRY_FORMAT)
		return HMS_EVERSION;
	if (plain.p[1] < HMS_CREDENTIAL_OWN || plain.p[1] >= HMS_CREDENTIAL_KINDS)
		return HMS_ESYNTAX;
	c->kind = (enum hms_credential_kind)plain.p[1];
	rest = hms_strn(plain.p + 2, plain.len - 2);
	if (take_text(&rest, c->username, sizeof(c->username)) != 0 || take_text(&rest, c->password, sizeof(c->password)) != 0 ||
	    take_text(&rest, c->ha1_md5, sizeof(c->ha1_md5)) != 0 || take_text(&rest, c->ha1_sha256, sizeof(c->ha1_sha256)) != 0)
		return HMS_ESYNTAX;
	return rest.len == 0 ? 0 : HMS_ESYNTAX;
}

int hms_credential_unseal(struct hms_sealer *sealer, struct hms_device_id id, struct hms_str sealed, struct hms_credential *out)
{
	struct hms_buf plain = HMS_BUF_INIT(ENTRY_MAX);
	int rc;

	memset(out, 0, sizeof(*out));
	rc = hms_unseal(sealer, 0, id_str(&id), sealed.p, sealed.len, &plain);
	/* Longer than any entry: not one of ours */
	if (rc == HMS_EFULL)
		rc = HMS_ESYNTAX;
	if (rc == 0)
		rc = read_entry(hms_buf_view(&plain), out);
	if (rc != 0)
		explicit_bzero(out, sizeof(*out));
	if (plain.p)
		explicit_bzero(plain.p, plain.len);
	hms_buf_fini(&plain);
	return rc;
}

void hms_credential_list_add(struct hms_buf *list, struct hms_str sealed)
{
	if (sealed.len > UINT16_MAX) {
		list->failed = HMS_EFULL;
		return;
	}
	hms_buf_be16(list, (uint16_t)sealed.len);
	hms_buf_str(list, sealed);
}

int hms_credential_list_next(struct hms_str *rest, struct hms_str *sealed)
{
	if (rest->len == 0)
		return 0;
	return take_part(rest, sealed) == 0 ? 1 : HMS_ESYNTAX;
}

/* The device's id, and what tells a text from an entry. */
struct text_aad {
	struct hms_device_id id;
	char label[4];
};

int hms_credential_text_seal(struct hms_sealer *sealer, struct hms_device_id id, struct hms_str text, struct hms_buf *out)
{
	const struct text_aad aad = { id, "text" };
	struct hms_buf sealed = HMS_BUF_INIT(ENTRY_MAX);
	char base64[HMS_BASE64_SIZE(ENTRY_MAX)];
	int rc = hms_seal(sealer, 0, hms_strn((const char *)&aad, sizeof(aad)), text.p, text.len, &sealed);

	if (rc == 0) {
		hms_base64(sealed.p, sealed.len, base64);
		hms_buf_strz(out, base64);
		rc = out->failed;
	}
	hms_buf_fini(&sealed);
	return rc;
}

int hms_credential_text_unseal(struct hms_sealer *sealer, struct hms_device_id id, struct hms_str sealed, struct hms_buf *out)
{
	const struct text_aad aad = { id, "text" };
	uint8_t bytes[ENTRY_MAX];
	int len = hms_unbase64(sealed, bytes, sizeof(bytes));

	if (len < 0)
		return HMS_ESYNTAX;
	return hms_unseal(sealer, 0, hms_strn((const char *)&aad, sizeof(aad)), bytes, (size_t)len, out);
}

void hms_credential_random(char *out, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	enum { LETTERS = sizeof(alphabet) - 1, FAIR = 256 / LETTERS * LETTERS };

	for (size_t i = 0; i < len;) {
		uint8_t byte;

		hms_random(&byte, 1);
		if (byte < FAIR) /* each letter is as likely as any other */
			out[i++] = alphabet[byte % LETTERS];
	}
	out[len] = 0;
}
