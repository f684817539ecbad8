/* A sweep over all devices, at a set rate. */
#include "catch_up.h"

#include "batch.h"
#include "hms/base/clock.h"
#include "prov.h"
#include "search.h"
#include "sweep.h"

#define SECOND_US 1000000
#define ROWS_PER_LOOK 4 /* read for each that may be looked at: most have come by themselves */

/* By the primary key: device_hot has no other index. Those of other owners are passed over, too. */
static const struct hms_pg_stmt select_stale = {
	"sweep_stale", "select device_id, gen < $5 and hms_partition(device_id, $1) = any($2) from"
		       " (select device_id, gen from device_hot where device_id > $3 order by device_id limit $4) h order by device_id"
};
static const struct hms_pg_stmt select_choice = {
	"sweep_choice",
	"(select device_id from device_param where choice < $3 and hms_partition(device_id, $1) = any($2) limit $4) union all"
	" (select device_id from device_param where choice > $3 and hms_partition(device_id, $1) = any($2) limit $4) limit $4"
};

/* ---------------------------------------------------------------- the rate */

int64_t prov_catch_up_room(struct prov_catch_up *c, int64_t now_us)
{
	int64_t rate = c->prov->conf->desired_rate, freed = 0;

	if (!c->looks || now_us < c->since_us)
		c->since_us = now_us;
	if (c->looks)
		freed = now_us - c->since_us < SECOND_US ? (now_us - c->since_us) * rate / SECOND_US : c->looks;
	if (freed) {
		c->looks = freed < c->looks ? c->looks - freed : 0;
		c->since_us = now_us;
	}
	return c->looks < rate ? rate - c->looks : 0;
}

void prov_catch_up_looked(struct prov_catch_up *c, const char *by, int64_t count)
{
	c->looks += count;
	if (count)
		hms_counter_add(prov_count(&prov_metrics.desired_looks, by), (uint64_t)count);
}

/* ---------------------------------------------------------------- what is desired */

void prov_catch_up_restart(struct prov_catch_up *c)
{
	c->over = false;
	memset(&c->cursor, 0, sizeof(c->cursor));
}

static void put(struct prov *prov, const struct hms_device_id *id)
{
	struct prov_item item = { .id = *id, .work = PROV_WORK_CATCH_UP };

	hms_stream_put(prov->stream, &item); /* full: at its next Inform */
}

static void on_stale(const struct hms_pg_result *res, void *arg)
{
	struct prov_catch_up *c = arg;
	int64_t left = (int64_t)c->asked / ROWS_PER_LOOK;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		bool stale = hms_pg_get_bool(res, i, 1);

		if (stale && !left--)
			return;
		hms_pg_get_uuid(res, i, 0, c->cursor.b);
		if (!stale)
			continue;
		put(c->prov, &c->cursor);
		prov_catch_up_looked(c, "sweep", 1);
	}
	c->over = hms_pg_rows(res) < c->asked;
}

/* What is for one sweep, of what the rate has left. */
static int64_t share(const struct prov_catch_up *c, int64_t rate)
{
	int64_t most = rate * c->prov->conf->sweep_interval / 1000;

	return most ? most : 1;
}

static void add_stale(struct prov_catch_up *c, struct hms_pg_batch *pg)
{
	const struct prov_catalog *catalog = c->prov->catalog;
	int64_t room, most;

	if (!catalog || !prov_catalog_wants_facts(catalog))
		return;
	if (c->gen != prov_catalog_gen(catalog)) {
		c->gen = prov_catalog_gen(catalog);
		prov_catch_up_restart(c);
	}
	room = prov_catch_up_room(c, hms_wall_us());
	most = share(c, c->prov->conf->desired_rate);
	if (c->over || !room)
		return;
	c->asked = (size_t)(room < most ? room : most) * ROWS_PER_LOOK;
	prov_sweep_scan(c->prov, pg, &select_stale, on_stale, c);
	hms_pg_p_uuid(pg, c->cursor.b);
	hms_pg_p_int8(pg, (int64_t)c->asked);
	hms_pg_p_int4(pg, c->gen);
}

/* ---------------------------------------------------------------- values to search by */

static void on_choice(const struct hms_pg_result *res, void *arg)
{
	const struct prov_catch_up *c = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct hms_device_id id;

		hms_pg_get_uuid(res, i, 0, id.b);
		put(c->prov, &id);
	}
	hms_counter_add(&prov_metrics.search_caught_up, hms_pg_rows(res));
}

static void add_choice(struct prov_catch_up *c, struct hms_pg_batch *pg)
{
	int64_t rate = c->prov->conf->search_rate;

	if (!rate)
		return;
	prov_sweep_scan(c->prov, pg, &select_choice, on_choice, c);
	hms_pg_p_int4(pg, prov_search_choice(c->prov->search));
	/* Until its paths have ids nothing is caught up: one device is enough to have them asked for. */
	hms_pg_p_int8(pg, c->prov->search_unlearnt ? 1 : share(c, rate));
}

void prov_catch_up_add(struct prov_catch_up *c, struct hms_pg_batch *pg)
{
	add_stale(c, pg);
	add_choice(c, pg);
}
