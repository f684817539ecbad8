/* The table of steps, and the one that comes next. */
#include "step.h"

#include "asking.h"
#include "block.h"
#include "capability.h"
#include "credential.h"
#include "delivery.h"
#include "desired.h"
#include "rediscover.h"
#include "setup.h"
#include "steps.h"
#include "values.h"
#include "walk.h"

#define AT(role) (1u << HMS__DEVICE_EVENT__ROLE__##role)
#define IN(state) (1u << PROV_STATE_##state)
#define REGISTERED (IN(PROVISIONED) | IN(IN_SERVICE))

static bool asks_location(struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice)
{
	(void)ctx;
	return choice->read_location && !d->cold.location_at && !d->cold.location_asked;
}

static int location_payload(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			    struct hms_str *payload, struct hms_err *err)
{
	(void)choice;
	(void)part;
	d->cold.location_asked = true;
	return prov_step_location_names(ctx, d, payload, err);
}

/* 9005 is tolerated (U-REG-03): the site is chosen without it. */
static void location_faulted(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	(void)ctx;
	(void)d;
	(void)c;
}

/* The radio comes behind the configuration (U-REG-07). */
static bool asks_unlock(struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice)
{
	(void)ctx;
	(void)choice;
	return !d->cold.unlocked && !prov_device_owes(d, PROV_DUTY_CONFIGURATION);
}

