/* Verbs that have a device do something, and the wait for their end. */
#include "command.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "print.h"

#define WAIT_S "20"
#define TIMEOUT_S 600
#define TIMEOUT_MAX_S 2592000u /* as long as a command lives */

static const struct ctl_column command_columns[] = {
	{ "COMMAND", "id" },  { "METHOD", "kind" },   { "STATE", "state" }, { "CREATED", "created" }, { "ENDED", "ended_at" },
	{ "TRIES", "tries" }, { "WHO", "origin", 1 }, { "FAULT", "fault" }, { "NOTE", "note", 1 },    { NULL }
};

/* ---------------------------------------------------------------- waiting */

/* What is waited for: a command, a group. */
struct awaited {
	const char *noun, *verb, *shown; /* verb: that shows it; shown: the member that says what it is */
	int (*ended)(const struct ctl *ctl, json_t *object);
};

static void progress(const struct ctl *ctl, const struct awaited *what, json_t *command, time_t since)
{
	const char *waits = json_string_value(json_object_get(command, "waits"));

	if (ctl->quiet || !isatty(STDERR_FILENO))
		return;
	if (!command) {
		fprintf(stderr, "\r\033[K");
		return;
	}
	fprintf(stderr, "\r\033[K%s: %s%s%s, %lld s", json_string_value(json_object_get(command, what->shown)),
		json_string_value(json_object_get(command, "state")), waits ? ": " : "", waits ? waits : "",
		(long long)(time(NULL) - since));
}

/* Its first looks are short, so that the line moves. */
static int look(struct ctl *ctl, const char *href, const char *wait, json_t **command)
{
	struct ctl_path path;

	ctl_path_init(&path, href);
	ctl_path_query(&path, "wait", wait);
	return ctl_call(ctl, "GET", &path, NULL, command);
}

static void how_to_look(const struct ctl *ctl, const struct awaited *what, json_t *command, const char *why)
{
	fprintf(stderr, "hmsctl: %s: the %s goes on; hmsctl %s %s %s shows it, --cancel ends it\n", why, what->noun, what->verb,
		ctl->args[0], json_string_value(json_object_get(command, "id")));
}

static int wait_for(struct ctl *ctl, const struct awaited *what, json_t *accepted, const char *href, time_t timeout)
{
	time_t since = time(NULL);
	json_t *command = json_incref(accepted);
	int rc = CTL_DONE;

	while (!rc && !json_is_true(json_object_get(command, "ended")) && time(NULL) - since < timeout) {
		progress(ctl, what, command, since);
		json_decref(command);
		command = NULL;
		rc = look(ctl, href, time(NULL) - since < 3 || timeout < 20 ? "1" : WAIT_S, &command);
	}
	progress(ctl, what, NULL, since);
	if (!rc && json_is_true(json_object_get(command, "ended"))) {
		rc = what->ended(ctl, command);
	} else {
		how_to_look(ctl, what, accepted, rc == CTL_INTERRUPTED ? "interrupted" : rc ? "the API is away" : "not ended in time");
		rc = rc ? rc : CTL_FAILED;
	}
	json_decref(command);
	return rc;
}

/* body is taken. */
static int post(struct ctl *ctl, const struct awaited *what, const char *below, json_t *body)
{
	static const struct hms_str prefix = { "/api/v1/devices/", 16 };
	const char *limit = ctl->option[CTL_TIMEOUT], *href;
	uint64_t timeout = TIMEOUT_S;
	struct ctl_path path;
	json_t *accepted;
	int rc;

	if (limit && (hms_str_u64(hms_str(limit), &timeout) || timeout > TIMEOUT_MAX_S)) {
		json_decref(body);
		return ctl_fail(CTL_USAGE, "--timeout is a number of seconds, at most %u", TIMEOUT_MAX_S);
	}
	if (ctl->option[CTL_REASON])
		json_object_set_new(body, "reason", json_string(ctl->option[CTL_REASON]));
	ctl_path_device(&path, ctl, below);
	rc = ctl_call(ctl, "POST", &path, body, &accepted);
	href = json_string_value(json_object_get(accepted, "href"));
	if (!rc && !(href && hms_str_starts(hms_str(href), prefix)))
		rc = ctl_fail(CTL_AWAY, "the answer is not this API's");
	else if (!rc && ctl->option[CTL_NO_WAIT])
		rc = ctl_print_one(ctl, accepted, "id");
	else if (!rc)
		rc = wait_for(ctl, what, accepted, href + sizeof("/api/v1") - 1, (time_t)timeout);
	json_decref(accepted);
	return rc;
}

