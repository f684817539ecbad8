/* Checks values against the definition of a parameter (TR-069 A.3.2.1: faults 9006 to 9008). */
#include "value.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

#include "hms/base/encode.h"

static bool in_range(const struct model_param *param, int64_t number)
{
	return !param->limited || (number >= param->min && number <= param->max);
}

static bool is_int(const struct model_param *param, struct hms_str value)
{
	int64_t number;

	if (value.len > 0 && value.p[0] == '+')
		value = hms_strn(value.p + 1, value.len - 1);
	if (hms_str_i64(value, &number) != 0)
		return false;
	if (param->type == HMS_XSD_INT && (number < INT32_MIN || number > INT32_MAX))
		return false;
	return in_range(param, number);
}

static bool is_uint(const struct model_param *param, struct hms_str value)
{
	uint64_t number;

	if (hms_str_u64(value, &number) != 0 || (param->type == HMS_XSD_UINT && number > UINT32_MAX))
		return false;
	return number <= INT64_MAX && in_range(param, (int64_t)number);
}

static bool is_string(const struct model_param *param, struct hms_str value)
{
	if (param->limited && ((int64_t)value.len < param->min || (int64_t)value.len > param->max))
		return false;
	for (size_t i = 0; i < param->choice_count; i++)
		if (hms_str_eq(param->choices[i], value))
			return true;
	return param->choice_count == 0;
}

static bool is_base64(struct hms_str value)
{
	char out[4096];

	return hms_unbase64(value, out, sizeof(out)) >= 0;
}

/* Only 0, 1, true and false are xsd:boolean; hms_str_bool() forgives more. */
static bool is_bool(struct hms_str value)
{
	return hms_str_eqz(value, "0") || hms_str_eqz(value, "1") || hms_str_eqz(value, "true") || hms_str_eqz(value, "false");
}

static bool is_value(const struct model_param *param, struct hms_str value)
{
	int64_t seconds;

	switch (param->type) {
	case HMS_XSD_BOOLEAN:
		return is_bool(value);
	case HMS_XSD_INT:
	case HMS_XSD_LONG:
		return is_int(param, value);
	case HMS_XSD_UINT:
	case HMS_XSD_ULONG:
		return is_uint(param, value);
	case HMS_XSD_DATETIME:
		return value_time(value, &seconds) != HMS_ESYNTAX;
	case HMS_XSD_BASE64:
		return is_base64(value);
	default:
		return is_string(param, value);
	}
}

uint32_t value_check(const struct model_param *param, enum hms_xsd type, struct hms_str value)
{
	if (!param->writable)
		return 9008;
	if (type != param->type)
		return 9006;
	if (param->type != HMS_XSD_STRING)
		value = hms_str_trim(value);
	return is_value(param, value) ? 0 : 9007;
}

/* -1 when they are none. */
static int two_digits(const char *text)
{
	return isdigit((unsigned char)text[0]) && isdigit((unsigned char)text[1]) ? (text[0] - '0') * 10 + text[1] - '0' : -1;
}

/* "Z", "+01:00" or nothing (taken as UTC) behind the seconds. */
static int zone_offset_s(const char *text, int64_t *offset_s)
{
	int hours, minutes;

	*offset_s = 0;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (*text == '\0' || strcmp(text, "Z") == 0)
		return 0;
	if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return HMS_ESYNTAX;
	hours = two_digits(text + 1);
	minutes = two_digits(text + 4);
	if (hours < 0 || minutes < 0)
		return HMS_ESYNTAX;
	*offset_s = (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 0;
}

int value_time(struct hms_str text, int64_t *out_s)
{
	struct tm tm = { 0 };
	char buf[48];
	const char *rest;
	int64_t offset_s;

	if (text.len >= sizeof(buf))
		return HMS_ESYNTAX;
	memcpy(buf, text.p, text.len);
	buf[text.len] = '\0';
	rest = strptime(buf, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest || zone_offset_s(rest, &offset_s) != 0)
		return HMS_ESYNTAX;
	if (tm.tm_year < 1000 - 1900)
		return HMS_ENOENT;
	*out_s = (int64_t)timegm(&tm) - offset_s;
	return 0;
}

const char *value_time_text(int64_t wall_s, char out[VALUE_TIME_SIZE])
{
	time_t seconds = (time_t)wall_s;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(out, VALUE_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}
