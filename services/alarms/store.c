/* The second half of a transaction: what has changed, a statement a table, and the records of hms.alarms. */
#include "alarms.h"
#include "hms/base/clock.h"
#include "hms/base/failpoint.h"
#include "history.h"
#include "tables.h"

static const struct hms_pg_stmt delete_alarms = {
	"delete_alarms", "delete from alarm where (device_id, id) in (select * from unnest($1::uuid[], $2::int8[]))"
};
static const struct hms_pg_stmt delete_requests = {
	"delete_requests", "delete from alarm_request where (device_id, id) in (select * from unnest($1::uuid[], $2::int8[]))"
};
static const struct hms_pg_stmt delete_parts = { "delete_parts",
						 "delete from alarm_row where (device_id, prefix, source, instance) in"
						 " (select * from unnest($1::uuid[], $2::text[], $3::int2[], $4::int4[]))" };

#define RECORD_MAX 65536

/* Rows gathered for one statement. */
struct rows {
	void **list;
	size_t list_count, list_room;
};

struct writes {
	struct alm_batch *b;
	struct hms_pg_batch *pg;
	struct rows alarms, listings, parts;
	struct hms_pg_array *gone_device, *gone_id, *asked_device, *asked_id;
	struct hms_pg_array *part_device, *part_prefix, *part_source, *part_instance;
};

static void write_alarm(struct writes *w, struct alm_alarm *a)
{
	if (!a->removed) {
		if (a->dirty)
			alm_push(&w->b->ctx, &w->alarms, list, a);
	} else if (a->stored) {
		hms_pg_a_uuid(w->gone_device, a->device_id.b);
		hms_pg_a_int8(w->gone_id, a->id);
	}
}

static void write_part(struct writes *w, struct alm_part *p)
{
	if (!p->removed) {
		if (p->dirty)
			alm_push(&w->b->ctx, &w->parts, list, p);
		w->b->partial += p->dirty;
	} else if (p->stored) {
		hms_pg_a_uuid(w->part_device, p->device_id.b);
		hms_pg_a_text(w->part_prefix, p->prefix);
		hms_pg_a_int2(w->part_source, p->source);
		hms_pg_a_int4(w->part_instance, p->instance);
	}
}

/* A place whose row is new may have had another one, removed in this transaction: that one's row is overwritten, not deleted. */
static bool place_is_taken(const struct alm_device *d, const struct alm_part *gone)
{
	for (size_t i = 0; i < d->parts_count; i++) {
		const struct alm_part *p = d->parts[i];

		if (!p->removed && p->instance == gone->instance && p->source == gone->source && hms_str_eq(p->prefix, gone->prefix))
			return true;
	}
	return false;
}

static void write_device(struct writes *w, struct alm_device *d)
{
	for (size_t i = 0; i < d->alarms_count; i++)
		write_alarm(w, d->alarms[i]);
	for (size_t i = 0; i < d->parts_count; i++)
		if (!d->parts[i]->removed || !place_is_taken(d, d->parts[i]))
			write_part(w, d->parts[i]);
	for (size_t i = 0; i < d->requests_count; i++) {
		hms_pg_a_uuid(w->asked_device, d->id.b);
		hms_pg_a_int8(w->asked_id, d->requests[i]->id);
		w->b->requests++;
	}
	if (d->listing.dirty)
		alm_push(&w->b->ctx, &w->listings, list, &d->listing);
	w->b->overflow += d->overflowed;
}

static void write_pairs(struct hms_pg_batch *pg, const struct hms_pg_stmt *stmt, struct hms_pg_array *a, struct hms_pg_array *b)
{
	if (!hms_pg_array_count(a))
		return;
	hms_pg_stmt_begin(pg, stmt, NULL, NULL);
	hms_pg_p_array(pg, a);
	hms_pg_p_array(pg, b);
}

static void write_gone_parts(struct writes *w)
{
	if (!hms_pg_array_count(w->part_device))
		return;
	hms_pg_stmt_begin(w->pg, &delete_parts, NULL, NULL);
	hms_pg_p_array(w->pg, w->part_device);
	hms_pg_p_array(w->pg, w->part_prefix);
	hms_pg_p_array(w->pg, w->part_source);
	hms_pg_p_array(w->pg, w->part_instance);
}

