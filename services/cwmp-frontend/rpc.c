/* From a grant of the mailbox to the SOAP envelope of an RPC: the tree of arguments maps one to one. */
#include "rpc.h"

#include "hms/device/command.h"
#include "hms/device/event.h"

/* ChangeDUState, the deepest, needs 3. */
#define DEPTH_MAX 8

static bool depth_ok(Hms__Arg *const *args, size_t count, unsigned depth)
{
	if (count > 0 && depth == 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!depth_ok(args[i]->children, args[i]->n_children, depth - 1))
			return false;
	return true;
}

/* The method becomes an element: only what can be a name of one. */
static bool method_ok(const char *method)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

	return method[0] && strspn(method, allowed) == strlen(method) && !strchr("0123456789-", method[0]);
}

const Hms__Grant *fe_rpc_grant(struct hms_arena *arena, struct hms_str packed)
{
	ProtobufCAllocator allocator = hms_arena_allocator(arena);
	const Hms__Grant *grant = hms__grant__unpack(&allocator, packed.len, (const uint8_t *)packed.p);

	return grant && method_ok(grant->method) && depth_ok(grant->args, grant->n_args, DEPTH_MAX) ? grant : NULL;
}

static const struct hms_cwmp_param *convert_params(struct hms_arena *arena, Hms__Param *const *params, size_t count)
{
	struct hms_cwmp_param *out = hms_arena_alloc(arena, count * sizeof(*out));

	for (size_t i = 0; out && i < count; i++) {
		out[i].name = hms_str(params[i]->name);
		out[i].value = hms_str(params[i]->value);
		out[i].type = params[i]->type < HMS_XSD_OTHER ? (enum hms_xsd)params[i]->type : HMS_XSD_STRING;
	}
	return out;
}

static const struct hms_cwmp_arg *convert(struct hms_arena *arena, Hms__Arg *const *args, size_t count);

/* Returns whether memory sufficed. */
static bool convert_one(struct hms_arena *arena, const Hms__Arg *arg, struct hms_cwmp_arg *out)
{
	static const int kinds[] = {
		[HMS__ARG__KIND__TEXT] = HMS_ARG_TEXT,	 [HMS__ARG__KIND__STRUCT] = HMS_ARG_STRUCT,
		[HMS__ARG__KIND__ARRAY] = HMS_ARG_ARRAY, [HMS__ARG__KIND__PARAMS] = HMS_ARG_PARAMS,
		[HMS__ARG__KIND__XML] = HMS_ARG_XML,
	};
	size_t kind = (size_t)arg->kind < sizeof(kinds) / sizeof(kinds[0]) ? (size_t)arg->kind : HMS__ARG__KIND__TEXT;

	out->name = arg->name[0] ? hms_str(arg->name) : (struct hms_str){ NULL, 0 };
	out->kind = (typeof(out->kind))kinds[kind];
	out->value = hms_str(arg->value);
	out->item = arg->item;
	out->children = convert(arena, arg->children, arg->n_children);
	out->child_count = arg->n_children;
	out->params = convert_params(arena, arg->params, arg->n_params);
	out->param_count = arg->n_params;
	return out->children && out->params;
}

static const struct hms_cwmp_arg *convert(struct hms_arena *arena, Hms__Arg *const *args, size_t count)
{
	struct hms_cwmp_arg *out = hms_arena_alloc(arena, count * sizeof(*out));

	for (size_t i = 0; out && i < count; i++)
		if (!convert_one(arena, args[i], &out[i]))
			return NULL;
	return out;
}

int fe_rpc_write(struct hms_buf *out, struct hms_arena *arena, enum hms_cwmp_ns ns, const Hms__Grant *grant)
{
	const struct hms_cwmp_arg *args = convert(arena, grant->args, grant->n_args);
	char id[32];

	if (!args)
		return HMS_ENOMEM;
	hms_rpc_id_text(grant->command_id, grant->n, id);
	hms_cwmp_write(out, ns, hms_str(id), grant->method, args, grant->n_args);
	return out->failed;
}

const char *fe_rpc_method_name(unsigned method)
{
	return method > HMS_CWMP_NONE && method < HMS_CWMP_METHOD_COUNT ? hms_cwmp_method_info((enum hms_cwmp_method)method)->name : "";
}

static int unseal_one(struct hms_arena *arena, struct hms_sealer *sealer, struct hms_device_id device, Hms__Param *param)
{
	enum { TEXT_MAX = 4096 };
	struct hms_buf text = HMS_BUF_INIT(TEXT_MAX);
	int rc = hms_credential_text_unseal(sealer, device, hms_str(param->value), &text);

	if (rc == 0) {
		param->value = hms_arena_strz(arena, hms_buf_view(&text));
		param->sealed = false;
		rc = param->value ? 0 : HMS_ENOMEM;
	}
	if (text.p)
		explicit_bzero(text.p, text.len);
	hms_buf_fini(&text);
	return rc;
}

int fe_rpc_unseal(struct hms_arena *arena, struct hms_sealer *sealer, struct hms_device_id device, const Hms__Grant *grant)
{
	int rc = 0;

	for (size_t i = 0; i < grant->n_args; i++)
		for (size_t k = 0; k < grant->args[i]->n_params && rc == 0; k++)
			if (grant->args[i]->params[k]->sealed)
				rc = unseal_one(arena, sealer, device, grant->args[i]->params[k]);
	return rc;
}
