/* The first half of a transaction: offsets, the quiet path, and the rows of devices that need a look. */
#include "batch_internal.h"
#include "call.h"
#include "evidence.h"
#include "credential.h"
#include "desired_load.h"
#include "load.h"
#include "tables.h"

#define IDS_PER_EVENT 72 /* events of an Inform (64) and its keys */

/* The whole quiet path of a batch. What comes back needs a look: unknown, late, with work, or with other parameters than last time. */
static const struct hms_pg_stmt quiet_update = {
	"quiet_update",
	"with n as materialized ("
	" select * from unnest($1::uuid[], $2::int8[], $3::int4[], $4::int8[], $5::int8[]) as n(device_id, sid, seq, recv_us, param_hash)"
	"), u as ("
	" update device_hot h set sid = n.sid, seq = n.seq, hold_until = 0, g_next = 1, recv_us = n.recv_us,"
	"  last_inform = 'epoch'::timestamptz + n.recv_us * interval '1 microsecond'"
	" from n where h.device_id = n.device_id and h.recv_us <= n.recv_us + 2000000"
	" returning h.device_id, h.pending > 0 or (h.flags & 1) <> 0 or h.param_hash <> n.param_hash as look, h.gen < $6 as stale"
	") select n.device_id, coalesce(u.stale, false) from n left join u on u.device_id = n.device_id"
	" where u.device_id is null or u.look or u.stale"
};

/* "select <columns> from <table> <rest>", built at the start. */
static struct hms_pg_stmt load_hot = { "load_hot", NULL }, load_cold = { "load_cold", NULL }, load_commands = { "load_commands", NULL },
			  load_done = { "load_done", NULL }, load_groups = { "load_groups", NULL }, load_desired = { "load_desired", NULL },
			  load_calls = { "load_calls", NULL };
static const struct hms_pg_stmt load_docs = { "load_docs", "select device_id, doc, choice from device_param where device_id = any($1)" };
static const struct hms_pg_stmt load_credentials = {
	"load_credentials", "select device_id, sealed, kind from device_credential where device_id = any($1) order by device_id, kind"
};

const struct hms_pg_stmt *prov_load_desired_stmt(void) { return &load_desired; }

static int build(struct hms_pg_stmt *stmt, const struct hms_pg_table *table, const char *rest)
{
	struct hms_buf sql = HMS_BUF_INIT(16384);

	hms_buf_printf(&sql, "select %s from %s where %s", table->select_list, table->name, rest);
	stmt->sql = hms_str_dup(hms_str(hms_buf_z(&sql)));
	hms_buf_fini(&sql);
	return stmt->sql ? 0 : HMS_ENOMEM;
}

int prov_load_init(void)
{
	if (prov_tables_init() || build(&load_hot, &prov_table_hot, "device_id = any($1) order by device_id for update") ||
	    build(&load_cold, &prov_table_cold, "device_id = any($1)") ||
	    build(&load_commands, &prov_table_command, "device_id = any($1) order by device_id, prio, id") ||
	    build(&load_groups, &prov_table_group, "device_id = any($1) and ended is null order by device_id, id") ||
	    build(&load_desired, &prov_table_desired, "device_id = any($1)") ||
	    build(&load_calls, &prov_table_call, "device_id = any($1)") ||
	    build(&load_done, &prov_table_done, "(device_id, id) in (select * from unnest($1::uuid[], $2::int8[]))"))
		return HMS_ENOMEM;
	return 0;
}

void prov_load_fini(void)
{
	struct hms_pg_stmt *built[] = { &load_hot, &load_cold, &load_commands, &load_done, &load_groups, &load_desired, &load_calls };

	for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++) {
		free((char *)built[i]->sql);
		built[i]->sql = NULL;
	}
	prov_tables_fini();
}

static struct prov_device *device_of(struct prov_batch *b, const struct hms_pg_result *res, size_t row)
{
	struct hms_device_id id;

	hms_pg_get_uuid(res, row, 0, id.b);
	return hms_map_get(b->by_id, id.b, sizeof(id.b));
}

