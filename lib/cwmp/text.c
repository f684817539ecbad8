/* Text that everything after the codec can hold: UTF-8 without control characters (contracts 5). */
#include "text.h"

static bool is_plain(unsigned char c) { return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r'; }

/* U+0080 to U+009F are controls, U+FFFE and U+FFFF no characters of XML. */
static bool is_unwanted(const unsigned char *p, size_t len)
{
	return (len == 2 && p[0] == 0xc2 && p[1] < 0xa0) || (len == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe);
}

size_t hms_cwmp_text_next(struct hms_str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t len;

	if (s.len > 0 && p[0] < 0x80)
		return is_plain(p[0]);
	len = hms_utf8_next(s);
	return len > 0 && !is_unwanted(p, len) ? len : 0;
}

/* Whether all eight bytes are in 0x20..0x7e. */
static bool word_is_plain(const char *p)
{
	const uint64_t ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return ((word | (word - 0x20 * ones) | (word + ones)) & highs) == 0;
}

bool hms_cwmp_text_clean(struct hms_str s)
{
	while (s.len > 0) {
		size_t len = s.len >= 8 && word_is_plain(s.p) ? 8 : hms_cwmp_text_next(s);

		if (len == 0)
			return false;
		s.p += len;
		s.len -= len;
	}
	return true;
}

void hms_cwmp_text_scrub(struct hms_buf *out, struct hms_str s)
{
	while (s.len > 0) {
		size_t len = hms_cwmp_text_next(s), skip = len;

		if (len > 0) {
			hms_buf_add(out, s.p, len);
		} else {
			hms_buf_strz(out, HMS_CWMP_REPLACEMENT);
			skip = hms_utf8_next(s);
			if (skip == 0)
				skip = 1;
		}
		s.p += skip;
		s.len -= skip;
	}
}
