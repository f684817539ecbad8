/* Discovery and registration: what an Inform makes of a device's stored state. Which step that asks for: step.c. */
#include "procedure.h"

#include "desired.h"
#include "setup.h"
#include "step.h"
#include "steps.h"
#include "transfer.h"

/* ---------------------------------------------------------------- an Inform */

static bool blocked(const struct prov_device *d)
{
	return d->cold.state == PROV_STATE_BLOCKED || d->cold.state == PROV_STATE_HELD || d->cold.state == PROV_STATE_NONE;
}

/* Also when it stands there already: then it begins anew, and the history shows that. */
static void begin(struct prov_context *ctx, struct prov_device *d, enum prov_state state, const char *why)
{
	d->cold_dirty = true;
	if (d->cold.state == (int)state)
		prov_device_note(d, ctx->arena, "state", prov_state_names[state], NULL);
	prov_device_set_state(d, ctx->arena, state, why);
}

static void begin_discovery(struct prov_context *ctx, struct prov_device *d, const char *why)
{
	d->cold.location_asked = false;
	d->cold.gateway_given = false;
	d->cold.unlocked = false;
	prov_device_set_duties(d, 0, PROV_DUTY_DEPROVISIONED);
	begin(ctx, d, PROV_STATE_DISCOVERING, why);
}

static void begin_registration(struct prov_context *ctx, struct prov_device *d)
{
	d->cold.unlocked = false;
	prov_device_set_duties(d, 0, PROV_DUTY_DEPROVISIONED);
	begin(ctx, d, PROV_STATE_REGISTERING, NULL);
}

/* Where a cell stands after an Inform at a serving role: it has come to its serving HMS, with or without 0 BOOTSTRAP (U-DISC-07, -08). */
static void at_serving(struct prov_context *ctx, struct prov_device *d, uint32_t classes)
{
	bool fresh = d->cold.state == PROV_STATE_ALLOWED || d->cold.state == PROV_STATE_DISCOVERING || d->cold.state == PROV_STATE_ASSIGNED;

	if (fresh || (classes & (HMS_EVENT_BOOTSTRAP | HMS_EVENT_REPROVISION_FAPGW | HMS_EVENT_REPROVISION_SEGW)))
		begin_registration(ctx, d);
}

static void at_initial(struct prov_context *ctx, struct prov_device *d, uint32_t classes)
{
	if (classes & HMS_EVENT_BOOTSTRAP)
		begin_discovery(ctx, d, "0 BOOTSTRAP");
	else if (d->cold.state != PROV_STATE_DISCOVERING && d->cold.state != PROV_STATE_FAILED)
		begin_discovery(ctx, d, "at the initial HMS");
}

/* One HMS for both roles: only events tell a cell that begins anew from one that goes on. */
static void at_both(struct prov_context *ctx, struct prov_device *d, uint32_t classes)
{
	bool arrived = d->cold.state == PROV_STATE_ASSIGNED && hms_str_eq(d->cold.assigned_url, d->cold.listener_url);

	if (arrived)
		begin_registration(ctx, d);
	else if (d->cold.state == PROV_STATE_ALLOWED || d->cold.state == PROV_STATE_ASSIGNED || (classes & HMS_EVENT_BOOTSTRAP))
		begin_discovery(ctx, d, "0 BOOTSTRAP");
	else if (classes & (HMS_EVENT_REPROVISION_FAPGW | HMS_EVENT_REPROVISION_SEGW))
		begin_discovery(ctx, d, "reprovision required"); /* U-REG-09 */
}

/* U-REG-08: AdminState, OpState and RFTxStatus restart as false. */
static void booted(struct prov_context *ctx, struct prov_device *d)
{
	d->cold.unlocked = false;
	d->cold.op_state = false;
	d->cold.rf_tx = false;
	d->cold.boot_at = d->now_us;
	prov_device_set_duties(d, PROV_DUTY_ALARMS, 0); /* CurrentAlarm was emptied without clear events (TR-196) */
	d->cold_dirty = true;
	d->entry_dirty = true;
	if (d->cold.state == PROV_STATE_IN_SERVICE)
		prov_device_set_state(d, ctx->arena, PROV_STATE_PROVISIONED, "1 BOOT");
}

static void follow_op_state(struct prov_context *ctx, struct prov_device *d)
{
	if (d->cold.state == PROV_STATE_IN_SERVICE && !d->cold.op_state)
		prov_device_set_state(d, ctx->arena, PROV_STATE_PROVISIONED, "OpState is false");
	prov_end_enter_service(ctx, d);
}

void prov_procedure_inform(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	const Hms__Inform *inform = ev->inform;

	if (blocked(d))
		return;
	prov_step_identify(ctx, d, inform);
	if (ev->classes & (HMS_EVENT_BOOT | HMS_EVENT_BOOTSTRAP))
		booted(ctx, d);
	if (ev->classes & HMS_EVENT_BOOTSTRAP) {
		prov_setup_forget(d);
		prov_desired_forget(ctx, d, ev);
		prov_transfer_forget(d);
	}
	if (d->cold.kind == HMS_KIND_GENERIC) {
		if (d->cold.state == PROV_STATE_ALLOWED)
			prov_device_set_state(d, ctx->arena, PROV_STATE_SETTLED, NULL);
		return;
	}
	prov_step_read(ctx, d, inform->params, inform->n_params);
	switch (ev->listener_role) {
	case HMS__DEVICE_EVENT__ROLE__INITIAL:
		at_initial(ctx, d, ev->classes);
		break;
	case HMS__DEVICE_EVENT__ROLE__SERVING:
		at_serving(ctx, d, ev->classes);
		break;
	case HMS__DEVICE_EVENT__ROLE__BOTH:
		at_both(ctx, d, ev->classes);
		break;
	default:
		break;
	}
	follow_op_state(ctx, d);
	prov_setup_look(ctx, d);
}

void prov_procedure_timer(struct prov_context *ctx, struct prov_device *d, const char *name)
{
	if (strcmp(name, "retry") == 0 && d->cold.state == PROV_STATE_FAILED) {
		prov_device_set_state(d, ctx->arena, (enum prov_state)d->cold.failed_from, "retry");
	} else if (strcmp(name, "op_state") == 0 && d->cold.state == PROV_STATE_PROVISIONED) {
		prov_device_note(d, ctx->arena, "op_state_timeout", "", NULL);
		d->cold.op_state_overdue = d->cold_dirty = true;
		prov_device_alarm(d, ctx->arena, "op_state", "Minor", "Timeout expired", "no OpState after AdminState", false);
	} else if (strcmp(name, "audit") == 0) {
		prov_desired_audit(ctx, d);
	}
}
