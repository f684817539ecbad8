/* Verbs about groups of commands. */
#include "command.h"
#include "print.h"

static const struct ctl_column group_columns[] = { { "GROUP", "id" },
						   { "MODE", "mode" },
						   { "STATE", "state" },
						   { "MEMBERS", "total" },
						   { "DONE", "done" },
						   { "UNDONE", "undone" },
						   { "CREATED", "created" },
						   { "ENDED", "ended_at" },
						   { "WHO", "origin", 1 },
						   { "NOTE", "note", 1 },
						   { NULL } };
static const struct ctl_column member_columns[] = { { "COMMAND", "id" },   { "METHOD", "kind" },
						    { "FOR", "purpose" },  { "STATE", "state" },
						    { "FAULT", "fault" },  { "ENDED", "ended_at" },
						    { "NOTE", "note", 1 }, { NULL } };

int ctl_rpc_group(struct ctl *ctl)
{
	const char *name = ctl->args[1];
	json_error_t why;
	json_t *body = strcmp(name, "-") == 0 ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &why)
					      : json_load_file(name, JSON_REJECT_DUPLICATES, &why);

	if (!body)
		return ctl_fail(CTL_USAGE, "%s:%d: %s", name, why.line, why.text);
	if (!json_is_object(body)) {
		json_decref(body);
		return ctl_fail(CTL_USAGE, "%s: a JSON object is needed: {\"mode\": ..., \"commands\": [...]}", name);
	}
	return ctl_group_run(ctl, body);
}

static void print_members(const struct ctl *ctl, json_t *group)
{
	ctl_table_print(stdout, member_columns, json_object_get(group, "commands"), ctl_terminal_width(), !ctl->quiet);
}

int ctl_group_ended(const struct ctl *ctl, json_t *group)
{
	const char *state = json_string_value(json_object_get(group, "state")), *note = json_string_value(json_object_get(group, "note"));
	bool done = state && strcmp(state, "done") == 0;

	if (ctl->json)
		return ctl_print_json(group), done ? CTL_DONE : CTL_FAILED;
	print_members(ctl, group);
	if (!done)
		fprintf(stderr, "hmsctl: %s: %s\n", state ? state : "?", note ? note : "");
	else if (!ctl->quiet)
		printf("done\n");
	return done ? CTL_DONE : CTL_FAILED;
}

static int show(struct ctl *ctl)
{
	struct ctl_path path;
	json_t *group;
	int rc;

	ctl_path_device(&path, ctl, "/command-groups/");
	ctl_path_part(&path, ctl->args[1]);
	if (ctl->option[CTL_CANCEL])
		return ctl_object(ctl, "DELETE", &path, NULL);
	rc = ctl_call(ctl, "GET", &path, NULL, &group);
	if (!rc && (ctl->json || ctl->quiet)) {
		rc = ctl_print_one(ctl, group, "state");
	} else if (!rc) {
		json_t *members = json_incref(json_object_get(group, "commands"));

		json_object_del(group, "commands");
		ctl_object_print(stdout, group);
		json_object_set_new(group, "commands", members);
		print_members(ctl, group);
	}
	json_decref(group);
	return rc;
}

int ctl_rpc_groups(struct ctl *ctl)
{
	struct ctl_path path;

	if (ctl->arg_count > 1)
		return show(ctl);
	if (ctl->option[CTL_CANCEL])
		return ctl_fail(CTL_USAGE, "--cancel needs the group");
	ctl_path_device(&path, ctl, "/command-groups");
	return ctl_list(ctl, &path, group_columns, "id");
}
