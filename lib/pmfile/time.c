/* xs:dateTime and xs:duration, as devices write them. */
#include "hms/pmfile/pmfile.h"

#define SECOND_US 1000000LL
/* From 1971: times are above 0 whatever their offset, and a clock that was never set is no time. */
enum { DAY_S = 86400, YEAR_FIRST = 1971, YEAR_LAST = 2199, LONGEST_S = 366 * DAY_S };

/* Takes exactly `digits` digits. */
static bool take_digits(struct hms_str *s, unsigned digits, int *out)
{
	*out = 0;
	if (s->len < digits)
		return false;
	for (unsigned i = 0; i < digits; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*out = *out * 10 + (s->p[i] - '0');
	}
	*s = hms_strn(s->p + digits, s->len - digits);
	return true;
}

static bool take_char(struct hms_str *s, char c)
{
	if (!s->len || s->p[0] != c)
		return false;
	*s = hms_strn(s->p + 1, s->len - 1);
	return true;
}

/* Digits behind a dot, in microseconds; finer ones are cut. */
static bool take_fraction(struct hms_str *s, int64_t *us)
{
	int64_t unit = SECOND_US / 10;
	int digit;

	*us = 0;
	if (!take_digits(s, 1, &digit))
		return false;
	do {
		*us += digit * unit;
		unit /= 10;
	} while (take_digits(s, 1, &digit));
	return true;
}

/* Days since 1970-01-01, proleptic Gregorian: counted in years that begin on 1 March. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct hms_str *s, bool dashes, int64_t *us)
{
	int year, month, day;

	if (!take_digits(s, 4, &year) || (dashes && !take_char(s, '-')) || !take_digits(s, 2, &month) || (dashes && !take_char(s, '-')) ||
	    !take_digits(s, 2, &day))
		return false;
	if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return false;
	*us = days_of(year, month, day) * DAY_S * SECOND_US;
	return true;
}

/* hh:mm:ss[.f], also 24:00:00; a leap second counts as the next minute's first. */
static bool take_clock(struct hms_str *s, int64_t *us)
{
	int hour, minute, second;
	int64_t fraction = 0;

	if (!take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute) || !take_char(s, ':') ||
	    !take_digits(s, 2, &second) || (take_char(s, '.') && !take_fraction(s, &fraction)))
		return false;
	if (hour > 24 || minute > 59 || second > 60 || (hour == 24 && (minute || second || fraction)))
		return false;
	*us = ((hour * 60 + minute) * 60 + second) * SECOND_US + fraction;
	return true;
}

/* +hh:mm, also +hhmm as in file names; false: there is none that can be read. */
static bool take_offset(struct hms_str *s, int32_t *offset_s)
{
	int hour, minute;
	bool west = s->len && s->p[0] == '-';

	if (!take_char(s, '+') && !take_char(s, '-'))
		return false;
	if (!take_digits(s, 2, &hour))
		return false;
	take_char(s, ':');
	if (!take_digits(s, 2, &minute) || hour > 14 || minute > 59)
		return false;
	*offset_s = (hour * 60 + minute) * 60 * (west ? -1 : 1);
	return true;
}

int hms_pm_time(struct hms_str text, int64_t *wall_us, bool *zoned)
{
	struct hms_str s = hms_str_trim(text);
	int64_t date, clock;
	int32_t offset_s = 0;

	if (!take_date(&s, true, &date) || !take_char(&s, 'T') || !take_clock(&s, &clock))
		return HMS_ESYNTAX;
	*zoned = s.len > 0;
	if (*zoned && !take_char(&s, 'Z') && !take_offset(&s, &offset_s))
		return HMS_ESYNTAX;
	*wall_us = date + clock - offset_s * SECOND_US;
	return s.len ? HMS_ESYNTAX : 0;
}

/* A number of at most 9 digits, the fraction of one that counts seconds, and its letter. */
static bool take_part(struct hms_str *s, int64_t *n, int64_t *fraction, char *letter)
{
	int digit, digits = 0;

	*n = *fraction = 0;
	while (digits++ <= 9 && take_digits(s, 1, &digit))
		*n = *n * 10 + digit;
	if (digits < 2 || digits > 10 || (take_char(s, '.') && !take_fraction(s, fraction)) || !s->len)
		return false;
	*letter = s->p[0];
	return take_char(s, *letter) && (!*fraction || *letter == 'S');
}

