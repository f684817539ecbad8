/* Clocks, and wall time as text. */
#include "hms/base/clock.h"

#include <string.h>
#include <time.h>

int64_t hms_wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

uint64_t hms_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t hms_mono_ms(void) { return hms_mono_us() / 1000; }

enum { ISO_SIZE = sizeof("2026-01-31T23:59:59.123Z"), DAY_MS = 86400000 };

/* Years 0000 to 9999 in ms since 1970: what fits into the fixed form. */
static const int64_t first_ms = -62167219200000, last_ms = 253402300799999;

struct date {
	unsigned year, month, day;
};

/* Proleptic Gregorian date of a day number since 1970. Counted in eras of 400 years that begin on 1 March; gmtime_r() is not used because it
 * takes the lock of the time zone. */
static struct date date_of_day(int64_t day)
{
	uint64_t since = (uint64_t)(day + 719468 + 146097); /* days since 1 March of the year -400 */
	uint64_t era = since / 146097, in_era = since % 146097;
	uint64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	uint64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * in_year + 2) / 153;
	struct date date = {
		.day = (unsigned)(in_year - (153 * month + 2) / 5 + 1),
		.month = (unsigned)(month < 10 ? month + 3 : month - 9),
		.year = (unsigned)(year + era * 400 + (month >= 10) - 400),
	};

	return date;
}

static void put_digits(char *out, unsigned value, int width)
{
	while (width-- > 0) {
		out[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

char *hms_time_iso(int64_t wall_us, char *out, size_t size)
{
	static const char form[ISO_SIZE] = "0000-00-00T00:00:00.000Z";
	int64_t ms = wall_us / 1000 - (wall_us % 1000 < 0);
	int64_t day;
	unsigned rest;
	struct date date;

	if (size < ISO_SIZE) {
		if (size > 0)
			out[0] = '\0';
		return out;
	}
	ms = ms < first_ms ? first_ms : ms > last_ms ? last_ms : ms;
	day = ms / DAY_MS - (ms % DAY_MS < 0);
	rest = (unsigned)(ms - day * DAY_MS);
	date = date_of_day(day);
	memcpy(out, form, ISO_SIZE);
	put_digits(out, date.year, 4);
	put_digits(out + 5, date.month, 2);
	put_digits(out + 8, date.day, 2);
	put_digits(out + 11, rest / 3600000, 2);
	put_digits(out + 14, rest / 60000 % 60, 2);
	put_digits(out + 17, rest / 1000 % 60, 2);
	put_digits(out + 20, rest % 1000, 3);
	return out;
}
