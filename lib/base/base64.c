/* Base64 (RFC 4648, sections 4 and 5). */
#include "hms/base/encode.h"

#include "hms/base/err.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t encode(const uint8_t *p, size_t len, const char *alphabet, char *out)
{
	char *to = out;

	for (; len >= 3; p += 3, len -= 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		*to++ = alphabet[v >> 18];
		*to++ = alphabet[v >> 12 & 63];
		*to++ = alphabet[v >> 6 & 63];
		*to++ = alphabet[v & 63];
	}
	if (len > 0) {
		uint32_t v = (uint32_t)p[0] << 16 | (len == 2 ? (uint32_t)p[1] << 8 : 0);

		*to++ = alphabet[v >> 18];
		*to++ = alphabet[v >> 12 & 63];
		if (len == 2)
			*to++ = alphabet[v >> 6 & 63];
	}
	*to = '\0';
	return (size_t)(to - out);
}

size_t hms_base64(const void *data, size_t len, char *out)
{
	size_t n = encode(data, len, standard, out);

	while (n % 4 != 0)
		out[n++] = '=';
	out[n] = '\0';
	return n;
}

size_t hms_base64url(const void *data, size_t len, char *out) { return encode(data, len, url_safe, out); }

/* 0..63, or -1. */
static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

int hms_unbase64(struct hms_str text, void *out, size_t size)
{
	uint8_t *to = out;
	uint32_t bits = 0;
	unsigned pending = 0;

	if (text.len > 0 && text.len % 4 == 0 && text.p[text.len - 1] == '=')
		text.len -= text.p[text.len - 2] == '=' ? 2 : 1;
	if (text.len % 4 == 1)
		return HMS_ESYNTAX;
	if (text.len / 4 * 3 + (text.len % 4 * 6) / 8 > size || text.len > INT32_MAX)
		return HMS_ETOOBIG;
	for (size_t i = 0; i < text.len; i++) {
		int v = sextet(text.p[i]);

		if (v < 0)
			return HMS_ESYNTAX;
		bits = bits << 6 | (uint32_t)v;
		pending += 6;
		if (pending >= 8) {
			pending -= 8;
			*to++ = (uint8_t)(bits >> pending);
		}
	}
	/* One text per value: bits that belong to no byte must be zero (RFC 4648, section 3.5). */
	if ((bits & ((1u << pending) - 1)) != 0)
		return HMS_ESYNTAX;
	return (int)(to - (uint8_t *)out);
}
