/* What the ends of steps mean. */
#include "hms/base/map.h"
#include "rediscover.h"
#include "step.h"
#include "steps.h"

/* ---------------------------------------------------------------- failure */

void prov_end_fail(struct prov_context *ctx, struct prov_device *d, const char *reason)
{
	int shift = d->cold.failures < 16 ? d->cold.failures : 16;
	int64_t wait_us = ctx->retry_min_us << shift;

	prov_rediscover_over(d);
	d->cold.failed_from = d->cold.state;
	d->cold.failures++;
	prov_device_set_state(d, ctx->arena, PROV_STATE_FAILED, reason);
	if (wait_us > ctx->retry_max_us)
		wait_us = ctx->retry_max_us;
	prov_device_timer(d, ctx->arena, "retry", d->now_us + wait_us);
	prov_device_alarm(d, ctx->arena, "procedure", "Major", "Configuration or customization error", reason, false);
}

void prov_end_recovered(struct prov_context *ctx, struct prov_device *d)
{
	if (d->cold.failures == 0)
		return;
	d->cold.failures = 0;
	prov_device_timer(d, ctx->arena, "retry", 0);
	prov_device_alarm(d, ctx->arena, "procedure", "Major", "Configuration or customization error", "", true);
}

/* ---------------------------------------------------------------- ends of steps */

void prov_end_located(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)c;
	if (result)
		prov_step_location(ctx, d, result->params, result->n_params);
}

void prov_end_assigned(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)result;
	prov_step_confirmed(ctx, d, c);
	prov_device_set_state(d, ctx->arena, PROV_STATE_ASSIGNED, NULL);
	prov_end_recovered(ctx, d);
	/* U-DISC-07: the serving HMS is this listener, so registration goes on in the same session. */
	if (hms_str_eq(d->cold.assigned_url, d->cold.listener_url))
		prov_device_set_state(d, ctx->arena, PROV_STATE_REGISTERING, NULL);
}

void prov_end_configured(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)result;
	prov_step_confirmed(ctx, d, c);
	if (!d->cold.gateway_given) { /* U-DISC-09 */
		prov_end_fail(ctx, d, "no HNB-GW or S1 far end was given");
		return;
	}
	d->hot.applied_hash = (int64_t)hms_hash_stable(HMS_HASH_STABLE_SEED, c->payload.p, c->payload.len);
	prov_device_set_state(d, ctx->arena, PROV_STATE_PROVISIONED, NULL);
	prov_device_set_duties(d, PROV_DUTIES_OPEN & ~PROV_DUTY_CREDENTIALS, PROV_DUTY_NO_DOWNLOAD);
	prov_end_recovered(ctx, d);
}

void prov_end_enter_service(struct prov_context *ctx, struct prov_device *d)
{
	if (d->cold.state != PROV_STATE_PROVISIONED || !d->cold.unlocked || !d->cold.op_state)
		return;
	prov_device_set_state(d, ctx->arena, PROV_STATE_IN_SERVICE, NULL);
	prov_device_timer(d, ctx->arena, "op_state", 0);
	if (d->cold.op_state_overdue)
		prov_device_alarm(d, ctx->arena, "op_state", "Minor", "Timeout expired", "", true);
	d->cold.op_state_overdue = false;
}

void prov_end_unlocked(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)result;
	prov_step_confirmed(ctx, d, c);
	d->cold.unlocked = true;
	d->entry_dirty = true;
	prov_device_note(d, ctx->arena, "unlocked", "", NULL);
	prov_device_timer(d, ctx->arena, "op_state", d->now_us + ctx->op_state_wait_us);
	prov_end_recovered(ctx, d);
	prov_end_enter_service(ctx, d);
}
