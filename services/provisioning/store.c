/* The second half of a transaction: everything that the decisions changed, a statement a table. */
#include "batch_internal.h"
#include "call.h"
#include "desired_load.h"
#include "learnt.h"
#include "names.h"
#include "tables.h"

static const struct hms_pg_stmt delete_commands = {
	"delete_commands", "delete from command where (device_id, id) in (select * from unnest($1::uuid[], $2::int8[]))"
};
static const struct hms_pg_stmt delete_done = {
	"delete_done", "delete from command_done where (device_id, id) in (select * from unnest($1::uuid[], $2::int8[]))"
};
static const struct hms_pg_stmt delete_timers = {
	"delete_timers", "delete from device_timer where (device_id, name) in (select * from unnest($1::uuid[], $2::text[]))"
};
static const struct hms_pg_stmt upsert_docs = { "upsert_docs",
						"insert into device_param (device_id, doc, choice)"
						" select * from unnest($1::uuid[], $2::bytea[], $3::int4[]) on conflict (device_id)"
						" do update set doc = excluded.doc, choice = excluded.choice, changed = now()" };
/* PM-01, PM-02: the open row stays as long as interval and phase are the same. */
#define PM_ROWS "unnest($1::uuid[], $2::timestamptz[], $3::int4[], $4::timestamptz[]) as n(device_id, at, interval_s, phase)"
static const struct hms_pg_stmt end_pm = { "end_pm", "update device_pm p set until = n.at from " PM_ROWS
						     " where p.device_id = n.device_id and p.until is null"
						     " and (p.interval_s, p.phase) is distinct from (n.interval_s, n.phase)" };
static const struct hms_pg_stmt begin_pm = { "begin_pm",
					     "insert into device_pm (device_id, since, interval_s, phase) select n.* from " PM_ROWS
					     " where n.interval_s > 0 and not exists"
					     " (select 1 from device_pm p where p.device_id = n.device_id and p.until is null)"
					     " on conflict (device_id, since) do nothing" };
static const struct hms_pg_stmt insert_files = {
	"insert_files", "insert into file (id, tenant, kind, name, type, size, sha256, body, device_id, expires)"
			" select n.id, n.tenant, 'cm', n.name, n.type, length(n.body), sha256(n.body), n.body, n.device_id, n.expires"
			" from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::uuid[], $7::timestamptz[])"
			" as n(id, tenant, name, type, body, device_id, expires) on conflict (id) do nothing"
};
static const struct hms_pg_stmt delete_files = {
	"delete_files", "delete from file where (device_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))"
};
static const struct hms_pg_stmt upsert_credentials = {
	"upsert_credentials",
	"insert into device_credential (device_id, kind, sealed) select * from unnest($1::uuid[], $2::int2[], $3::bytea[])"
	" on conflict (device_id, kind) do update set sealed = excluded.sealed, changed = now()"
};
static const struct hms_pg_stmt delete_credentials = {
	"delete_credentials", "delete from device_credential where (device_id, kind) in (select * from unnest($1::uuid[], $2::int2[]))"
};
static const struct hms_pg_stmt delete_calls = { "delete_calls", "delete from device_call where device_id = any($1)" };
static const struct hms_pg_stmt note_requests = {
	"note_requests", "select device_requests($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bool[])"
};
/* Rows gathered for one statement. */
struct rows {
	void **list;
	size_t count, room;
};

struct writes {
	struct prov_batch *b;
	struct hms_pg_batch *pg;
	struct rows hot, cold, open, ended, groups, history, timers, calls;
	struct hms_pg_array *closed_device, *closed_id, *reopened_device, *reopened_id;
	struct hms_pg_array *timer_device, *timer_name;
	struct hms_pg_array *doc[3];
	struct hms_pg_array *pm[4], *file[7], *gone_device, *gone_file, *request[5];
	struct hms_pg_array *credential[3], *gone_credential[2], *gone_call;
	int failed;
};

static void add(struct writes *w, struct rows *rows, void *row)
{
	if (prov_push(w->b->arena, &rows->list, &rows->count, &rows->room, row))
		w->failed = HMS_ENOMEM;
}

static void write_command(struct writes *w, struct prov_command *c)
{
	bool open = prov_command_is_open(c);

	if (!c->dirty)
		return;
	hms_stream_durable(w->b->prov->stream);
	add(w, open ? &w->open : &w->ended, c);
	if (!open && c->in_open) {
		hms_pg_a_uuid(w->closed_device, c->device_id.b);
		hms_pg_a_int8(w->closed_id, c->id);
	}
	if (open && c->in_done) {
		hms_pg_a_uuid(w->reopened_device, c->device_id.b);
		hms_pg_a_int8(w->reopened_id, c->id);
	}
	if (!open)
		hms_counter_inc(prov_count(&prov_metrics.commands_ended, prov_command_state_names[c->state]));
}

static void write_timer(struct writes *w, struct prov_timer *t)
{
	if (!t->remove) {
		add(w, &w->timers, t);
		return;
	}
	hms_pg_a_uuid(w->timer_device, t->device_id.b);
	hms_pg_a_text(w->timer_name, t->name);
}

