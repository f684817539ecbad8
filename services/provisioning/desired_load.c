/* device_desired, groups, tags, leases of ids, and the history of parameters. */
#include "desired_load.h"

#include <jansson.h>

#include "desired.h"
#include "dict.h"
#include "load.h"
#include "tables.h"

static const struct hms_pg_stmt load_facts = {
	"load_facts", "select d.device_id, d.region, to_jsonb(d.tags), coalesce((select jsonb_object_agg(l.pool, l.value)"
		      " from id_pool_lease l where l.device_id = d.device_id and l.released is null), '{}')"
		      " from device d where d.device_id = any($1)"
};
static const struct hms_pg_stmt allot_ids = {
	"allot_ids",
	/* in one order, since each pool is locked: two batches shall not wait for each other */
	"select n.device_id, n.pool, id_pool_allot(n.device_id, n.pool)"
	" from (select * from unnest($1::uuid[], $2::text[]) as u(device_id, pool) order by pool, device_id offset 0) n"
};
static const struct hms_pg_stmt release_ids = { "release_ids", "select id_pool_release(n) from unnest($1::uuid[]) n" };
static const struct hms_pg_stmt insert_changes = {
	"insert_changes",
	"insert into param_history (device_id, at, path_id, instances, old, new, source, by, command_id)"
	" select n.device_id, n.at, n.path_id, coalesce(string_to_array(nullif(n.instances, ''), '.')::int[], '{}'), n.old, n.new,"
	" n.source::\"char\", n.by, n.command_id"
	" from unnest($1::uuid[], $2::timestamptz[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int8[])"
	" as n(device_id, at, path_id, instances, old, new, source, by, command_id)"
};

static struct prov_device *device_of(struct prov_batch *b, const struct hms_pg_result *res, size_t row)
{
	struct hms_device_id id;

	hms_pg_get_uuid(res, row, 0, id.b);
	return hms_map_get(b->by_id, id.b, sizeof(id.b));
}

/* ---------------------------------------------------------------- reading */

static struct prov_desired *make(struct prov_batch *b, struct prov_device *d)
{
	struct prov_desired *x = hms_arena_alloc(b->arena, sizeof(*x));

	if (!x) {
		d->failed = true;
		return NULL;
	}
	x->device_id = d->id;
	x->reason = x->region = HMS_STR("");
	x->profiles = HMS_STR("[]");
	x->notes = x->leases = HMS_STR("{}");
	x->audited = x->since = b->now_us;
	d->desired = x;
	return x;
}

static void read_tags(struct prov_batch *b, struct prov_device *d, struct hms_str text)
{
	struct prov_desired *x = d->desired;
	json_t *list = json_loadb(text.p ? text.p : "", text.len, 0, NULL), *item;
	size_t i;

	x->tags = hms_arena_alloc(b->arena, (json_array_size(list) + 1) * sizeof(*x->tags));
	d->failed |= !x->tags;
	json_array_foreach(list, i, item)
	{
		if (x->tags && json_is_string(item))
			x->tags[x->tag_count++] = hms_arena_str(b->arena, hms_str(json_string_value(item)));
	}
	json_decref(list);
}

static void on_facts(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);
		struct prov_desired *x = d ? make(b, d) : NULL;

		if (!x)
			continue;
		x->region = hms_arena_str(b->arena, hms_pg_get_str(res, i, 1));
		read_tags(b, d, hms_pg_get_str(res, i, 2));
		x->leases = hms_arena_str(b->arena, hms_pg_get_str(res, i, 3));
		d->failed |= !x->region.p || !x->leases.p;
		d->cold.region = x->region;
		d->cold.tags = x->tags;
		d->cold.tag_count = x->tag_count;
	}
}

static void on_desired(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);

		if (!d || !d->desired)
			continue;
		d->desired->exists = true;
		if (hms_pg_table_read(&prov_table_desired, res, i, 0, b->arena, d->desired))
			d->failed = true;
	}
}

static void add_ids(struct prov_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *ids = hms_pg_array_new(pg, HMS_PG_UUID);

	for (size_t i = 0; i < b->device_count; i++)
		if (!b->devices[i]->simple && !b->devices[i]->loaded)
			hms_pg_a_uuid(ids, b->devices[i]->id.b);
	hms_pg_p_array(pg, ids);
}

