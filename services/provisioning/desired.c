/* A look at a device: what is desired, what differs, how it stands, what comes next. */
#include "desired_internal.h"

#include <stdlib.h>

#include "apply.h"
#include "capability.h"
#include "delivery.h"
#include "hms/base/clock.h"
#include "quirk.h"
#include "values.h"
#include "walk.h"

#define SET_MAX_BYTES (128 * 1024)
#define REASON_MAX_BYTES 512
#define TIMER "desired" /* and its alarm */
#define ALARM_AFTER 3	/* failures in a row: what passes by itself is no alarm */

const char *const prov_desired_state_names[] = {
#define DESIRED_STATE(id, name) name,
#include "hms/desired/states.def"
#undef DESIRED_STATE
	NULL,
};

/* ---------------------------------------------------------------- notes */

/* PostgreSQL writes a document down in its own way: what counts is what it says. Takes over what is new. */
static void keep(struct prov_context *ctx, struct prov_device *d, const json_t *now, struct hms_str *column)
{
	json_t *was = column->p ? json_loadb(column->p, column->len, 0, NULL) : NULL;
	bool same = json_equal(was, (json_t *)now);
	char *text = same ? NULL : json_dumps(now, JSON_COMPACT);

	json_decref(was);
	if (same)
		return;
	*column = text ? hms_arena_str(ctx->arena, hms_str(text)) : (struct hms_str){ NULL, 0 };
	d->desired->dirty = true;
	d->failed |= !column->p;
	free(text);
}

void prov_desired_keep_notes(struct prov_context *ctx, struct prov_device *d, const json_t *notes)
{
	keep(ctx, d, notes, &d->desired->notes);
}

static void mark(struct prov_context *ctx, struct prov_device *d, bool forget, int64_t since_us)
{
	json_t *notes = d->desired ? hms_notes_load(d->desired->notes) : NULL;

	if (!notes)
		return;
	if (!d->desired->exists && !d->doc.p) { /* there is nothing to be forgotten */
		json_decref(notes);
		return;
	}
	if (forget)
		hms_notes_forget(notes);
	json_object_del(notes, "tables");
	json_object_del(notes, "notify");
	json_object_set_new(notes, "since", json_integer(since_us));
	prov_desired_keep_notes(ctx, d, notes);
	json_decref(notes);
}

/* What is cached of it goes, too: the Inform's parameters are the begin of a new document. */
void prov_desired_forget(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev)
{
	if (!d->desired)
		return;
	mark(ctx, d, true, ev->recv_us);
	if (!d->reports)
		prov_report_add(ctx, d, ev->inform->params, ev->inform->n_params, ev->recv_us, 'I');
	d->doc = (struct hms_str){ NULL, 0 };
	d->choice = 0; /* nor do its values stand anywhere else */
	d->hot.applied_hash = 0;
	d->hot_dirty = true;
}

void prov_desired_audit(struct prov_context *ctx, struct prov_device *d)
{
	mark(ctx, d, false, d->now_us);
	if (!d->desired)
		return;
	d->desired->audited = d->now_us;
	d->desired->audit = true;
	d->desired->dirty = true;
}

/* ---------------------------------------------------------------- how it stands */

static void set_state(struct prov_context *ctx, struct prov_device *d, enum prov_desired_state state, const char *reason)
{
	struct prov_desired *x = d->desired;
	struct hms_str text = hms_arena_str(ctx->arena, hms_strn(reason, strnlen(reason, REASON_MAX_BYTES)));

	if (x->exists && x->state == (int)state && hms_str_eq(x->reason, text))
		return;
	if (!x->exists || x->state != (int)state) {
		x->since = d->now_us;
		x->repaired = x->exists && x->state == PROV_DESIRED_DRIFTED && state != PROV_DESIRED_FAILING &&
			      state != PROV_DESIRED_PENDING && state != PROV_DESIRED_NONE;
		x->entered = true;
		prov_device_note(d, ctx->arena, "desired", prov_desired_state_names[state], NULL);
	}
	x->state = state;
	x->reason = text;
	x->dirty = true;
	d->entry_dirty = true;
	d->failed |= !text.p;
}

void prov_desired_fail(struct prov_context *ctx, struct prov_device *d, const char *reason)
{
	struct prov_desired *x = d->desired;
	int shift = x->failures < 16 ? x->failures : 16;
	int64_t wait_us = ctx->retry_min_us << shift;

	if (++x->failures == ALARM_AFTER)
		prov_device_alarm(d, ctx->arena, TIMER, "Warning", "Configuration or customization error", reason, false);
	x->retry = d->now_us + (wait_us > ctx->retry_max_us ? ctx->retry_max_us : wait_us);
	x->dirty = true;
	set_state(ctx, d, PROV_DESIRED_FAILING, reason);
	prov_device_timer(d, ctx->arena, TIMER, x->retry);
}

/* It is another profile's turn, or all is well. */
static void forgive(struct prov_context *ctx, struct prov_device *d)
{
	struct prov_desired *x = d->desired;

	if (x->failures >= ALARM_AFTER)
		prov_device_alarm(d, ctx->arena, TIMER, "Warning", "Configuration or customization error", "", true);
	x->dirty |= x->failures || x->retry;
	x->failures = 0;
	x->retry = 0;
}

