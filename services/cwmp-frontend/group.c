/* Groups of devices: the table api_v1.device_group in memory. */
#include "group.h"

#include <stdlib.h>

#include "listener.h"

enum {
	GROUPS_MAX = 10000, /* as device_group_set() has it */
	TABLE_BYTES = 64 * 1024 * 1024,
	KEY_MAX = 1024,
};

static const struct hms_pg_stmt stmt_groups = { "fe_groups", "select tenant, name, auth, redirect_url from api_v1.device_group" };

struct table {
	struct hms_arena *arena;
	struct hms_map *by_name; /* tenant 0 name -> struct fe_group */
};

struct fe_groups {
	struct fe *fe;
	struct hms_timer timer;
	bool asking;
	struct table now; /* arena NULL: never read */
};

/* ---- the table ---- */
static void table_free(struct table *t)
{
	hms_map_free(&t->by_name);
	hms_arena_free(&t->arena);
}

static int table_new(struct table *t)
{
	*t = (struct table){ .arena = hms_arena_new(TABLE_BYTES), .by_name = hms_map_new(GROUPS_MAX) };
	if (t->arena && t->by_name)
		return 0;
	table_free(t);
	return HMS_ENOMEM;
}

/* HMS_ETOOBIG: no group has such a name. */
static int key_of(struct hms_str tenant, struct hms_str name, char out[KEY_MAX], size_t *len)
{
	if (tenant.len >= KEY_MAX || name.len >= KEY_MAX - tenant.len)
		return HMS_ETOOBIG;
	memcpy(out, tenant.p, tenant.len);
	out[tenant.len] = '\0';
	memcpy(out + tenant.len + 1, name.p, name.len);
	*len = tenant.len + 1 + name.len;
	return 0;
}

/* A value that is not known here is of a newer release: then the group is not known either. */
static int auth_of(struct hms_str text)
{
	for (int i = 0; i < FE_AUTH_COUNT; i++)
		if (hms_str_eqz(text, fe_auth_names[i]))
			return i;
	return HMS_EINVAL;
}

static int table_add(struct table *t, const struct hms_pg_result *res, size_t row)
{
	struct hms_str tenant = hms_pg_get_str(res, row, 0), name = hms_pg_get_str(res, row, 1);
	struct fe_group *g = hms_arena_alloc(t->arena, sizeof(*g));
	int auth = hms_pg_is_null(res, row, 2) ? FE_AUTH_LISTENER : auth_of(hms_pg_get_str(res, row, 2));
	char key[KEY_MAX];
	size_t len;

	if (auth < FE_AUTH_LISTENER) {
		log_error("a group's auth is not known", KV_S("group", name));
		return 0;
	}
	if (!g || key_of(tenant, name, key, &len))
		return HMS_ENOMEM;
	g->auth = auth;
	g->redirect_url = hms_arena_strz(t->arena, hms_pg_get_str(res, row, 3));
	return g->redirect_url ? hms_map_put(t->by_name, key, len, g) : HMS_ENOMEM;
}

/* ---- what listeners need before an Inform has said whose it is ---- */
static void gather(struct hms_str key, void *value, void *arg)
{
	struct fe_listener *l = arg;
	const struct fe_group *g = value;
	struct hms_str tenant = hms_str(l->conf->tenant);

	if (g->auth != FE_AUTH_LISTENER && key.len > tenant.len && key.p[tenant.len] == '\0' && hms_str_starts(key, tenant))
		l->group_rules |= 1u << g->auth;
}

static void tell_listeners(struct fe_groups *groups)
{
	for (size_t i = 0; i < groups->fe->listener_count; i++) {
		groups->fe->listeners[i]->group_rules = 0;
		hms_map_each(groups->now.by_name, gather, groups->fe->listeners[i]);
	}
}

/* ---- reading ---- */
static void on_rows(const struct hms_pg_result *res, void *arg)
{
	struct fe_groups *groups = arg;
	struct table next;
	int rc = table_new(&next);

	for (size_t row = 0; rc == 0 && row < hms_pg_rows(res); row++)
		rc = table_add(&next, res, row);
	if (rc) {
		log_error("groups of devices cannot be kept: what was read last holds", KV_Z("error", hms_strerror(rc)));
		table_free(&next);
		return;
	}
	table_free(&groups->now);
	groups->now = next;
	hms_gauge_set(&groups->fe->m.groups, (int64_t)hms_map_count(next.by_name));
	tell_listeners(groups);
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct fe_groups *groups = arg;

	groups->asking = false;
	if (err && err->code != HMS_ECANCELED && hms_log_allow(&groups->fe->directory_log, 1, hms_loop_now_ms(groups->fe->loop)))
		log_warn("groups of devices cannot be read", KV_Z("error", err->text), KV_Z("sqlstate", err->sqlstate));
}

void fe_groups_read(struct fe_groups *groups)
{
	struct hms_pg_batch *batch;

	if (groups->asking || !hms_pg_is_up(groups->fe->pg))
		return;
	batch = hms_pg_batch_new(groups->fe->pg);
	if (!batch)
		return;
	groups->asking = true;
	hms_pg_stmt_begin(batch, &stmt_groups, on_rows, groups);
	hms_pg_batch_send(batch, on_done, groups);
}

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct fe_groups *groups = arg;

	fe_groups_read(groups);
	hms_timer_start(timer, (uint64_t)groups->fe->conf->groups_refresh);
}

const struct fe_group *fe_group_find(struct fe_groups *groups, struct hms_str tenant, struct hms_str name)
{
	const struct fe_group *found = NULL;
	char key[KEY_MAX];
	size_t len;

	if (groups->now.by_name && key_of(tenant, name, key, &len) == 0)
		found = hms_map_get(groups->now.by_name, key, len);
	if (!found)
		fe_groups_read(groups);
	return found;
}

/* ---- life ---- */
struct fe_groups *fe_groups_new(struct fe *fe)
{
	struct fe_groups *groups = calloc(1, sizeof(*groups));

	if (!groups)
		return NULL;
	groups->fe = fe;
	hms_timer_init(&groups->timer, fe->loop, on_timer, groups);
	hms_timer_start(&groups->timer, (uint64_t)fe->conf->groups_refresh);
	return groups;
}

void fe_groups_free(struct fe_groups **groups)
{
	if (!*groups)
		return;
	hms_timer_stop(&(*groups)->timer);
	table_free(&(*groups)->now);
	free(*groups);
	*groups = NULL;
}
