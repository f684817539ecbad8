/* Grants from payloads: one builder a method, in a table. */
#include "rpc_build.h"

#include <jansson.h>

#include "grant.pb-c.h"

struct build {
	struct hms_arena *arena;
	const struct prov_command *c;
	const json_t *payload;
	struct hms_err *err;
	Hms__Arg *args[4];
	size_t count;
};

static int invalid(struct build *b, const char *what) { return hms_err_set(b->err, HMS_EINVAL, "%.*s: %s", HMS_STR_FMT(b->c->kind), what); }

static Hms__Arg *add_arg(struct build *b, const char *name, Hms__Arg__Kind kind)
{
	Hms__Arg *arg = hms_arena_alloc(b->arena, sizeof(*arg));

	if (!arg)
		return NULL;
	hms__arg__init(arg);
	arg->name = (char *)name;
	arg->kind = kind;
	b->args[b->count++] = arg;
	return arg;
}

static int add_text(struct build *b, const char *name, const char *value)
{
	Hms__Arg *arg = add_arg(b, name, HMS__ARG__KIND__TEXT);

	if (!arg)
		return HMS_ENOMEM;
	arg->value = (char *)value;
	return 0;
}

static int add_key(struct build *b, const char *name, void (*text)(uint64_t, uint32_t, char *))
{
	char *key = hms_arena_alloc(b->arena, 33);

	if (!key)
		return HMS_ENOMEM;
	text((uint64_t)b->c->id, (uint32_t)b->c->tries, key);
	return add_text(b, name, key);
}

static int build_none(struct build *b)
{
	(void)b;
	return 0;
}

static int read_value(struct build *b, const json_t *item, Hms__Param *p)
{
	const char *name = json_string_value(json_object_get(item, "Name"));
	const char *value = json_string_value(json_object_get(item, "Value"));
	const char *type = json_string_value(json_object_get(item, "Type"));

	if (!name || !*name || strlen(name) > 256)
		return invalid(b, "each row of ParameterList needs a Name of 1 to 256 characters");
	if (!value)
		return invalid(b, "each row of ParameterList needs a Value (a string)");
	hms__param__init(p);
	p->name = (char *)name;
	p->value = (char *)value;
	p->type = type ? hms_xsd_find(hms_str(type)) : HMS_XSD_STRING;
	if (p->type == HMS_XSD_OTHER)
		return invalid(b, "unknown Type");
	return 0;
}

static int build_set_values(struct build *b)
{
	const json_t *list = json_object_get(b->payload, "ParameterList");
	size_t n = json_array_size(list);
	Hms__Arg *arg = add_arg(b, "ParameterList", HMS__ARG__KIND__PARAMS);
	Hms__Param *rows = hms_arena_alloc(b->arena, (n + 1) * sizeof(*rows));

	if (!json_is_array(list))
		return invalid(b, "ParameterList (an array) is missing");
	if (!arg || !rows)
		return HMS_ENOMEM;
	arg->params = hms_arena_alloc(b->arena, (n + 1) * sizeof(*arg->params));
	if (!arg->params)
		return HMS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int rc = read_value(b, json_array_get(list, i), &rows[i]);

		if (rc)
			return rc;
		arg->params[i] = &rows[i];
	}
	arg->n_params = n;
	return add_key(b, "ParameterKey", hms_parameter_key_text);
}

static int build_get_values(struct build *b)
{
	const json_t *list = json_object_get(b->payload, "ParameterNames");
	size_t n = json_array_size(list);
	Hms__Arg *arg = add_arg(b, "ParameterNames", HMS__ARG__KIND__ARRAY);
	Hms__Arg *rows = hms_arena_alloc(b->arena, (n + 1) * sizeof(*rows));

	if (!json_is_array(list) || n == 0)
		return invalid(b, "ParameterNames (an array of at least one name) is missing");
	if (!arg || !rows)
		return HMS_ENOMEM;
	arg->item = (char *)"xsd:string";
	arg->children = hms_arena_alloc(b->arena, n * sizeof(*arg->children));
	if (!arg->children)
		return HMS_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(list, i));

		if (!name || strlen(name) > 256)
			return invalid(b, "ParameterNames holds something that is not a name");
		hms__arg__init(&rows[i]);
		rows[i].value = (char *)name;
		arg->children[i] = &rows[i];
	}
	arg->n_children = n;
	return 0;
}