/* ---------------------------------------------------------------- what is desired */

static int merge(struct prov_context *ctx, struct prov_device *d, struct hms_err *err)
{
	struct prov_desired_filling filling = { ctx, d };
	struct hms_device_facts facts = prov_catalog_facts(&d->cold);
	size_t count;
	const struct hms_profile *const *profiles = prov_catalog_profiles(ctx->catalog, ctx->arena, d->cold.tenant, &count);
	struct hms_desired_input input = {
		.profiles = profiles,
		.count = count,
		.facts = &facts,
		.model = prov_values_model(ctx, d),
		.fap = d->cold.fap,
		.pm = d->cold.pm_instance,
		.fill = prov_desired_fill,
		.arg = &filling,
	};

	if (!profiles)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	memcpy(input.digest_key, ctx->digest_key, sizeof(input.digest_key));
	return hms_desired_merge(ctx->arena, &input, &d->desired->merged, err);
}

static void keep_profiles(struct prov_context *ctx, struct prov_device *d)
{
	const struct hms_desired *m = d->desired->merged;
	json_t *list = json_array();

	for (size_t i = 0; i < m->profile_count; i++) {
		struct hms_str name = hms_profile_name(m->profiles[i]);

		json_array_append_new(list, json_pack("[s%,i]", name.p, name.len, hms_profile_version(m->profiles[i])));
	}
	keep(ctx, d, list, &d->desired->profiles);
	json_decref(list);
}

/* What was refused may be taken by another software, or when something else is desired. */
static void begin_anew(struct prov_context *ctx, struct prov_device *d, json_t *notes)
{
	struct prov_desired *x = d->desired;
	const char *software = json_string_value(json_object_get(notes, "software"));
	bool other = x->hash != (int64_t)x->merged->hash;

	if (!other && software && hms_str_eqz(d->cold.software_version, software))
		return;
	hms_notes_retry(notes);
	json_object_set_new(notes, "software",
			    json_stringn(d->cold.software_version.p ? d->cold.software_version.p : "", d->cold.software_version.len));
	x->hash = (int64_t)x->merged->hash;
	if (other)
		d->hot.applied_hash = 0; /* until all of it is there, also when it was before something else was */
	d->hot_dirty |= other;
	forgive(ctx, d);
	x->dirty = true;
	if (x->state == PROV_DESIRED_FAILING && other)
		set_state(ctx, d, PROV_DESIRED_PENDING, "");
}

/* ---------------------------------------------------------------- the look */

static void note_drift(struct prov_context *ctx, struct prov_device *d, const struct hms_plan *plan)
{
	for (size_t i = 0; i < plan->difference_count; i++) {
		d->desired->drift++;
		if (plan->differences[i].is.p)
			prov_change_add(ctx, d,
					&(struct prov_change){ .path = plan->differences[i].path,
							       .old = plan->differences[i].shall,
							       .new = plan->differences[i].is,
							       .source = 'D',
							       .by = HMS_STR("device") });
	}
}

/* It had this very state before: what differs is drift. */
static bool was_whole(const struct prov_device *d)
{
	const struct prov_desired *x = d->desired;

	return x->exists && x->hash && d->hot.applied_hash == x->hash;
}

static const char *first_difference(struct prov_context *ctx, const struct hms_plan *plan)
{
	const char *text = plan->difference_count ? hms_arena_printf(ctx->arena, "%.*s%s", HMS_STR_FMT(plan->differences[0].path),
								     plan->difference_count > 1 ? " and others" : "")
						  : "";

	return text ? text : "";
}

static void arrived(struct prov_context *ctx, struct prov_device *d, const struct hms_plan *plan)
{
	struct prov_desired *x = d->desired;

	if (plan->difference_count)
		set_state(ctx, d, PROV_DESIRED_DRIFTED, first_difference(ctx, plan));
	else
		set_state(ctx, d, plan->unsupported ? PROV_DESIRED_UNSUPPORTED : PROV_DESIRED_IN_SYNC,
			  plan->unsupported ? hms_arena_printf(ctx->arena, "%zu not supported", plan->unsupported) : "");
	if (d->hot.applied_hash != x->hash || x->failures) {
		d->hot.applied_hash = x->hash;
		d->hot_dirty = true;
		forgive(ctx, d);
		x->audited = d->now_us;
		x->dirty = true;
	}
}

static void judge(struct prov_context *ctx, struct prov_device *d, struct hms_plan *plan)
{
	struct prov_desired *x = d->desired;
	bool whole = was_whole(d);

	if (plan->difference_count && whole && x->state != PROV_DESIRED_DRIFTED && x->state != PROV_DESIRED_FAILING)
		note_drift(ctx, d, plan);
	if (hms_plan_is_empty(plan)) {
		arrived(ctx, d, plan);
		return;
	}
	if (x->state == PROV_DESIRED_FAILING && x->retry > d->now_us)
		return;
	if (whole && plan->difference_count)
		set_state(ctx, d, PROV_DESIRED_DRIFTED, first_difference(ctx, plan));
	else if (x->state != PROV_DESIRED_DRIFTED)
		set_state(ctx, d, PROV_DESIRED_PENDING, "");
	x->step = &plan->steps[0];
	if (plan->to_read) /* an audit, or the begin */
		x->audited = d->now_us;
}

