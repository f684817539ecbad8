/* From rows to notices: partial rows, default values, order. */
#include "resolve.h"

#include <stdlib.h>

#include "hms/base/map.h"

/* A device's clock may be ahead by so much; an EventTime beyond it is as good as none, and would make all that follows late. */
#define FUTURE_US (INT64_C(86400) * 1000000)

static const enum hms_fault_field problem[] = { HMS_FAULT_MANAGED_OBJECT_INSTANCE, HMS_FAULT_EVENT_TYPE, HMS_FAULT_PROBABLE_CAUSE,
						HMS_FAULT_SPECIFIC_PROBLEM };

int64_t alm_natural_key(bool internal, const struct hms_str text[HMS_FAULT_FIELD_COUNT])
{
	struct hms_str identifier = text[HMS_FAULT_ALARM_IDENTIFIER];
	uint64_t hash = hms_hash_stable(HMS_HASH_STABLE_SEED, internal ? "i" : "d", 1);

	if (identifier.len)
		return (int64_t)hms_hash_stable(hash, identifier.p, identifier.len);
	for (size_t i = 0; i < sizeof(problem) / sizeof(problem[0]); i++) {
		hash = hms_hash_stable(hash, "\0", 1);
		hash = hms_hash_stable(hash, text[problem[i]].p, text[problem[i]].len);
	}
	return (int64_t)hash;
}

/* ---------------------------------------------------------------- notices */

/* The standard's spelling where it is one of its types. */
static void spell_event_type(struct alm_notice *n, enum hms_fault_event_type type)
{
	if (type)
		n->text[HMS_FAULT_EVENT_TYPE] = hms_str(hms_fault_event_type_name(type));
}

static struct alm_notice *notice_of(struct alm_context *ctx, const struct hms_fault_row *row, int64_t recv_us, unsigned flags)
{
	struct alm_notice *n = alm_alloc(ctx, sizeof(*n));
	bool cleared = row->notification == HMS_FAULT_NOTIFICATION_CLEARED || row->severity == HMS_FAULT_SEVERITY_CLEARED;

	if (!n)
		return NULL;
	*n = (struct alm_notice){
		.source = (int16_t)row->table,
		.event_us = row->event_us,
		.raised_us = row->raised_us,
		.severity = row->severity,
		.present = row->present,
		.flags = flags | (row->bad ? ALM_BAD : 0) | (row->cut ? ALM_CUT : 0),
		.kind = cleared		    ? HMS_FAULT_NOTIFICATION_CLEARED
			: row->notification ? row->notification
					    : HMS_FAULT_NOTIFICATION_NEW,
	};
	memcpy(n->text, row->text, sizeof(n->text));
	spell_event_type(n, row->event_type);
	if (n->event_us > recv_us + FUTURE_US) {
		n->event_us = 0;
		n->flags |= ALM_BAD;
	}
	if (!n->event_us) {
		n->event_us = recv_us;
		n->flags |= ALM_UNTIMED;
	}
	n->natural_key = alm_natural_key(false, n->text);
	return n;
}

struct alm_notice *alm_internal_notice(struct alm_context *ctx, const Hms__InternalAlarm *alarm, int64_t at_us)
{
	struct alm_notice *n = alm_alloc(ctx, sizeof(*n));

	if (!n)
		return NULL;
	*n = (struct alm_notice){ .source = ALM_SOURCE_INTERNAL, .event_us = at_us, .internal = true, .present = ~0u };
	n->text[HMS_FAULT_ALARM_IDENTIFIER] = hms_str(alarm->key);
	n->text[HMS_FAULT_PROBABLE_CAUSE] = hms_str(alarm->probable_cause);
	n->text[HMS_FAULT_SPECIFIC_PROBLEM] = hms_str(alarm->specific_problem);
	n->text[HMS_FAULT_ADDITIONAL_TEXT] = hms_str(alarm->text);
	n->kind = alarm->cleared ? HMS_FAULT_NOTIFICATION_CLEARED : HMS_FAULT_NOTIFICATION_NEW;
	n->severity = hms_fault_severity_find(hms_str(alarm->severity));
	if (!n->severity && !alarm->cleared)
		n->severity = HMS_FAULT_SEVERITY_INDETERMINATE;
	n->natural_key = alm_natural_key(true, n->text);
	return n;
}

static void add_notice(struct alm_input *in, struct alm_notice *n)
{
	if (!n)
		return;
	*in->tail = n;
	in->tail = &n->next;
}

/* ---------------------------------------------------------------- partial rows */

static struct hms_fault_row row_of(const struct alm_part *p)
{
	struct hms_fault_row row = { .table = (enum hms_fault_table)p->source,
				     .instance = (uint32_t)p->instance,
				     .prefix = p->prefix,
				     .present = (unsigned)p->present };

	memcpy(row.text, p->text, sizeof(row.text));
	hms_fault_row_read(&row);
	return row;
}

static struct alm_part *find_part(const struct alm_device *d, const struct hms_fault_row *row)
{
	for (size_t i = 0; i < d->parts_count; i++) {
		struct alm_part *p = d->parts[i];

		if (!p->removed && p->instance == (int32_t)row->instance && p->source == (int16_t)row->table &&
		    hms_str_eq(p->prefix, row->prefix))
			return p;
	}
	return NULL;
}

