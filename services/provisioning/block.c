/* De-provisioning. */
#include "block.h"

#include "capability.h"
#include "setup.h"
#include "values.h"

static bool is_reset(const struct prov_command *c)
{
	return prov_command_is_procedure(c) && hms_str_eqz(c->purpose, PROV_PURPOSE_DEPROVISION);
}

/* Contracts 7, "Block and cancel". */
void prov_block_commands(struct prov_device *d)
{
	if (d->cold.state != PROV_STATE_BLOCKED)
		return;
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (!prov_command_is_open(c) || is_reset(c))
			continue;
		c->dirty |= !c->cancel;
		c->cancel = true;
		/* It must not stand in the way of the reset, whenever the doubt has come; evidence still wins. */
		if (c->state == PROV_COMMAND_DOUBT)
			prov_command_end(d, c, PROV_COMMAND_UNKNOWN, "its device was blocked before there was evidence");
	}
}

static void finish(struct prov_context *ctx, struct prov_device *d, const char *how)
{
	prov_device_set_duties(d, PROV_DUTY_DEPROVISIONED, PROV_DUTIES_OPEN | PROV_DUTY_NO_RESET);
	prov_device_note(d, ctx->arena, how, "", NULL);
	prov_setup_forget(d);
}

/* It stays blocked, whatever it has kept (DEP-03). */
static void give_up(struct prov_context *ctx, struct prov_device *d, const char *reason)
{
	finish(ctx, d, "deprovision_failed");
	prov_device_alarm(d, ctx->arena, PROV_PURPOSE_DEPROVISION, "Major", "Configuration or customization error", reason, false);
}

void prov_block_result(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	if (d->cold.state != PROV_STATE_BLOCKED)
		return;
	if (c->state == PROV_COMMAND_DONE)
		finish(ctx, d, "deprovisioned");
	else if (c->method == HMS_CWMP_FACTORY_RESET)
		prov_device_set_duties(d, PROV_DUTY_NO_RESET, 0);
	else
		give_up(ctx, d, hms_arena_printf(ctx->arena, "fault %d", c->fault));
}

void prov_block_next(struct prov_context *ctx, struct prov_device *d)
{
	bool by_values = prov_device_owes(d, PROV_DUTY_NO_RESET) || prov_capability_lacks(d, HMS_CWMP_FACTORY_RESET); /* PH-4 */
	enum hms_cwmp_method method = by_values ? HMS_CWMP_SET_PARAMETER_VALUES : HMS_CWMP_FACTORY_RESET;
	struct hms_str payload = HMS_STR("{}");
	struct prov_choice choice;
	struct hms_err err = { 0 };
	int rc = 0;

	if (by_values)
		rc = prov_catalog_choose(ctx->catalog, &d->cold, &choice, &err);
	if (by_values && !rc)
		rc = prov_values_payload(ctx, d, &choice, PROV_PURPOSE_DEPROVISION, &payload, &err);
	if (rc == HMS_ENOMEM)
		d->failed = true;
	else if (rc)
		give_up(ctx, d, hms_arena_strz(ctx->arena, hms_str(err.text)));
	else
		prov_command_new(d, ctx->arena, hms_command_id_next(ctx->ids, d->now_us), method, PROV_PURPOSE_DEPROVISION, payload,
				 d->now_us + ctx->command_life_us);
}
