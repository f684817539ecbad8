/* Arguments of SetParameterAttributes (TR-069 A.3.2.4). */
#include "rpc_arguments.h"

#define NOTIFICATION_MAX 6 /* 3 to 6: lightweight (Amendment 5) */

static Hms__Arg *text(struct rpc_build *b, const char *name, const char *value)
{
	return rpc_new_arg(b, name, HMS__ARG__KIND__TEXT, value);
}

/* Members of an array have no name of their own. */
static Hms__Arg *access_list(struct rpc_build *b, const json_t *list)
{
	Hms__Arg *arg = text(b, "AccessList", "");
	size_t n = json_array_size(list);

	if (!arg)
		return NULL;
	arg->kind = HMS__ARG__KIND__ARRAY;
	arg->item = (char *)"xsd:string";
	arg->children = hms_arena_alloc(b->arena, (n + 1) * sizeof(*arg->children));
	for (size_t i = 0; arg->children && i < n; i++) {
		arg->children[i] = text(b, "", json_string_value(json_array_get(list, i)));
		if (!arg->children[i])
			return NULL;
	}
	arg->n_children = n;
	return arg->children ? arg : NULL;
}

static int check_row(struct rpc_build *b, const json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "Name"));
	const json_t *notification = json_object_get(item, "Notification"), *access = json_object_get(item, "AccessList");
	size_t i;
	json_t *who;

	if (!name || strlen(name) > 256)
		return rpc_invalid(b, "each row of ParameterList needs a Name of at most 256 characters");
	if (notification &&
	    (!json_is_integer(notification) || json_integer_value(notification) < 0 || json_integer_value(notification) > NOTIFICATION_MAX))
		return rpc_invalid(b, "Notification is not a number from 0 to 6");
	if (access && !json_is_array(access))
		return rpc_invalid(b, "AccessList is not an array");
	json_array_foreach((json_t *)access, i, who)
	{
		if (!json_is_string(who))
			return rpc_invalid(b, "AccessList holds something that is not a text");
	}
	return 0;
}

static int build_row(struct rpc_build *b, const json_t *item, Hms__Arg **out)
{
	const json_t *notification = json_object_get(item, "Notification"), *access = json_object_get(item, "AccessList");
	Hms__Arg *row = text(b, "", ""), **parts = hms_arena_alloc(b->arena, 5 * sizeof(*parts));
	int rc = check_row(b, item);

	if (rc || !row || !parts)
		return rc ? rc : HMS_ENOMEM;
	parts[0] = text(b, "Name", json_string_value(json_object_get(item, "Name")));
	parts[1] = text(b, "NotificationChange", notification ? "1" : "0");
	parts[2] = text(b, "Notification", hms_arena_printf(b->arena, "%d", (int)json_integer_value(notification)));
	parts[3] = text(b, "AccessListChange", access ? "1" : "0");
	parts[4] = access_list(b, access);
	row->kind = HMS__ARG__KIND__STRUCT;
	row->children = parts;
	row->n_children = 5;
	for (size_t i = 0; i < row->n_children; i++)
		if (!parts[i] || !parts[i]->value)
			return HMS_ENOMEM;
	*out = row;
	return 0;
}

int rpc_build_set_attributes(struct rpc_build *b)
{
	const json_t *list = json_object_get(b->payload, "ParameterList");
	size_t n = json_array_size(list);
	Hms__Arg *arg;

	if (!json_is_array(list) || n == 0)
		return rpc_invalid(b, "ParameterList (an array of at least one row) is missing");
	arg = rpc_add_arg(b, "ParameterList", HMS__ARG__KIND__ARRAY);
	if (!arg)
		return HMS_ENOMEM;
	arg->item = (char *)"cwmp:SetParameterAttributesStruct";
	arg->children = hms_arena_alloc(b->arena, n * sizeof(*arg->children));
	if (!arg->children)
		return HMS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int rc = build_row(b, json_array_get(list, i), &arg->children[i]);

		if (rc)
			return rc;
	}
	arg->n_children = n;
	return 0;
}
