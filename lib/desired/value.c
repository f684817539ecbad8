/* What texts of values mean. */
#include "hms/desired/value.h"

#include "hms/device/fault_value.h"

/* An integer of any length: its sign and its digits without leading zeros. */
static bool read_integer(struct hms_str text, bool *negative, struct hms_str *digits)
{
	struct hms_str s = hms_str_trim(text);

	*negative = s.len && s.p[0] == '-';
	if (s.len && (s.p[0] == '-' || s.p[0] == '+'))
		s = hms_strn(s.p + 1, s.len - 1);
	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	while (s.len && s.p[0] == '0')
		s = hms_strn(s.p + 1, s.len - 1);
	*digits = s;
	*negative = *negative && s.len; /* -0 */
	return true;
}

static bool same_integer(struct hms_str a, struct hms_str b)
{
	bool na, nb;
	struct hms_str da, db;

	return read_integer(a, &na, &da) && read_integer(b, &nb, &db) && na == nb && hms_str_eq(da, db);
}

static bool same_boolean(struct hms_str a, struct hms_str b)
{
	bool x, y;

	return !hms_str_bool(a, &x) && !hms_str_bool(b, &y) && x == y;
}

/* Every spelling of the unknown time is the same one (TR-106 3.2). */
static bool same_time(struct hms_str a, struct hms_str b)
{
	int64_t x, y;
	int ra = hms_fault_time(a, &x), rb = hms_fault_time(b, &y);

	return ra == rb && ra != HMS_ESYNTAX && x == y;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static bool same_base64(struct hms_str a, struct hms_str b)
{
	size_t i = 0, k = 0;

	for (;;) {
		while (i < a.len && is_blank(a.p[i]))
			i++;
		while (k < b.len && is_blank(b.p[k]))
			k++;
		if (i == a.len || k == b.len)
			return i == a.len && k == b.len;
		if (a.p[i++] != b.p[k++])
			return false;
	}
}

bool hms_value_same(enum hms_xsd type, struct hms_str a, struct hms_str b)
{
	if (hms_str_eq(a, b))
		return true;
	switch (type) {
	case HMS_XSD_INT:
	case HMS_XSD_UINT:
	case HMS_XSD_LONG:
	case HMS_XSD_ULONG:
		return same_integer(a, b);
	case HMS_XSD_BOOLEAN:
		return same_boolean(a, b);
	case HMS_XSD_DATETIME:
		return same_time(a, b);
	case HMS_XSD_HEXBINARY:
		return hms_str_caseeq(hms_str_trim(a), hms_str_trim(b));
	case HMS_XSD_BASE64:
		return same_base64(a, b);
	default:
		return false;
	}
}

static bool is_hex(struct hms_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!memchr("0123456789abcdefABCDEF", s.p[i], 22))
			return false;
	return s.len % 2 == 0;
}

bool hms_value_fits(enum hms_xsd type, struct hms_str text)
{
	struct hms_str digits;
	bool flag;
	int64_t us;

	switch (type) {
	case HMS_XSD_INT:
	case HMS_XSD_LONG:
		return read_integer(text, &flag, &digits);
	case HMS_XSD_UINT:
	case HMS_XSD_ULONG:
		return read_integer(text, &flag, &digits) && !flag;
	case HMS_XSD_BOOLEAN:
		return !hms_str_bool(text, &flag);
	case HMS_XSD_DATETIME:
		return hms_fault_time(text, &us) != HMS_ESYNTAX;
	case HMS_XSD_HEXBINARY:
		return is_hex(hms_str_trim(text));
	default:
		return true;
	}
}
