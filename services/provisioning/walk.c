/* A walk over objects. device.objects: those that were seen, between spaces; '+' before those that were looked into. */
#include "walk.h"

#include "capability.h"
#include "values.h"

/* ---------------------------------------------------------------- what was seen */

static bool same_software(const struct prov_device *d) { return hms_str_eq(d->cold.objects_version, d->cold.software_version); }

static struct hms_str seen(const struct prov_device *d) { return same_software(d) ? d->cold.objects : HMS_STR(""); }

static struct hms_str unmarked(struct hms_str object, bool *inside)
{
	*inside = object.len && *object.p == '+';
	return *inside ? hms_strn(object.p + 1, object.len - 1) : object;
}

static bool has(struct hms_str list, struct hms_str object, bool inside)
{
	while (list.p) {
		bool marked;
		struct hms_str one = unmarked(hms_str_split(&list, ' '), &marked);

		if (hms_str_eq(one, object) && (marked || !inside))
			return true;
	}
	return false;
}

static void add(struct hms_buf *list, struct hms_str object, bool inside)
{
	if (!object.len || list->len + object.len + 2 > PROV_WALK_OBJECTS_BYTES)
		return;
	if (list->len)
		hms_buf_char(list, ' ');
	if (inside)
		hms_buf_char(list, '+');
	hms_buf_str(list, object);
}

/* ---------------------------------------------------------------- what comes next */

/* The top is looked into in any case. */
static struct hms_str next_object(const struct prov_context *ctx, const struct prov_device *d, const struct hms_model *model)
{
	struct hms_str list = seen(d), top = hms_model_services(model, ctx->arena);

	if (!has(list, top, true))
		return top;
	while (list.p) {
		bool inside;
		struct hms_str one = unmarked(hms_str_split(&list, ' '), &inside);

		if (!inside && hms_models_lead_through(ctx->models, one))
			return one;
	}
	return (struct hms_str){ NULL, 0 };
}

static struct hms_str wanted(const struct prov_context *ctx, const struct prov_device *d)
{
	static const struct hms_str nothing = { NULL, 0 };
	const struct hms_model *model = prov_values_model(ctx, d);

	if (d->cold.state != PROV_STATE_SETTLED || !model || !hms_model_is_fallback(model) || !d->cold.rpc_named.len ||
	    prov_capability_lacks(d, HMS_CWMP_GET_PARAMETER_NAMES) || (same_software(d) && d->cold.objects_tries >= PROV_WALK_STEPS_MAX))
		return nothing;
	return next_object(ctx, d, model);
}

bool prov_walk_asks(const struct prov_context *ctx, const struct prov_device *d) { return wanted(ctx, d).len > 0; }

void prov_walk_next(struct prov_context *ctx, struct prov_device *d)
{
	struct hms_str object = wanted(ctx, d), payload;

	if (!object.len)
		return;
	if (prov_values_dump(ctx, json_pack("{s:s%,s:b}", "ParameterPath", object.p, object.len, "NextLevel", 1), &payload)) {
		d->failed = true;
		return;
	}
	if (!same_software(d)) {
		d->cold.objects = HMS_STR("");
		d->cold.objects_version = d->cold.software_version;
		d->cold.objects_tries = 0;
	}
	d->cold.objects_tries++;
	d->cold_dirty = true;
	prov_command_new(d, ctx->arena, hms_command_id_next(ctx->ids, d->now_us), HMS_CWMP_GET_PARAMETER_NAMES, PROV_PURPOSE_OBJECTS,
			 payload, d->now_us + ctx->command_life_us);
}

/* ---------------------------------------------------------------- an answer */

static struct hms_str asked(struct prov_context *ctx, const struct prov_command *c)
{
	json_t *payload = json_loadb(c->payload.p ? c->payload.p : "", c->payload.len, 0, NULL);
	const char *path = json_string_value(json_object_get(payload, "ParameterPath"));
	struct hms_str copy = path ? hms_arena_str(ctx->arena, hms_str(path)) : HMS_STR("");

	json_decref(payload);
	return copy;
}

/* A path that ends with a dot, and in which nothing stands that would break the list. */
static bool is_object_below(const char *name, struct hms_str object)
{
	struct hms_str s = hms_str(name);

	return hms_str_starts(s, object) && s.len > object.len && hms_str_ends(s, HMS_STR(".")) && !strpbrk(name, " +");
}

static void found(struct prov_context *ctx, struct prov_device *d, struct hms_str object)
{
	int fap = d->cold.fap;
	const struct hms_model *model = hms_models_named(ctx->models, object, &fap), *now = prov_values_model(ctx, d);

	if (!model || !now || !hms_model_is_fallback(now))
		return;
	d->cold.kind = hms_model_kind(model);
	d->cold.model = hms_str(hms_model_name(model));
	d->cold.fap = fap;
	prov_device_note(d, ctx->arena, "model", hms_model_name(model), NULL);
}

void prov_walk_result(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, const Hms__RpcResult *result)
{
	struct hms_buf list = HMS_BUF_INIT(PROV_WALK_OBJECTS_BYTES + 1);
	struct hms_str object = asked(ctx, c), rest = seen(d);

	add(&list, object, true);
	while (rest.p) {
		bool inside;
		struct hms_str one = unmarked(hms_str_split(&rest, ' '), &inside);

		if (!hms_str_eq(one, object))
			add(&list, one, inside);
	}
	for (size_t i = 0; c->state == PROV_COMMAND_DONE && result && i < result->n_params; i++) {
		const char *name = result->params[i]->name;

		if (!is_object_below(name, object) || has(hms_buf_view(&list), hms_str(name), false))
			continue;
		add(&list, hms_str(name), false);
		found(ctx, d, hms_arena_str(ctx->arena, hms_str(name)));
	}
	d->cold.objects = hms_arena_str(ctx->arena, hms_buf_view(&list));
	d->cold_dirty = d->entry_dirty = true;
	d->failed |= !d->cold.objects.p || list.failed;
	hms_buf_fini(&list);
}
