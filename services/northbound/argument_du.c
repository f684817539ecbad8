/* Operations of ChangeDUState (TR-069 A.4.1.10). */
#include "argument.h"

#include <string.h>

#include "hms/base/encode.h"

#define OPERATIONS_MAX 64
#define URL_MAX_BYTES 1024
#define TEXT_MAX_BYTES 256
#define VERSION_MAX_BYTES 32

static const char *check_url(json_t *v)
{
	return nbi_argument_is_url(v, URL_MAX_BYTES)
		       ? NULL
		       : "a URL is of http, https, ftp, ftps, sftp or tftp, of at most 1024 characters, without a user";
}

static const char *check_uuid(json_t *v) { return nbi_argument_uuid(v) ? "a UUID is one of RFC 4122" : NULL; }

static const char *check_version(json_t *v)
{
	return nbi_argument_is_text(v, VERSION_MAX_BYTES, false) ? NULL : "a Version has 1 to 32 characters";
}

static const char *check_text(json_t *v)
{
	return nbi_argument_is_text(v, TEXT_MAX_BYTES, true) ? NULL : "Username, Password and ExecutionEnvRef have at most 256 characters";
}

static const char *check_nothing(json_t *v)
{
	(void)v;
	return NULL;
}

static const struct operation {
	const char *name, *needs, *why;
	struct nbi_member members[7];
} operations[] = {
	{ "Install",
	  "URL",
	  "an Install needs a URL",
	  { { "Operation", check_nothing },
	    { "URL", check_url },
	    { "UUID", check_uuid },
	    { "Username", check_text },
	    { "Password", check_text },
	    { "ExecutionEnvRef", check_text } } },
	{ "Update",
	  "Operation",
	  "",
	  { { "Operation", check_nothing },
	    { "UUID", check_uuid },
	    { "Version", check_version },
	    { "URL", check_url },
	    { "Username", check_text },
	    { "Password", check_text } } },
	{ "Uninstall",
	  "UUID",
	  "an Uninstall needs a UUID",
	  { { "Operation", check_nothing }, { "UUID", check_uuid }, { "Version", check_version }, { "ExecutionEnvRef", check_text } } },
};

static const char *check_operation(json_t *row)
{
	const char *name = json_string_value(json_object_get(row, "Operation"));

	for (size_t i = 0; name && i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, name) != 0)
			continue;
		return json_object_get(row, operations[i].needs) ? nbi_argument_members(row, operations[i].members) : operations[i].why;
	}
	return "each row needs an Operation: Install, Update or Uninstall";
}

const char *nbi_argument_operations(json_t *list)
{
	const char *why = json_array_size(list) > 0 && json_array_size(list) <= OPERATIONS_MAX ? NULL : "1 to 64 rows are needed";
	size_t i;
	json_t *row;

	json_array_foreach(list, i, row) if (!why) why = check_operation(row);
	return why;
}
