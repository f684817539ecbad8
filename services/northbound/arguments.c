/* Arguments of commands, checked against the table of methods before anything is accepted. */
#include <stdio.h>

#include "hms/cwmp/cwmp.h"
#include "hms/cwmp/writer.h"
#include "route.h"

#define NAME_MAX_CHARS 256
#define TEXT_MAX_CHARS 65536

static const char *check_name(json_t *v)
{
	return json_is_string(v) && json_string_length(v) <= NAME_MAX_CHARS ? NULL : "a name of at most 256 characters is needed";
}

static const char *check_path(json_t *v) { return check_name(v); }

static const char *check_text(json_t *v)
{
	return json_is_string(v) && json_string_length(v) <= TEXT_MAX_CHARS ? NULL : "a string is needed";
}

static const char *check_boolean(json_t *v) { return json_is_boolean(v) ? NULL : "true or false is needed"; }

static const char *check_number(json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 0 && json_integer_value(v) <= UINT32_MAX ? NULL : "a number is needed";
}

static const char *check_array(json_t *v) { return json_is_array(v) && json_array_size(v) ? NULL : "an array is needed, not empty"; }

static const char *check_names(json_t *v)
{
	size_t i;
	json_t *item;
	const char *why = check_array(v);

	json_array_foreach(v, i, item) if (!why) why = check_name(item);
	return why;
}

/* {"Name", "Value"} and, of a value, its Type. Attributes of parameters have more members: whoever builds that RPC checks them. */
static const char *check_row(json_t *row)
{
	const char *name, *type = json_string_value(json_object_get(row, "Type"));
	json_t *v;

	if (!json_is_object(row) || !json_string_length(json_object_get(row, "Name")) || check_name(json_object_get(row, "Name")))
		return "each row needs a Name of 1 to 256 characters";
	json_object_foreach(row, name, v)
	{
		if (strcmp(name, "Name") != 0 && strcmp(name, "Value") != 0 && strcmp(name, "Type") != 0)
			return "a row has an unknown member";
		if (check_text(v))
			return "the members of a row are strings";
	}
	if (!json_object_get(row, "Value"))
		return "each row needs a Value";
	return type && hms_xsd_find(hms_str(type)) == HMS_XSD_OTHER ? "a row has an unknown Type" : NULL;
}

static const char *check_list(json_t *v)
{
	size_t i;
	json_t *item;
	const char *why = check_array(v);

	json_array_foreach(v, i, item) if (!why) why = check_row(item);
	return why;
}

static const struct {
	const char *name;
	const char *(*check)(json_t *value);
} arguments[] = {
#define NBI_ARGUMENT(name, check) { name, check_##check },
#include "arguments.def"
#undef NBI_ARGUMENT
};

static bool has_argument(const struct hms_cwmp_method_info *method, const char *name)
{
	struct hms_str rest = hms_str(method->arguments);

	while (rest.p)
		if (hms_str_eqz(hms_str_split(&rest, ' '), name))
			return true;
	return false;
}

static const char *check_argument(const struct hms_cwmp_method_info *method, const char *name, json_t *value)
{
	if (!has_argument(method, name))
		return "the method has no such argument";
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		if (strcmp(arguments[i].name, name) == 0)
			return arguments[i].check(value);
	return "it is set by HMS";
}

/* Without these the RPC says nothing. */
static const char *const needed[] = { "ParameterNames", "ParameterList", "ParameterPath", "ObjectName", "FileType" };

static const char *check_needed(const struct hms_cwmp_method_info *method, json_t *given, const char **name)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (has_argument(method, needed[i]) && !json_object_get(given, needed[i])) {
			*name = needed[i];
			return "it is missing";
		}
	return NULL;
}

int nbi_check_command(json_t *args, char field[64], struct hms_err *err)
{
	json_t *kind = json_object_get(args, "kind"), *given = json_object_get(args, "arguments"), *value;
	enum hms_cwmp_method id = hms_cwmp_method_find(hms_strn(json_string_value(kind), json_string_length(kind)));
	const struct hms_cwmp_method_info *method = hms_cwmp_method_info(id);
	const char *name = NULL, *key, *why = NULL;

	snprintf(field, 64, "kind");
	if (id == HMS_CWMP_NONE)
		return hms_err_set(err, HMS_EINVAL, "there is no such method");
	if (!method->available)
		return hms_err_set(err, HMS_EINVAL, "not available in this version of HMS");
	json_object_foreach(given, key, value)
	{
		name = key;
		why = check_argument(method, key, value);
		if (why)
			break;
	}
	if (!why)
		why = check_needed(method, given, &name);
	snprintf(field, 64, "arguments.%.53s", name ? name : "");
	return why ? hms_err_set(err, HMS_EINVAL, "%s", why) : 0;
}
