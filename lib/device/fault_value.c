/* Spellings and times of FaultMgmt values. */
#include "hms/device/fault_value.h"

#include <time.h>

#include "hms/base/err.h"

struct spelling {
	const char *text;
	int value;
	bool main; /* the standard's */
};

static const struct spelling severities[] = {
#define FAULT_SEVERITY(id, number, text) { text, HMS_FAULT_SEVERITY_##id, true },
#define FAULT_SEVERITY_AKA(id, text) { text, HMS_FAULT_SEVERITY_##id, false },
#include "hms/device/fault_values.def"
};
static const struct spelling notifications[] = {
#define FAULT_NOTIFICATION(id, number, text) { text, HMS_FAULT_NOTIFICATION_##id, true },
#define FAULT_NOTIFICATION_AKA(id, text) { text, HMS_FAULT_NOTIFICATION_##id, false },
#include "hms/device/fault_values.def"
};
static const struct spelling event_types[] = {
#define FAULT_EVENT_TYPE(id, number, text) { text, HMS_FAULT_EVENT_TYPE_##id, true },
#define FAULT_EVENT_TYPE_AKA(id, text) { text, HMS_FAULT_EVENT_TYPE_##id, false },
#include "hms/device/fault_values.def"
};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---------------------------------------------------------------- spellings */

#define LETTERS_MAX 64

/* What counts of a spelling: its letters in lower case, without "alarm" at the end. Returns how many; 0: it is none. */
static size_t letters(struct hms_str text, char out[LETTERS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (c == ' ' || c == '_' || c == '-')
			continue;
		if (n == LETTERS_MAX)
			return 0;
		out[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	if (n > 5 && memcmp(out + n - 5, "alarm", 5) == 0)
		n -= 5;
	return n;
}

static int find(const struct spelling *list, size_t count, struct hms_str text)
{
	char wanted[LETTERS_MAX], known[LETTERS_MAX];
	size_t n = letters(hms_str_trim(text), wanted);

	for (size_t i = 0; n > 0 && i < count; i++)
		if (letters(hms_str(list[i].text), known) == n && memcmp(known, wanted, n) == 0)
			return list[i].value;
	return 0;
}

static const char *name(const struct spelling *list, size_t count, int value)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].value == value && list[i].main)
			return list[i].text;
	return "";
}

enum hms_fault_severity hms_fault_severity_find(struct hms_str text)
{
	return (enum hms_fault_severity)find(severities, COUNT(severities), text);
}

enum hms_fault_notification hms_fault_notification_find(struct hms_str text)
{
	return (enum hms_fault_notification)find(notifications, COUNT(notifications), text);
}

enum hms_fault_event_type hms_fault_event_type_find(struct hms_str text)
{
	return (enum hms_fault_event_type)find(event_types, COUNT(event_types), text);
}

const char *hms_fault_severity_name(enum hms_fault_severity severity) { return name(severities, COUNT(severities), (int)severity); }

const char *hms_fault_notification_name(enum hms_fault_notification notification)
{
	return name(notifications, COUNT(notifications), (int)notification);
}

const char *hms_fault_event_type_name(enum hms_fault_event_type type) { return name(event_types, COUNT(event_types), (int)type); }

/* ---------------------------------------------------------------- times */

/* Takes exactly n digits. */
static bool digits(struct hms_str *rest, size_t n, int *out)
{
	if (rest->len < n)
		return false;
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (rest->p[i] < '0' || rest->p[i] > '9')
			return false;
		*out = *out * 10 + (rest->p[i] - '0');
	}
	*rest = hms_strn(rest->p + n, rest->len - n);
	return true;
}

static bool take(struct hms_str *rest, char c)
{
	if (!rest->len || *rest->p != c)
		return false;
	*rest = hms_strn(rest->p + 1, rest->len - 1);
	return true;
}

static bool date(struct hms_str *rest, struct tm *tm)
{
	return digits(rest, 4, &tm->tm_year) && take(rest, '-') && digits(rest, 2, &tm->tm_mon) && take(rest, '-') &&
	       digits(rest, 2, &tm->tm_mday) && (take(rest, 'T') || take(rest, 't') || take(rest, ' '));
}

static bool clock_time(struct hms_str *rest, struct tm *tm)
{
	if (!digits(rest, 2, &tm->tm_hour) || !take(rest, ':') || !digits(rest, 2, &tm->tm_min))
		return false;
	return !take(rest, ':') || digits(rest, 2, &tm->tm_sec);
}

static bool fraction(struct hms_str *rest, int64_t *us)
{
	int digit, scale = 100000;

	*us = 0;
	if (!take(rest, '.') && !take(rest, ','))
		return true;
	if (!rest->len || *rest->p < '0' || *rest->p > '9')
		return false;
	for (; rest->len && *rest->p >= '0' && *rest->p <= '9'; scale /= 10) {
		(void)digits(rest, 1, &digit);
		*us += (int64_t)digit * scale;
	}
	return true;
}

static bool zone(struct hms_str *rest, int64_t *offset_s)
{
	int hours, minutes = 0, sign = rest->len && *rest->p == '-' ? -1 : 1;

	*offset_s = 0;
	if (!rest->len || take(rest, 'Z') || take(rest, 'z'))
		return !rest->len;
	if (!take(rest, '+') && !take(rest, '-'))
		return false;
	if (!digits(rest, 2, &hours))
		return false;
	(void)take(rest, ':');
	if (rest->len && !digits(rest, 2, &minutes))
		return false;
	*offset_s = sign * (hours * 3600 + minutes * 60);
	return !rest->len && hours <= 14 && minutes < 60;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool in_range(const struct tm *tm)
{
	return tm->tm_mon >= 1 && tm->tm_mon <= 12 && tm->tm_mday >= 1 && tm->tm_mday <= days_in_month(tm->tm_year, tm->tm_mon) &&
	       tm->tm_hour <= 24 && tm->tm_min < 60 && tm->tm_sec <= 60 && (tm->tm_hour < 24 || (!tm->tm_min && !tm->tm_sec));
}

int hms_fault_time(struct hms_str text, int64_t *us)
{
	struct hms_str rest = hms_str_trim(text);
	struct tm tm = { 0 };
	int64_t fraction_us, offset_s;

	*us = 0;
	if (!rest.len)
		return HMS_ENOENT;
	if (!date(&rest, &tm) || !clock_time(&rest, &tm) || !fraction(&rest, &fraction_us) || !zone(&rest, &offset_s) || !in_range(&tm))
		return HMS_ESYNTAX;
	if (tm.tm_year <= 1)
		return HMS_ENOENT;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*us = ((int64_t)timegm(&tm) - offset_s) * 1000000 + fraction_us;
	if (*us > 0)
		return 0;
	*us = 0;
	return HMS_ESYNTAX;
}