static const struct prov_step steps[] = {
	{ "instances", NULL, IN(DISCOVERING) | IN(REGISTERING) | REGISTERED, AT(INITIAL) | AT(SERVING) | AT(BOTH), PROV_DUTY_REDISCOVER,
	  HMS_CWMP_GET_PARAMETER_NAMES, NULL, prov_rediscover_payload, prov_rediscover_done, prov_rediscover_faulted },
	/* TR-069 3.4.4: at the first contact, before anything that is worth hiding; the one step of devices that are no cells (SETTLED) */
	{ "credentials", "credentials", IN(DISCOVERING) | IN(REGISTERING) | REGISTERED | IN(SETTLED), AT(INITIAL) | AT(SERVING) | AT(BOTH),
	  PROV_DUTY_CREDENTIALS, HMS_CWMP_SET_PARAMETER_VALUES, NULL, prov_credential_payload, prov_setup_done, prov_setup_faulted },
	/* U-DISC-05, U-DISC-06, L-DISC-05 */
	{ "location", NULL, IN(DISCOVERING), AT(INITIAL) | AT(BOTH), 0, HMS_CWMP_GET_PARAMETER_VALUES, asks_location, location_payload,
	  prov_end_located, location_faulted },
	{ "discovery", "discovery", IN(DISCOVERING), AT(INITIAL) | AT(BOTH), 0, HMS_CWMP_SET_PARAMETER_VALUES, NULL, prov_values_payload,
	  prov_end_assigned, NULL },
	/* U-REG-04, L-REG-02 */
	{ "registration", "registration", IN(REGISTERING), AT(SERVING) | AT(BOTH), 0, HMS_CWMP_SET_PARAMETER_VALUES, NULL,
	  prov_values_payload, prov_end_configured, NULL },
	/* FM-03, IPC-02, U-REG-05 */
	{ "attributes", "attributes", REGISTERED, AT(SERVING) | AT(BOTH), PROV_DUTY_ATTRIBUTES, HMS_CWMP_SET_PARAMETER_ATTRIBUTES, NULL,
	  prov_setup_attributes, prov_setup_done, prov_setup_faulted },
	{ "notifications", "notifications", REGISTERED, AT(SERVING) | AT(BOTH), PROV_DUTY_NOTIFICATIONS, HMS_CWMP_SET_PARAMETER_ATTRIBUTES,
	  NULL, prov_setup_attributes, prov_setup_done, prov_setup_denied },
	{ "configuration", "configuration", REGISTERED, AT(SERVING) | AT(BOTH), PROV_DUTY_CONFIGURATION, HMS_CWMP_SET_PARAMETER_VALUES,
	  NULL, prov_values_payload, prov_setup_configured, NULL },
	/* U-REG-07 */
	{ "unlock", "unlock", IN(PROVISIONED), AT(SERVING) | AT(BOTH), 0, HMS_CWMP_SET_PARAMETER_VALUES, asks_unlock, prov_values_payload,
	  prov_end_unlocked, NULL },
	/* resynchronisation */
	{ "alarms", NULL, REGISTERED, AT(SERVING) | AT(BOTH), PROV_DUTY_ALARMS, HMS_CWMP_GET_PARAMETER_VALUES, NULL, prov_setup_alarms,
	  prov_setup_done, prov_setup_denied },
	/* PM-01, PM-02 */
	{ "pm_find", NULL, REGISTERED, AT(SERVING) | AT(BOTH), PROV_DUTY_PM, HMS_CWMP_GET_PARAMETER_NAMES, prov_setup_asks_pm_find,
	  prov_setup_pm_table, prov_setup_pm_found, prov_setup_pm_none },
	{ "pm_add", NULL, REGISTERED, AT(SERVING) | AT(BOTH), PROV_DUTY_PM, HMS_CWMP_ADD_OBJECT, prov_setup_asks_pm_add,
	  prov_setup_pm_object, prov_setup_pm_added, prov_setup_faulted },
	{ "pm", NULL, REGISTERED, AT(SERVING) | AT(BOTH), PROV_DUTY_PM, HMS_CWMP_SET_PARAMETER_VALUES, NULL, prov_setup_pm,
	  prov_setup_pm_set, prov_setup_faulted },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static const struct prov_step *find_step(struct hms_str purpose)
{
	for (size_t i = 0; i < STEPS; i++)
		if (hms_str_eqz(purpose, steps[i].purpose))
			return &steps[i];
	return NULL;
}

/* ---------------------------------------------------------------- the end of one */

/* Steps whose refusal is no answer by itself. */
static bool needs_instances(const struct prov_step *step) { return !step->faulted || step->faulted == prov_setup_faulted; }

void prov_procedure_result(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	const struct prov_step *step = prov_command_is_procedure(c) ? find_step(c->purpose) : NULL;

	prov_delivery_ended(ctx, d, c);
	prov_desired_ended(ctx, d, c, result);
	if (prov_command_is_procedure(c) && hms_str_eqz(c->purpose, PROV_PURPOSE_DEPROVISION))
		prov_block_result(ctx, d, c);
	if (prov_command_is_procedure(c) && hms_str_eqz(c->purpose, PROV_PURPOSE_OBJECTS))
		prov_walk_result(ctx, d, c, result);
	if (prov_command_is_procedure(c) && hms_str_eqz(c->purpose, PROV_PURPOSE_TRANSFERS))
		prov_asking_result(ctx, d, c, result);
	/* The device may have moved on since (a new BOOTSTRAP, a block): then the answer changes nothing. */
	if (!step || !(step->states & (1u << d->cold.state)))
		return;
	d->cold_dirty = true;
	if (c->state == PROV_COMMAND_DONE) {
		if (step->duty != PROV_DUTY_REDISCOVER)
			prov_rediscover_over(d);
		step->done(ctx, d, c, result);
	} else if (prov_delivery_failed(c))
		prov_setup_by_values(ctx, d, c);
	else if (needs_instances(step) && prov_rediscover_asked(d, c, result))
		return;
	else if (step->faulted)
		step->faulted(ctx, d, c);
	else
		prov_end_fail(ctx, d, hms_arena_printf(ctx->arena, "%s: fault %d", step->purpose, c->fault));
}

/* ---------------------------------------------------------------- the next one */

/* One at a time; but what a transfer that runs does not touch can go on. */
static bool step_runs(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++)
		if (prov_command_is_procedure(d->commands[i]) && prov_command_is_open(d->commands[i]) &&
		    d->commands[i]->state != PROV_COMMAND_RUNNING)
			return true;
	return false;
}

static bool is_running(const struct prov_device *d, const struct prov_step *step)
{
	for (size_t i = 0; i < d->command_count; i++)
		if (prov_command_is_procedure(d->commands[i]) && d->commands[i]->state == PROV_COMMAND_RUNNING &&
		    hms_str_eqz(d->commands[i]->purpose, step->purpose))
			return true;
	return false;
}

static bool asks_for(struct prov_context *ctx, const struct prov_device *d, const struct prov_step *step, const struct prov_choice *choice)
{
	if (!(step->states & (1u << d->cold.state)) || !(step->roles & (1u << d->cold.listener_role)) || is_running(d, step))
		return false;
	if (step->duty && !prov_device_owes(d, step->duty))
		return false;
	return !step->asks || step->asks(ctx, d, choice);
}

