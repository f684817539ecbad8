/* Discovery and registration: which step the stored state asks for, and what its end changes. */
#include "procedure.h"

#include "hms/base/map.h"
#include "steps.h"

/* A step: the state that asks for it, its part of the profile, what its success means. */
struct step {
	const char *purpose; /* of the command, and of the history */
	const char *part;    /* of the profile; NULL: no SetParameterValues */
	enum prov_state from;
	unsigned roles; /* listener roles at which it may run, as bits */
	void (*done)(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
};

#define AT(role) (1u << HMS__DEVICE_EVENT__ROLE__##role)

static void located(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
static void assigned(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
static void configured(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
static void unlocked(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);

static const struct step steps[] = {
	{ "location", NULL, PROV_STATE_DISCOVERING, AT(INITIAL) | AT(BOTH), located },			/* U-DISC-05 */
	{ "discovery", "discovery", PROV_STATE_DISCOVERING, AT(INITIAL) | AT(BOTH), assigned },		/* U-DISC-06, L-DISC-05 */
	{ "registration", "registration", PROV_STATE_REGISTERING, AT(SERVING) | AT(BOTH), configured }, /* U-REG-04, L-REG-02 */
	{ "unlock", "unlock", PROV_STATE_PROVISIONED, AT(SERVING) | AT(BOTH), unlocked },		/* U-REG-07 */
};

static const struct step *find_step(struct hms_str purpose)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (hms_str_eqz(purpose, steps[i].purpose))
			return &steps[i];
	return NULL;
}

/* ---------------------------------------------------------------- failure */

static void fail(struct prov_context *ctx, struct prov_device *d, const char *reason)
{
	int shift = d->cold.failures < 16 ? d->cold.failures : 16;
	int64_t wait_us = ctx->retry_min_us << shift;

	d->cold.failed_from = d->cold.state;
	d->cold.failures++;
	prov_device_set_state(d, ctx->arena, PROV_STATE_FAILED, reason);
	if (wait_us > ctx->retry_max_us)
		wait_us = ctx->retry_max_us;
	prov_device_timer(d, ctx->arena, "retry", d->now_us + wait_us);
	prov_device_alarm(d, ctx->arena, "procedure", "Major", "Configuration or customization error", reason, false);
}

static void recovered(struct prov_context *ctx, struct prov_device *d)
{
	if (d->cold.failures == 0)
		return;
	d->cold.failures = 0;
	prov_device_timer(d, ctx->arena, "retry", 0);
	prov_device_alarm(d, ctx->arena, "procedure", "Major", "Configuration or customization error", "", true);
}

/* ---------------------------------------------------------------- ends of steps */

static void located(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)c;
	if (result)
		prov_step_location(ctx, d, result->params, result->n_params);
}

static void assigned(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)result;
	prov_step_confirmed(ctx, d, c);
	prov_device_set_state(d, ctx->arena, PROV_STATE_ASSIGNED, NULL);
	recovered(ctx, d);
	/* U-DISC-07: the serving HMS is this listener, so registration goes on in the same session. */
	if (hms_str_eq(d->cold.assigned_url, d->cold.listener_url))
		prov_device_set_state(d, ctx->arena, PROV_STATE_REGISTERING, NULL);
}

static void configured(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)result;
	prov_step_confirmed(ctx, d, c);
	if (!d->cold.gateway_given) { /* U-DISC-09 */
		fail(ctx, d, "no HNB-GW or S1 far end was given");
		return;
	}
	d->hot.applied_hash = (int64_t)hms_hash_stable(HMS_HASH_STABLE_SEED, c->payload.p, c->payload.len);
	prov_device_set_state(d, ctx->arena, PROV_STATE_PROVISIONED, NULL);
	recovered(ctx, d);
}

static void enter_service(struct prov_context *ctx, struct prov_device *d)
{
	if (d->cold.state != PROV_STATE_PROVISIONED || !d->cold.unlocked || !d->cold.op_state)
		return;
	prov_device_set_state(d, ctx->arena, PROV_STATE_IN_SERVICE, NULL);
	prov_device_timer(d, ctx->arena, "op_state", 0);
	if (d->cold.op_state_overdue)
		prov_device_alarm(d, ctx->arena, "op_state", "Minor", "Timeout expired", "", true);
	d->cold.op_state_overdue = false;
}

static void unlocked(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	(void)result;
	prov_step_confirmed(ctx, d, c);
	d->cold.unlocked = true;
	d->entry_dirty = true;
	prov_device_note(d, ctx->arena, "unlocked", "", NULL);
	prov_device_timer(d, ctx->arena, "op_state", d->now_us + ctx->op_state_wait_us);
	recovered(ctx, d);
	enter_service(ctx, d);
}