/* ---------------------------------------------------------------- quiet */

static void on_quiet(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;
	int64_t stale = 0;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);

		if (d)
			d->simple = false;
		stale += hms_pg_get_bool(res, i, 1);
	}
	prov_catch_up_looked(&b->prov->catch_up, "inform", stale);
}

/* A changed profile is looked at as devices come, so many a second. 0: no more for now; those that were passed over are stale at their next Inform, too. */
static int32_t stale_below(struct prov_batch *b)
{
	struct prov *prov = b->prov;

	if (!prov_catalog_wants_facts(prov->catalog) || !prov_catch_up_room(&prov->catch_up, b->now_us))
		return INT32_MIN;
	return prov_catalog_gen(prov->catalog);
}

/* The newest Inform of a device; only it counts. */
static const Hms__DeviceEvent *newest(const struct prov_device *d)
{
	const struct prov_event *e = d->events;

	while (e->next)
		e = e->next;
	return e->msg;
}

void prov_load_quiet(struct prov_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *ids = hms_pg_array_new(pg, HMS_PG_UUID), *sids = hms_pg_array_new(pg, HMS_PG_INT8);
	struct hms_pg_array *seqs = hms_pg_array_new(pg, HMS_PG_INT4), *recvs = hms_pg_array_new(pg, HMS_PG_INT8);
	struct hms_pg_array *hashes = hms_pg_array_new(pg, HMS_PG_INT8);

	for (size_t i = 0; i < b->device_count; i++) {
		const struct prov_device *d = b->devices[i];
		const Hms__DeviceEvent *ev = d->simple ? newest(d) : NULL;

		if (!ev)
			continue;
		hms_pg_a_uuid(ids, d->id.b);
		hms_pg_a_int8(sids, (int64_t)ev->sid);
		hms_pg_a_int4(seqs, (int32_t)ev->seq);
		hms_pg_a_int8(recvs, ev->recv_us);
		hms_pg_a_int8(hashes, (int64_t)ev->param_hash);
	}
	if (!hms_pg_array_count(ids))
		return;
	hms_pg_stmt_begin(pg, &quiet_update, on_quiet, b);
	hms_pg_p_array(pg, ids);
	hms_pg_p_array(pg, sids);
	hms_pg_p_array(pg, seqs);
	hms_pg_p_array(pg, recvs);
	hms_pg_p_array(pg, hashes);
	hms_pg_p_int4(pg, stale_below(b));
}

size_t prov_load_unsimple(const struct prov_batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->device_count; i++)
		n += !b->devices[i]->simple && !b->devices[i]->loaded;
	return n;
}

/* ---------------------------------------------------------------- rows */

static void on_hot(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);

		if (d && hms_pg_table_read(&prov_table_hot, res, i, 0, b->arena, &d->hot))
			d->failed = true;
	}
}

static void on_cold(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);

		if (!d)
			continue;
		d->exists = true;
		if (hms_pg_table_read(&prov_table_cold, res, i, 0, b->arena, &d->cold))
			d->failed = true;
	}
}

static void read_commands(struct prov_batch *b, const struct hms_pg_result *res, const struct hms_pg_table *table, bool open)
{
	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);
		struct prov_command *c = hms_arena_alloc(b->arena, sizeof(*c));

		if (!d)
			continue;
		if (!c || hms_pg_table_read(table, res, i, 0, b->arena, c) ||
		    prov_push(b->arena, (void ***)&d->commands, &d->command_count, &d->command_room, c)) {
			d->failed = true;
			continue;
		}
		c->method = prov_command_method(c);
		c->counted = !open;
		c->in_open = open;
		c->in_done = !open;
		if (!open) /* an ended one that evidence opens again keeps its old deadline: it ends by evidence or as unknown */
			c->deadline = d->now_us ? d->now_us : c->created;
	}
}

static void on_commands(const struct hms_pg_result *res, void *arg) { read_commands(arg, res, &prov_table_command, true); }

