/* Commands, checked against the table of arguments before anything is accepted. */
#include <stdio.h>

#include "argument.h"
#include "hms/cwmp/cwmp.h"
#include "route.h"

/* Kinds: methods of CWMP, and behind them HMS's own. */
enum {
	OWN_FIRST = HMS_CWMP_METHOD_COUNT - 1,
#define OWN_KIND(id, name, what) OWN_##id,
#include "hms/cwmp/own_kinds.def"
#undef OWN_KIND
};

static const struct argument {
	int kind;
	const char *name;
	bool needed;
	const char *with;
	nbi_argument_check *check;
} arguments[] = {
#define CWMP_ARGUMENT(method, name, needed, with, check, limits) { HMS_CWMP_##method, name, needed, with, nbi_argument_##check },
#include "hms/cwmp/arguments.def"
#undef CWMP_ARGUMENT
#define OWN_ARGUMENT(kind, name, needed, with, check, limits) { OWN_##kind, name, needed, with, nbi_argument_##check },
#include "hms/cwmp/own_kinds.def"
#undef OWN_ARGUMENT
};
#define LIFE_DEFAULT_S 86400 /* api_v1.do_command_add */
#define ARGUMENT_COUNT (sizeof(arguments) / sizeof(arguments[0]))

static int kind_of(const json_t *name)
{
	static const char *const own[] = {
#define OWN_KIND(id, name, what) name,
#include "hms/cwmp/own_kinds.def"
#undef OWN_KIND
	};
	struct hms_str text = hms_strn(json_string_value(name), json_string_length(name));

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (hms_str_eqz(text, own[i]))
			return OWN_FIRST + 1 + (int)i;
	return (int)hms_cwmp_method_of(text);
}

static const struct argument *find(int kind, const char *name)
{
	for (size_t i = 0; i < ARGUMENT_COUNT; i++)
		if (arguments[i].kind == kind && strcmp(arguments[i].name, name) == 0)
			return &arguments[i];
	return NULL;
}

static bool is_of_method(int kind, const char *name)
{
	struct hms_str rest = kind > OWN_FIRST ? HMS_STR("") : hms_str(hms_cwmp_method_info((enum hms_cwmp_method)kind)->arguments);

	while (rest.p)
		if (hms_str_eqz(hms_str_split(&rest, ' '), name))
			return true;
	return false;
}

static const char *check_given(int kind, json_t *given, const char **name)
{
	const char *key, *why = NULL;
	json_t *value;

	json_object_foreach(given, key, value)
	{
		const struct argument *a = find(kind, key);

		if (why)
			break;
		*name = key;
		if (!a)
			why = is_of_method(kind, key) ? "it is set by HMS" : "the method has no such argument";
		else if (a->with && !json_object_get(given, a->with))
			why = strcmp(a->with, "URL") == 0 ? "it goes with URL only" : "it goes with FileId only";
		else
			why = a->check(value);
	}
	return why;
}

static const char *check_needed(int kind, json_t *given, const char **name)
{
	for (size_t i = 0; i < ARGUMENT_COUNT; i++)
		if (arguments[i].kind == kind && arguments[i].needed && !json_object_get(given, arguments[i].name)) {
			*name = arguments[i].name;
			return "it is missing";
		}
	return NULL;
}

/* A Download has one source, of an Upload HMS makes the URL when there is none; a test has one object. */
static const char *check_source(int kind, json_t *given, const char **name)
{
	bool download = kind == HMS_CWMP_DOWNLOAD || kind == HMS_CWMP_SCHEDULE_DOWNLOAD;
	const char *one = download ? "FileId" : "Test";
	bool is_one = json_object_get(given, one), is_other = json_object_get(given, download ? "URL" : "Object");

	if ((!download && kind != OWN_DIAGNOSTICS) || is_one != is_other)
		return NULL;
	*name = one;
	if (download)
		return is_one ? "either FileId or URL is allowed, not both" : "FileId (of a file of HMS) or URL is missing";
	return is_one ? "either Test or Object is allowed, not both" : "Test or Object is missing";
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
	json_t *given = json_object_get(args, "arguments");
	int kind = kind_of(json_object_get(args, "kind"));
	const char *name = "", *why;

	snprintf(field, 64, "kind");
	if (kind == HMS_CWMP_NONE)
		return hms_err_set(err, HMS_EINVAL, "there is no such method");
	if (!(why = check_given(kind, given, &name)) && !(why = check_needed(kind, given, &name)) &&
	    !(why = check_source(kind, given, &name)))
		why = check_life(args, given, &name);
	snprintf(field, 64, "arguments.%.53s", name);
	return why ? hms_err_set(err, HMS_EINVAL, "%s", why) : 0;
}
