/* Hex, UUID and base32hex texts of bytes. */
#include "hms/base/encode.h"

#include "hms/base/err.h"

static const char lower_hex[] = "0123456789abcdef";

void hms_hex(const void *data, size_t len, char *out)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		*out++ = lower_hex[p[i] >> 4];
		*out++ = lower_hex[p[i] & 15];
	}
	*out = '\0';
}

/* Value of a digit of base 16 or 32 (RFC 4648, section 7) in either case; 255 if it is none. */
static uint8_t digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (uint8_t)(c - '0');
	if (c >= 'a' && c <= 'v')
		return (uint8_t)(c - 'a' + 10);
	if (c >= 'A' && c <= 'V')
		return (uint8_t)(c - 'A' + 10);
	return 255;
}

int hms_unhex(struct hms_str hex, void *out, size_t size)
{
	uint8_t *to = out;

	if (hex.len % 2 != 0)
		return HMS_ESYNTAX;
	if (hex.len / 2 > size || hex.len / 2 > INT32_MAX)
		return HMS_ETOOBIG;
	for (size_t i = 0; i < hex.len; i += 2) {
		uint8_t high = digit_value(hex.p[i]), low = digit_value(hex.p[i + 1]);

		if (high > 15 || low > 15)
			return HMS_ESYNTAX;
		*to++ = (uint8_t)(high << 4 | low);
	}
	return (int)(hex.len / 2);
}

void hms_base32_u64(uint64_t value, char out[14])
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

	/* 13 digits hold 65 bits: the first one has 4. */
	for (int i = 12; i >= 0; i--, value >>= 5)
		out[i] = digits[value & 31];
	out[13] = '\0';
}

int hms_unbase32_u64(struct hms_str text, uint64_t *out)
{
	uint64_t value = 0;

	if (text.len != 13 || digit_value(text.p[0]) > 15)
		return HMS_ESYNTAX;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t digit = digit_value(text.p[i]);

		if (digit > 31)
			return HMS_ESYNTAX;
		value = value << 5 | digit;
	}
	*out = value;
	return 0;
}

/* Bytes of the five groups of a UUID's text (RFC 4122, section 3). */
static const uint8_t uuid_groups[] = { 4, 2, 2, 2, 6 };

void hms_uuid_text(const uint8_t id[16], char out[37])
{
	for (size_t g = 0; g < sizeof(uuid_groups); id += uuid_groups[g++]) {
		if (g > 0)
			*out++ = '-';
		hms_hex(id, uuid_groups[g], out);
		out += 2 * uuid_groups[g];
	}
}

int hms_uuid_parse(struct hms_str text, uint8_t id[16])
{
	uint8_t parsed[16], *to = parsed;

	if (text.len != 36)
		return HMS_ESYNTAX;
	for (size_t g = 0; g < sizeof(uuid_groups); to += uuid_groups[g++]) {
		struct hms_str group = hms_strn(text.p, 2u * uuid_groups[g]);

		if (hms_unhex(group, to, uuid_groups[g]) < 0)
			return HMS_ESYNTAX;
		text.p += group.len;
		if (g + 1 < sizeof(uuid_groups) && *text.p++ != '-')
			return HMS_ESYNTAX;
	}
	memcpy(id, parsed, sizeof(parsed));
	return 0;
}
