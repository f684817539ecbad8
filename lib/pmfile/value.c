/* What a value is: a number, NIL, or text (a vector, a string). */
#include <math.h>
#include <stdlib.h>

#include "internal.h"

enum { NUMBER_MAX = 64, EXACT_DIGITS = 15 };

static size_t digits(struct hms_str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.len && s.p[at + n] >= '0' && s.p[at + n] <= '9')
		n++;
	return n;
}

/* [sign] digits: most values are so, and strtod() would cost more than all the rest. */
static bool small_integer(struct hms_str s, double *out)
{
	size_t at = s.len && (s.p[0] == '-' || s.p[0] == '+');
	int64_t value = 0;

	if (s.len == at || s.len - at > EXACT_DIGITS || digits(s, at) != s.len - at)
		return false;
	for (size_t i = at; i < s.len; i++)
		value = value * 10 + (s.p[i] - '0');
	*out = (double)(s.p[0] == '-' ? -value : value);
	return true;
}

/* The lexical form of xs:decimal and xs:double without INF and NaN; strtod() takes more. */
static bool is_number(struct hms_str s)
{
	size_t at = s.len && (s.p[0] == '-' || s.p[0] == '+');
	size_t whole = digits(s, at), fraction = 0, exponent;

	at += whole;
	if (at < s.len && s.p[at] == '.') {
		fraction = digits(s, at + 1);
		at += 1 + fraction;
	}
	if (!whole && !fraction)
		return false;
	if (at < s.len && (s.p[at] == 'e' || s.p[at] == 'E')) {
		at++;
		at += at < s.len && (s.p[at] == '-' || s.p[at] == '+');
		exponent = digits(s, at);
		at += exponent;
		if (!exponent)
			return false;
	}
	return at == s.len;
}

enum hms_pm_kind pm_value(struct hms_str s, double *number)
{
	char copy[NUMBER_MAX + 1];

	*number = 0;
	if (small_integer(s, number))
		return HMS_PM_NUMBER;
	if (!s.len || hms_str_caseeq(s, HMS_STR("NIL")))
		return HMS_PM_NIL;
	if (s.len > NUMBER_MAX || !is_number(s))
		return HMS_PM_TEXT;
	memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	*number = strtod(copy, NULL);
	return isfinite(*number) ? HMS_PM_NUMBER : HMS_PM_TEXT;
}
