/* Commands for one device that are accepted together, and jobs: what single members of their bodies cannot say. */
#include <stdio.h>

#include "argument.h"
#include "route.h"

#define GROUP_MAX 64
#define SELECTOR_MAX_BYTES 256

static const char *unknown_member(json_t *object, const char *const *names)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		const char *const *known = names;

		while (*known && strcmp(*known, key) != 0)
			known++;
		if (!*known)
			return key;
	}
	return NULL;
}

/* One member, or what undoes it: as a command by itself. life: of the group; NULL: the default. */
static int check_one(json_t *given, const char *const *names, json_t *life, const char *place, char field[64], struct hms_err *err)
{
	const char *unknown = unknown_member(given, names);
	json_t *arguments = json_object_get(given, "arguments"), *command;
	char inner[64] = "";
	int rc;

	snprintf(field, 64, "%s", place);
	if (!json_is_object(given))
		return hms_err_set(err, HMS_EINVAL, "an object with a kind is needed");
	snprintf(field, 64, "%.30s.%.30s", place, unknown ? unknown : "arguments");
	if (unknown)
		return hms_err_set(err, HMS_EINVAL, "a member of a group has kind, arguments and undo");
	if (arguments && !json_is_object(arguments))
		return hms_err_set(err, HMS_EINVAL, "an object is needed");
	command = json_pack("{s:O*,s:O*,s:O*}", "kind", json_object_get(given, "kind"), "arguments", arguments, "expires_in_s", life);
	rc = nbi_check_command(command, inner, err);
	json_decref(command);
	snprintf(field, 64, "%.24s.%.38s", place, inner);
	return rc;
}

static int check_member(json_t *args, json_t *member, size_t i, bool undoes, char field[64], struct hms_err *err)
{
	static const char *const of_member[] = { "kind", "arguments", "undo", NULL }, *const of_undo[] = { "kind", "arguments", NULL };
	json_t *life = json_object_get(args, "expires_in_s"), *undo = json_object_get(member, "undo");
	char place[40];
	int rc;

	snprintf(place, sizeof(place), "commands.%zu", i);
	rc = check_one(member, of_member, life, place, field, err);
	if (rc || !undo)
		return rc;
	snprintf(place, sizeof(place), "commands.%zu.undo", i);
	if (!undoes) {
		snprintf(field, 64, "%s", place);
		return hms_err_set(err, HMS_EINVAL, "it goes with mode undo only");
	}
	return check_one(undo, of_undo, life, place, field, err);
}

int nbi_check_group(json_t *args, char field[64], struct hms_err *err)
{
	json_t *commands = json_object_get(args, "commands"), *member;
	const char *mode = json_string_value(json_object_get(args, "mode"));
	size_t i;
	int rc = 0;

	snprintf(field, 64, "commands");
	if (json_array_size(commands) == 0 || json_array_size(commands) > GROUP_MAX)
		return hms_err_set(err, HMS_EINVAL, "1 to %d commands are needed", GROUP_MAX);
	json_array_foreach(commands, i, member)
	{
		rc = check_member(args, member, i, mode && strcmp(mode, "undo") == 0, field, err);
		if (rc)
			break;
	}
	return rc;
}

int nbi_check_job(json_t *args, char field[64], struct hms_err *err)
{
	static const char *const names[] = { "state",  "kind", "model", "software_version", "oui", "product_class", "group",
					     "region", "tag",  NULL };
	json_t *selection = json_object_get(args, "selection"), *value;
	const char *key, *unknown = unknown_member(selection, names);

	snprintf(field, 64, "selection.%.50s", unknown ? unknown : "");
	if (unknown)
		return hms_err_set(err, HMS_EINVAL,
				   "devices are selected by state, kind, model, software_version, oui, product_class, group, region, tag");
	json_object_foreach(selection, key, value)
	{
		snprintf(field, 64, "selection.%.50s", key);
		if (!nbi_argument_is_text(value, SELECTOR_MAX_BYTES, true))
			return hms_err_set(err, HMS_EINVAL, "a text of at most 256 characters is needed");
	}
	return nbi_check_command(args, field, err);
}
