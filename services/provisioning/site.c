/* Sites and the profile: one snapshot, and what it says for a device. */
#include "site.h"

#include <stdlib.h>

#include "hms/device/place.h"
#include "hms/log/log.h"
#include "learnt.h"
#include "names.h"

#define ENTRIES_MAX 100000

struct entry {
	struct hms_str tenant, name;
	int version;
	json_t *match, *doc;
	struct hms_profile *profile; /* NULL: a site, or a profile that says nothing of desired configuration that could be read */
};

struct entries {
	struct entry *list;
	size_t count, room;
};

struct prov_catalog {
	struct entries sites, profiles, groups;
	int32_t gen;
	bool sets, pools;
	struct prov_learnt *learnt;
	struct prov_names *names; /* absent ones */
	struct hms_err err;	  /* of the first row that is wrong */
};

static const struct hms_pg_stmt select_sites = { "catalog_sites",
						 "select tenant, name, 0, match, doc from site order by prio, name limit 100000" };
static const struct hms_pg_stmt select_profiles = {
	"catalog_profiles",
	"select p.tenant, p.name, p.version, '{}'::jsonb, p.doc from profile_head h join profile p using (tenant, name, version) limit 10000"
};
static const struct hms_pg_stmt select_groups = { "catalog_groups",
						  "select tenant, name, 0, '{}'::jsonb, doc from device_group limit 100000" };
static const struct hms_pg_stmt select_gen = { "catalog_gen", "select coalesce(max(gen), 0) from desired_generation" };

static void free_entries(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		free((char *)entries->list[i].tenant.p);
		free((char *)entries->list[i].name.p);
		json_decref(entries->list[i].match);
		json_decref(entries->list[i].doc);
		hms_profile_free(&entries->list[i].profile);
	}
	free(entries->list);
}

struct prov_catalog *prov_catalog_new(void)
{
	struct prov_catalog *catalog = calloc(1, sizeof(*catalog));

	if (catalog) {
		catalog->learnt = prov_learnt_new();
		catalog->names = prov_names_new();
	}
	if (catalog && (!catalog->learnt || !catalog->names))
		prov_catalog_free(&catalog);
	return catalog;
}

void prov_catalog_free(struct prov_catalog **catalog)
{
	if (!*catalog)
		return;
	free_entries(&(*catalog)->sites);
	free_entries(&(*catalog)->profiles);
	free_entries(&(*catalog)->groups);
	prov_learnt_free(&(*catalog)->learnt);
	prov_names_free(&(*catalog)->names);
	free(*catalog);
	*catalog = NULL;
}

static struct entry *add_entry(struct entries *entries)
{
	if (entries->count == entries->room) {
		size_t room = entries->room ? entries->room * 2 : 16;
		struct entry *list = realloc(entries->list, room * sizeof(*list));

		if (!list)
			return NULL;
		entries->list = list;
		entries->room = room;
	}
	return memset(&entries->list[entries->count++], 0, sizeof(struct entry));
}

static int is_pool(struct hms_str name, void *arg)
{
	(void)arg;
	return hms_str_starts(name, HMS_STR("pool."));
}

/* What procedures hand out does not depend on the rest of the document. */
static void read_profile(struct prov_catalog *catalog, struct entry *e, struct hms_str doc)
{
	struct hms_err err = { 0 };

	if (hms_profile_parse(doc, &hms_profile_limits, &e->profile, &err)) {
		log_error("profile sets nothing", KV_S("tenant", e->tenant), KV_S("profile", e->name), KV_I("version", e->version),
			  KV_Z("reason", err.text));
		return;
	}
	hms_profile_set_name(e->profile, e->name, e->version);
	catalog->sets |= hms_profile_sets(e->profile) || catalog->profiles.count > 1;
	catalog->pools |= hms_profile_uses(e->profile, is_pool, NULL) != 0;
}

static int add_row(struct prov_catalog *catalog, struct entries *entries, struct hms_str tenant, struct hms_str name, int version,
		   struct hms_str match, struct hms_str doc)
{
	struct entry *e = entries->count < ENTRIES_MAX ? add_entry(entries) : NULL;

