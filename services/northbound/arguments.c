/* Commands, checked against the table of arguments before anything is accepted. */
#include <stdio.h>

#include "argument.h"
#include "hms/cwmp/cwmp.h"
#include "route.h"

static const struct argument {
	enum hms_cwmp_method method;
	const char *name;
	bool needed;
	const char *with;
	nbi_argument_check *check;
} arguments[] = {
#define CWMP_ARGUMENT(method, name, needed, with, check, limits) { HMS_CWMP_##method, name, needed, with, nbi_argument_##check },
#include "hms/cwmp/arguments.def"
#undef CWMP_ARGUMENT
};
#define LIFE_DEFAULT_S 86400 /* api_v1.do_command_add */
#define ARGUMENT_COUNT (sizeof(arguments) / sizeof(arguments[0]))

static const struct argument *find(enum hms_cwmp_method method, const char *name)
{
	for (size_t i = 0; i < ARGUMENT_COUNT; i++)
		if (arguments[i].method == method && strcmp(arguments[i].name, name) == 0)
			return &arguments[i];
	return NULL;
}

static bool is_of_method(const struct hms_cwmp_method_info *method, const char *name)
{
	struct hms_str rest = hms_str(method->arguments);

	while (rest.p)
		if (hms_str_eqz(hms_str_split(&rest, ' '), name))
			return true;
	return false;
}

static const char *check_given(const struct hms_cwmp_method_info *method, json_t *given, const char **name)
{
	const char *key, *why = NULL;
	json_t *value;

	json_object_foreach(given, key, value)
	{
		const struct argument *a = find(method->id, key);

		if (why)
			break;
		*name = key;
		if (!a)
			why = is_of_method(method, key) ? "it is set by HMS" : "the method has no such argument";
		else if (a->with && !json_object_get(given, a->with))
			why = strcmp(a->with, "URL") == 0 ? "it goes with URL only" : "it goes with FileId only";
		else
			why = a->check(value);
	}
	return why;
}

static const char *check_needed(enum hms_cwmp_method method, json_t *given, const char **name)
{
	for (size_t i = 0; i < ARGUMENT_COUNT; i++)
		if (arguments[i].method == method && arguments[i].needed && !json_object_get(given, arguments[i].name)) {
			*name = arguments[i].name;
			return "it is missing";
		}
	return NULL;
}

/* A Download has one source; of an Upload HMS makes the URL when there is none. */
static const char *check_source(enum hms_cwmp_method method, json_t *given, const char **name)
{
	bool file = json_object_get(given, "FileId"), url = json_object_get(given, "URL");

	if ((method != HMS_CWMP_DOWNLOAD && method != HMS_CWMP_SCHEDULE_DOWNLOAD) || file != url)
		return NULL;
	*name = "FileId";
	return file ? "either FileId or URL is allowed, not both" : "FileId (of a file of HMS) or URL is missing";
}

/* The URL that HMS signs, and its wait for the end, last as long as the command. */
static const char *check_life(json_t *args, json_t *given, const char **name)
{
	json_t *life = json_object_get(args, "expires_in_s"), *row;
	json_int_t most = life ? json_integer_value(life) : LIFE_DEFAULT_S;
	size_t i;

	json_array_foreach(json_object_get(given, "TimeWindowList"), i, row)
	{
		*name = "TimeWindowList";
		if (json_integer_value(json_object_get(row, "WindowEnd")) > most)
			return "a WindowEnd lies behind the end of the command: expires_in_s is 86400 if absent, and at most 2592000";
	}
	return NULL;
}

int nbi_check_command(json_t *args, char field[64], struct hms_err *err)
{
	json_t *kind = json_object_get(args, "kind"), *given = json_object_get(args, "arguments");
	enum hms_cwmp_method id = hms_cwmp_method_of(hms_strn(json_string_value(kind), json_string_length(kind)));
	const struct hms_cwmp_method_info *method = hms_cwmp_method_info(id);
	const char *name = "", *why;

	snprintf(field, 64, "kind");
	if (id == HMS_CWMP_NONE)
		return hms_err_set(err, HMS_EINVAL, "there is no such method");
	if (!(why = check_given(method, given, &name)) && !(why = check_needed(id, given, &name)) &&
	    !(why = check_source(id, given, &name)))
		why = check_life(args, given, &name);
	snprintf(field, 64, "arguments.%.53s", name);
	return why ? hms_err_set(err, HMS_EINVAL, "%s", why) : 0;
}
