/* Borrowed strings: comparison, trimming, splitting, numbers. */
#include "hms/base/str.h"

#include <stdlib.h>

#include "hms/base/err.h"

static unsigned char ascii_lower(char c) { return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

bool hms_str_caseeq(struct hms_str a, struct hms_str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	return true;
}

int hms_str_cmp(struct hms_str a, struct hms_str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common > 0 ? memcmp(a.p, b.p, common) : 0;

	return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool is_xml_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

struct hms_str hms_str_trim(struct hms_str s)
{
	while (s.len > 0 && is_xml_space(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_xml_space(s.p[s.len - 1]))
		s.len--;
	return s;
}

struct hms_str hms_str_split(struct hms_str *rest, char sep)
{
	struct hms_str part = *rest;
	const char *at = part.len > 0 ? memchr(part.p, sep, part.len) : NULL;

	if (!at) {
		*rest = (struct hms_str){ NULL, 0 };
		return part;
	}
	part.len = (size_t)(at - part.p);
	rest->p = at + 1;
	rest->len -= part.len + 1;
	return part;
}

int hms_str_u64(struct hms_str s, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0)
		return HMS_ESYNTAX;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';

		if (digit > 9)
			return HMS_ESYNTAX;
		if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, digit, &value))
			return HMS_ETOOBIG;
	}
	*out = value;
	return 0;
}

int hms_str_i64(struct hms_str s, int64_t *out)
{
	bool negative = s.len > 0 && s.p[0] == '-';
	uint64_t magnitude;
	int rc = hms_str_u64(negative ? hms_strn(s.p + 1, s.len - 1) : s, &magnitude);

	if (rc < 0)
		return rc;
	if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return HMS_ETOOBIG;
	*out = (int64_t)(negative ? 0 - magnitude : magnitude);
	return 0;
}

int hms_str_bool(struct hms_str s, bool *out)
{
	s = hms_str_trim(s);
	if (hms_str_eq(s, HMS_STR("1")) || hms_str_caseeq(s, HMS_STR("true")))
		*out = true;
	else if (hms_str_eq(s, HMS_STR("0")) || hms_str_caseeq(s, HMS_STR("false")))
		*out = false;
	else
		return HMS_ESYNTAX;
	return 0;
}

char *hms_str_dup(struct hms_str s)
{
	char *copy = malloc(s.len + 1);

	if (!copy)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	return copy;
}
