/* The alarm list: the actions of the state machine. */
#include "list.h"

#include "history.h"
#include "resolve.h"

static size_t count_listed(const struct alm_device *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->alarms_count; i++)
		n += !d->alarms[i]->removed && !d->alarms[i]->internal;
	return n;
}

static void touch(const struct alm_context *ctx, struct alm_alarm *a)
{
	a->updated = ctx->now_us;
	a->dirty = true;
}

static void take_text(const struct alm_notice *n, enum hms_fault_field field, struct hms_str *to)
{
	if (n->present & HMS_FAULT_BIT(field))
		*to = n->text[field].len ? n->text[field] : HMS_STR("");
}

static void take_texts(struct alm_alarm *a, const struct alm_notice *n)
{
	take_text(n, HMS_FAULT_ADDITIONAL_TEXT, &a->additional_text);
	take_text(n, HMS_FAULT_ADDITIONAL_INFORMATION, &a->additional_information);
	a->flags |= (int32_t)n->flags;
}

static void take_problem(struct alm_alarm *a, const struct alm_notice *n)
{
	take_text(n, HMS_FAULT_MANAGED_OBJECT_INSTANCE, &a->managed_object_instance);
	take_text(n, HMS_FAULT_EVENT_TYPE, &a->event_type);
	take_text(n, HMS_FAULT_PROBABLE_CAUSE, &a->probable_cause);
	take_text(n, HMS_FAULT_SPECIFIC_PROBLEM, &a->specific_problem);
}

/* Our own clock is no measure of what the device says next. */
static void note_applied(struct alm_alarm *a, const struct alm_notice *n)
{
	int64_t event_us = n->flags & ALM_UNTIMED ? 1 : n->event_us;

	if (event_us < a->last_event)
		return;
	a->last_event = event_us;
	a->last_kind = (int16_t)n->kind;
}

static void reset_ack(struct alm_alarm *a)
{
	a->acked = 0;
	a->ack_user = a->ack_system = HMS_STR("");
}

void alm_set_state(struct alm_context *ctx, struct alm_alarm *a, enum alm_state next)
{
	if (next == ALM_NONE)
		a->removed = true;
	else
		a->state = (int)next;
	touch(ctx, a);
}

static struct alm_alarm *create(struct alm_context *ctx, struct alm_device *d, const struct alm_notice *n, enum alm_flag flag,
				const char *reason)
{
	struct alm_alarm *a;

	if (!n->internal && count_listed(d) >= ctx->limits.alarms_max) {
		alm_listing(d)->overflow++;
		d->overflowed = true;
		return NULL;
	}
	a = alm_alloc(ctx, sizeof(*a));
	if (!a)
		return NULL;
	*a = (struct alm_alarm){ .device_id = d->id,
				 .id = (int64_t)hms_command_id_next(ctx->ids, ctx->now_us),
				 .tenant = d->tenant,
				 .internal = n->internal,
				 .state = ALM_ACTIVE_UNACK,
				 .severity = (int16_t)(n->severity ? n->severity : HMS_FAULT_SEVERITY_INDETERMINATE),
				 .raised = n->raised_us ? n->raised_us : n->event_us };
	a->identifier = a->managed_object_instance = a->event_type = a->probable_cause = a->specific_problem = a->additional_text =
		a->additional_information = a->ack_user = a->ack_system = a->clear_user = a->clear_system = a->comment = a->comment_user =
			HMS_STR("");
	take_text(n, HMS_FAULT_ALARM_IDENTIFIER, &a->identifier);
	take_problem(a, n);
	take_texts(a, n);
	a->flags |= (int32_t)flag;
	note_applied(a, n);
	touch(ctx, a);
	alm_push(ctx, d, alarms, a);
	(void)alm_note(ctx, d, ALM_T_NEW, a, n, reason);
	return a;
}

static void change(struct alm_context *ctx, struct alm_device *d, struct alm_alarm *a, const struct alm_notice *n, enum alm_transition as)
{
	if (n->severity)
		a->severity = (int16_t)n->severity;
	take_problem(a, n);
	take_texts(a, n);
	a->changed = n->event_us;
	reset_ack(a);
	(void)alm_note(ctx, d, as, a, n, "");
}

static void repeat(struct alm_context *ctx, struct alm_device *d, struct alm_alarm *a, const struct alm_notice *n)
{
	take_texts(a, n);
	(void)alm_note(ctx, d, ALM_T_REPEATED, a, n, "");
}

static bool same_identity(const struct alm_alarm *a, const struct alm_alarm *b)
{
	if (a->internal != b->internal || !hms_str_eq(a->identifier, b->identifier))
		return false;
	return a->identifier.len ||
	       (hms_str_eq(a->managed_object_instance, b->managed_object_instance) && hms_str_eq(a->event_type, b->event_type) &&
		hms_str_eq(a->probable_cause, b->probable_cause) && hms_str_eq(a->specific_problem, b->specific_problem));
}

/* Of one problem at most one cleared alarm waits for its acknowledgement: the newest. */
static void supersede(struct alm_context *ctx, struct alm_device *d, const struct alm_alarm *newest)
{
	for (size_t i = 0; i < d->alarms_count; i++) {
		struct alm_alarm *a = d->alarms[i];

		if (a == newest || a->removed || a->state != ALM_CLEARED_UNACK || !same_identity(a, newest))
			continue;
		alm_set_state(ctx, a, ALM_NONE);
		(void)alm_note(ctx, d, ALM_T_SUPERSEDED, a, NULL, "");
	}
}

