/* References to characters that XML knows without a DTD. */
#include "reference.h"

enum {
	MAX_REFERENCE_BYTES = 12 /* "&#x0010FFFF;" */
};

bool hms_cwmp_is_xml_char(uint32_t value)
{
	if (value < 0x20)
		return value == '\t' || value == '\n' || value == '\r';
	return value <= 0x10ffff && (value < 0xd800 || value > 0xdfff) && value != 0xfffe && value != 0xffff;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* Digits of a numeric reference, without "&#" and ";". False when they are no number. At most eight hexadecimal
 * or nine decimal digits: no overflow. */
static bool parse_number(struct hms_str digits, uint32_t *value)
{
	int base = 10;

	if (digits.len > 0 && digits.p[0] == 'x') {
		base = 16;
		digits = hms_strn(digits.p + 1, digits.len - 1);
	}
	*value = 0;
	for (size_t i = 0; i < digits.len; i++) {
		if (digit_value(digits.p[i]) >= base)
			return false;
		*value = *value * (uint32_t)base + (uint32_t)digit_value(digits.p[i]);
	}
	return digits.len > 0;
}

static bool find_predefined(struct hms_str name, uint32_t *value)
{
	static const struct {
		struct hms_str name;
		char c;
	} rows[] = {
		{ { "amp", 3 }, '&' }, { { "lt", 2 }, '<' }, { { "gt", 2 }, '>' }, { { "quot", 4 }, '"' }, { { "apos", 4 }, '\'' },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (hms_str_eq(name, rows[i].name)) {
			*value = (uint32_t)rows[i].c;
			return true;
		}
	return false;
}

size_t hms_cwmp_reference_next(struct hms_str s, uint32_t *value)
{
	size_t look = s.len < MAX_REFERENCE_BYTES ? s.len : MAX_REFERENCE_BYTES;
	const char *semicolon = look > 0 && s.p[0] == '&' ? memchr(s.p, ';', look) : NULL;
	struct hms_str name;
	bool found;

	if (!semicolon)
		return 0;
	name = hms_strn(s.p + 1, (size_t)(semicolon - s.p) - 1);
	if (name.len > 0 && name.p[0] == '#')
		found = parse_number(hms_strn(name.p + 1, name.len - 1), value);
	else
		found = find_predefined(name, value);
	return found ? name.len + 2 : 0;
}
