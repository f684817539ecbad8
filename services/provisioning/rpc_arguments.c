/* Arguments of the simpler methods, and the table of all. */
#include "rpc_arguments.h"

#include "absent.h"
#include "desired.h"

int rpc_invalid(struct rpc_build *b, const char *what)
{
	return hms_err_set(b->err, HMS_EINVAL, "%.*s: %s", HMS_STR_FMT(b->c->kind), what);
}

Hms__Arg *rpc_new_arg(struct rpc_build *b, const char *name, Hms__Arg__Kind kind, const char *value)
{
	Hms__Arg *arg = hms_arena_alloc(b->arena, sizeof(*arg));

	if (!arg || !value)
		return NULL;
	hms__arg__init(arg);
	arg->name = (char *)name;
	arg->kind = kind;
	arg->value = (char *)value;
	return arg;
}

Hms__Arg *rpc_add_arg(struct rpc_build *b, const char *name, Hms__Arg__Kind kind)
{
	Hms__Arg *arg = rpc_new_arg(b, name, kind, "");

	if (arg)
		b->args[b->count++] = arg;
	return arg;
}

int rpc_make_children(struct rpc_build *b, Hms__Arg *arg, size_t count)
{
	arg->children = hms_arena_alloc(b->arena, (count + 1) * sizeof(*arg->children));
	arg->n_children = arg->children ? count : 0;
	return arg->children ? 0 : HMS_ENOMEM;
}

int rpc_add_text(struct rpc_build *b, const char *name, const char *value)
{
	Hms__Arg *arg = rpc_add_arg(b, name, HMS__ARG__KIND__TEXT);

	if (!arg)
		return HMS_ENOMEM;
	arg->value = (char *)value;
	return 0;
}

int rpc_add_number(struct rpc_build *b, const char *name, long long value)
{
	char *text = hms_arena_printf(b->arena, "%lld", value);

	return text ? rpc_add_text(b, name, text) : HMS_ENOMEM;
}

int rpc_add_key(struct rpc_build *b, const char *name, void (*text)(uint64_t, uint32_t, char *))
{
	char *key = hms_arena_alloc(b->arena, 33);

	if (!key)
		return HMS_ENOMEM;
	text((uint64_t)b->c->id, (uint32_t)b->c->tries, key);
	return rpc_add_text(b, name, key);
}

static int add_parameter_key(struct rpc_build *b)
{
	char *key = hms_arena_alloc(b->arena, 33);

	if (!key)
		return HMS_ENOMEM;
	prov_desired_parameter_key(b->c, key);
	return rpc_add_text(b, "ParameterKey", key);
}

static int build_none(struct rpc_build *b)
{
	(void)b;
	return 0;
}

static int read_value(struct rpc_build *b, const json_t *item, Hms__Param *p)
{
	const char *name = json_string_value(json_object_get(item, "Name"));
	const char *value = json_string_value(json_object_get(item, "Value"));
	const char *sealed = json_string_value(json_object_get(item, "Sealed")); /* of credential.c only */
	const char *type = json_string_value(json_object_get(item, "Type"));

	if (!name || !*name || strlen(name) > 256)
		return rpc_invalid(b, "each row of ParameterList needs a Name of 1 to 256 characters");
	value = sealed ? sealed : value;
	if (!value)
		return rpc_invalid(b, "each row of ParameterList needs a Value (a string)");
	hms__param__init(p);
	p->name = (char *)name;
	p->value = (char *)value;
	p->sealed = sealed != NULL;
	p->type = type ? hms_xsd_find(hms_str(type)) : HMS_XSD_STRING;
	if (p->type == HMS_XSD_OTHER)
		return rpc_invalid(b, "unknown Type");
	if (b->ctx)
		p->value = (char *)prov_quirk_value(b->ctx, &b->quirks, p->type, hms_str(value)).p;
	return p->value ? 0 : HMS_ENOMEM;
}

static int build_set_values(struct rpc_build *b)
{
	const json_t *list = json_object_get(b->payload, "ParameterList");
	struct prov_slice slice = prov_slice_of(b->c, json_array_size(list));
	size_t n = slice.count;
	Hms__Arg *arg = rpc_add_arg(b, "ParameterList", HMS__ARG__KIND__PARAMS);
	Hms__Param *rows = hms_arena_alloc(b->arena, (n + 1) * sizeof(*rows));

	if (!json_is_array(list))
		return rpc_invalid(b, "ParameterList (an array) is missing");
	if (!arg || !rows)
		return HMS_ENOMEM;
	arg->params = hms_arena_alloc(b->arena, (n + 1) * sizeof(*arg->params));
	if (!arg->params)
		return HMS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int rc = read_value(b, json_array_get(list, slice.at + i), &rows[i]);

		if (rc)
			return rc;
		arg->params[i] = &rows[i];
	}
	arg->n_params = n;
	return add_parameter_key(b);
}