void prov_procedure_result(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	const struct step *step = find_step(c->purpose);

	/* The device may have moved on since (a new BOOTSTRAP, a block): then the answer changes nothing. */
	if (!step || d->cold.state != (int)step->from)
		return;
	d->cold_dirty = true;
	if (c->state == PROV_COMMAND_DONE)
		step->done(ctx, d, c, result);
	else if (step->part) /* location: 9005 is tolerated (U-REG-03); the site is chosen without it */
		fail(ctx, d, hms_arena_printf(ctx->arena, "%s: fault %d", step->purpose, c->fault));
}

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
	begin(ctx, d, PROV_STATE_DISCOVERING, why);
}

static void begin_registration(struct prov_context *ctx, struct prov_device *d)
{
	d->cold.unlocked = false;
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
	d->cold_dirty = true;
	d->entry_dirty = true;
	if (d->cold.state == PROV_STATE_IN_SERVICE)
		prov_device_set_state(d, ctx->arena, PROV_STATE_PROVISIONED, "1 BOOT");
}

static void follow_op_state(struct prov_context *ctx, struct prov_device *d)
{
	if (d->cold.state == PROV_STATE_IN_SERVICE && !d->cold.op_state)
		prov_device_set_state(d, ctx->arena, PROV_STATE_PROVISIONED, "OpState is false");
	enter_service(ctx, d);
}

void prov_procedure_inform(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	const Hms__Inform *inform = ev->inform;

	if (blocked(d))
		return;
	prov_step_identify(ctx, d, inform);
	if (ev->classes & (HMS_EVENT_BOOT | HMS_EVENT_BOOTSTRAP))
		booted(ctx, d);
	if (d->cold.kind == PROV_KIND_GENERIC) {
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
}

void prov_procedure_timer(struct prov_context *ctx, struct prov_device *d, const char *name)
{
	if (strcmp(name, "retry") == 0 && d->cold.state == PROV_STATE_FAILED) {
		prov_device_set_state(d, ctx->arena, (enum prov_state)d->cold.failed_from, "retry");
	} else if (strcmp(name, "op_state") == 0 && d->cold.state == PROV_STATE_PROVISIONED) {
		prov_device_note(d, ctx->arena, "op_state_timeout", "", NULL);
		d->cold.op_state_overdue = d->cold_dirty = true;
		prov_device_alarm(d, ctx->arena, "op_state", "Minor", "Timeout expired", "no OpState after AdminState", false);
	}
}

/* ---------------------------------------------------------------- the next step */

static bool step_runs(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++)
		if (prov_command_is_procedure(d->commands[i]) && prov_command_is_open(d->commands[i]))
			return true;
	return false;
}

static bool asks_for(const struct prov_device *d, const struct step *step, const struct prov_choice *choice)
{
	if (d->cold.state != (int)step->from || !(step->roles & (1u << d->cold.listener_role)))
		return false;
	if (!step->part)
		return choice->read_location && !d->cold.location_at && !d->cold.location_asked;
	return step->from != PROV_STATE_PROVISIONED || !d->cold.unlocked;
}

static void run_step(struct prov_context *ctx, struct prov_device *d, const struct step *step, const struct prov_choice *choice)
{
	struct hms_err err = { 0 };
	enum hms_cwmp_method method = step->part ? HMS_CWMP_SET_PARAMETER_VALUES : HMS_CWMP_GET_PARAMETER_VALUES;
	struct hms_str payload;
	int rc;

	if (step->part)
		rc = prov_step_values(ctx, d, choice, step->part, &payload, &err);
	else
		rc = prov_step_location_names(ctx, d, &payload, &err);
	d->cold.location_asked |= !step->part;
	d->cold.site = hms_str(choice->site);
	d->cold.profile_version = choice->version;
	d->cold_dirty = true;
	if (rc == HMS_ENOMEM)
		d->failed = true;
	else if (rc)
		fail(ctx, d, err.text);
	else
		prov_command_new(d, ctx->arena, hms_command_id_next(ctx->ids, d->now_us), method, step->purpose, payload,
				 d->now_us + ctx->command_life_us);
}

void prov_procedure_next(struct prov_context *ctx, struct prov_device *d)
{
	struct prov_choice choice;
	struct hms_err err = { 0 };

	if (blocked(d) || prov_device_settled(d) || d->cold.kind == PROV_KIND_UNKNOWN || step_runs(d) || !ctx->catalog)
		return;
	if (prov_catalog_choose(ctx->catalog, &d->cold, &choice, &err)) {
		fail(ctx, d, hms_arena_strz(ctx->arena, hms_str(err.text)));
		return;
	}
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (asks_for(d, &steps[i], &choice)) {
			run_step(ctx, d, &steps[i], &choice);
			return;
		}
	}
}