static int send_records(struct alm_batch *b, struct hms_stream *s)
{
	struct hms_buf out = HMS_BUF_INIT(RECORD_MAX);
	int rc = 0;

	for (size_t i = 0; i < b->ctx.history_count && !rc; i++) {
		const struct alm_history *h = b->ctx.history[i];

		if (!alm_transition_is_public((enum alm_transition)h->transition))
			continue;
		hms_buf_reset(&out);
		rc = alm_history_pack(h, b->ctx.arena, &out);
		if (!rc)
			hms_stream_send(s, HMS_TOPIC_ALARMS, hms_strn((const char *)h->device_id.b, sizeof(h->device_id.b)),
					hms_device_partition(h->device_id, hms_stream_partitions(s)), hms_buf_view(&out));
	}
	hms_buf_fini(&out);
	return rc ? HMS_ENOMEM : 0;
}

static void flush(struct writes *w)
{
	write_pairs(w->pg, &delete_alarms, w->gone_device, w->gone_id);
	write_pairs(w->pg, &delete_requests, w->asked_device, w->asked_id);
	write_gone_parts(w);
	hms_pg_table_upsert(&alm_table_alarm, w->pg, w->alarms.list, w->alarms.list_count);
	hms_pg_table_upsert(&alm_table_part, w->pg, w->parts.list, w->parts.list_count);
	hms_pg_table_upsert(&alm_table_listing, w->pg, w->listings.list, w->listings.list_count);
	hms_pg_table_upsert(&alm_table_history, w->pg, (void *const *)w->b->ctx.history, w->b->ctx.history_count);
}

int alm_store(struct hms_stream *s, struct hms_pg_batch *pg, void *arg)
{
	struct alm_batch *b = &((struct alm *)arg)->batch;
	struct writes w = { .b = b, .pg = pg };
	struct hms_pg_array **arrays[] = { &w.gone_device, &w.gone_id,	   &w.asked_device, &w.asked_id,
					   &w.part_device, &w.part_prefix, &w.part_source,  &w.part_instance };
	static const unsigned oids[] = { HMS_PG_UUID, HMS_PG_INT8, HMS_PG_UUID, HMS_PG_INT8,
					 HMS_PG_UUID, HMS_PG_TEXT, HMS_PG_INT2, HMS_PG_INT4 };

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		*arrays[i] = hms_pg_array_new(pg, oids[i]);
	for (size_t i = 0; i < b->devices_count && !b->ctx.failed; i++)
		write_device(&w, b->devices[i]);
	if (b->ctx.failed || send_records(b, s))
		return HMS_ENOMEM;
	flush(&w);
	(void)HMS_FAILPOINT("alarms.write.before");
	return 0;
}

/* ---------------------------------------------------------------- after the commit */

static void count_events(const struct alm_batch *b)
{
	hms_counter_add(alm_count(&alm_metrics.events, "rows"), b->rows);
	hms_counter_add(alm_count(&alm_metrics.events, "internal"), b->internal);
	hms_counter_add(alm_count(&alm_metrics.events, "boot"), b->boot);
	hms_counter_add(alm_count(&alm_metrics.events, "other"), b->other);
	hms_counter_add(&alm_metrics.repeats, b->ctx.repeats);
	hms_counter_add(&alm_metrics.partial, b->partial);
	hms_counter_add(&alm_metrics.dropped, b->dropped);
	hms_counter_add(&alm_metrics.overflow, b->overflow);
	hms_counter_add(&alm_metrics.unknown, b->unknown);
	hms_counter_add(&alm_metrics.requests, b->requests);
}

void alm_committed(struct hms_stream *s, void *arg)
{
	const struct alm_batch *b = &((struct alm *)arg)->batch;
	int64_t now_us = hms_wall_us();

	(void)s;
	(void)HMS_FAILPOINT("alarms.commit.after");
	count_events(b);
	for (size_t i = 0; i < b->ctx.history_count; i++) {
		const struct alm_history *h = b->ctx.history[i];

		hms_counter_inc(alm_count(&alm_metrics.transitions, alm_transition_names[h->transition]));
		if (h->transition == ALM_T_NEW)
			hms_counter_inc(alm_count(&alm_metrics.raised, hms_fault_severity_name((enum hms_fault_severity)h->severity)));
	}
	if (b->oldest_recv_us)
		hms_histogram_observe_us(&alm_metrics.event_age, now_us > b->oldest_recv_us ? (uint64_t)(now_us - b->oldest_recv_us) : 0);
}