int ctl_command_run(struct ctl *ctl, const char *method, json_t *arguments)
{
	static const struct awaited command = { "command", "command", "kind", ctl_command_ended };

	return post(ctl, &command, "/commands", json_pack("{s:s,s:o}", "kind", method, "arguments", arguments ? arguments : json_object()));
}

int ctl_group_run(struct ctl *ctl, json_t *body)
{
	static const struct awaited group = { "group", "rpc-groups", "mode", ctl_group_ended };

	return post(ctl, &group, "/command-groups", body);
}

/* ---------------------------------------------------------------- verbs */

int ctl_get(struct ctl *ctl)
{
	json_t *names = json_array();

	for (int i = 1; i < ctl->arg_count; i++)
		json_array_append_new(names, json_string(ctl->args[i]));
	return ctl_command_run(ctl, "GetParameterValues", json_pack("{s:o}", "ParameterNames", names));
}

/* PATH=VALUE[:TYPE]; what follows the last colon is a type only if it is one of TR-069's. */
json_t *ctl_assignment(const char *text)
{
	static const char *const types[] = { "string", "int",	       "unsignedInt", "boolean",  "dateTime",
					     "base64", "unsignedLong", "long",	      "hexBinary" };
	const char *equals = strchr(text, '='), *colon = strrchr(text, ':');
	const char *type = NULL;

	if (!equals || equals == text)
		return NULL;
	for (size_t i = 0; colon && colon > equals && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(colon + 1, types[i]) == 0)
			type = types[i];
	return json_pack("{s:s%,s:s%,s:s}", "Name", text, (size_t)(equals - text), "Value", equals + 1,
			 type ? (size_t)(colon - equals - 1) : strlen(equals + 1), "Type", type ? type : "string");
}

int ctl_set(struct ctl *ctl)
{
	json_t *list = json_array();

	for (int i = 1; i < ctl->arg_count; i++) {
		json_t *row = ctl_assignment(ctl->args[i]);

		if (!row) {
			json_decref(list);
			return ctl_fail(CTL_USAGE, "'%s' is not PATH=VALUE[:TYPE]", ctl->args[i]);
		}
		json_array_append_new(list, row);
	}
	return ctl_command_run(ctl, "SetParameterValues", json_pack("{s:o}", "ParameterList", list));
}

int ctl_reboot(struct ctl *ctl) { return ctl_command_run(ctl, "Reboot", NULL); }

int ctl_factory_reset(struct ctl *ctl) { return ctl_command_run(ctl, "FactoryReset", NULL); }

int ctl_rpc(struct ctl *ctl)
{
	json_error_t why;
	json_t *arguments = ctl->arg_count == 3 ? json_loads(ctl->args[2], JSON_REJECT_DUPLICATES, &why) : json_object();

	if (!json_is_object(arguments)) {
		json_decref(arguments);
		return ctl_fail(CTL_USAGE, "the arguments are no JSON object");
	}
	return ctl_command_run(ctl, ctl->args[1], arguments);
}

int ctl_commands(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_device(&path, ctl, "/commands");
	return ctl_list(ctl, &path, command_columns, "id");
}

int ctl_command(struct ctl *ctl)
{
	struct ctl_path path;
	json_t *command;
	int rc;

	ctl_path_device(&path, ctl, "/commands/");
	ctl_path_part(&path, ctl->args[1]);
	if (ctl->option[CTL_CANCEL])
		return ctl_object(ctl, "DELETE", &path, NULL);
	rc = ctl_call(ctl, "GET", &path, NULL, &command);
	if (!rc && json_is_true(json_object_get(command, "ended")) && !ctl->quiet && !ctl->json) {
		ctl_command_print(ctl, command);
	} else if (!rc) {
		rc = ctl_print_one(ctl, command, "state");
	}
	json_decref(command);
	return rc;
}
