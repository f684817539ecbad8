/* Which alarm a notice is of, and what it means to it. */
#include "list.h"

static bool same_problem(const struct alm_alarm *a, const struct alm_notice *n)
{
	return hms_str_eq(a->managed_object_instance, n->text[HMS_FAULT_MANAGED_OBJECT_INSTANCE]) &&
	       hms_str_eq(a->event_type, n->text[HMS_FAULT_EVENT_TYPE]) &&
	       hms_str_eq(a->probable_cause, n->text[HMS_FAULT_PROBABLE_CAUSE]) &&
	       hms_str_eq(a->specific_problem, n->text[HMS_FAULT_SPECIFIC_PROBLEM]);
}

static bool differs(struct hms_str known, struct hms_str said) { return known.len && said.len && !hms_str_eq(known, said); }

/* An identifier that stands for something else than it did: SpecificProblem is left out, since free text in it varies. */
static bool reused(const struct alm_alarm *a, const struct alm_notice *n)
{
	return n->kind == HMS_FAULT_NOTIFICATION_NEW &&
	       (differs(a->managed_object_instance, n->text[HMS_FAULT_MANAGED_OBJECT_INSTANCE]) ||
		differs(a->event_type, n->text[HMS_FAULT_EVENT_TYPE]) || differs(a->probable_cause, n->text[HMS_FAULT_PROBABLE_CAUSE]));
}

static bool matches(const struct alm_alarm *a, const struct alm_notice *n)
{
	if (a->removed || a->internal != n->internal)
		return false;
	if (!n->text[HMS_FAULT_ALARM_IDENTIFIER].len)
		return same_problem(a, n);
	return hms_str_eq(a->identifier, n->text[HMS_FAULT_ALARM_IDENTIFIER]) && (a->internal || !reused(a, n));
}

static bool better(const struct alm_alarm *a, const struct alm_alarm *best, const struct alm_notice *n)
{
	bool active = a->state != ALM_CLEARED_UNACK, best_active = best->state != ALM_CLEARED_UNACK;

	if (active != best_active)
		return active;
	if (same_problem(a, n) != same_problem(best, n))
		return same_problem(a, n);
	return a->id > best->id;
}

struct alm_alarm *alm_find(const struct alm_device *d, const struct alm_notice *n)
{
	struct alm_alarm *best = NULL;

	for (size_t i = 0; i < d->alarms_count; i++)
		if (matches(d->alarms[i], n) && (!best || better(d->alarms[i], best, n)))
			best = d->alarms[i];
	return best;
}

/* ---------------------------------------------------------------- what a notice means */

/* (EventTime, type) of what was applied last against the notice's: New < Changed < Cleared at equal times. */
static bool is_late(const struct alm_alarm *a, const struct alm_notice *n)
{
	if (n->internal || (n->flags & ALM_UNTIMED))
		return false; /* in the order of the log */
	if (!a)
		return n->past && n->past->last_clear_us &&
		       (n->event_us < n->past->last_clear_us ||
			(n->event_us == n->past->last_clear_us && n->kind != HMS_FAULT_NOTIFICATION_CLEARED));
	return n->event_us < a->last_event || (n->event_us == a->last_event && (int)n->kind < a->last_kind);
}

static bool text_differs(const struct alm_notice *n, enum hms_fault_field field, struct hms_str known)
{
	return (n->present & HMS_FAULT_BIT(field)) && !hms_str_eq(n->text[field], known);
}

static bool data_differ(const struct alm_alarm *a, const struct alm_notice *n)
{
	return text_differs(n, HMS_FAULT_ADDITIONAL_TEXT, a->additional_text) ||
	       text_differs(n, HMS_FAULT_ADDITIONAL_INFORMATION, a->additional_information) ||
	       text_differs(n, HMS_FAULT_SPECIFIC_PROBLEM, a->specific_problem) ||
	       text_differs(n, HMS_FAULT_PROBABLE_CAUSE, a->probable_cause) || text_differs(n, HMS_FAULT_EVENT_TYPE, a->event_type) ||
	       text_differs(n, HMS_FAULT_MANAGED_OBJECT_INSTANCE, a->managed_object_instance);
}

enum alm_what alm_classify(const struct alm_alarm *a, const struct alm_notice *n)
{
	bool active = a && a->state != ALM_CLEARED_UNACK;

	if (n->source != HMS_FAULT_CURRENT && is_late(a, n))
		return ALM_LATE;
	if (n->kind == HMS_FAULT_NOTIFICATION_CLEARED)
		return ALM_CLEAR;
	/* A NewAlarm of another severity than the list has stands for a change that was missed. */
	if (active && n->severity && (int)n->severity != a->severity)
		return ALM_CHANGE_SEVERITY;
	if (n->kind == HMS_FAULT_NOTIFICATION_NEW && n->source != HMS_FAULT_CURRENT)
		return ALM_RAISE;
	if (!active)
		return n->source == HMS_FAULT_CURRENT ? ALM_RAISE : ALM_CHANGE_OTHER;
	return data_differ(a, n) ? ALM_CHANGE_OTHER : ALM_CHANGE_NOTHING;
}