static struct alm_history *clear(struct alm_context *ctx, struct alm_device *d, struct alm_alarm *a, const struct alm_notice *n,
				 enum alm_state next, const char *reason)
{
	a->severity = HMS_FAULT_SEVERITY_CLEARED;
	a->cleared = n ? n->event_us : ctx->now_us;
	if (n)
		take_texts(a, n);
	alm_set_state(ctx, a, next);
	if (next == ALM_CLEARED_UNACK)
		supersede(ctx, d, a);
	return alm_note(ctx, d, ALM_T_CLEARED, a, n, reason);
}

static struct alm_alarm *act(struct alm_context *ctx, struct alm_device *d, struct alm_alarm *a, const struct alm_notice *n)
{
	struct alm_rule rule = alm_rule(a ? (enum alm_state)a->state : ALM_NONE, alm_classify(a, n));

	switch (rule.action) {
	case ALM_DO_CREATE:
		return n->source == HMS_FAULT_CURRENT ? create(ctx, d, n, ALM_RESYNCED, "resync") : create(ctx, d, n, 0, "");
	case ALM_DO_CREATE_MISSED:
		return create(ctx, d, n, ALM_MISSED, "missed raise");
	case ALM_DO_REPEAT:
		repeat(ctx, d, a, n);
		break;
	case ALM_DO_CHANGE:
		change(ctx, d, a, n, ALM_T_CHANGED);
		break;
	case ALM_DO_CHANGE_GENERAL:
		change(ctx, d, a, n, ALM_T_CHANGED_GENERAL);
		break;
	case ALM_DO_CLEAR:
		note_applied(a, n);
		(void)clear(ctx, d, a, n, rule.next, "");
		return a;
	case ALM_DO_LOG:
		(void)alm_note(ctx, d, ALM_T_LOGGED, a, n, "clear of what is not active");
		return a;
	case ALM_DO_LOG_LATE:
		(void)alm_note(ctx, d, ALM_T_LATE, a, n, "");
		return a;
	default:
		return a;
	}
	note_applied(a, n);
	alm_set_state(ctx, a, rule.next);
	return a;
}

/* ---------------------------------------------------------------- notices */

struct seen_key {
	struct hms_device_id device;
	int64_t natural_key, event_us;
	int16_t source, kind;
	int32_t zero;
};

/* Whether the same has been applied before: in an earlier transaction, or in this one (I2). */
static bool is_repeat(struct alm_context *ctx, const struct alm_device *d, const struct alm_notice *n)
{
	struct seen_key key = {
		.device = d->id, .natural_key = n->natural_key, .event_us = n->event_us, .source = n->source, .kind = (int16_t)n->kind
	};

	if (n->seen || hms_map_get(ctx->seen, &key, sizeof(key)))
		return true;
	if (hms_map_put(ctx->seen, &key, sizeof(key), ctx))
		ctx->failed = true;
	return false;
}

void alm_apply(struct alm_context *ctx, struct alm_device *d, const struct alm_notice *n)
{
	if (is_repeat(ctx, d, n)) {
		ctx->repeats++;
		return;
	}
	(void)act(ctx, d, alm_find(d, n), n);
	if (n->past && n->kind == HMS_FAULT_NOTIFICATION_CLEARED && !(n->flags & ALM_UNTIMED) && n->event_us > n->past->last_clear_us)
		n->past->last_clear_us = n->event_us;
}

struct alm_alarm *alm_apply_current(struct alm_context *ctx, struct alm_device *d, const struct alm_notice *n)
{
	struct alm_alarm *a = alm_find(d, n);

	return a && alm_classify(a, n) == ALM_CHANGE_NOTHING ? a : act(ctx, d, a, n);
}

void alm_end(struct alm_context *ctx, struct alm_device *d, struct alm_alarm *a, const char *reason, struct hms_str user,
	     struct hms_str system)
{
	struct alm_rule rule = alm_rule((enum alm_state)a->state, ALM_CLEAR);
	struct alm_history *h;

	if (rule.action != ALM_DO_CLEAR)
		return;
	a->clear_user = user;
	a->clear_system = system;
	h = clear(ctx, d, a, NULL, rule.next, reason);
	if (h) {
		h->user_name = user;
		h->system = system;
	}
}

static bool is_full(const struct alm_context *ctx, const struct alm_device *d)
{
	return d->overflowed || count_listed(d) > ctx->limits.alarms_max - ctx->limits.alarms_max / 10;
}

void alm_watch_limit(struct alm_context *ctx, struct alm_device *d)
{
	Hms__InternalAlarm alarm = HMS__INTERNAL_ALARM__INIT;
	const struct alm_alarm *known;
	struct alm_notice *n;

	if (!d->listing.overflow) /* never full */
		return;
	alarm.key = (char *)"alarm_list_full";
	alarm.severity = (char *)"Major";
	alarm.probable_cause = (char *)"Storage Capacity Problem";
	alarm.text = (char *)"the device has more alarms than [alarms] alarms_max: further ones are counted only";
	alarm.cleared = !d->overflowed;
	n = alm_internal_notice(ctx, &alarm, ctx->now_us);
	known = n ? alm_find(d, n) : NULL;
	if (n && alarm.cleared == (known && known->state != ALM_CLEARED_UNACK) && alarm.cleared != is_full(ctx, d))
		alm_apply(ctx, d, n);
}