static void add_time(struct hms_pg_array *array, int64_t us)
{
	if (us)
		hms_pg_a_time_us(array, us);
	else
		hms_pg_a_null(array);
}

static void write_pm(struct writes *w, const struct prov_device *d)
{
	if (!d->pm.known)
		return;
	hms_stream_durable(w->b->prov->stream);
	hms_pg_a_uuid(w->pm[0], d->id.b);
	add_time(w->pm[1], d->pm.at_us);
	hms_pg_a_int4(w->pm[2], d->pm.interval_s);
	add_time(w->pm[3], d->pm.phase_us);
}

static void write_file(struct writes *w, const struct prov_device *d, const struct prov_file *f)
{
	if (!f->body.p) {
		hms_pg_a_uuid(w->gone_device, d->id.b);
		hms_pg_a_uuid(w->gone_file, f->id);
		return;
	}
	hms_pg_a_uuid(w->file[0], f->id);
	hms_pg_a_text(w->file[1], d->cold.tenant);
	hms_pg_a_text(w->file[2], hms_str(f->name));
	hms_pg_a_text(w->file[3], hms_str(f->type));
	hms_pg_a_bytea(w->file[4], f->body);
	hms_pg_a_uuid(w->file[5], d->id.b);
	add_time(w->file[6], f->expires_us);
}

static void write_request(struct writes *w, const struct prov_device *d, const struct prov_request *r)
{
	hms_stream_durable(w->b->prov->stream);
	hms_pg_a_uuid(w->request[0], d->id.b);
	hms_pg_a_text(w->request[1], hms_str(r->method));
	hms_pg_a_text(w->request[2], hms_str(r->detail));
	hms_pg_a_time_us(w->request[3], r->at_us);
	hms_pg_a_bool(w->request[4], r->timed);
}

/* Only the last word about a timer counts: an upsert may name a row once. */
static bool superseded(const struct prov_device *d, size_t i)
{
	for (size_t k = i + 1; k < d->timer_count; k++)
		if (hms_str_eq(d->timers[k]->name, d->timers[i]->name))
			return true;
	return false;
}

static void write_credentials(struct writes *w, const struct prov_device *d)
{
	for (int kind = 1; kind < HMS_CREDENTIAL_KINDS; kind++) {
		bool gone = !d->sealed[kind].p;

		if (!(d->sealed_dirty >> kind & 1))
			continue;
		hms_pg_a_uuid(gone ? w->gone_credential[0] : w->credential[0], d->id.b);
		hms_pg_a_int2(gone ? w->gone_credential[1] : w->credential[1], (int16_t)kind);
		if (!gone)
			hms_pg_a_bytea(w->credential[2], d->sealed[kind]);
	}
}

static void write_call(struct writes *w, const struct prov_device *d)
{
	struct prov_call *c = d->call;

	if (!c || !c->dirty)
		return;
	if (c->state != PROV_CALL_IS_NONE)
		add(w, &w->calls, c);
	else if (c->in_table)
		hms_pg_a_uuid(w->gone_call, d->id.b);
}

static void write_device(struct writes *w, struct prov_device *d)
{
	if (d->hot_dirty)
		add(w, &w->hot, &d->hot);
	if (d->cold_dirty)
		add(w, &w->cold, &d->cold);
	for (size_t i = 0; i < d->command_count; i++)
		write_command(w, d->commands[i]);
	for (size_t i = 0; i < d->group_count; i++)
		if (d->groups[i]->dirty)
			add(w, &w->groups, d->groups[i]);
	for (size_t i = 0; i < d->history_count; i++)
		add(w, &w->history, d->history[i]);
	for (size_t i = 0; i < d->timer_count; i++)
		if (!superseded(d, i))
			write_timer(w, d->timers[i]);
	for (const struct prov_alarm *a = d->alarms; a; a = a->next)
		hms_stream_alarm(w->b->prov->stream, d->id, hms_arena_strz(w->b->arena, d->cold.tenant), &a->alarm);
	write_pm(w, d);
	write_credentials(w, d);
	write_call(w, d);
	for (size_t i = 0; i < d->file_count; i++)
		write_file(w, d, d->files[i]);
	for (size_t i = 0; i < d->request_count; i++)
		write_request(w, d, d->requests[i]);
	if (d->doc_dirty) {
		hms_pg_a_uuid(w->doc[0], d->id.b);
		hms_pg_a_bytea(w->doc[1], d->new_doc);
		hms_pg_a_int4(w->doc[2], d->choice);
	}
}

static void write_pairs(struct hms_pg_batch *pg, const struct hms_pg_stmt *stmt, struct hms_pg_array *a, struct hms_pg_array *b)
{
	if (!hms_pg_array_count(a))
		return;
	hms_pg_stmt_begin(pg, stmt, NULL, NULL);
	hms_pg_p_array(pg, a);
	hms_pg_p_array(pg, b);
}

