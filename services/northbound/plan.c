/* Plans as requests: of one device, and of all devices of a tenant, page by page over one snapshot. Pages are read on the loop and thought about on a thread, so that
 * other requests are answered meanwhile. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/base/encode.h"
#include "pool.h"
#include "profile.h"

#define PAGE_ROWS 500
#define PAGE_MAX_BYTES (256u * 1024 * 1024)

static const struct hms_pg_stmt ask = {
	"nbi_plan_begin",
	"with n as (select max(version) as newest from profile where tenant = $1 and name = $2 ->> 'profile')"
	" select jsonb_build_object('newest', coalesce(n.newest, 0), 'document', (select p.doc from profile p where p.tenant = $1 and p.name = $2 ->> 'profile'"
	" and p.version = coalesce(($2 ->> 'version')::int, n.newest)), 'device', case when $2 ? 'device' then api_v1.device_need($1, $2 -> 'device') end)::text"
	" from n"
};
static const struct hms_pg_stmt begin = { "plan_begin", "begin isolation level repeatable read read only" };
static const struct hms_pg_stmt commit = { "plan_commit", "commit" };

#define COLUMN(name, sql) ", " sql
#define NUMBER(name, sql) ", " sql
#define JOINS                                                                                                                      \
	" left join device_hot h on h.device_id = d.device_id left join device_desired x on x.device_id = d.device_id"             \
	" left join device_param p on p.device_id = d.device_id left join learnt_quirk l on l.tenant = d.tenant and l.oui = d.oui" \
	" and l.product_class = d.product_class and l.software_version = d.software_version and l.quirk = 'get_values_max'"
/* The page first: else each page would merge the other tables from their beginning. */
static const struct hms_pg_stmt select_page = {
	"plan_page",
	"select d.device_id"
#include "plan_columns.def"
	" from (select * from device where tenant = $1 and device_id > $2 order by device_id limit $3) d" JOINS " order by d.device_id"
};
static const struct hms_pg_stmt select_device = { "plan_device",
						  "select d.device_id"
#include "plan_columns.def"
						  " from device d" JOINS " where d.tenant = $1 and d.device_id = $2 limit $3" };
#undef JOINS
#undef COLUMN
#undef NUMBER

struct page {
	struct hms_arena *arena;
	struct nbi_plan_row *rows;
	size_t count;
};

struct nbi_plan {
	struct nbi_req *r; /* held */
	struct nbi *nbi;
	int version;
	bool single, over, failed;
	bool open; /* its transaction */
	bool catalog_ready;
	bool work_failed; /* the thread's */
	struct nbi_plan_catalog *catalog;
	struct nbi_plan_count *count;
	struct hms_arena *arena; /* of one device */
	struct page pages[2], *fetching, *ready, *working;
	struct hms_device_id last;
	struct hms_work work;
	json_t *answer; /* of a single device */
	uint64_t begun_us;
};

/* ---------------------------------------------------------------- the connection */

static void on_settings(const struct hms_pg_error *err, void *arg)
{
	struct nbi *nbi = arg;

	if (err && err->code != HMS_ECANCELED && err->code != HMS_EUNAVAIL)
		hms_pg_reconnect(nbi->plan_pg, err->text);
}

static void on_up(struct hms_pg *pg, void *arg)
{
	struct nbi *nbi = arg;
	struct hms_pg_batch *batch = hms_pg_batch_new(pg);

	if (!batch) {
		hms_pg_reconnect(pg, "out of memory");
		return;
	}
	nbi_pool_settings(nbi, batch);
	hms_pg_batch_send(batch, on_settings, nbi);
}

struct hms_pg *nbi_plan_connect(struct nbi *nbi)
{
	static const struct hms_pg_cb cb = { on_up, NULL };

	return hms_pg_new(nbi->loop, hms_conf_get(hms_app_conf(nbi->app), &hms_pg_conf_section), "hms-northbound-plan", &cb, nbi);
}

/* ---------------------------------------------------------------- life of a plan */

static void plan_free(struct nbi_plan *plan)
{
	if (plan->nbi->plan == plan)
		plan->nbi->plan = NULL;
	nbi_plan_catalog_free(&plan->catalog);
	nbi_plan_count_free(&plan->count);
	hms_arena_free(&plan->arena);
	for (size_t i = 0; i < 2; i++)
		hms_arena_free(&plan->pages[i].arena);
	json_decref(plan->answer);
	nbi_req_unref(plan->r);
	free(plan);
}

static struct nbi_plan *plan_new(struct nbi_req *r, struct hms_profile *planned, int version, bool single)
{
	const struct nbi_conf *conf = r->nbi->conf;
	struct nbi_plan *plan = calloc(1, sizeof(*plan));
	size_t samples = (size_t)json_integer_value(json_object_get(r->args, "samples"));

