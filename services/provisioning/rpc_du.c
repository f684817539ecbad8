/* Operations of ChangeDUState (TR-069 A.4.1.10): elements of the same name, told apart by xsi:type. */
#include "rpc_arguments.h"

#define OPERATIONS_MAX 64
#define MEMBERS_MAX 5

/* Members in the order of the standard; each is optional in the message, but for the needed one. */
static const struct operation {
	const char *name, *type, *needed;
	const char *members[MEMBERS_MAX];
} operations[] = {
	{ "Install", "cwmp:InstallOpStruct", "URL", { "URL", "UUID", "Username", "Password", "ExecutionEnvRef" } },
	{ "Update", "cwmp:UpdateOpStruct", NULL, { "UUID", "Version", "URL", "Username", "Password" } },
	{ "Uninstall", "cwmp:UninstallOpStruct", "UUID", { "UUID", "Version", "ExecutionEnvRef" } },
};

static const struct operation *find(const char *name)
{
	for (size_t i = 0; name && i < sizeof(operations) / sizeof(operations[0]); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	return NULL;
}

static size_t limit_of(const char *member)
{
	if (strcmp(member, "URL") == 0)
		return 1024;
	if (strcmp(member, "UUID") == 0)
		return 36;
	return strcmp(member, "Version") == 0 ? 32 : 256;
}

static int add_members(struct rpc_build *b, Hms__Arg *arg, const struct operation *op, const json_t *row)
{
	size_t n = 0;

	if (rpc_make_children(b, arg, MEMBERS_MAX))
		return HMS_ENOMEM;
	for (size_t i = 0; i < MEMBERS_MAX && op->members[i]; i++) {
		const json_t *value = json_object_get(row, op->members[i]);
		const char *text = json_string_value(value);

		if (!value)
			continue;
		if (!text || strlen(text) > limit_of(op->members[i]))
			return rpc_invalid(b, hms_arena_printf(b->arena, "Operations: %s is not a text of at most %zu characters",
							       op->members[i], limit_of(op->members[i])));
		arg->children[n++] = rpc_new_arg(b, op->members[i], HMS__ARG__KIND__TEXT, text);
		if (!arg->children[n - 1])
			return HMS_ENOMEM;
	}
	arg->n_children = n;
	return 0;
}

static int add_operation(struct rpc_build *b, const json_t *row)
{
	const struct operation *op = find(json_string_value(json_object_get(row, "Operation")));
	Hms__Arg *arg;

	if (!op)
		return rpc_invalid(b, "Operations: each row needs an Operation (Install, Update or Uninstall)");
	if (op->needed && !json_object_get(row, op->needed))
		return rpc_invalid(b, hms_arena_printf(b->arena, "Operations: %s needs %s", op->name, op->needed));
	arg = rpc_add_arg(b, "Operations", HMS__ARG__KIND__STRUCT);
	if (!arg)
		return HMS_ENOMEM;
	arg->item = (char *)op->type;
	return add_members(b, arg, op, row);
}

int rpc_build_change_du_state(struct rpc_build *b)
{
	const json_t *list = json_object_get(b->payload, "Operations");
	size_t n = json_array_size(list);

	if (n == 0 || n > OPERATIONS_MAX)
		return rpc_invalid(b, "Operations (an array of 1 to 64 rows) is missing");
	for (size_t i = 0; i < n; i++) {
		int rc = add_operation(b, json_array_get(list, i));

		if (rc)
			return rc;
	}
	return rpc_add_key(b, "CommandKey", hms_command_key_text);
}