/* The parts "nYnMnD" or "nHnMnS", in this order; false also when one alone is longer than any period. */
static bool take_parts(struct hms_str *s, const char *letters, const int64_t *seconds, int64_t *us)
{
	const char *at = letters;

	while (s->len && s->p[0] != 'T') {
		int64_t n, fraction;
		const char *found;
		char letter;

		if (!take_part(s, &n, &fraction, &letter) || !letter || !(found = strchr(at, letter)))
			return false;
		if (n > LONGEST_S / seconds[found - letters])
			return false;
		*us += n * seconds[found - letters] * SECOND_US + fraction;
		at = found + 1;
	}
	return true;
}

int hms_pm_duration(struct hms_str text, int64_t *us)
{
	static const int64_t days[] = { 365 * DAY_S, 30 * DAY_S, DAY_S }, clocks[] = { 3600, 60, 1 };
	struct hms_str s = hms_str_trim(text);
	int64_t sum = 0;

	if (!take_char(&s, 'P') || !take_parts(&s, "YMD", days, &sum) || (s.len && !take_char(&s, 'T')) ||
	    !take_parts(&s, "HMS", clocks, &sum) || s.len || sum <= 0 || sum > LONGEST_S * SECOND_US)
		return HMS_ESYNTAX;
	*us = sum;
	return 0;
}

/* ---------------------------------------------------------------- file names (TS 32.432) */

/* hhmm and its offset to UTC, if there is one. "-hhmm" may as well be the separator and the end: it is an offset only
 * where another "-" follows. */
static bool take_name_time(struct hms_str *s, int64_t *us, bool *zoned, int32_t *offset_s, bool first)
{
	struct hms_str tried;
	int hour, minute;

	*offset_s = 0;
	if (!take_digits(s, 2, &hour) || !take_digits(s, 2, &minute) || hour > 24 || minute > 59)
		return false;
	*us += (hour * 60 + minute) * 60 * SECOND_US;
	tried = *s;
	*zoned = take_offset(&tried, offset_s) && (!first || (tried.len && tried.p[0] == '-'));
	if (*zoned)
		*s = tried;
	else
		*offset_s = 0;
	return true;
}

/* Behind the times: [_-job][_uniqueId][_-_count][.xml[.gz]] */
static bool take_name_rest(struct hms_str s, struct hms_pm_name *out)
{
	static const struct hms_str gz = { ".gz", 3 }, xml = { ".xml", 4 };
	const char *mark;

	if (hms_str_ends(s, gz))
		s.len -= gz.len;
	if (hms_str_ends(s, xml))
		s.len -= xml.len;
	mark = s.len ? memmem(s.p, s.len, "_-_", 3) : NULL;
	if (mark) {
		out->running_count = hms_strn(mark + 3, (size_t)(s.p + s.len - mark) - 3);
		s.len = (size_t)(mark - s.p);
	}
	if (s.len && s.p[0] != '_')
		return false;
	if (hms_str_starts(s, HMS_STR("_-"))) {
		const char *end = memchr(s.p + 2, '_', s.len - 2);
		size_t len = end ? (size_t)(end - s.p) : s.len;

		out->job = hms_strn(s.p + 2, len - 2);
		s = hms_strn(s.p + len, s.len - len);
	}
	if (s.len)
		out->unique_id = hms_strn(s.p + 1, s.len - 1);
	return true;
}

int hms_pm_name_parse(struct hms_str name, struct hms_pm_name *out)
{
	struct hms_str s = name, dated;
	int64_t day;

	*out = (struct hms_pm_name){ 0 };
	if (!s.len || s.p[0] < 'A' || s.p[0] > 'D')
		return HMS_ESYNTAX;
	out->type = s.p[0];
	s = hms_strn(s.p + 1, s.len - 1);
	if (!take_date(&s, false, &day) || !take_char(&s, '.'))
		return HMS_ESYNTAX;
	out->begin_us = out->end_us = day;
	if (!take_name_time(&s, &out->begin_us, &out->begin_zoned, &out->begin_offset_s, true) || !take_char(&s, '-'))
		return HMS_ESYNTAX;
	dated = s;
	if (take_date(&dated, false, &day) && take_char(&dated, '.')) {
		s = dated;
		out->end_us = day;
	}
	if (!take_name_time(&s, &out->end_us, &out->end_zoned, &out->end_offset_s, false))
		return HMS_ESYNTAX;
	return take_name_rest(s, out) ? 0 : HMS_ESYNTAX;
}