static void on_done(const struct hms_pg_result *res, void *arg) { read_commands(arg, res, &prov_table_done, false); }

static void on_groups(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);
		struct prov_group *g = d ? hms_arena_alloc(b->arena, sizeof(*g)) : NULL;

		if (d && (!g || hms_pg_table_read(&prov_table_group, res, i, 0, b->arena, g) ||
			  prov_push(b->arena, (void ***)&d->groups, &d->group_count, &d->group_room, g)))
			d->failed = true;
	}
}

static void on_calls(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);
		struct prov_call *c = d ? hms_arena_alloc(b->arena, sizeof(*c)) : NULL;

		if (!d)
			continue;
		if (!c || hms_pg_table_read(&prov_table_call, res, i, 0, b->arena, c)) {
			d->failed = true;
			continue;
		}
		c->in_table = true;
		d->call = c;
	}
}

static void on_docs(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);

		if (!d)
			continue;
		d->doc = hms_arena_str(b->arena, hms_pg_get_str(res, i, 1));
		d->choice = (int32_t)hms_pg_get_int(res, i, 2);
		d->failed |= !d->doc.p;
	}
}

static void on_credentials(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);
		int64_t kind = hms_pg_get_int(res, i, 2);

		if (!d || kind <= 0 || kind >= HMS_CREDENTIAL_KINDS)
			continue;
		d->sealed[kind] = hms_arena_str(b->arena, hms_pg_get_str(res, i, 1));
		d->failed |= !d->sealed[kind].p;
		prov_credential_list(b->arena, d);
	}
}

static struct hms_pg_array *wanted(struct prov_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *ids = hms_pg_array_new(pg, HMS_PG_UUID);

	for (size_t i = 0; i < b->device_count; i++)
		if (!b->devices[i]->simple && !b->devices[i]->loaded)
			hms_pg_a_uuid(ids, b->devices[i]->id.b);
	return ids;
}

static void load_by_id(struct prov_batch *b, struct hms_pg_batch *pg, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb)
{
	struct hms_pg_array *ids = wanted(b, pg);

	hms_pg_stmt_begin(pg, stmt, cb, b);
	hms_pg_p_array(pg, ids);
}

/* Ended commands that the events name: evidence that comes late still wins. */
static void load_named(struct prov_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *ids = hms_pg_array_new(pg, HMS_PG_UUID), *commands = hms_pg_array_new(pg, HMS_PG_INT8);

	for (size_t i = 0; i < b->device_count; i++) {
		const struct prov_device *d = b->devices[i];

		for (const struct prov_event *e = d->simple || d->loaded ? NULL : d->events; e; e = e->next) {
			uint64_t found[IDS_PER_EVENT];
			size_t n = e->msg ? prov_evidence_ids(e->msg, found, IDS_PER_EVENT) : 0;

			for (size_t k = 0; k < n; k++) {
				hms_pg_a_uuid(ids, d->id.b);
				hms_pg_a_int8(commands, (int64_t)found[k]);
			}
		}
	}
	if (!hms_pg_array_count(ids))
		return;
	hms_pg_stmt_begin(pg, &load_done, on_done, b);
	hms_pg_p_array(pg, ids);
	hms_pg_p_array(pg, commands);
}

void prov_load_rows(struct prov_batch *b, struct hms_pg_batch *pg)
{
	if (!prov_load_unsimple(b))
		return;
	load_by_id(b, pg, &load_hot, on_hot);
	load_by_id(b, pg, &load_cold, on_cold);
	load_by_id(b, pg, &load_commands, on_commands);
	load_by_id(b, pg, &load_groups, on_groups);
	load_by_id(b, pg, &load_calls, on_calls);
	load_by_id(b, pg, &load_docs, on_docs);
	load_by_id(b, pg, &load_credentials, on_credentials);
	load_named(b, pg);
	prov_desired_load(b, pg);
	for (size_t i = 0; i < b->device_count; i++)
		b->devices[i]->loaded |= !b->devices[i]->simple;
}
