/* History rows, and the records of hms.alarms made of them. */
#include "history.h"

#include "alarm_event.pb-c.h"
#include "hms/device/event.h"

static void describe_alarm(struct alm_history *h, const struct alm_alarm *a)
{
	h->alarm_id = a->id;
	h->internal = a->internal;
	h->identifier = a->identifier;
	h->managed_object_instance = a->managed_object_instance;
	h->event_type = a->event_type;
	h->probable_cause = a->probable_cause;
	h->specific_problem = a->specific_problem;
	h->severity = a->severity;
	h->additional_text = a->additional_text;
	h->additional_information = a->additional_information;
	h->acknowledged = a->acked != 0;
	h->flags = a->flags;
}

static struct hms_str text_of(const struct alm_notice *n, enum hms_fault_field field)
{
	return n->text[field].len ? n->text[field] : HMS_STR("");
}

static void describe_notice(struct alm_history *h, const struct alm_notice *n)
{
	h->internal = n->internal;
	h->identifier = text_of(n, HMS_FAULT_ALARM_IDENTIFIER);
	h->managed_object_instance = text_of(n, HMS_FAULT_MANAGED_OBJECT_INSTANCE);
	h->event_type = text_of(n, HMS_FAULT_EVENT_TYPE);
	h->probable_cause = text_of(n, HMS_FAULT_PROBABLE_CAUSE);
	h->specific_problem = text_of(n, HMS_FAULT_SPECIFIC_PROBLEM);
	h->severity = (int16_t)n->severity;
	h->additional_text = text_of(n, HMS_FAULT_ADDITIONAL_TEXT);
	h->additional_information = text_of(n, HMS_FAULT_ADDITIONAL_INFORMATION);
	h->flags = (int32_t)n->flags;
}

/* A microsecond for each: readers of hms.alarms know a record that comes twice, and the order of two, by it. */
static int64_t next_time(const struct alm_context *ctx) { return ctx->now_us + (int64_t)ctx->history_count; }

struct alm_history *alm_note(struct alm_context *ctx, const struct alm_device *d, enum alm_transition transition, const struct alm_alarm *a,
			     const struct alm_notice *n, const char *reason)
{
	struct alm_history *h = alm_alloc(ctx, sizeof(*h));

	if (!h)
		return NULL;
	*h = (struct alm_history){ .device_id = d->id,
				   .at = next_time(ctx),
				   .tenant = d->tenant,
				   .transition = (int)transition,
				   .reason = hms_str(reason),
				   .source = n ? n->source : ALM_SOURCE_OPERATOR,
				   .natural_key = n ? n->natural_key : 0,
				   .notification = n ? (int16_t)n->kind : 0,
				   .event_at = n ? n->event_us : 0 };
	h->identifier = h->managed_object_instance = h->event_type = h->probable_cause = h->specific_problem = h->additional_text =
		h->additional_information = h->user_name = h->system = HMS_STR("");
	if (n && (transition == ALM_T_LATE || transition == ALM_T_LOGGED))
		describe_notice(h, n);
	else if (a)
		describe_alarm(h, a);
	if (a)
		h->alarm_id = a->id;
	alm_push(ctx, ctx, history, h);
	return h;
}

/* ---------------------------------------------------------------- records */

static const Hms__AlarmEvent__Transition transitions[ALM_TRANSITION_COUNT] = {
	[ALM_T_NEW] = HMS__ALARM_EVENT__TRANSITION__NEW,
	[ALM_T_CHANGED] = HMS__ALARM_EVENT__TRANSITION__CHANGED,
	[ALM_T_CHANGED_GENERAL] = HMS__ALARM_EVENT__TRANSITION__CHANGED_GENERAL,
	[ALM_T_CLEARED] = HMS__ALARM_EVENT__TRANSITION__CLEARED,
	[ALM_T_ACK_STATE] = HMS__ALARM_EVENT__TRANSITION__ACK_STATE,
	[ALM_T_COMMENT] = HMS__ALARM_EVENT__TRANSITION__COMMENT,
	[ALM_T_LIST_REBUILT] = HMS__ALARM_EVENT__TRANSITION__LIST_REBUILT,
};

static char *z(struct hms_arena *arena, struct hms_str text, bool *failed)
{
	char *copy = hms_arena_strz(arena, text);

	*failed |= !copy;
	return copy;
}

static bool fill_texts(Hms__AlarmEvent *ev, const struct alm_history *h, struct hms_arena *arena)
{
	bool failed = false;

	ev->tenant = z(arena, h->tenant, &failed);
	ev->alarm_identifier = z(arena, h->identifier, &failed);
	ev->managed_object_instance = z(arena, h->managed_object_instance, &failed);
	ev->event_type = z(arena, h->event_type, &failed);
	ev->probable_cause = z(arena, h->probable_cause, &failed);
	ev->specific_problem = z(arena, h->specific_problem, &failed);
	ev->additional_text = z(arena, h->additional_text, &failed);
	ev->additional_information = z(arena, h->additional_information, &failed);
	ev->user = z(arena, h->user_name, &failed);
	return !failed;
}

int alm_history_pack(const struct alm_history *h, struct hms_arena *arena, struct hms_buf *out)
{
	Hms__AlarmEvent ev = HMS__ALARM_EVENT__INIT;
	size_t len;
	int rc;

	ev.schema = ev.min_reader = 1;
	ev.device_id = (ProtobufCBinaryData){ sizeof(h->device_id.b), (uint8_t *)h->device_id.b };
	ev.alarm_id = (uint64_t)h->alarm_id;
	ev.transition = transitions[h->transition];
	ev.at_us = h->at;
	ev.event_us = h->event_at;
	ev.perceived_severity = (char *)hms_fault_severity_name((enum hms_fault_severity)h->severity);
	ev.acknowledged = h->acknowledged;
	ev.internal = h->internal;
	if (!fill_texts(&ev, h, arena))
		return HMS_ENOMEM;
	len = hms__alarm_event__get_packed_size(&ev);
	rc = hms_buf_reserve(out, len);
	if (!rc)
		out->len += hms__alarm_event__pack(&ev, (uint8_t *)out->p + out->len);
	return rc;
}
