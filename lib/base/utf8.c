/* Validation of UTF-8 (RFC 3629), without U+0000, which neither XML 1.0 nor PostgreSQL's text can hold. */
#include "hms/base/str.h"

/* Whether none of the eight bytes is 0 or above 0x7f. */
static bool word_is_plain(const unsigned char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return ((word | (word - 0x0101010101010101ULL)) & 0x8080808080808080ULL) == 0;
}

static bool is_tail(unsigned char c) { return (c & 0xc0) == 0x80; }

/* Length of the sequence at p (at most `left` bytes), 0 if it is not valid. The bounds of the second byte exclude overlong forms, surrogates and
 * what lies above U+10FFFF (RFC 3629, section 4). */
static size_t sequence_len(const unsigned char *p, size_t left)
{
	unsigned char lead = p[0], low = 0x80, high = 0xbf;
	size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (len == 1)
		return lead != 0;
	if (lead < 0xc2 || lead > 0xf4 || left < len)
		return 0;
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (!is_tail(p[i]))
			return 0;
	return len;
}

size_t hms_utf8_next(struct hms_str s) { return s.len > 0 ? sequence_len((const unsigned char *)s.p, s.len) : 0; }

bool hms_utf8_valid(struct hms_str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t left = s.len;

	while (left > 0) {
		size_t len = left >= 8 && word_is_plain(p) ? 8 : sequence_len(p, left);

		if (len == 0)
			return false;
		p += len;
		left -= len;
	}
	return true;
}
