/* The view of devices in PostgreSQL: one query at a time for all who wait, and a short memory for unknown ones. */
#include "directory.h"

#include <stdlib.h>

#include "pgarray.h"
#include "post.h"

#define BATCH_MAX 200
#define WAITING_MAX 10000
#define UNKNOWN_SLOTS 8192

/* Rows come with the place of their id in the question. An alias has the canonical id beside it. */
static const struct hms_pg_stmt stmt_device_auth = {
	.name = "fe_device_auth",
	.sql = "select asked.place, a.canonical_id, a.credentials, a.group_name"
	       " from unnest($1::uuid[]) with ordinality as asked(id, place)"
	       " join api_v1.device_auth a on a.device_id = asked.id",
};

struct unknown {
	struct hms_device_id id;
	uint64_t until_ms;
};

struct fe_directory {
	struct fe *fe;
	void (*done)(struct fe_post *p, int code);
	struct hms_list waiting; /* struct fe_lookup */
	size_t waiting_count;
	struct fe_post *asked[BATCH_MAX];
	size_t asked_count;
	struct hms_defer ask;		       /* once per loop iteration, so that its misses travel together */
	struct unknown unknown[UNKNOWN_SLOTS]; /* a place by id; the newer one stays */
};

static struct unknown *unknown_of(struct fe_directory *d, struct hms_device_id id)
{
	return &d->unknown[hms_hash(id.b, sizeof(id.b)) % UNKNOWN_SLOTS];
}

static bool is_unknown(struct fe_directory *d, struct hms_device_id id)
{
	const struct unknown *u = unknown_of(d, id);

	return u->until_ms > hms_loop_now_ms(d->fe->loop) && hms_device_id_eq(u->id, id);
}

static void remember_unknown(struct fe_directory *d, struct hms_device_id id)
{
	*unknown_of(d, id) = (struct unknown){ .id = id, .until_ms = hms_loop_now_ms(d->fe->loop) + (uint64_t)d->fe->conf->negative_cache };
}

/* ---- answers ---- */
static int take_row(struct fe_post *p, const struct hms_pg_result *res, size_t row)
{
	struct hms_str sealed[HMS_CREDENTIALS_MAX];
	int count = 0;

	p->lookup.known = true;
	if (!hms_pg_is_null(res, row, 1)) {
		p->lookup.aliased = true;
		hms_pg_get_uuid(res, row, 1, p->s.device.b);
	}
	p->lookup.group = hms_arena_str(p->work->arena, hms_pg_get_str(res, row, 3));
	if (!p->lookup.group.p)
		return HMS_ENOMEM;
	if (!hms_pg_is_null(res, row, 2))
		count = fe_pgarray_read(hms_pg_get_str(res, row, 2), sealed, HMS_CREDENTIALS_MAX);
	if (count < 0)
		return count;
	for (int i = 0; i < count; i++)
		if (fe_entry_keep_sealed(p, sealed[i]))
			return HMS_ENOMEM;
	return 0;
}

static void row_failed(struct fe_post *p)
{
	p->lookup.failed = true;
	log_error("the row of a device cannot be read", KV_B("device", p->s.device.b, sizeof(p->s.device.b)));
}

static void on_rows(const struct hms_pg_result *res, void *arg)
{
	struct fe_directory *d = arg;

	for (size_t row = 0; row < hms_pg_rows(res); row++) {
		int64_t place = hms_pg_get_int(res, row, 0);
		struct fe_post *p = place > 0 && (size_t)place <= d->asked_count ? d->asked[place - 1] : NULL;

		if (p && fe_post_is_live(p) && take_row(p, res, row) != 0)
			row_failed(p);
	}
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct fe_directory *d = arg;
	size_t count = d->asked_count;

	if (err && hms_log_allow(&d->fe->directory_log, 1, hms_loop_now_ms(d->fe->loop)))
		log_warn("devices cannot be looked up", KV_Z("error", err->text), KV_Z("sqlstate", err->sqlstate));
	for (size_t i = 0; i < count; i++) {
		struct fe_post *p = d->asked[i];

		if (!err && !p->lookup.known)
			remember_unknown(d, p->s.device);
		d->done(p, err ? HMS_EUNAVAIL : p->lookup.failed ? HMS_ENOMEM : 0);
	}
	d->asked_count = 0;
	if (!hms_list_empty(&d->waiting))
		hms_defer_schedule(d->fe->loop, &d->ask);
}

/* ---- questions ---- */
static void take_waiting(struct fe_directory *d)
{
	while (!hms_list_empty(&d->waiting) && d->asked_count < BATCH_MAX) {
		struct fe_lookup *l = hms_container_of(d->waiting.next, struct fe_lookup, node);

		hms_list_remove(&l->node);
		d->waiting_count--;
		d->asked[d->asked_count++] = hms_container_of(l, struct fe_post, lookup);
	}
}

static void fail_asked(struct fe_directory *d, int code)
{
	size_t count = d->asked_count;

	for (size_t i = 0; i < count; i++)
		d->done(d->asked[i], code);
	d->asked_count = 0;
}

static void ask(struct hms_defer *defer, void *arg)
{
	struct fe_directory *d = arg;
	struct hms_pg_batch *batch;
	struct hms_pg_array *ids;

	(void)defer;
	if (d->asked_count > 0)
		return;
	take_waiting(d);
	if (d->asked_count == 0)
		return;
	batch = hms_pg_batch_new(d->fe->pg);
	if (!batch) {
		fail_asked(d, HMS_ENOMEM);
		return;
	}
	hms_pg_stmt_begin(batch, &stmt_device_auth, on_rows, d);
	ids = hms_pg_array_new(batch, HMS_PG_UUID);
	for (size_t i = 0; i < d->asked_count; i++)
		hms_pg_a_uuid(ids, d->asked[i]->s.device.b);
	hms_pg_p_array(batch, ids);
	hms_pg_batch_send(batch, on_done, d);
}

void fe_directory_ask(struct fe_directory *d, struct fe_post *p, void (*done)(struct fe_post *p, int code))
{
	if (is_unknown(d, p->s.device)) {
		done(p, 0);
		return;
	}
	if (d->waiting_count == WAITING_MAX || !hms_pg_is_up(d->fe->pg)) {
		done(p, HMS_EUNAVAIL);
		return;
	}
	d->done = done;
	hms_list_push_back(&d->waiting, &p->lookup.node);
	d->waiting_count++;
	hms_defer_schedule(d->fe->loop, &d->ask);
}

struct fe_directory *fe_directory_new(struct fe *fe)
{
	struct fe_directory *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->fe = fe;
	hms_list_init(&d->waiting);
	hms_defer_init(&d->ask, ask, d);
	return d;
}

void fe_directory_free(struct fe_directory **directory)
{
	struct fe_directory *d = *directory;

	if (!d)
		return;
	hms_defer_cancel(&d->ask);
	while (!hms_list_empty(&d->waiting)) {
		take_waiting(d);
		fail_asked(d, HMS_ECANCELED);
	}
	free(d);
	*directory = NULL;
}