static bool takes_files(const struct prov_context *ctx, const struct prov_device *d)
{
	const struct hms_model *model = prov_values_model(ctx, d);

	return ctx->files && ctx->files->base.len && model && hms_model_cm_file(model) && !prov_device_owes(d, PROV_DUTY_NO_DOWNLOAD) &&
	       !prov_capability_lacks(d, HMS_CWMP_DOWNLOAD);
}

static void make_plan(struct prov_context *ctx, struct prov_device *d, json_t *notes)
{
	struct hms_plan_limits limits = { .set_bytes_max = SET_MAX_BYTES };
	struct hms_known known;
	struct hms_quirks quirks;
	struct hms_plan *plan;

	prov_quirks_find(ctx, d, &quirks);
	limits.get_values_max = (size_t)quirks.value[HMS_QUIRK_GET_VALUES_MAX];
	limits.set_values_max = (size_t)quirks.value[HMS_QUIRK_SET_VALUES_MAX];
	limits.applied = was_whole(d);
	if (!takes_files(ctx, d))
		json_object_set_new(notes, "no_files", json_true());
	if (prov_capability_lacks(d, HMS_CWMP_GET_PARAMETER_ATTRIBUTES) || prov_capability_lacks(d, HMS_CWMP_SET_PARAMETER_ATTRIBUTES))
		json_object_set_new(notes, "no_attributes", json_true());
	if (prov_known_make(ctx, d, notes, &known) || hms_plan_make(ctx->arena, d->desired->merged, &known, &limits, &plan))
		d->failed = true;
	else
		judge(ctx, d, plan);
}

static bool is_eligible(const struct prov_context *ctx, const struct prov_device *d)
{
	if (prov_walk_asks(ctx, d)) /* its data model is still to be found out */
		return false;
	switch (d->cold.state) {
	case PROV_STATE_SETTLED:
	case PROV_STATE_IN_SERVICE:
	case PROV_STATE_PROVISIONED:
		return prov_device_settled(d);
	default:
		return false;
	}
}

/* Nothing has happened that could have made a difference. */
static bool is_quiet(const struct prov_device *d)
{
	const struct prov_desired *x = d->desired;

	return x->exists && x->hash == (int64_t)x->merged->hash && d->hot.applied_hash == x->hash && !d->reports && !x->dirty &&
	       (x->state == PROV_DESIRED_IN_SYNC || x->state == PROV_DESIRED_UNSUPPORTED);
}

static void look_at(struct prov_context *ctx, struct prov_device *d)
{
	json_t *notes;

	if (!d->desired->merged->hash) {
		if (d->desired->exists && d->desired->state != PROV_DESIRED_NONE)
			set_state(ctx, d, PROV_DESIRED_NONE, "");
		return;
	}
	keep_profiles(ctx, d);
	if (is_quiet(d))
		return;
	notes = hms_notes_load(d->desired->notes);
	if (!notes) {
		d->failed = true;
		return;
	}
	begin_anew(ctx, d, notes);
	make_plan(ctx, d, notes);
	prov_desired_keep_notes(ctx, d, notes);
	json_decref(notes);
}

/* A placeholder stands for nothing, a value is none of its type: others have to do something about it. */
static void cannot_be_made(struct prov_context *ctx, struct prov_device *d, const char *why)
{
	const struct prov_desired *x = d->desired;

	if (x->state != PROV_DESIRED_FAILING || x->retry <= d->now_us || !hms_str_eqz(x->reason, why))
		prov_desired_fail(ctx, d, why);
}

static void look(struct prov_context *ctx, struct prov_device *d)
{
	struct hms_err err = { 0 };
	int rc;

	d->desired->step = NULL;
	if (d->cold.state == PROV_STATE_BLOCKED && prov_device_settled(d) && d->desired->leases.len > 2)
		d->desired->release = true;
	if (!ctx->catalog)
		return;
	d->desired->looked = is_eligible(ctx, d);
	rc = d->desired->looked ? merge(ctx, d, &err) : 0;
	if (rc == HMS_EAGAIN)
		return; /* it has only just come so far */
	if (rc == HMS_ENOMEM)
		d->failed = true;
	else if (rc)
		cannot_be_made(ctx, d, err.text);
	else if (d->desired->merged)
		look_at(ctx, d);
	if (d->hot.gen != prov_catalog_gen(ctx->catalog)) {
		d->hot.gen = prov_catalog_gen(ctx->catalog);
		d->hot_dirty = true;
	}
}

void prov_desired_look(struct prov_context *ctx, struct prov_device *d)
{
	uint64_t begin_us;

	if (!d->desired)
		return;
	begin_us = hms_mono_us();
	look(ctx, d);
	d->desired->planned_us += hms_mono_us() - begin_us;
}

bool prov_desired_works(const struct prov_device *d) { return d->desired && d->desired->step; }