static int build_get_names(struct build *b)
{
	const char *path = json_string_value(json_object_get(b->payload, "ParameterPath"));
	const json_t *next_level = json_object_get(b->payload, "NextLevel");

	if (!path || strlen(path) > 256)
		return invalid(b, "ParameterPath is missing or longer than 256 characters");
	if (next_level && !json_is_boolean(next_level))
		return invalid(b, "NextLevel is not a boolean");
	if (add_text(b, "ParameterPath", path))
		return HMS_ENOMEM;
	return add_text(b, "NextLevel", json_is_true(next_level) ? "1" : "0");
}

static int build_reboot(struct build *b) { return add_key(b, "CommandKey", hms_command_key_text); }

static int (*const builders[HMS_CWMP_METHOD_COUNT])(struct build *) = {
	[HMS_CWMP_GET_RPC_METHODS] = build_none,
	[HMS_CWMP_SET_PARAMETER_VALUES] = build_set_values,
	[HMS_CWMP_GET_PARAMETER_VALUES] = build_get_values,
	[HMS_CWMP_GET_PARAMETER_NAMES] = build_get_names,
	[HMS_CWMP_REBOOT] = build_reboot,
	[HMS_CWMP_FACTORY_RESET] = build_none,
};

/* Steps of procedures depend on each other; commands of operators do not. */
static Hms__Grant__Follow follow_of(const struct prov_command *c)
{
	if (prov_command_ends_session(c))
		return HMS__GRANT__FOLLOW__END;
	return prov_command_is_procedure(c) ? HMS__GRANT__FOLLOW__DECIDE : HMS__GRANT__FOLLOW__NEXT;
}

static int pack(struct build *b, struct hms_str *out)
{
	Hms__Grant grant = HMS__GRANT__INIT;
	char *bytes;

	grant.command_id = (uint64_t)b->c->id;
	grant.n = (uint32_t)b->c->g_n;
	grant.try_ = (uint32_t)b->c->tries;
	grant.method = (char *)hms_cwmp_method_info(b->c->method)->name;
	grant.unsafe = !prov_command_is_safe(b->c);
	grant.follow = follow_of(b->c);
	grant.args = b->args;
	grant.n_args = b->count;
	out->len = hms__grant__get_packed_size(&grant);
	bytes = hms_arena_alloc(b->arena, out->len + 1);
	if (!bytes)
		return HMS_ENOMEM;
	hms__grant__pack(&grant, (uint8_t *)bytes);
	out->p = bytes;
	return 0;
}

int prov_rpc_pack(struct hms_arena *arena, const struct prov_command *c, struct hms_str *out, struct hms_err *err)
{
	const struct hms_cwmp_method_info *info = hms_cwmp_method_info(c->method);
	struct build b = { .arena = arena, .c = c, .err = err };
	json_t *payload;
	int rc;

	if (!info || c->method == HMS_CWMP_NONE)
		return hms_err_set(err, HMS_ENOENT, "%.*s: no such method", HMS_STR_FMT(c->kind));
	if (!info->available || !builders[c->method])
		return hms_err_set(err, HMS_ENOENT, "%s: not available in this version of HMS", info->name);
	payload = json_loadb(c->payload.p ? c->payload.p : "{}", c->payload.p ? c->payload.len : 2, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(payload)) {
		json_decref(payload);
		return hms_err_set(err, HMS_EINVAL, "%s: the payload is not a JSON object", info->name);
	}
	b.payload = payload;
	rc = builders[c->method](&b);
	if (!rc)
		rc = pack(&b, out);
	json_decref(payload);
	return rc;
}

int prov_rpc_check(struct hms_arena *arena, const struct prov_command *c, struct hms_err *err)
{
	struct hms_str out;

	return prov_rpc_pack(arena, c, &out, err);
}