	if (!e)
		return entries->count == ENTRIES_MAX ? HMS_EFULL : HMS_ENOMEM;
	e->tenant = hms_strn(hms_str_dup(tenant), tenant.len);
	e->name = hms_strn(hms_str_dup(name), name.len);
	e->version = version;
	e->match = json_loadb(match.p, match.len, 0, NULL);
	e->doc = json_loadb(doc.p, doc.len, 0, NULL);
	if (!e->tenant.p || !e->name.p)
		return HMS_ENOMEM;
	if (e->doc && version > 0)
		read_profile(catalog, e, doc);
	return e->match && e->doc ? 0 : HMS_ESYNTAX;
}

int prov_catalog_add(struct prov_catalog *catalog, struct hms_str tenant, struct hms_str name, int version, struct hms_str match,
		     struct hms_str doc)
{
	return add_row(catalog, version > 0 ? &catalog->profiles : &catalog->sites, tenant, name, version, match, doc);
}

static void add_rows(struct prov_catalog *catalog, struct entries *entries, const struct hms_pg_result *res)
{
	for (size_t i = 0; i < hms_pg_rows(res) && !catalog->err.code; i++) {
		struct hms_str name = hms_pg_get_str(res, i, 1);
		int rc = add_row(catalog, entries, hms_pg_get_str(res, i, 0), name, (int)hms_pg_get_int(res, i, 2),
				 hms_pg_get_str(res, i, 3), hms_pg_get_str(res, i, 4));

		if (rc)
			hms_err_set(&catalog->err, rc, "%.*s: %s", HMS_STR_FMT(name), hms_strerror(rc));
	}
}

static void on_sites(const struct hms_pg_result *res, void *arg) { add_rows(arg, &((struct prov_catalog *)arg)->sites, res); }

static void on_profiles(const struct hms_pg_result *res, void *arg) { add_rows(arg, &((struct prov_catalog *)arg)->profiles, res); }

static void on_groups(const struct hms_pg_result *res, void *arg) { add_rows(arg, &((struct prov_catalog *)arg)->groups, res); }

static void on_gen(const struct hms_pg_result *res, void *arg)
{
	((struct prov_catalog *)arg)->gen = hms_pg_rows(res) ? (int32_t)hms_pg_get_int(res, 0, 0) : 0;
}

void prov_catalog_load(struct hms_pg_batch *batch, struct prov_catalog *catalog)
{
	hms_pg_stmt_begin(batch, &select_gen, on_gen, catalog); /* first: what changes meanwhile is of a newer one */
	hms_pg_stmt_begin(batch, &select_sites, on_sites, catalog);
	hms_pg_stmt_begin(batch, &select_profiles, on_profiles, catalog);
	hms_pg_stmt_begin(batch, &select_groups, on_groups, catalog);
	prov_learnt_load(batch, catalog->learnt);
	prov_names_load(batch, catalog->names);
}

int64_t prov_catalog_learnt(const struct prov_catalog *catalog, const struct prov_cold *cold, enum hms_quirk quirk)
{
	return catalog ? prov_learnt_find(catalog->learnt, cold, quirk) : 0;
}

struct prov_names *prov_catalog_names(const struct prov_catalog *catalog) { return catalog ? catalog->names : NULL; }

const char *prov_catalog_error(const struct prov_catalog *catalog) { return catalog->err.code ? catalog->err.text : NULL; }

static bool site_matches(const struct entry *site, const struct prov_cold *cold)
{
	const json_t *circle = json_object_get(site->match, "circle");

	if (!hms_str_eq(cold->tenant, site->tenant))
		return false;
	if (json_is_true(json_object_get(site->match, "any")))
		return true;
	if (!circle || !cold->location_at)
		return false;
	return hms_distance_m(cold->latitude / 1e6, cold->longitude / 1e6, json_number_value(json_object_get(circle, "lat")),
			      json_number_value(json_object_get(circle, "lon"))) <= json_number_value(json_object_get(circle, "radius_m"));
}

struct hms_device_facts prov_catalog_facts(const struct prov_cold *cold)
{
	return (struct hms_device_facts){
		.tenant = cold->tenant,
		.oui = cold->oui,
		.product_class = cold->product_class,
		.serial = cold->serial,
		.kind = hms_str(hms_kind_names[cold->kind]),
		.model = cold->model,
		.hardware_version = cold->hardware_version,
		.software_version = cold->software_version,
		.group = cold->group_name,
		.region = cold->region,
		.tags = cold->tags,
		.tag_count = cold->tag_count,
	};
}

