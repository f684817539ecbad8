/* Names that models do not have. */
#include "names.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/map.h"

#define MODELS_MAX 20000
#define NAMES_MAX 256 /* of a model and version; the statement below says the same */
#define KEY_MAX 1024

static const struct hms_pg_stmt select_names = {
	"absent_names", "select tenant, oui, product_class, software_version, name from absent_name order by at desc limit 100000"
};
/* In one order, so that two provisionings that learn the same do not wait for each other. */
static const struct hms_pg_stmt insert_names = {
	"insert_absent_names", "insert into absent_name (tenant, oui, product_class, software_version, name, device_id)"
			       " select n.tenant, n.oui, n.product_class, n.software_version, n.name, min(n.device_id::text)::uuid"
			       " from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[])"
			       " as n(tenant, oui, product_class, software_version, name, device_id)"
			       " where (select count(*) from absent_name a where (a.tenant, a.oui, a.product_class, a.software_version)"
			       "  = (n.tenant, n.oui, n.product_class, n.software_version)) < 256"
			       " group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5 on conflict do nothing"
};
static const struct hms_pg_stmt delete_names = { "delete_absent_names",
						 "delete from absent_name where (tenant, oui, product_class, software_version, name) in"
						 " (select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]))" };

struct model {
	char *list[NAMES_MAX];
	size_t count;
};

struct prov_names {
	struct hms_map *models; /* key: see key_of */
};

struct prov_names *prov_names_new(void)
{
	struct prov_names *names = calloc(1, sizeof(*names));

	if (names)
		names->models = hms_map_new(MODELS_MAX);
	if (names && !names->models)
		prov_names_free(&names);
	return names;
}

static void free_model(struct hms_str key, void *value, void *arg)
{
	struct model *m = value;

	(void)key;
	(void)arg;
	for (size_t i = 0; i < m->count; i++)
		free(m->list[i]);
	free(m);
}

void prov_names_free(struct prov_names **names)
{
	if (*names && (*names)->models)
		hms_map_each((*names)->models, free_model, NULL);
	if (*names)
		hms_map_free(&(*names)->models);
	free(*names);
	*names = NULL;
}

/* Returns its length, 0 when the texts are too long. */
static size_t key_of(char out[KEY_MAX], struct hms_str tenant, struct hms_str oui, struct hms_str product_class,
		     struct hms_str software_version)
{
	int n = snprintf(out, KEY_MAX, "%.*s%c%.*s%c%.*s%c%.*s", HMS_STR_FMT(tenant), 0, HMS_STR_FMT(oui), 0, HMS_STR_FMT(product_class), 0,
			 HMS_STR_FMT(software_version));

	return n > 0 && n < KEY_MAX ? (size_t)n : 0;
}

/* Made where there is none. NULL: no room. */
static struct model *model_for(struct prov_names *names, const char *key, size_t len)
{
	struct model *m = hms_map_get(names->models, key, len);

	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (m && hms_map_put(names->models, key, len, m)) {
		free(m);
		m = NULL;
	}
	return m;
}

int prov_names_add(struct prov_names *names, struct hms_str tenant, struct hms_str oui, struct hms_str product_class,
		   struct hms_str software_version, struct hms_str name)
{
	char key[KEY_MAX];
	size_t len = key_of(key, tenant, oui, product_class, software_version);
	struct model *m = len ? model_for(names, key, len) : NULL;

	if (!m)
		return len ? HMS_EFULL : 0;
	if (m->count == NAMES_MAX)
		return 0;
	m->list[m->count] = hms_str_dup(name);
	if (!m->list[m->count])
		return HMS_ENOMEM;
	m->count++;
	return 0;
}

static void on_rows(const struct hms_pg_result *res, void *arg)
{
	for (size_t i = 0; i < hms_pg_rows(res); i++)
		(void)prov_names_add(arg, hms_pg_get_str(res, i, 0), hms_pg_get_str(res, i, 1), hms_pg_get_str(res, i, 2),
				     hms_pg_get_str(res, i, 3), hms_pg_get_str(res, i, 4));
}

void prov_names_load(struct hms_pg_batch *batch, struct prov_names *names) { hms_pg_stmt_begin(batch, &select_names, on_rows, names); }

/* NULL: nothing is absent. */
static const struct model *find(const struct prov_names *names, const struct prov_cold *cold)
{
	char key[KEY_MAX];
	size_t len;

	if (!names || hms_map_count(names->models) == 0)
		return NULL;
	len = key_of(key, cold->tenant, cold->oui, cold->product_class, cold->software_version);
	return len ? hms_map_get(names->models, key, len) : NULL;
}

bool prov_names_absent(const struct prov_names *names, const struct prov_cold *cold, struct hms_str name)
{
	const struct model *m = find(names, cold);

	for (size_t i = 0; m && i < m->count; i++)
		if (hms_str_eqz(name, m->list[i]))
			return true;
	return false;
}

/* ---------------------------------------------------------------- what devices show */

static bool is_at_or_below(struct hms_str name, struct hms_str absent)
{
	return hms_str_eq(name, absent) || (hms_str_ends(absent, HMS_STR(".")) && hms_str_starts(name, absent));
}

void prov_names_seen(const struct prov_names *names, struct prov_device *d, struct hms_arena *arena, Hms__Param *const *params,
		     size_t count)
{
	const struct model *m = find(names, &d->cold);

	for (size_t k = 0; m && k < m->count; k++)
		for (size_t i = 0; i < count; i++)
			if (is_at_or_below(hms_str(params[i]->name), hms_str(m->list[k]))) {
				prov_names_shown(d, arena, hms_str(m->list[k]), false);
				break;
			}
}

void prov_names_shown(struct prov_device *d, struct hms_arena *arena, struct hms_str name, bool absent)
{
	struct prov_name *n = hms_arena_alloc(arena, sizeof(*n));

	if (!n) {
		d->failed = true;
		return;
	}
	*n = (struct prov_name){ .next = d->names, .name = hms_arena_str(arena, name), .absent = absent };
	d->names = n;
	d->failed |= !n->name.p;
}

static void write_some(struct hms_pg_batch *batch, struct prov_device *const *devices, size_t count, bool absent)
{
	struct hms_pg_array *text[5], *ids = hms_pg_array_new(batch, HMS_PG_UUID);

	for (size_t i = 0; i < 5; i++)
		text[i] = hms_pg_array_new(batch, HMS_PG_TEXT);
	for (size_t i = 0; i < count; i++) {
		const struct prov_cold *cold = &devices[i]->cold;

		for (const struct prov_name *n = devices[i]->names; n; n = n->next) {
			const struct hms_str row[5] = { cold->tenant, cold->oui, cold->product_class, cold->software_version, n->name };

			for (size_t k = 0; n->absent == absent && k < 5; k++)
				hms_pg_a_text(text[k], row[k]);
			if (n->absent == absent)
				hms_pg_a_uuid(ids, devices[i]->id.b);
		}
	}
	if (!hms_pg_array_count(ids))
		return;
	hms_pg_stmt_begin(batch, absent ? &insert_names : &delete_names, NULL, NULL);
	for (size_t i = 0; i < 5; i++)
		hms_pg_p_array(batch, text[i]);
	if (absent)
		hms_pg_p_array(batch, ids);
}

void prov_names_write(struct hms_pg_batch *batch, struct prov_device *const *devices, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count && !any; i++)
		any = devices[i]->names != NULL;
	if (!any)
		return;
	write_some(batch, devices, count, true);
	write_some(batch, devices, count, false);
}