	if (!plan) {
		hms_profile_free(&planned);
		return NULL;
	}
	plan->r = r;
	plan->nbi = r->nbi;
	plan->version = version;
	plan->single = single;
	plan->begun_us = hms_mono_us();
	nbi_req_ref(r);
	hms_profile_set_name(planned, hms_str(json_string_value(json_object_get(r->args, "profile"))), version);
	plan->catalog = nbi_plan_catalog_new(r->nbi->plan_parts, planned, (size_t)conf->plan_memory_bytes);
	plan->count = nbi_plan_count_new(samples, (size_t)conf->plan_memory_bytes);
	plan->arena = hms_arena_new((size_t)conf->request_memory_bytes);
	for (size_t i = 0; i < 2; i++)
		plan->pages[i].arena = hms_arena_new(PAGE_MAX_BYTES);
	if (plan->catalog && plan->count && plan->arena && plan->pages[0].arena && plan->pages[1].arena)
		return plan;
	plan_free(plan);
	return NULL;
}

static void refuse_memory(struct nbi_plan *plan)
{
	plan->failed = true;
	nbi_refuse(plan->r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory, or more than [northbound] plan_memory_bytes");
}

static void finish(struct nbi_plan *plan)
{
	json_t *root = plan->single ? json_incref(plan->answer) : nbi_plan_count_show(plan->count);
	char *text;

	if (!plan->failed && nbi_req_live(plan->r)) {
		json_object_set(root, "name", json_object_get(plan->r->args, "profile"));
		json_object_set_new(root, "version", json_integer(plan->version));
		text = json_dumps(root, JSON_COMPACT);
		if (text)
			nbi_reply(plan->r, 200, hms_str(text), NULL);
		else if (plan->single && !plan->answer)
			nbi_refuse(plan->r, NBI_PROBLEM_NOT_FOUND, "device", "no such device");
		else
			refuse_memory(plan);
		free(text);
		if (!plan->single)
			hms_histogram_observe_us(&plan->nbi->m.plan_time, hms_mono_us() - plan->begun_us);
	}
	json_decref(root);
	plan_free(plan);
}

/* ---------------------------------------------------------------- thinking, on a thread */

static int think(struct nbi_plan *plan, const struct nbi_plan_row *row)
{
	struct nbi_plan_outcome outcome;
	int rc;

	hms_arena_reset(plan->arena);
	rc = nbi_plan_device(plan->catalog, plan->arena, row, &outcome);
	if (!rc && plan->single) {
		plan->answer = nbi_plan_show(row, &outcome);
		rc = plan->answer ? 0 : HMS_ENOMEM;
	} else if (!rc) {
		rc = nbi_plan_count_add(plan->count, row, &outcome);
	}
	return rc;
}

static void work(void *arg)
{
	struct nbi_plan *plan = arg;

	for (size_t i = 0; i < plan->working->count && !plan->work_failed; i++)
		plan->work_failed = think(plan, &plan->working->rows[i]) != 0;
}

/* ---------------------------------------------------------------- reading */

static void step(struct nbi_plan *plan);

static void on_worked(void *arg)
{
	struct nbi_plan *plan = arg;

	plan->working = NULL;
	if (plan->work_failed)
		refuse_memory(plan);
	step(plan);
}

static void on_rows(const struct hms_pg_result *res, void *arg)
{
	struct nbi_plan *plan = arg;
	struct page *page = plan->fetching;

	hms_arena_reset(page->arena);
	page->count = 0;
	page->rows = hms_arena_alloc(page->arena, (hms_pg_rows(res) + 1) * sizeof(*page->rows));
	for (size_t i = 0; page->rows && i < hms_pg_rows(res); i++)
		if (nbi_plan_row_read(res, i, page->arena, &page->rows[page->count++])) {
			page->rows = NULL;
			break;
		}
	plan->failed |= !page->rows;
	if (page->rows && page->count)
		plan->last = page->rows[page->count - 1].id;
}

static void on_page(const struct hms_pg_error *err, void *arg)
{
	struct nbi_plan *plan = arg;
	struct page *page = plan->fetching;

	plan->fetching = NULL;
	plan->open = !err && !plan->single;
	if (err) {
		plan->failed = true;
		nbi_refuse_sql(plan->r, err);
	} else if (plan->failed || plan->catalog->failed) {
		refuse_memory(plan);
	} else {
		if (!plan->catalog_ready)
			nbi_plan_catalog_ready(plan->catalog);
		plan->catalog_ready = true;
		plan->ready = page;
		plan->over = plan->single || page->count < PAGE_ROWS;
	}
	step(plan);
}

static void add_page(struct nbi_plan *plan, struct hms_pg_batch *batch)
{
	plan->fetching = &plan->pages[plan->working == &plan->pages[0]];
	hms_pg_stmt_begin(batch, plan->single ? &select_device : &select_page, on_rows, plan);
	hms_pg_p_text(batch, hms_str(plan->r->token.tenant));
	hms_pg_p_uuid(batch, plan->last.b);
	hms_pg_p_int4(batch, PAGE_ROWS);
}

static void fetch(struct nbi_plan *plan)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(plan->nbi->plan_pg);

	if (!batch) {
		refuse_memory(plan);
		return;
	}
	add_page(plan, batch);
	hms_pg_batch_send(batch, on_page, plan);
}

