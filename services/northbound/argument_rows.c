/* Arguments of commands that are lists of rows: SetParameterValues, SetParameterAttributes, ScheduleDownload. */
#include "argument.h"
#include "hms/cwmp/cwmp.h"

#define NAME_MAX_BYTES 256
#define VALUE_MAX_BYTES 65536
#define ACCESS_MAX_BYTES 64
#define WINDOWS_MAX 2
#define MODE_MAX_BYTES 64
#define NOTIFICATION_MAX 6 /* 3 to 6: lightweight (Amendment 5) */

const char *nbi_argument_members(json_t *row, const struct nbi_member *members)
{
	const char *name, *why = NULL;
	json_t *value;

	json_object_foreach(row, name, value)
	{
		const struct nbi_member *m = members;

		while (m->name && strcmp(m->name, name) != 0)
			m++;
		if (!why)
			why = m->name ? m->check(value) : "a row has an unknown member";
	}
	return why;
}

static const char *check_rows(json_t *list, const struct nbi_member *members, const char *(*check_whole)(json_t *row))
{
	size_t i;
	json_t *row;
	const char *why = json_is_array(list) && json_array_size(list) ? NULL : "an array is needed, not empty";

	json_array_foreach(list, i, row)
	{
		if (!why && !nbi_argument_is_text(json_object_get(row, "Name"), NAME_MAX_BYTES, false))
			why = "each row needs a Name of 1 to 256 characters";
		if (!why)
			why = nbi_argument_members(row, members);
		if (!why)
			why = check_whole(row);
	}
	return why;
}

/* ---------------------------------------------------------------- values */

static const char *check_value(json_t *v)
{
	return nbi_argument_is_text(v, VALUE_MAX_BYTES, true) ? NULL
							      : "a Value is a string of at most 65536 bytes without control characters";
}

static const char *check_type(json_t *v)
{
	return json_is_string(v) && hms_xsd_find(hms_strn(json_string_value(v), json_string_length(v))) != HMS_XSD_OTHER
		       ? NULL
		       : "a row has an unknown Type";
}

static const char *check_values_row(json_t *row) { return json_object_get(row, "Value") ? NULL : "each row needs a Value"; }

const char *nbi_argument_values(json_t *list)
{
	static const struct nbi_member members[] = {
		{ "Name", nbi_argument_name }, { "Value", check_value }, { "Type", check_type }, { NULL }
	};

	return check_rows(list, members, check_values_row);
}

/* ---------------------------------------------------------------- attributes (TR-069 A.3.2.4) */

static const char *check_notification(json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= NOTIFICATION_MAX
		       ? NULL
		       : "a Notification is a number from 0 to 6";
}

static const char *check_access(json_t *v)
{
	size_t i;
	json_t *who;
	bool good = json_is_array(v);

	json_array_foreach(v, i, who) good = good && nbi_argument_is_text(who, ACCESS_MAX_BYTES, false);
	return good ? NULL : "an AccessList is an array of texts of 1 to 64 characters";
}

static const char *check_change(json_t *v)
{
	return json_is_boolean(v) ? NULL : "NotificationChange and AccessListChange are true or false";
}

/* A change without a value, or a value that is not to be set, is not what somebody meant. */
static bool contradicts(json_t *row, const char *change, const char *value)
{
	json_t *flag = json_object_get(row, change);

	return flag && json_is_true(flag) != (json_object_get(row, value) != NULL);
}

static const char *check_attributes_row(json_t *row)
{
	if (contradicts(row, "NotificationChange", "Notification"))
		return "Notification is there when NotificationChange is true, and only then";
	if (contradicts(row, "AccessListChange", "AccessList"))
		return "AccessList is there when AccessListChange is true, and only then";
	return json_object_get(row, "Notification") || json_object_get(row, "AccessList")
		       ? NULL
		       : "each row needs a Notification or an AccessList: it changes nothing";
}

const char *nbi_argument_attributes(json_t *list)
{
	static const struct nbi_member members[] = { { "Name", nbi_argument_name },	     { "NotificationChange", check_change },
						     { "Notification", check_notification }, { "AccessListChange", check_change },
						     { "AccessList", check_access },	     { NULL } };

	return check_rows(list, members, check_attributes_row);
}

/* ---------------------------------------------------------------- time windows (TR-069 A.4.1.8) */

static const char *check_mode(json_t *v)
{
	return nbi_argument_is_text(v, MODE_MAX_BYTES, false) ? NULL
							      : "a WindowMode is a text of 1 to 64 characters, e.g. \"1 At Any Time\"";
}

static const char *check_message(json_t *v)
{
	return nbi_argument_is_text(v, NAME_MAX_BYTES, true) ? NULL : "a UserMessage is a text of at most 256 characters";
}

static const char *check_retries(json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= -1 && json_integer_value(v) <= INT32_MAX
		       ? NULL
		       : "MaxRetries is a number from -1 to 2147483647";
}

static const char *check_offset(json_t *v)
{
	return nbi_argument_number(v) ? "WindowStart and WindowEnd are numbers of 32 bits, seconds from now" : NULL;
}

static const char *check_window(json_t *row, json_int_t *since)
{
	static const struct nbi_member members[] = { { "WindowStart", check_offset }, { "WindowEnd", check_offset },
						     { "WindowMode", check_mode },    { "UserMessage", check_message },
						     { "MaxRetries", check_retries }, { NULL } };
	const char *why = json_is_object(row) ? nbi_argument_members(row, members) : "each row is an object";
	json_t *start = json_object_get(row, "WindowStart"), *end = json_object_get(row, "WindowEnd");

	if (why)
		return why;
	if (!start || !end || !json_object_get(row, "WindowMode"))
		return "each row needs WindowStart, WindowEnd and WindowMode";
	if (json_integer_value(end) <= json_integer_value(start))
		return "a WindowEnd lies behind its WindowStart";
	if (json_integer_value(start) < *since)
		return "windows do not overlap, and the earlier one is first";
	*since = json_integer_value(end);
	return NULL;
}

const char *nbi_argument_windows(json_t *list)
{
	const char *why = json_array_size(list) > 0 && json_array_size(list) <= WINDOWS_MAX ? NULL : "1 or 2 rows are needed";
	json_int_t since = 0;
	size_t i;
	json_t *row;

	json_array_foreach(list, i, row) if (!why) why = check_window(row, &since);
	return why;
}