/* The first one that selects the device and says what procedures hand out. */
static const struct entry *find_profile(const struct prov_catalog *catalog, const struct prov_cold *cold)
{
	const struct hms_device_facts facts = prov_catalog_facts(cold);
	const struct entry *best = NULL;

	for (size_t i = 0; i < catalog->profiles.count; i++) {
		const struct entry *e = &catalog->profiles.list[i];

		if (!hms_str_eq(cold->tenant, e->tenant) || !json_object_get(e->doc, "kinds") ||
		    (e->profile && !hms_profile_selects(e->profile, &facts)))
			continue;
		if (!best || !best->profile || (e->profile && hms_profile_order(&e->profile, &best->profile) < 0))
			best = e;
	}
	return best;
}

static const struct entry *find_site(const struct prov_catalog *catalog, const struct prov_cold *cold)
{
	for (size_t i = 0; i < catalog->sites.count; i++)
		if (site_matches(&catalog->sites.list[i], cold))
			return &catalog->sites.list[i];
	return NULL;
}

int prov_catalog_choose(const struct prov_catalog *catalog, const struct prov_cold *cold, struct prov_choice *out, struct hms_err *err)
{
	const struct entry *profile = catalog ? find_profile(catalog, cold) : NULL;
	const struct entry *site = catalog ? find_site(catalog, cold) : NULL;

	if (!profile)
		return hms_err_set(err, HMS_ENOENT, "no active profile for tenant %.*s", HMS_STR_FMT(cold->tenant));
	if (!site && cold->kind != HMS_KIND_GENERIC) /* only a cell has a place */
		return hms_err_set(err, HMS_ENOENT, "no site matches the location");
	*out = (struct prov_choice){
		.site = site ? site->name.p : "",
		.version = profile->version,
		.site_values = site ? json_object_get(site->doc, "values") : NULL,
		.profile_values = json_object_get(profile->doc, "values"),
		.kind = json_object_get(json_object_get(profile->doc, "kinds"), hms_kind_names[cold->kind]),
		.read_location = json_is_true(json_object_get(json_object_get(profile->doc, "location"), "read_if_absent")),
	};
	if (!out->kind)
		return hms_err_set(err, HMS_ENOENT, "profile %s version %d says nothing about kind %s", profile->name.p, profile->version,
				   hms_kind_names[cold->kind]);
	return 0;
}

const char *prov_choice_value(const struct prov_choice *choice, const char *name)
{
	const char *value = json_string_value(json_object_get(choice->part_values, name));

	if (!value)
		value = json_string_value(json_object_get(choice->site_values, name));
	return value ? value : json_string_value(json_object_get(choice->profile_values, name));
}

/* ---------------------------------------------------------------- desired configuration */

int32_t prov_catalog_gen(const struct prov_catalog *catalog) { return catalog->gen; }

bool prov_catalog_wants_facts(const struct prov_catalog *catalog) { return catalog->sets; }

bool prov_catalog_uses_pools(const struct prov_catalog *catalog) { return catalog->pools; }

const struct hms_profile *const *prov_catalog_profiles(const struct prov_catalog *catalog, struct hms_arena *arena, struct hms_str tenant,
						       size_t *count)
{
	const struct hms_profile **list = hms_arena_alloc(arena, (catalog->profiles.count + 1) * sizeof(struct hms_profile *));

	*count = 0;
	for (size_t i = 0; list && i < catalog->profiles.count; i++) {
		const struct entry *e = &catalog->profiles.list[i];

		if (e->profile && hms_profile_sets(e->profile) && hms_str_eq(tenant, e->tenant))
			list[(*count)++] = e->profile;
	}
	if (list)
		qsort(list, *count, sizeof(*list), hms_profile_order);
	return list;
}

const json_t *prov_catalog_group(const struct prov_catalog *catalog, struct hms_str tenant, struct hms_str name)
{
	for (size_t i = 0; i < catalog->groups.count; i++)
		if (hms_str_eq(tenant, catalog->groups.list[i].tenant) && hms_str_eq(name, catalog->groups.list[i].name))
			return json_object_get(catalog->groups.list[i].doc, "values");
	return NULL;
}

const json_t *prov_catalog_site_values(const struct prov_catalog *catalog, const struct prov_cold *cold)
{
	const struct entry *site = find_site(catalog, cold);

	return site ? json_object_get(site->doc, "values") : NULL;
}