static void on_committed(const struct hms_pg_error *err, void *arg)
{
	(void)err; /* nothing was written */
	finish(arg);
}

static void end(struct nbi_plan *plan)
{
	struct hms_pg *pg = plan->nbi->plan_pg;
	struct hms_pg_batch *batch = plan->open && pg && hms_pg_is_up(pg) ? hms_pg_batch_new(pg) : NULL;

	if (!batch) {
		finish(plan);
		return;
	}
	hms_pg_stmt_begin(batch, &commit, NULL, NULL);
	hms_pg_batch_send(batch, on_committed, plan);
}

/* One page is thought about while the next one is read. */
static void step(struct nbi_plan *plan)
{
	if (!plan->working && plan->ready) {
		plan->working = plan->ready;
		plan->ready = NULL;
		hms_work_run(&plan->work, plan->nbi->loop, work, on_worked, plan);
	}
	if (!plan->fetching && !plan->ready && !plan->over && !plan->failed && nbi_req_live(plan->r))
		fetch(plan);
	if (!plan->working && !plan->fetching && !plan->ready)
		end(plan);
}

/* ---------------------------------------------------------------- the request */

/* A device's plan takes a connection of all, for one round trip. */
static void send_single(struct nbi_plan *plan)
{
	struct hms_pg *pg = nbi_pool_take(plan->nbi->pool);
	struct hms_pg_batch *batch = pg ? hms_pg_batch_new(pg) : NULL;

	if (!batch) {
		nbi_refuse(plan->r, NBI_PROBLEM_UNAVAILABLE, NULL, pg ? "out of memory" : "PostgreSQL is away");
		plan_free(plan);
		return;
	}
	hms_pg_stmt_begin(batch, &begin, NULL, NULL);
	nbi_plan_catalog_load(plan->catalog, batch, hms_str(plan->r->token.tenant));
	add_page(plan, batch);
	hms_pg_stmt_begin(batch, &commit, NULL, NULL);
	hms_pg_batch_send(batch, on_page, plan);
}

static void send_all(struct nbi_plan *plan)
{
	struct hms_pg_batch *batch = hms_pg_is_up(plan->nbi->plan_pg) ? hms_pg_batch_new(plan->nbi->plan_pg) : NULL;

	if (!batch || plan->nbi->plan) {
		nbi_refuse(plan->r, plan->nbi->plan ? NBI_PROBLEM_RATE : NBI_PROBLEM_UNAVAILABLE, NULL,
			   plan->nbi->plan ? "a plan over all devices is being made: one at a time" : "PostgreSQL is away");
		hms_pg_batch_free(&batch);
		plan_free(plan);
		return;
	}
	plan->nbi->plan = plan;
	hms_pg_stmt_begin(batch, &begin, NULL, NULL);
	nbi_plan_catalog_load(plan->catalog, batch, hms_str(plan->r->token.tenant));
	add_page(plan, batch);
	hms_pg_batch_send(batch, on_page, plan);
}

/* A stored document was read when it was put; it may be older than this release. */
static struct hms_profile *stored(struct nbi_req *r, json_t *document)
{
	struct hms_profile *profile = NULL;
	struct hms_err err = { 0 };
	char *text = json_is_object(document) ? json_dumps(document, 0) : NULL;

	if (!text)
		nbi_refuse(r, NBI_PROBLEM_NOT_FOUND, "profile", "no such profile or version");
	else if (hms_profile_parse(hms_str(text), &hms_profile_limits, &profile, &err))
		nbi_refuse_document(r, err.text);
	free(text);
	return profile;
}

static void on_asked(struct nbi_req *r, const struct hms_pg_error *err)
{
	json_t *root = err ? NULL : json_loadb(r->result.p ? r->result.p : "", r->result.len, 0, NULL);
	int version = (int)json_integer_value(json_object_get(r->args, "version"));
	int newest = (int)json_integer_value(json_object_get(root, "newest"));
	const char *device = json_string_value(json_object_get(root, "device"));
	struct hms_profile *profile;
	struct nbi_plan *plan;

	if (err) {
		nbi_refuse_sql(r, err);
		return;
	}
	profile = r->body.len ? nbi_profile_read(r) : stored(r, json_object_get(root, "document"));
	if (!profile) {
		json_decref(root);
		return;
	}
	plan = plan_new(r, profile, r->body.len ? newest + 1 : version ? version : newest, device);
	if (plan && device)
		hms_uuid_parse(hms_str(device), plan->last.b);
	json_decref(root);
	if (!plan)
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
	else if (plan->single)
		send_single(plan);
	else
		send_all(plan);
}

/* Without a body the stored version; with one the document that it is, as the next version. */
void nbi_run_plan(struct nbi_req *r)
{
	if (r->body.len && json_object_get(r->args, "version"))
		nbi_refuse(r, NBI_PROBLEM_INVALID, "version", "a document that is sent has none");
	else
		nbi_ask(r, &ask, on_asked);
}