static void keep_part(struct alm_context *ctx, struct alm_device *d, struct alm_part *p, const struct hms_fault_row *row, int64_t since)
{
	if (!p) {
		p = alm_alloc(ctx, sizeof(*p));
		if (!p)
			return;
		alm_push(ctx, d, parts, p);
		*p = (struct alm_part){ .device_id = d->id,
					.prefix = row->prefix,
					.source = (int16_t)row->table,
					.instance = (int32_t)row->instance,
					.since = since };
	}
	p->present = (int32_t)row->present;
	memcpy(p->text, row->text, sizeof(p->text));
	for (size_t f = 0; f < HMS_FAULT_FIELD_COUNT; f++)
		if (!p->text[f].p)
			p->text[f] = HMS_STR("");
	p->dirty = true;
}

static void drop_part(struct alm_part *p) { p->removed = p->dirty = true; }

/* Taken as it is: what it lacks will not come any more. A row of CurrentAlarm is of no use then but to its read. */
static struct alm_notice *force_part(struct alm_context *ctx, struct alm_part *p, int64_t recv_us)
{
	struct hms_fault_row row = row_of(p);

	drop_part(p);
	if (!row.severity)
		row.severity =
			row.notification == HMS_FAULT_NOTIFICATION_CLEARED ? HMS_FAULT_SEVERITY_NONE : HMS_FAULT_SEVERITY_INDETERMINATE;
	return notice_of(ctx, &row, recv_us, ALM_DEFAULTED);
}

/* Another event in the same row than the one that has come in part. */
static bool other_event(const struct alm_part *p, const struct hms_fault_row *row)
{
	enum hms_fault_field key = p->source == HMS_FAULT_CURRENT ? HMS_FAULT_ALARM_IDENTIFIER : HMS_FAULT_EVENT_TIME;
	unsigned both = (unsigned)p->present & row->present;

	return (both & HMS_FAULT_BIT(key)) && !hms_str_eq(p->text[key], row->text[key]);
}

/* ---------------------------------------------------------------- inputs */

struct whole {
	struct hms_fault_row **rows;
	size_t rows_count, rows_room;
};

static void take_row(struct alm_context *ctx, struct alm_device *d, struct alm_input *in, struct hms_fault_row *row, struct whole *whole)
{
	struct alm_part *p = find_part(d, row);
	int64_t since = ctx->now_us;

	if (p && (other_event(p, row) || hms_fault_row_unused(row))) {
		if (p->source != HMS_FAULT_CURRENT)
			add_notice(in, force_part(ctx, p, p->since));
		drop_part(p);
		p = NULL;
	} else if (p) {
		struct hms_fault_row known = row_of(p);

		since = p->since;
		hms_fault_row_fill(row, &known);
	}
	if (hms_fault_row_unused(row))
		return;
	if (hms_fault_row_missing(row)) {
		keep_part(ctx, d, p, row, since);
		return;
	}
	if (p)
		drop_part(p);
	alm_push(ctx, whole, rows, row);
}

static int by_order(const void *a, const void *b)
{
	return hms_fault_row_cmp(*(struct hms_fault_row *const *)a, *(struct hms_fault_row *const *)b);
}

static void add_current(struct alm_context *ctx, struct alm_input *in, struct alm_notice *n)
{
	if (n)
		alm_push(ctx, in, current, n);
}

static void resolve_rows(struct alm_context *ctx, struct alm_device *d, struct alm_input *in)
{
	struct whole whole = { 0 };

	for (size_t i = 0; i < in->rows.count; i++)
		take_row(ctx, d, in, &in->rows.list[i], &whole);
	if (whole.rows_count)
		qsort(whole.rows, whole.rows_count, sizeof(*whole.rows), by_order);
	for (size_t i = 0; i < whole.rows_count; i++) {
		struct alm_notice *n = notice_of(ctx, whole.rows[i], in->recv_us, 0);

		if (whole.rows[i]->table == HMS_FAULT_CURRENT)
			add_current(ctx, in, n);
		else
			add_notice(in, n);
	}
}

/* An answer is complete: rows that it has not made whole will not become so. */
static void force_answered(struct alm_context *ctx, struct alm_device *d, struct alm_input *in)
{
	for (size_t i = 0; i < d->parts_count; i++) {
		struct alm_part *p = d->parts[i];

		if (p->removed)
			continue;
		if (p->source == HMS_FAULT_CURRENT)
			add_current(ctx, in, force_part(ctx, p, in->recv_us));
		else
			add_notice(in, force_part(ctx, p, in->recv_us));
	}
}

static void force_due(struct alm_context *ctx, struct alm_device *d, struct alm_input *in)
{
	for (size_t i = 0; i < d->parts_count; i++) {
		struct alm_part *p = d->parts[i];

		if (p->removed || p->since + ctx->limits.partial_wait_us > ctx->now_us)
			continue;
		if (p->source == HMS_FAULT_CURRENT)
			drop_part(p);
		else
			add_notice(in, force_part(ctx, p, p->since));
	}
}

static void resolve_event(struct alm_context *ctx, struct alm_device *d, struct alm_input *in)
{
	switch (in->ev->body_case) {
	case HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM:
		add_notice(in, alm_internal_notice(ctx, in->ev->internal_alarm, in->recv_us));
		break;
	case HMS__DEVICE_EVENT__BODY_INFORM:
		resolve_rows(ctx, d, in);
		break;
	case HMS__DEVICE_EVENT__BODY_RPC_RESULT:
		resolve_rows(ctx, d, in);
		if (in->ev->last)
			force_answered(ctx, d, in);
		break;
	default:
		break;
	}
}

void alm_resolve(struct alm_context *ctx, struct alm_device *d)
{
	for (struct alm_input *in = d->inputs; in; in = in->next) {
		in->tail = &in->notices;
		if (in->ev)
			resolve_event(ctx, d, in);
		else
			force_due(ctx, d, in);
	}
}
