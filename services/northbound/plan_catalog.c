/* What holds for all devices of a plan: the profiles that would count, values of groups and sites, pools, paths. */
#include <stdlib.h>

#include "hms/base/map.h"
#include "plan.h"

#define ROWS_MAX "100000"
#define PATHS_MAX 1000000
#define NAMES_MAX 1000000

static const struct hms_pg_stmt select_profiles = {
	"plan_profiles",
	"select p.name, p.version, p.doc from profile_head h join profile p using (tenant, name, version) where tenant = $1 limit " ROWS_MAX
};
static const struct hms_pg_stmt select_groups = {
	"plan_groups", "select name, coalesce(doc -> 'values', '{}') from device_group where tenant = $1 limit " ROWS_MAX
};
static const struct hms_pg_stmt select_sites = {
	"plan_sites", "select match, coalesce(doc -> 'values', '{}') from site where tenant = $1 order by prio, name limit " ROWS_MAX
};
static const struct hms_pg_stmt select_pools = { "plan_pools",
						 "select name, coalesce(free, -1) from api_v1.pool where tenant = $1 limit " ROWS_MAX };
static const struct hms_pg_stmt select_paths = { "plan_paths", "select id, path from param_path where $1 <> '' limit 1000000" };

struct nbi_plan_catalog *nbi_plan_catalog_new(const struct nbi_plan_parts *parts, struct hms_profile *planned, size_t memory_bytes)
{
	struct nbi_plan_catalog *c = calloc(1, sizeof(*c));

	if (!c) {
		hms_profile_free(&planned);
		return NULL;
	}
	c->parts = parts;
	c->planned = planned;
	c->arena = hms_arena_new(memory_bytes);
	c->groups = json_object();
	c->paths = hms_map_new(PATHS_MAX);
	c->names = hms_map_new(NAMES_MAX);
	c->signer = parts->secret && *parts->files_url ? hms_file_signer_new(parts->secret) : NULL;
	if (!c->arena || !c->groups || !c->paths || !c->names || (parts->secret && *parts->files_url && !c->signer))
		nbi_plan_catalog_free(&c);
	return c;
}

void nbi_plan_catalog_free(struct nbi_plan_catalog **catalog)
{
	struct nbi_plan_catalog *c = *catalog;

	if (!c)
		return;
	for (size_t i = 0; i < c->profile_count; i++)
		if (c->profiles[i] != c->planned)
			hms_profile_free(&c->profiles[i]);
	hms_profile_free(&c->planned);
	hms_profile_free(&c->counting);
	for (size_t i = 0; i < c->site_count; i++)
		json_decref(c->sites[i].values);
	free(c->profiles);
	free(c->pools);
	free(c->sites);
	json_decref(c->groups);
	hms_map_free(&c->paths);
	hms_map_free(&c->names);
	hms_file_signer_free(&c->signer);
	hms_arena_free(&c->arena);
	free(c);
	*catalog = NULL;
}

/* One more place, zeroed; NULL marks the catalog as failed. */
static void *add(struct nbi_plan_catalog *c, void **list, size_t *count, size_t *room, size_t size)
{
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 16;
		void *grown = realloc(*list, more * size);

		if (!grown) {
			c->failed = true;
			return NULL;
		}
		*list = grown;
		*room = more;
	}
	return memset((char *)*list + (*count)++ * size, 0, size);
}
#define ADD(c, list, n) add(c, (void **)&(c)->list, &(c)->n##_count, &(c)->n##_room, sizeof(*(c)->list))

static struct hms_str keep(struct nbi_plan_catalog *c, struct hms_str text)
{
	struct hms_str copy = hms_arena_str(c->arena, text.len ? text : HMS_STR(""));

	c->failed |= !copy.p;
	return copy;
}

static void add_profile(struct nbi_plan_catalog *c, struct hms_profile *profile)
{
	struct hms_profile **place = ADD(c, profiles, profile);

	if (place)
		*place = profile;
	else if (profile != c->planned)
		hms_profile_free(&profile);
}