static int make_payload(struct prov_context *ctx, struct prov_device *d, const struct prov_step *step, const struct prov_choice *choice,
			uint64_t id, enum hms_cwmp_method *method, struct hms_str *payload, struct hms_err *err)
{
	if (step->payload != prov_values_payload || !prov_delivery_by_file(ctx, d, choice, step->part))
		return step->payload(ctx, d, choice, step->part, payload, err);
	*method = HMS_CWMP_DOWNLOAD;
	return prov_delivery_make(ctx, d, choice, step->part, id, payload, err);
}

/* Whose values it carries, for people. */
static struct hms_str reason_of(struct prov_context *ctx, const struct prov_choice *choice)
{
	bool site = choice->site && *choice->site;
	const char *text =
		hms_arena_printf(ctx->arena, "profile version %d%s%s", choice->version, site ? ", site " : "", site ? choice->site : "");

	return hms_str(text ? text : "");
}

/* Returns whether there is something to be sent, or nothing more to be done: a duty that neither profile nor model knows of is none. */
static bool run_step(struct prov_context *ctx, struct prov_device *d, const struct prov_step *step, const struct prov_choice *choice)
{
	struct hms_err err = { 0 };
	enum hms_cwmp_method method = step->method;
	uint64_t id = hms_command_id_next(ctx->ids, d->now_us);
	struct hms_str payload = { NULL, 0 };
	bool absent = step->duty && step->part && !json_object_get(choice->kind, step->part);
	int rc = absent ? 0 : make_payload(ctx, d, step, choice, id, &method, &payload, &err);

	d->cold.site = hms_str(choice->site);
	d->cold.profile_version = choice->version;
	d->cold_dirty = true;
	if (rc == HMS_ENOMEM) {
		d->failed = true;
	} else if (rc && step->faulted == prov_setup_faulted) {
		prov_setup_failed(ctx, d, step->purpose, step->duty, err.text);
		return false;
	} else if (rc) {
		prov_end_fail(ctx, d, err.text);
	} else if (!payload.p) {
		prov_device_set_duties(d, 0, step->duty);
		return false;
	} else {
		struct prov_command *c =
			prov_command_new(d, ctx->arena, id, method, step->purpose, payload, d->now_us + ctx->command_life_us);

		if (c)
			c->reason = reason_of(ctx, choice);
	}
	return true;
}

static bool nothing_to_do(const struct prov_context *ctx, const struct prov_device *d)
{
	return d->cold.state == PROV_STATE_HELD || d->cold.state == PROV_STATE_NONE || d->cold.kind == HMS_KIND_UNKNOWN || step_runs(d) ||
	       !ctx->catalog;
}

/* Returns whether there is nothing to be sent. */
static bool run_steps(struct prov_context *ctx, struct prov_device *d)
{
	struct prov_choice choice;
	struct hms_err err = { 0 };

	if (d->cold.state == PROV_STATE_BLOCKED) {
		prov_block_next(ctx, d);
		return false;
	}
	if (prov_catalog_choose(ctx->catalog, &d->cold, &choice, &err)) {
		if (d->cold.kind == HMS_KIND_GENERIC) { /* no profile speaks of such devices: nothing is owed to it */
			prov_device_set_duties(d, 0, PROV_DUTY_CREDENTIALS);
			return true;
		}
		prov_end_fail(ctx, d, hms_arena_strz(ctx->arena, hms_str(err.text)));
		return false;
	}
	for (size_t i = 0; i < STEPS; i++)
		if (asks_for(ctx, d, &steps[i], &choice) && run_step(ctx, d, &steps[i], &choice))
			return false;
	return true;
}

void prov_procedure_next(struct prov_context *ctx, struct prov_device *d)
{
	if (nothing_to_do(ctx, d) || (!prov_device_settled(d) && !run_steps(ctx, d)))
		return;
	if (prov_device_settled(d)) /* it waits for nothing: what it can do is asked at the end (PH-3) */
		prov_capability_next(ctx, d);
	if (prov_device_settled(d) && !step_runs(d))
		prov_walk_next(ctx, d);
}

unsigned prov_step_duty(struct hms_str purpose)
{
	const struct prov_step *step = find_step(purpose);

	return step ? step->duty : 0;
}
