/* The first half of a transaction: rows of the devices, then what history knows of the events' keys. */
#include <stdlib.h>

#include "alarms.h"
#include "load.h"
#include "resolve.h"
#include "resync.h"
#include "tables.h"

static const struct hms_pg_stmt load_devices = {
	"load_devices", "select device_id, tenant, kind in ('hnb', 'henb'), state <> 'HELD' from device where device_id = any($1)"
};
/* "select <columns> from <table> <rest>", built at the start. */
static struct hms_pg_stmt load_alarms = { "load_alarms", NULL }, load_parts = { "load_parts", NULL },
			  load_requests = { "load_requests", NULL }, load_listings = { "load_listings", NULL };
/* Flag 32: without a time of the device's own. A clear by resync or by an operator has no time of the device either. */
static const struct hms_pg_stmt load_pasts = {
	"load_pasts",
	"select exists (select from alarm_event e where e.device_id = n.device_id and e.natural_key = n.key and e.notification = n.kind"
	"  and e.event_at = n.event_at and e.source = n.source),"
	" (select e.event_at from alarm_event e where e.device_id = n.device_id and e.natural_key = n.key and e.notification = 3"
	"  and e.source <= 3 and e.flags & 32 = 0 order by e.event_at desc limit 1)"
	" from unnest($1::uuid[], $2::int8[], $3::int2[], $4::timestamptz[], $5::int2[]) with ordinality as n(device_id, key, kind, event_at, source, i)"
	" order by n.i"
};

static int build(struct hms_pg_stmt *stmt, const struct hms_pg_table *table, const char *rest)
{
	struct hms_buf sql = HMS_BUF_INIT(16384);

	hms_buf_printf(&sql, "select %s from %s where device_id = any($1)%s", table->select_list, table->name, rest);
	stmt->sql = hms_str_dup(hms_str(hms_buf_z(&sql)));
	hms_buf_fini(&sql);
	return stmt->sql ? 0 : HMS_ENOMEM;
}

int alm_load_init(void)
{
	if (alm_tables_init() || build(&load_alarms, &alm_table_alarm, " order by device_id, id") ||
	    build(&load_parts, &alm_table_part, "") || build(&load_requests, &alm_table_request, " order by device_id, id") ||
	    build(&load_listings, &alm_table_listing, ""))
		return HMS_ENOMEM;
	return 0;
}

void alm_load_fini(void)
{
	struct hms_pg_stmt *built[] = { &load_alarms, &load_parts, &load_requests, &load_listings };

	for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
		free((char *)built[i]->sql);
		built[i]->sql = NULL;
	}
	alm_tables_fini();
}

/* ---------------------------------------------------------------- rows */

static struct alm_device *device_of(struct alm_batch *b, const struct hms_pg_result *res, size_t row)
{
	struct hms_device_id id;

	hms_pg_get_uuid(res, row, 0, id.b);
	return hms_map_get(b->by_id, id.b, sizeof(id.b));
}

static void on_devices(const struct hms_pg_result *res, void *arg)
{
	struct alm_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct alm_device *d = device_of(b, res, i);

		if (!d)
			continue;
		d->tenant = hms_arena_str(b->ctx.arena, hms_pg_get_str(res, i, 1));
		d->femto = hms_pg_get_bool(res, i, 2);
		d->known = hms_pg_get_bool(res, i, 3);
		b->ctx.failed |= !d->tenant.p;
	}
}

static void *read_row(struct alm_batch *b, const struct hms_pg_table *table, const struct hms_pg_result *res, size_t row, size_t size)
{
	void *at = alm_alloc(&b->ctx, size);

	if (at && hms_pg_table_read(table, res, row, 0, b->ctx.arena, at))
		b->ctx.failed = true;
	return at;
}

static void on_alarms(const struct hms_pg_result *res, void *arg)
{
	struct alm_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct alm_device *d = device_of(b, res, i);
		struct alm_alarm *a = read_row(b, &alm_table_alarm, res, i, sizeof(*a));

		if (!d || !a)
			continue;
		a->stored = true;
		alm_push(&b->ctx, d, alarms, a);
	}
}

static void on_parts(const struct hms_pg_result *res, void *arg)
{
	struct alm_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct alm_device *d = device_of(b, res, i);
		struct alm_part *p = read_row(b, &alm_table_part, res, i, sizeof(*p));

		if (!d || !p)
			continue;
		p->stored = true;
		alm_push(&b->ctx, d, parts, p);
	}
}

static void on_requests(const struct hms_pg_result *res, void *arg)
{
	struct alm_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct alm_device *d = device_of(b, res, i);
		struct alm_request *r = read_row(b, &alm_table_request, res, i, sizeof(*r));

		if (d && r)
			alm_push(&b->ctx, d, requests, r);
	}
}

static void on_listings(const struct hms_pg_result *res, void *arg)
{
	struct alm_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct alm_device *d = device_of(b, res, i);

		if (!d)
			continue;
		if (hms_pg_table_read(&alm_table_listing, res, i, 0, b->ctx.arena, &d->listing))
			b->ctx.failed = true;
		d->listing.stored = true;
	}
}