/* One that cannot be read sets nothing, as for provisioning. */
static void on_profiles(const struct hms_pg_result *res, void *arg)
{
	struct nbi_plan_catalog *c = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct hms_str name = keep(c, hms_pg_get_str(res, i, 0));
		int version = (int)hms_pg_get_int(res, i, 1);
		bool same = hms_str_eq(name, hms_profile_name(c->planned));
		struct hms_profile *profile;
		struct hms_err err;

		if ((same && version == hms_profile_version(c->planned)) || c->failed)
			continue;
		if (hms_profile_parse(hms_pg_get_str(res, i, 2), &hms_profile_limits, &profile, &err))
			continue;
		hms_profile_set_name(profile, name, version);
		if (same)
			c->counting = profile;
		else
			add_profile(c, profile);
	}
}

static void on_groups(const struct hms_pg_result *res, void *arg)
{
	struct nbi_plan_catalog *c = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct hms_str values = hms_pg_get_str(res, i, 1), name = hms_pg_get_str(res, i, 0);

		c->failed |= json_object_setn_new(c->groups, name.p, name.len, json_loadb(values.p, values.len, 0, NULL)) != 0;
	}
}

static void on_sites(const struct hms_pg_result *res, void *arg)
{
	struct nbi_plan_catalog *c = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct hms_str match_text = hms_pg_get_str(res, i, 0), values = hms_pg_get_str(res, i, 1);
		json_t *match = json_loadb(match_text.p, match_text.len, 0, NULL), *circle = json_object_get(match, "circle");
		struct nbi_plan_site *site = ADD(c, sites, site);

		if (site)
			*site = (struct nbi_plan_site){ .any = json_is_true(json_object_get(match, "any")),
							.latitude = json_number_value(json_object_get(circle, "lat")),
							.longitude = json_number_value(json_object_get(circle, "lon")),
							.radius_m = circle ? json_number_value(json_object_get(circle, "radius_m")) : -1,
							.values = json_loadb(values.p, values.len, 0, NULL) };
		json_decref(match);
	}
}

static void on_pools(const struct hms_pg_result *res, void *arg)
{
	struct nbi_plan_catalog *c = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct nbi_plan_pool *pool = ADD(c, pools, pool);

		if (pool)
			*pool = (struct nbi_plan_pool){ .name = keep(c, hms_pg_get_str(res, i, 0)), .free = hms_pg_get_int(res, i, 1) };
	}
}

static void on_paths(const struct hms_pg_result *res, void *arg)
{
	struct nbi_plan_catalog *c = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		uint32_t id = (uint32_t)hms_pg_get_int(res, i, 0);
		char *pattern = hms_arena_strz(c->arena, hms_pg_get_str(res, i, 1));

		c->failed |= !pattern || hms_map_put(c->paths, &id, sizeof(id), pattern) == HMS_ENOMEM;
	}
}

void nbi_plan_catalog_load(struct nbi_plan_catalog *catalog, struct hms_pg_batch *batch, struct hms_str tenant)
{
	static const struct {
		const struct hms_pg_stmt *stmt;
		hms_pg_rows_cb *fn;
	} statements[] = { { &select_profiles, on_profiles },
			   { &select_groups, on_groups },
			   { &select_sites, on_sites },
			   { &select_pools, on_pools },
			   { &select_paths, on_paths } };

	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		hms_pg_stmt_begin(batch, statements[i].stmt, statements[i].fn, catalog);
		hms_pg_p_text(batch, tenant);
	}
}

void nbi_plan_catalog_ready(struct nbi_plan_catalog *catalog)
{
	add_profile(catalog, catalog->planned);
	if (!catalog->failed)
		qsort(catalog->profiles, catalog->profile_count, sizeof(*catalog->profiles), hms_profile_order);
}
