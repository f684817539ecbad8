/* The second half of a transaction: everything that the decisions changed, a statement a table. */
#include "batch_internal.h"
#include "hms/device/event.h"
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
						"insert into device_param (device_id, doc) select * from unnest($1::uuid[], $2::bytea[]) "
						"on conflict (device_id) do update set doc = excluded.doc, changed = now()" };
static const struct hms_pg_stmt insert_dead = {
	"insert_dead", "insert into dead_event (service, topic, part, off, reason, payload) "
		       "select $1, * from unnest($2::text[], $3::int4[], $4::int8[], $5::text[], $6::bytea[]) on conflict do nothing"
};
static const struct hms_pg_stmt insert_outbox = {
	"insert_outbox", "insert into outbox (topic, key, part, payload) select $1, * from unnest($2::bytea[], $3::int4[], $4::bytea[])"
};

/* Rows gathered for one statement. */
struct rows {
	void **list;
	size_t count, room;
};

struct writes {
	struct prov_batch *b;
	struct hms_pg_batch *pg;
	struct rows hot, cold, open, ended, history, timers;
	struct hms_pg_array *closed_device, *closed_id, *reopened_device, *reopened_id;
	struct hms_pg_array *timer_device, *timer_name;
	struct hms_pg_array *doc_device, *doc;
	struct hms_pg_array *alarm_key, *alarm_part, *alarm_payload;
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
	w->b->durable = true;
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

/* Only the last word about a timer counts: an upsert may name a row once. */
static bool superseded(const struct prov_device *d, size_t i)
{
	for (size_t k = i + 1; k < d->timer_count; k++)
		if (hms_str_eq(d->timers[k]->name, d->timers[i]->name))
			return true;
	return false;
}

static void write_alarm(struct writes *w, struct hms_device_id id, const char *tenant, const struct prov_alarm *a)
{
	Hms__DeviceEvent ev = HMS__DEVICE_EVENT__INIT;
	Hms__InternalAlarm alarm = HMS__INTERNAL_ALARM__INIT;
	struct hms_buf out = HMS_BUF_INIT(65536);

	alarm.key = (char *)a->key;
	alarm.cleared = a->cleared;
	alarm.severity = (char *)a->severity;
	alarm.probable_cause = (char *)a->probable_cause;
	alarm.text = (char *)(a->text ? a->text : "");
	ev.schema = HMS_EVENT_SCHEMA;
	ev.min_reader = HMS_EVENT_MIN_READER;
	ev.device_id = (ProtobufCBinaryData){ sizeof(id.b), id.b };
	ev.recv_us = w->b->now_us;
	ev.last = true;
	ev.tenant = (char *)tenant;
	ev.body_case = HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM;
	ev.internal_alarm = &alarm;
	if (hms_event_pack(&ev, &out))
		w->failed = HMS_ENOMEM;
	hms_pg_a_bytea(w->alarm_key, hms_strn((const char *)id.b, sizeof(id.b)));
	hms_pg_a_int4(w->alarm_part, (int32_t)hms_device_partition(id, w->b->prov->parts.count));
	hms_pg_a_bytea(w->alarm_payload, hms_buf_view(&out));
	hms_buf_fini(&out);
	w->b->durable = true;
}

static void write_device(struct writes *w, struct prov_device *d)
{
	if (d->hot_dirty)
		add(w, &w->hot, &d->hot);
	if (d->cold_dirty)
		add(w, &w->cold, &d->cold);
	for (size_t i = 0; i < d->command_count; i++)
		write_command(w, d->commands[i]);
	for (size_t i = 0; i < d->history_count; i++)
		add(w, &w->history, d->history[i]);
	for (size_t i = 0; i < d->timer_count; i++)
		if (!superseded(d, i))
			write_timer(w, d->timers[i]);
	for (const struct prov_alarm *a = d->alarms; a; a = a->next)
		write_alarm(w, d->id, hms_arena_strz(w->b->arena, d->cold.tenant), a);
	if (d->doc_dirty) {
		hms_pg_a_uuid(w->doc_device, d->id.b);
		hms_pg_a_bytea(w->doc, d->new_doc);
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

static void write_dead(struct writes *w)
{
	static const struct prov_alarm alarm = { .key = "dead_event",
						 .severity = "Major",
						 .probable_cause = "Corrupt data",
						 .text = "an event of hms.device-events was set aside: see dead_event" };
	struct prov_batch *b = w->b;
	struct hms_pg_array *topics = hms_pg_array_new(w->pg, HMS_PG_TEXT), *parts = hms_pg_array_new(w->pg, HMS_PG_INT4);
	struct hms_pg_array *offs = hms_pg_array_new(w->pg, HMS_PG_INT8), *reasons = hms_pg_array_new(w->pg, HMS_PG_TEXT);
	struct hms_pg_array *payloads = hms_pg_array_new(w->pg, HMS_PG_BYTEA);

	for (size_t i = 0; i < b->dead_count; i++) {
		const struct hms_message *m = b->dead[i].msg;

		hms_pg_a_text(topics, hms_str(m->topic));
		hms_pg_a_int4(parts, m->partition);
		hms_pg_a_int8(offs, m->offset);
		hms_pg_a_text(reasons, hms_str(b->dead[i].reason));
		hms_pg_a_bytea(payloads, m->value.p ? m->value : HMS_STR(""));
		log_error("event set aside", KV_Z("topic", m->topic), KV_I("part", m->partition), KV_I("offset", m->offset),
			  KV_Z("reason", b->dead[i].reason));
		hms_counter_inc(&prov_metrics.dead);
	}
	if (!b->dead_count)
		return;
	hms_pg_stmt_begin(w->pg, &insert_dead, NULL, NULL);
	hms_pg_p_text(w->pg, HMS_STR(PROV_SERVICE));
	hms_pg_p_array(w->pg, topics);
	hms_pg_p_array(w->pg, parts);
	hms_pg_p_array(w->pg, offs);
	hms_pg_p_array(w->pg, reasons);
	hms_pg_p_array(w->pg, payloads);
	write_alarm(w, (struct hms_device_id){ { 0 } }, "", &alarm);
}

static void write_outbox(struct writes *w)
{
	if (!hms_pg_array_count(w->alarm_key))
		return;
	hms_pg_stmt_begin(w->pg, &insert_outbox, NULL, NULL);
	hms_pg_p_text(w->pg, HMS_STR(HMS_TOPIC_DEVICE_EVENTS));
	hms_pg_p_array(w->pg, w->alarm_key);
	hms_pg_p_array(w->pg, w->alarm_part);
	hms_pg_p_array(w->pg, w->alarm_payload);
}

static void flush(struct writes *w)
{
	prov_table_upsert(&prov_table_hot, w->pg, w->hot.list, w->hot.count);
	prov_table_upsert(&prov_table_cold, w->pg, w->cold.list, w->cold.count);
	write_pairs(w->pg, &delete_done, w->reopened_device, w->reopened_id);
	write_pairs(w->pg, &delete_commands, w->closed_device, w->closed_id);
	prov_table_upsert(&prov_table_command, w->pg, w->open.list, w->open.count);
	prov_table_upsert(&prov_table_done, w->pg, w->ended.list, w->ended.count);
	prov_table_upsert(&prov_table_history, w->pg, w->history.list, w->history.count);
	write_pairs(w->pg, &delete_timers, w->timer_device, w->timer_name);
	prov_table_upsert(&prov_table_timer, w->pg, w->timers.list, w->timers.count);
	write_pairs(w->pg, &upsert_docs, w->doc_device, w->doc);
	write_dead(w);
	write_outbox(w);
}

int prov_store(struct prov_batch *b, struct hms_pg_batch *pg)
{
	struct writes w = { .b = b, .pg = pg };
	struct hms_pg_array **pairs[] = { &w.closed_device, &w.closed_id,  &w.reopened_device, &w.reopened_id,
					  &w.timer_device,  &w.timer_name, &w.doc_device,      &w.doc,
					  &w.alarm_key,	    &w.alarm_part, &w.alarm_payload };
	static const unsigned oids[] = { HMS_PG_UUID, HMS_PG_INT8,  HMS_PG_UUID,  HMS_PG_INT8, HMS_PG_UUID, HMS_PG_TEXT,
					 HMS_PG_UUID, HMS_PG_BYTEA, HMS_PG_BYTEA, HMS_PG_INT4, HMS_PG_BYTEA };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		*pairs[i] = hms_pg_array_new(pg, oids[i]);
	for (size_t i = 0; i < b->device_count; i++) {
		if (b->devices[i]->failed)
			w.failed = HMS_ENOMEM;
		if (!b->devices[i]->simple && b->devices[i]->exists)
			write_device(&w, b->devices[i]);
	}
	flush(&w);
	return w.failed;
}