static int add_names(struct rpc_build *b, Hms__Arg *arg, const json_t *list, struct prov_slice slice, const json_t *absent)
{
	Hms__Arg *rows = hms_arena_alloc(b->arena, (slice.count + 1) * sizeof(*rows));

	arg->children = hms_arena_alloc(b->arena, (slice.count + 1) * sizeof(*arg->children));
	if (!rows || !arg->children)
		return HMS_ENOMEM;
	for (size_t i = 0; i < slice.count; i++) {
		const char *name = json_string_value(json_array_get(list, slice.at + i));

		if (!name || strlen(name) > 256)
			return rpc_invalid(b, "ParameterNames holds something that is not a name");
		if (prov_absent_among(absent, name))
			continue;
		hms__arg__init(&rows[i]);
		rows[i].value = (char *)name;
		arg->children[arg->n_children++] = &rows[i];
	}
	return 0;
}

static int build_get_values(struct rpc_build *b)
{
	const json_t *list = json_object_get(b->payload, "ParameterNames");
	struct prov_slice slice = prov_slice_of(b->c, json_array_size(list));
	Hms__Arg *arg = rpc_add_arg(b, "ParameterNames", HMS__ARG__KIND__ARRAY);
	json_t *absent;
	int rc;

	if (!json_is_array(list) || slice.count == 0)
		return rpc_invalid(b, "ParameterNames (an array of at least one name) is missing");
	if (!arg)
		return HMS_ENOMEM;
	arg->item = (char *)"xsd:string";
	absent = prov_absent_list(b->c);
	rc = add_names(b, arg, list, slice, absent);
	if (!rc && !arg->n_children) /* a name that stands there twice: the answer moves on behind it */
		rc = add_names(b, arg, list, slice, NULL);
	json_decref(absent);
	return rc;
}

static int build_get_names(struct rpc_build *b)
{
	const char *path = json_string_value(json_object_get(b->payload, "ParameterPath"));
	const json_t *next_level = json_object_get(b->payload, "NextLevel");

	if (!path || strlen(path) > 256)
		return rpc_invalid(b, "ParameterPath is missing or longer than 256 characters");
	if (next_level && !json_is_boolean(next_level))
		return rpc_invalid(b, "NextLevel is not a boolean");
	if (rpc_add_text(b, "ParameterPath", path))
		return HMS_ENOMEM;
	return rpc_add_text(b, "NextLevel", json_is_true(next_level) ? "1" : "0");
}

static int build_object(struct rpc_build *b)
{
	const char *name = json_string_value(json_object_get(b->payload, "ObjectName"));

	if (!name || strlen(name) > 256 || !hms_str_ends(hms_str(name), HMS_STR(".")))
		return rpc_invalid(b, "ObjectName is missing, longer than 256 characters, or does not end with a dot");
	return rpc_add_text(b, "ObjectName", name) ? HMS_ENOMEM : add_parameter_key(b);
}

static int build_reboot(struct rpc_build *b) { return rpc_add_key(b, "CommandKey", hms_command_key_text); }

rpc_builder *const rpc_builders[HMS_CWMP_METHOD_COUNT] = {
	[HMS_CWMP_GET_RPC_METHODS] = build_none,
	[HMS_CWMP_SET_PARAMETER_VALUES] = build_set_values,
	[HMS_CWMP_GET_PARAMETER_VALUES] = build_get_values,
	[HMS_CWMP_GET_PARAMETER_NAMES] = build_get_names,
	[HMS_CWMP_SET_PARAMETER_ATTRIBUTES] = rpc_build_set_attributes,
	[HMS_CWMP_GET_PARAMETER_ATTRIBUTES] = build_get_values,
	[HMS_CWMP_ADD_OBJECT] = build_object,
	[HMS_CWMP_DELETE_OBJECT] = build_object,
	[HMS_CWMP_DOWNLOAD] = rpc_build_download,
	[HMS_CWMP_UPLOAD] = rpc_build_upload,
	[HMS_CWMP_REBOOT] = build_reboot,
	[HMS_CWMP_FACTORY_RESET] = build_none,
	[HMS_CWMP_GET_QUEUED_TRANSFERS] = build_none,
	[HMS_CWMP_GET_ALL_QUEUED_TRANSFERS] = build_none,
	[HMS_CWMP_SCHEDULE_INFORM] = rpc_build_schedule_inform,
	[HMS_CWMP_SCHEDULE_DOWNLOAD] = rpc_build_schedule_download,
	[HMS_CWMP_CANCEL_TRANSFER] = rpc_build_cancel_transfer,
	[HMS_CWMP_CHANGE_DU_STATE] = rpc_build_change_du_state,
	[HMS_CWMP_SET_VOUCHERS] = rpc_build_set_vouchers,
	[HMS_CWMP_GET_OPTIONS] = rpc_build_get_options,
	[HMS_CWMP_VENDOR] = rpc_build_vendor,
};
