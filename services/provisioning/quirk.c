/* Quirks of devices that provisioning acts on. */
#include "quirk.h"

#include "capability.h"
#include "learnt.h"

#define FAULT_NOT_SUPPORTED 9000

void prov_quirks_find(const struct prov_context *ctx, const struct prov_device *d, struct hms_quirks *out)
{
	int64_t learnt;

	hms_quirks_find(ctx->quirks, d->cold.oui, d->cold.product_class, d->cold.software_version, out);
	if (out->given >> HMS_QUIRK_GET_VALUES_MAX & 1)
		return;
	learnt = prov_catalog_learnt(ctx->catalog, &d->cold, HMS_QUIRK_GET_VALUES_MAX);
	if (learnt)
		out->value[HMS_QUIRK_GET_VALUES_MAX] = learnt;
}

bool prov_quirk_holds_back(struct prov_context *ctx, const struct prov_device *d, const struct prov_command *c)
{
	struct hms_quirks quirks;

	if (c->method != HMS_CWMP_SET_PARAMETER_VALUES)
		return false;
	prov_quirks_find(ctx, d, &quirks);
	if (d->now_us >= d->cold.boot_at + quirks.value[HMS_QUIRK_SET_DELAY_S] * 1000000)
		return false;
	ctx->quirks_fired[HMS_QUIRK_SET_DELAY_S]++;
	return true;
}

bool prov_quirk_inverts(struct prov_context *ctx, const struct prov_device *d)
{
	struct hms_quirks quirks;

	prov_quirks_find(ctx, d, &quirks);
	ctx->quirks_fired[HMS_QUIRK_STATES_INVERTED] += quirks.value[HMS_QUIRK_STATES_INVERTED] != 0;
	return quirks.value[HMS_QUIRK_STATES_INVERTED];
}

void prov_quirks_methods(struct prov_context *ctx, struct prov_device *d)
{
	struct hms_quirks quirks = { 0 };

	if (!hms_quirks_any(ctx->quirks, d->cold.oui) && !d->cold.rpc_registry.len)
		return;
	prov_quirks_find(ctx, d, &quirks);
	prov_capability_registry(d, ctx->arena, (uint64_t)quirks.value[HMS_QUIRK_HAS], (uint64_t)quirks.value[HMS_QUIRK_LACKS]);
}

static void refuse(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	struct hms_err err = { 0 };

	if (!prov_capability_check(d, c->method, prov_command_rpc(c), &err))
		return;
	ctx->quirks_fired[HMS_QUIRK_LACKS]++;
	c->noticed = true;
	c->fault = FAULT_NOT_SUPPORTED;
	prov_command_end(d, c, PROV_COMMAND_FAULTED, hms_arena_strz(ctx->arena, hms_str(err.text)));
}

void prov_quirks_refuse(struct prov_context *ctx, struct prov_device *d)
{
	struct hms_quirks quirks;

	if (d->command_count == 0)
		return;
	prov_quirks_find(ctx, d, &quirks);
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (c->state != PROV_COMMAND_QUEUED || prov_command_is_procedure(c))
			continue;
		if (quirks.value[HMS_QUIRK_LACKS] >> c->method & 1)
			refuse(ctx, d, c);
		else if (!c->noticed && prov_capability_by_registry(d, c->method))
			ctx->quirks_fired[HMS_QUIRK_HAS]++;
	}
}

static struct hms_str boolean(const struct hms_quirks *quirks, struct hms_str value)
{
	static const struct hms_str words[2] = { { "false", 5 }, { "true", 4 } }, digits[2] = { { "0", 1 }, { "1", 1 } };
	bool set;

	if (quirks->value[HMS_QUIRK_BOOLEAN] == HMS_BOOLEAN_AS_GIVEN || hms_str_bool(value, &set))
		return value;
	return quirks->value[HMS_QUIRK_BOOLEAN] == HMS_BOOLEAN_DIGITS ? digits[set] : words[set];
}

static struct hms_str date_time(struct hms_arena *arena, const struct hms_quirks *quirks, struct hms_str value)
{
	static const char *const zones[] = { [HMS_TIME_ZONE_Z] = "Z", [HMS_TIME_ZONE_OFFSET] = "+00:00", [HMS_TIME_ZONE_NONE] = "" };
	size_t zone = 0;

	if (hms_str_ends(value, HMS_STR("Z")))
		zone = 1;
	else if (hms_str_ends(value, HMS_STR("+00:00")) || hms_str_ends(value, HMS_STR("-00:00")))
		zone = 6;
	if (quirks->value[HMS_QUIRK_TIME_ZONE] == HMS_TIME_ZONE_AS_GIVEN || zone == 0)
		return value; /* of another zone, or of none: not ours to say */
	return hms_str(hms_arena_printf(arena, "%.*s%s", (int)(value.len - zone), value.p, zones[quirks->value[HMS_QUIRK_TIME_ZONE]]));
}

struct hms_str prov_quirk_value(struct prov_context *ctx, const struct hms_quirks *quirks, enum hms_xsd type, struct hms_str value)
{
	struct hms_str out = value;

	if (type == HMS_XSD_BOOLEAN)
		out = boolean(quirks, value);
	else if (type == HMS_XSD_DATETIME)
		out = date_time(ctx->arena, quirks, value);
	if (!hms_str_eq(out, value))
		ctx->quirks_fired[type == HMS_XSD_BOOLEAN ? HMS_QUIRK_BOOLEAN : HMS_QUIRK_TIME_ZONE]++;
	return out;
}