static void write_arrays(struct hms_pg_batch *pg, const struct hms_pg_stmt *stmt, struct hms_pg_array *const *arrays, size_t count)
{
	if (!hms_pg_array_count(arrays[0]))
		return;
	hms_pg_stmt_begin(pg, stmt, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		hms_pg_p_array(pg, arrays[i]);
}

static void flush(struct writes *w)
{
	hms_pg_table_upsert(&prov_table_hot, w->pg, w->hot.list, w->hot.count);
	hms_pg_table_upsert(&prov_table_cold, w->pg, w->cold.list, w->cold.count);
	write_pairs(w->pg, &delete_done, w->reopened_device, w->reopened_id);
	write_pairs(w->pg, &delete_commands, w->closed_device, w->closed_id);
	hms_pg_table_upsert(&prov_table_command, w->pg, w->open.list, w->open.count);
	hms_pg_table_upsert(&prov_table_done, w->pg, w->ended.list, w->ended.count);
	hms_pg_table_upsert(&prov_table_group, w->pg, w->groups.list, w->groups.count);
	hms_pg_table_upsert(&prov_table_history, w->pg, w->history.list, w->history.count);
	write_pairs(w->pg, &delete_timers, w->timer_device, w->timer_name);
	hms_pg_table_upsert(&prov_table_timer, w->pg, w->timers.list, w->timers.count);
	write_arrays(w->pg, &upsert_docs, w->doc, 3);
	write_arrays(w->pg, &end_pm, w->pm, 4);
	write_arrays(w->pg, &begin_pm, w->pm, 4);
	write_arrays(w->pg, &insert_files, w->file, 7);
	write_pairs(w->pg, &delete_files, w->gone_device, w->gone_file);
	write_pairs(w->pg, &delete_credentials, w->gone_credential[0], w->gone_credential[1]);
	write_arrays(w->pg, &upsert_credentials, w->credential, 3);
	write_arrays(w->pg, &delete_calls, &w->gone_call, 1);
	hms_pg_table_upsert(&prov_table_call, w->pg, w->calls.list, w->calls.count);
	write_arrays(w->pg, &note_requests, w->request, 5);
}

/* Every array that rows are gathered in, and of what type it is. */
static void make_arrays(struct writes *w)
{
	const struct {
		struct hms_pg_array **to;
		unsigned oid;
	} all[] = {
		{ &w->closed_device, HMS_PG_UUID },
		{ &w->closed_id, HMS_PG_INT8 },
		{ &w->reopened_device, HMS_PG_UUID },
		{ &w->reopened_id, HMS_PG_INT8 },
		{ &w->timer_device, HMS_PG_UUID },
		{ &w->timer_name, HMS_PG_TEXT },
		{ &w->doc[0], HMS_PG_UUID },
		{ &w->doc[1], HMS_PG_BYTEA },
		{ &w->doc[2], HMS_PG_INT4 },
		{ &w->pm[0], HMS_PG_UUID },
		{ &w->pm[1], HMS_PG_TIMESTAMPTZ },
		{ &w->pm[2], HMS_PG_INT4 },
		{ &w->pm[3], HMS_PG_TIMESTAMPTZ },
		{ &w->file[0], HMS_PG_UUID },
		{ &w->file[1], HMS_PG_TEXT },
		{ &w->file[2], HMS_PG_TEXT },
		{ &w->file[3], HMS_PG_TEXT },
		{ &w->file[4], HMS_PG_BYTEA },
		{ &w->file[5], HMS_PG_UUID },
		{ &w->file[6], HMS_PG_TIMESTAMPTZ },
		{ &w->gone_device, HMS_PG_UUID },
		{ &w->gone_file, HMS_PG_UUID },
		{ &w->credential[0], HMS_PG_UUID },
		{ &w->credential[1], HMS_PG_INT2 },
		{ &w->credential[2], HMS_PG_BYTEA },
		{ &w->gone_credential[0], HMS_PG_UUID },
		{ &w->gone_credential[1], HMS_PG_INT2 },
		{ &w->gone_call, HMS_PG_UUID },
		{ &w->request[0], HMS_PG_UUID },
		{ &w->request[1], HMS_PG_TEXT },
		{ &w->request[2], HMS_PG_TEXT },
		{ &w->request[3], HMS_PG_TIMESTAMPTZ },
		{ &w->request[4], HMS_PG_BOOL },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i].to = hms_pg_array_new(w->pg, all[i].oid);
}

int prov_store(struct prov_batch *b, struct hms_pg_batch *pg)
{
	struct writes w = { .b = b, .pg = pg };

	make_arrays(&w);
	for (size_t i = 0; i < b->device_count; i++) {
		if (b->devices[i]->failed)
			w.failed = HMS_ENOMEM;
		if (!b->devices[i]->simple && b->devices[i]->exists)
			write_device(&w, b->devices[i]);
	}
	flush(&w);
	prov_learnt_write(pg, b->devices, b->device_count);
	prov_names_write(pg, b->devices, b->device_count);
	prov_desired_store(b, pg);
	return w.failed;
}
