/* Connections to PostgreSQL. */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>

#define SCHEMA_LOW 17

/* Filters that were not given have to vanish from the plan, hence a plan of its own for each execution. */
static const struct hms_pg_stmt settings = {
	"nbi_settings", "select set_config('plan_cache_mode', 'force_custom_plan', false), set_config('statement_timeout', $1, false)"
};

struct link {
	struct nbi_pool *pool;
	struct hms_pg *pg;
	int busy;
};

struct nbi_pool {
	struct nbi *nbi;
	size_t count;
	struct link links[];
};

static void on_schema(const struct hms_err *err, void *arg)
{
	struct link *link = arg;

	if (err->code == 0)
		link->pool->nbi->schema_ok = true;
	else if (err->code == HMS_EVERSION)
		hms_app_fail(link->pool->nbi->app, err->text);
}

static void on_settings(const struct hms_pg_error *err, void *arg)
{
	struct link *link = arg;

	if (err && err->code != HMS_ECANCELED && err->code != HMS_EUNAVAIL)
		hms_pg_reconnect(link->pg, err->text);
}

void nbi_pool_settings(const struct nbi *nbi, struct hms_pg_batch *batch)
{
	char timeout[32];

	snprintf(timeout, sizeof(timeout), "%lldms", (long long)nbi->conf->statement_timeout);
	hms_pg_stmt_begin(batch, &settings, NULL, NULL);
	hms_pg_p_text(batch, hms_str(timeout));
}

static void on_up(struct hms_pg *pg, void *arg)
{
	struct link *link = arg;
	struct hms_pg_batch *batch = hms_pg_batch_new(pg);

	if (!batch) {
		hms_pg_reconnect(pg, "out of memory");
		return;
	}
	nbi_pool_settings(link->pool->nbi, batch);
	hms_pg_batch_send(batch, on_settings, link);
	hms_pg_schema_ask(pg, SCHEMA_LOW, HMS_SCHEMA_HIGH, on_schema, link);
}

struct nbi_pool *nbi_pool_new(struct nbi *nbi)
{
	static const struct hms_pg_cb cb = { on_up, NULL };
	size_t count = (size_t)nbi->conf->connections;
	struct nbi_pool *pool = calloc(1, sizeof(*pool) + count * sizeof(pool->links[0]));

	if (!pool)
		return NULL;
	pool->nbi = nbi;
	for (; pool->count < count; pool->count++) {
		struct link *link = &pool->links[pool->count];

		link->pool = pool;
		link->pg = hms_pg_new(nbi->loop, hms_conf_get(hms_app_conf(nbi->app), &hms_pg_conf_section), "hms-northbound", &cb, link);
		if (!link->pg) {
			nbi_pool_free(&pool);
			return NULL;
		}
	}
	return pool;
}

void nbi_pool_free(struct nbi_pool **pool)
{
	if (!*pool)
		return;
	for (size_t i = 0; i < (*pool)->count; i++)
		hms_pg_free(&(*pool)->links[i].pg);
	free(*pool);
	*pool = NULL;
}

struct hms_pg *nbi_pool_take(struct nbi_pool *pool)
{
	struct link *best = NULL;

	for (size_t i = 0; i < pool->count; i++)
		if (hms_pg_is_up(pool->links[i].pg) && (!best || pool->links[i].busy < best->busy))
			best = &pool->links[i];
	return best ? best->pg : NULL;
}

void nbi_pool_busy(struct nbi_pool *pool, const struct hms_pg *pg, int change)
{
	for (size_t i = 0; i < pool->count; i++)
		if (pool->links[i].pg == pg)
			pool->links[i].busy += change;
}

bool nbi_pool_up(const struct nbi_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		if (hms_pg_is_up(pool->links[i].pg))
			return true;
	return false;
}
