/* Sites and the profile: one snapshot, and what it says for a device. */
#include "site.h"

#include <math.h>
#include <stdlib.h>

#include "learnt.h"

#define ENTRIES_MAX 100000

struct entry {
	struct hms_str tenant, name;
	int version;
	json_t *match, *doc;
};

struct entries {
	struct entry *list;
	size_t count, room;
};

struct prov_catalog {
	struct entries sites, profiles;
	struct prov_learnt *learnt;
	struct hms_err err; /* of the first row that is wrong */
};

static const struct hms_pg_stmt select_sites = { "catalog_sites",
						 "select tenant, name, 0, match, doc from site order by prio, name limit 100000" };
static const struct hms_pg_stmt select_profiles = {
	"catalog_profiles",
	"select distinct on (tenant) tenant, name, version, '{}'::jsonb, doc from profile where active order by tenant, version desc, name"
};

static void free_entries(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		free((char *)entries->list[i].tenant.p);
		free((char *)entries->list[i].name.p);
		json_decref(entries->list[i].match);
		json_decref(entries->list[i].doc);
	}
	free(entries->list);
}

struct prov_catalog *prov_catalog_new(void)
{
	struct prov_catalog *catalog = calloc(1, sizeof(*catalog));

	if (catalog)
		catalog->learnt = prov_learnt_new();
	if (catalog && !catalog->learnt)
		prov_catalog_free(&catalog);
	return catalog;
}

void prov_catalog_free(struct prov_catalog **catalog)
{
	if (!*catalog)
		return;
	free_entries(&(*catalog)->sites);
	free_entries(&(*catalog)->profiles);
	prov_learnt_free(&(*catalog)->learnt);
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

int prov_catalog_add(struct prov_catalog *catalog, struct hms_str tenant, struct hms_str name, int version, struct hms_str match,
		     struct hms_str doc)
{
	struct entries *entries = version > 0 ? &catalog->profiles : &catalog->sites;
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
	return e->match && e->doc ? 0 : HMS_ESYNTAX;
}

static void on_rows(const struct hms_pg_result *res, void *arg)
{
	struct prov_catalog *catalog = arg;

	for (size_t i = 0; i < hms_pg_rows(res) && !catalog->err.code; i++) {
		struct hms_str name = hms_pg_get_str(res, i, 1);
		int rc = prov_catalog_add(catalog, hms_pg_get_str(res, i, 0), name, (int)hms_pg_get_int(res, i, 2),
					  hms_pg_get_str(res, i, 3), hms_pg_get_str(res, i, 4));

		if (rc)
			hms_err_set(&catalog->err, rc, "%.*s: %s", HMS_STR_FMT(name), hms_strerror(rc));
	}
}

void prov_catalog_load(struct hms_pg_batch *batch, struct prov_catalog *catalog)
{
	hms_pg_stmt_begin(batch, &select_sites, on_rows, catalog);
	hms_pg_stmt_begin(batch, &select_profiles, on_rows, catalog);
	prov_learnt_load(batch, catalog->learnt);
}

int64_t prov_catalog_learnt(const struct prov_catalog *catalog, const struct prov_cold *cold, enum hms_quirk quirk)
{
	return catalog ? prov_learnt_find(catalog->learnt, cold, quirk) : 0;
}

const char *prov_catalog_error(const struct prov_catalog *catalog) { return catalog->err.code ? catalog->err.text : NULL; }

/* Metres between two points, on a sphere: good enough to choose a site. */
static double distance_m(double lat1, double lon1, double lat2, double lon2)
{
	const double rad = M_PI / 180.0, radius_m = 6371000.0;
	double dlat = (lat2 - lat1) * rad / 2, dlon = (lon2 - lon1) * rad / 2;
	double a = sin(dlat) * sin(dlat) + cos(lat1 * rad) * cos(lat2 * rad) * sin(dlon) * sin(dlon);

	return 2 * radius_m * asin(a < 1 ? sqrt(a) : 1);
}

static bool site_matches(const struct entry *site, const struct prov_cold *cold)
{
	const json_t *circle = json_object_get(site->match, "circle");

	if (!hms_str_eq(cold->tenant, site->tenant))
		return false;
	if (json_is_true(json_object_get(site->match, "any")))
		return true;
	if (!circle || !cold->location_at)
		return false;
	return distance_m(cold->latitude / 1e6, cold->longitude / 1e6, json_number_value(json_object_get(circle, "lat")),
			  json_number_value(json_object_get(circle, "lon"))) <= json_number_value(json_object_get(circle, "radius_m"));
}

static const struct entry *find_profile(const struct prov_catalog *catalog, struct hms_str tenant)
{
	for (size_t i = 0; i < catalog->profiles.count; i++)
		if (hms_str_eq(tenant, catalog->profiles.list[i].tenant))
			return &catalog->profiles.list[i];
	return NULL;
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
	const struct entry *profile = catalog ? find_profile(catalog, cold->tenant) : NULL;
	const struct entry *site = catalog ? find_site(catalog, cold) : NULL;

	if (!profile)
		return hms_err_set(err, HMS_ENOENT, "no active profile for tenant %.*s", HMS_STR_FMT(cold->tenant));
	if (!site)
		return hms_err_set(err, HMS_ENOENT, "no site matches the location");
	*out = (struct prov_choice){
		.site = site->name.p,
		.version = profile->version,
		.site_values = json_object_get(site->doc, "values"),
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