void prov_desired_load(struct prov_batch *b, struct hms_pg_batch *pg)
{
	if (!prov_catalog_wants_facts(b->prov->catalog))
		return;
	hms_pg_stmt_begin(pg, &load_facts, on_facts, b);
	add_ids(b, pg);
	hms_pg_stmt_begin(pg, prov_load_desired_stmt(), on_desired, b);
	add_ids(b, pg);
}

/* ---------------------------------------------------------------- ids */

struct asking {
	struct prov_batch *b;
	struct prov_device *d;
	json_t *leases;
	struct hms_pg_array *ids, *pools; /* NULL: only asked whether any is missing */
};

static int ask(struct hms_str name, void *arg)
{
	static const struct hms_str pool = HMS_STR("pool.");
	struct asking *a = arg;
	char key[200];

	if (!hms_str_starts(name, pool) || name.len >= sizeof(key))
		return 0;
	snprintf(key, sizeof(key), "%.*s", (int)(name.len - pool.len), name.p + pool.len);
	if (json_object_get(a->leases, key))
		return 0;
	if (!a->ids)
		return 1;
	json_object_set_new(a->leases, key, json_null()); /* once */
	hms_pg_a_uuid(a->ids, a->d->id.b);
	hms_pg_a_text(a->pools, hms_strn(name.p + pool.len, name.len - pool.len));
	return 0;
}

/* Profiles that select it, and name pools of which it has no value yet. */
static bool asks(struct prov_batch *b, struct prov_device *d, struct hms_pg_array *ids, struct hms_pg_array *pools)
{
	struct asking a = { .b = b, .d = d, .ids = ids, .pools = pools };
	struct hms_device_facts facts;
	const struct hms_profile *const *profiles;
	size_t count = 0;
	int rc = 0;

	if (d->simple || !d->exists || !d->desired || d->desired->pools_asked || !prov_catalog_uses_pools(b->prov->catalog) ||
	    (d->cold.state != PROV_STATE_SETTLED && d->cold.state != PROV_STATE_IN_SERVICE && d->cold.state != PROV_STATE_PROVISIONED))
		return false;
	facts = prov_catalog_facts(&d->cold);
	profiles = prov_catalog_profiles(b->prov->catalog, b->arena, d->cold.tenant, &count);
	a.leases = hms_notes_load(d->desired->leases);
	for (size_t i = 0; i < count && !rc; i++)
		if (hms_profile_selects(profiles[i], &facts))
			rc = hms_profile_uses(profiles[i], ask, &a);
	json_decref(a.leases);
	return rc == 1;
}

bool prov_desired_wants_ids(struct prov_batch *b)
{
	for (size_t i = 0; i < b->device_count; i++)
		if (asks(b, b->devices[i], NULL, NULL))
			return true;
	return false;
}

static void on_allotted(const struct hms_pg_result *res, void *arg)
{
	struct prov_batch *b = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct prov_device *d = device_of(b, res, i);
		json_t *leases = d ? hms_notes_load(d->desired->leases) : NULL;
		char *name = leases ? hms_arena_strz(b->arena, hms_pg_get_str(res, i, 1)) : NULL, *text;
		struct hms_str value = hms_pg_get_str(res, i, 2);

		if (name && !hms_pg_is_null(res, i, 2))
			json_object_set_new(leases, name, json_stringn(value.p, value.len));
		text = leases ? json_dumps(leases, JSON_COMPACT) : NULL;
		if (text)
			d->desired->leases = hms_arena_str(b->arena, hms_str(text));
		free(text);
		json_decref(leases);
	}
}

void prov_desired_load_ids(struct prov_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *ids, *pools;

	if (!prov_catalog_uses_pools(b->prov->catalog))
		return;
	ids = hms_pg_array_new(pg, HMS_PG_UUID);
	pools = hms_pg_array_new(pg, HMS_PG_TEXT);
	for (size_t i = 0; i < b->device_count; i++) {
		asks(b, b->devices[i], ids, pools);
		if (b->devices[i]->desired)
			b->devices[i]->desired->pools_asked = true;
	}
	if (!hms_pg_array_count(ids))
		return;
	hms_stream_durable(b->prov->stream);
	hms_pg_stmt_begin(pg, &allot_ids, on_allotted, b);
	hms_pg_p_array(pg, ids);
	hms_pg_p_array(pg, pools);
}