static void load_by_id(struct alm_batch *b, struct hms_pg_batch *pg, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb)
{
	struct hms_pg_array *ids = hms_pg_array_new(pg, HMS_PG_UUID);

	for (size_t i = 0; i < b->devices_count; i++)
		hms_pg_a_uuid(ids, b->devices[i]->id.b);
	hms_pg_stmt_begin(pg, stmt, cb, b);
	hms_pg_p_array(pg, ids);
}

/* ---------------------------------------------------------------- pasts */

static void on_pasts(const struct hms_pg_result *res, void *arg)
{
	struct alm_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res) && i < b->notices_count; i++) {
		struct alm_notice *n = b->notices[i];

		n->seen = hms_pg_get_bool(res, i, 0);
		if (!hms_pg_is_null(res, i, 1))
			n->past->last_clear_us = hms_pg_get_time_us(res, i, 1);
	}
}

static struct alm_past *past_of(struct alm_context *ctx, const struct alm_device *d, const struct alm_notice *n)
{
	struct {
		struct hms_device_id id;
		int64_t natural_key;
	} key = { d->id, n->natural_key };
	struct alm_past *past = hms_map_get(ctx->pasts, &key, sizeof(key));

	if (past)
		return past;
	past = alm_alloc(ctx, sizeof(*past));
	if (past && hms_map_put(ctx->pasts, &key, sizeof(key), past))
		ctx->failed = true;
	return past;
}

static void load_past(struct alm_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *ids = hms_pg_array_new(pg, HMS_PG_UUID), *keys = hms_pg_array_new(pg, HMS_PG_INT8);
	struct hms_pg_array *kinds = hms_pg_array_new(pg, HMS_PG_INT2), *times = hms_pg_array_new(pg, HMS_PG_TIMESTAMPTZ);
	struct hms_pg_array *sources = hms_pg_array_new(pg, HMS_PG_INT2);

	for (size_t i = 0; i < b->devices_count; i++)
		for (const struct alm_input *in = b->devices[i]->inputs; in; in = in->next)
			for (const struct alm_notice *n = in->notices; n; n = n->next) {
				hms_pg_a_uuid(ids, b->devices[i]->id.b);
				hms_pg_a_int8(keys, n->natural_key);
				hms_pg_a_int2(kinds, (int16_t)n->kind);
				hms_pg_a_time_us(times, n->event_us);
				hms_pg_a_int2(sources, n->source);
			}
	hms_pg_stmt_begin(pg, &load_pasts, on_pasts, b);
	hms_pg_p_array(pg, ids);
	hms_pg_p_array(pg, keys);
	hms_pg_p_array(pg, kinds);
	hms_pg_p_array(pg, times);
	hms_pg_p_array(pg, sources);
}

int alm_load(struct hms_stream *s, struct hms_pg_batch *pg, void *arg)
{
	struct alm_batch *b = &((struct alm *)arg)->batch;

	(void)s;
	if (b->ctx.failed)
		return HMS_ENOMEM;
	if (b->notices_count) {
		load_past(b, pg);
	} else if (b->devices_count) {
		load_by_id(b, pg, &load_devices, on_devices);
		load_by_id(b, pg, &load_alarms, on_alarms);
		load_by_id(b, pg, &load_parts, on_parts);
		load_by_id(b, pg, &load_requests, on_requests);
		load_by_id(b, pg, &load_listings, on_listings);
	}
	return 0;
}

/* ---------------------------------------------------------------- between and after */

/* Of a device that is nobody yet only alarms of HMS itself count. */
static void leave_out_unknown(struct alm_batch *b, struct alm_device *d)
{
	struct alm_input **at = &d->inputs, *in;

	if (d->known || b->ctx.limits.keep_unknown)
		return;
	while ((in = *at)) {
		bool device_said = in->ev && in->ev->body_case != HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM;

		b->unknown += device_said;
		if (device_said)
			*at = in->next;
		else
			at = &in->next;
	}
}

static void name_tenant(struct alm_batch *b, struct alm_device *d)
{
	for (const struct alm_input *in = d->inputs; in && !d->tenant.len; in = in->next)
		if (in->ev)
			d->tenant = hms_str(in->ev->tenant);
	if (!d->tenant.p)
		d->tenant = HMS_STR("");
	for (struct alm_input *in = d->inputs; in; in = in->next)
		in->recv_us = in->ev && in->ev->recv_us > 0 ? in->ev->recv_us : b->ctx.now_us;
}

static void resolve(struct alm_batch *b)
{
	for (size_t i = 0; i < b->devices_count; i++) {
		struct alm_device *d = b->devices[i];

		leave_out_unknown(b, d);
		name_tenant(b, d);
		alm_resolve(&b->ctx, d);
		for (struct alm_input *in = d->inputs; in; in = in->next)
			for (struct alm_notice *n = in->notices; n; n = n->next) {
				n->past = past_of(&b->ctx, d, n);
				alm_push(&b->ctx, b, notices, n);
			}
	}
}

enum hms_stream_next alm_loaded(struct hms_stream *s, void *arg)
{
	struct alm_batch *b = &((struct alm *)arg)->batch;

	(void)s;
	if (!b->ctx.failed && !b->pasts_asked) {
		b->pasts_asked = true;
		resolve(b);
		if (b->notices_count && !b->ctx.failed)
			return HMS_STREAM_LOAD;
	}
	for (size_t i = 0; i < b->devices_count && !b->ctx.failed; i++)
		alm_decide(&b->ctx, b->devices[i]);
	return HMS_STREAM_WRITE;
}
