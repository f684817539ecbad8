/* Arguments of commands that are lists of rows: SetParameterValues, SetParameterAttributes. */
#include "argument.h"
#include "hms/cwmp/cwmp.h"

#define NAME_MAX_BYTES 256
#define VALUE_MAX_BYTES 65536
#define ACCESS_MAX_BYTES 64
#define NOTIFICATION_MAX 6 /* 3 to 6: lightweight (Amendment 5) */

struct member {
	const char *name;
	nbi_argument_check *check;
};

static const char *check_members(json_t *row, const struct member *members)
{
	const char *name, *why = NULL;
	json_t *value;

	json_object_foreach(row, name, value)
	{
		const struct member *m = members;

		while (m->name && strcmp(m->name, name) != 0)
			m++;
		if (!why)
			why = m->name ? m->check(value) : "a row has an unknown member";
	}
	return why;
}

static const char *check_rows(json_t *list, const struct member *members, const char *(*check_whole)(json_t *row))
{
	size_t i;
	json_t *row;
	const char *why = json_is_array(list) && json_array_size(list) ? NULL : "an array is needed, not empty";

	json_array_foreach(list, i, row)
	{
		if (!why && !nbi_argument_is_text(json_object_get(row, "Name"), NAME_MAX_BYTES, false))
			why = "each row needs a Name of 1 to 256 characters";
		if (!why)
			why = check_members(row, members);
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
	static const struct member members[] = {
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
	static const struct member members[] = { { "Name", nbi_argument_name },		 { "NotificationChange", check_change },
						 { "Notification", check_notification }, { "AccessListChange", check_change },
						 { "AccessList", check_access },	 { NULL } };

	return check_rows(list, members, check_attributes_row);
}