/* ---------------------------------------------------------------- writing */

static void write_change(struct prov_batch *b, struct hms_pg_array *const a[9], const struct prov_device *d, const struct prov_change *c,
			 int64_t at)
{
	uint32_t instances[HMS_PARAM_INSTANCES_MAX];
	struct hms_str pattern;
	int n = prov_path_split(b->arena, c->path, &pattern, instances);
	uint32_t id = n >= 0 ? hms_pg_dict_id(b->prov->dict, pattern) : 0;
	struct hms_buf text = HMS_BUF_INIT(256);

	if (!id)
		return;
	for (int i = 0; i < n; i++)
		hms_buf_printf(&text, "%s%u", i ? "." : "", instances[i]);
	hms_pg_a_uuid(a[0], d->id.b);
	hms_pg_a_time_us(a[1], at);
	hms_pg_a_int4(a[2], (int32_t)id);
	hms_pg_a_text(a[3], hms_str(hms_buf_z(&text)));
	if (c->old.p)
		hms_pg_a_text(a[4], c->old);
	else
		hms_pg_a_null(a[4]);
	hms_pg_a_text(a[5], c->new);
	hms_pg_a_text(a[6], hms_strn(&c->source, 1));
	hms_pg_a_text(a[7], c->by);
	hms_pg_a_int8(a[8], c->command_id);
	hms_buf_fini(&text);
}

static void write_changes(struct prov_batch *b, struct hms_pg_batch *pg)
{
	static const unsigned oids[] = { HMS_PG_UUID, HMS_PG_TIMESTAMPTZ, HMS_PG_INT4, HMS_PG_TEXT, HMS_PG_TEXT,
					 HMS_PG_TEXT, HMS_PG_TEXT,	  HMS_PG_TEXT, HMS_PG_INT8 };
	struct hms_pg_array *a[9];
	size_t changes = 0;

	for (size_t i = 0; i < b->device_count; i++)
		changes += b->devices[i]->change_count;
	if (!changes)
		return;
	for (size_t i = 0; i < 9; i++)
		a[i] = hms_pg_array_new(pg, oids[i]);
	for (size_t i = 0; i < b->device_count; i++)
		for (size_t k = 0; k < b->devices[i]->change_count; k++)
			write_change(b, a, b->devices[i], b->devices[i]->changes[k], b->now_us + (int64_t)k);
	if (!hms_pg_array_count(a[0]))
		return;
	hms_pg_stmt_begin(pg, &insert_changes, NULL, NULL);
	for (size_t i = 0; i < 9; i++)
		hms_pg_p_array(pg, a[i]);
}

static void write_released(struct prov_batch *b, struct hms_pg_batch *pg)
{
	struct hms_pg_array *ids = hms_pg_array_new(pg, HMS_PG_UUID);

	for (size_t i = 0; i < b->device_count; i++)
		if (b->devices[i]->desired && b->devices[i]->desired->release)
			hms_pg_a_uuid(ids, b->devices[i]->id.b);
	hms_stream_durable(b->prov->stream);
	hms_pg_stmt_begin(pg, &release_ids, NULL, NULL);
	hms_pg_p_array(pg, ids);
}

void prov_desired_store(struct prov_batch *b, struct hms_pg_batch *pg)
{
	void **rows = NULL;
	size_t count = 0, room = 0, released = 0;

	for (size_t i = 0; i < b->device_count; i++) {
		struct prov_device *d = b->devices[i];

		if (!d->desired || !d->exists)
			continue;
		if (d->desired->dirty && prov_push(b->arena, &rows, &count, &room, d->desired))
			d->failed = true;
		released += d->desired->release;
	}
	hms_pg_table_upsert(&prov_table_desired, pg, rows, count);
	if (released)
		write_released(b, pg);
	write_changes(b, pg);
}
