/* Grants from payloads. */
#include "diagnostics.h"
#include "rpc_arguments.h"

/* Steps of procedures depend on each other; commands of operators do not. */
static Hms__Grant__Follow follow_of(const struct prov_command *c)
{
	if (prov_command_ends_session(c))
		return HMS__GRANT__FOLLOW__END;
	return prov_command_is_procedure(c) ? HMS__GRANT__FOLLOW__DECIDE : HMS__GRANT__FOLLOW__NEXT;
}

static int pack(struct rpc_build *b, struct hms_str *out)
{
	Hms__Grant grant = HMS__GRANT__INIT;
	char *bytes;

	grant.command_id = (uint64_t)b->c->id;
	grant.n = (uint32_t)b->c->g_n;
	grant.try_ = (uint32_t)b->c->tries;
	grant.method = hms_arena_strz(b->arena, prov_command_rpc(b->c));
	grant.unsafe = !prov_command_is_safe(b->c);
	grant.follow = follow_of(b->c);
	grant.xid = b->ctx && b->c->granted_now ? b->ctx->xid : 0;
	grant.args = b->args;
	grant.n_args = b->count;
	if (!grant.method)
		return HMS_ENOMEM;
	out->len = hms__grant__get_packed_size(&grant);
	bytes = hms_arena_alloc(b->arena, out->len + 1);
	if (!bytes)
		return HMS_ENOMEM;
	hms__grant__pack(&grant, (uint8_t *)bytes);
	out->p = bytes;
	return 0;
}

static int build(struct rpc_build *b, struct hms_str *out)
{
	const struct prov_command *c = b->c;
	struct hms_err *err = b->err;
	json_t *payload;
	int rc;

	if (!rpc_builders[c->method])
		return hms_err_set(err, HMS_ENOENT, "%.*s: no such method", HMS_STR_FMT(c->kind));
	payload = json_loadb(c->payload.p ? c->payload.p : "{}", c->payload.p ? c->payload.len : 2, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(payload)) {
		json_decref(payload);
		return hms_err_set(err, HMS_EINVAL, "%.*s: the payload is not a JSON object", HMS_STR_FMT(c->kind));
	}
	if (prov_command_is_diagnostics(c)) {
		const char *why;
		json_t *own = prov_diagnostics_payload(c, payload, &why);

		json_decref(payload);
		payload = own;
		if (!payload)
			return hms_err_set(err, why ? HMS_EINVAL : HMS_ENOMEM, "%.*s: %s", HMS_STR_FMT(c->kind),
					   why ? why : "out of memory");
	}
	b->payload = payload;
	rc = rpc_builders[c->method](b);
	if (!rc)
		rc = pack(b, out);
	json_decref(payload);
	return rc;
}

int prov_rpc_pack(struct hms_arena *arena, const struct prov_files *files, const struct prov_command *c, struct hms_str *out,
		  struct hms_err *err)
{
	struct rpc_build b = { .arena = arena, .files = files, .c = c, .err = err };

	return build(&b, out);
}

int prov_rpc_pack_for(struct prov_context *ctx, const struct prov_device *d, const struct prov_command *c, struct hms_str *out,
		      struct hms_err *err)
{
	struct rpc_build b = { .arena = ctx->arena, .files = ctx->files, .c = c, .ctx = ctx, .err = err };

	prov_quirks_find(ctx, d, &b.quirks);
	return build(&b, out);
}

int prov_rpc_check(struct hms_arena *arena, const struct prov_files *files, const struct prov_command *c, struct hms_err *err)
{
	struct hms_str out;

	return prov_rpc_pack(arena, files, c, &out, err);
}
