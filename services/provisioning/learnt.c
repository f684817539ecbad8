/* Quirks that devices have shown, kept for their model and software version. */
#include "learnt.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/map.h"

#define LEARNT_MAX 100000
#define KEY_MAX 1024

static const struct hms_pg_stmt select_learnt = {
	"learnt_quirks", "select tenant, oui, product_class, software_version, quirk, value from learnt_quirk limit 100000"
};
/* In one order, so that two provisionings that learn the same do not wait for each other. */
static const struct hms_pg_stmt upsert_learnt = {
	"upsert_learnt", "insert into learnt_quirk as l (tenant, oui, product_class, software_version, quirk, value, device_id)"
			 " select tenant, oui, product_class, software_version, 'get_values_max', min(value), min(device_id::text)::uuid"
			 " from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::uuid[])"
			 " as n(tenant, oui, product_class, software_version, value, device_id) group by 1, 2, 3, 4 order by 1, 2, 3, 4"
			 " on conflict (tenant, oui, product_class, software_version, quirk) do update"
			 " set value = least(l.value, excluded.value), device_id = excluded.device_id, times = l.times + 1, last = now()"
};

struct prov_learnt {
	struct hms_map *rows; /* key: see key_of */
};

struct prov_learnt *prov_learnt_new(void)
{
	struct prov_learnt *learnt = calloc(1, sizeof(*learnt));

	if (learnt)
		learnt->rows = hms_map_new(LEARNT_MAX);
	if (learnt && !learnt->rows)
		prov_learnt_free(&learnt);
	return learnt;
}

static void free_row(struct hms_str key, void *value, void *arg)
{
	(void)key;
	(void)arg;
	free(value);
}

void prov_learnt_free(struct prov_learnt **learnt)
{
	if (*learnt && (*learnt)->rows)
		hms_map_each((*learnt)->rows, free_row, NULL);
	if (*learnt)
		hms_map_free(&(*learnt)->rows);
	free(*learnt);
	*learnt = NULL;
}

/* Returns its length, 0 when the names are too long to be learnt of. */
static size_t key_of(char out[KEY_MAX], enum hms_quirk quirk, struct hms_str tenant, struct hms_str oui, struct hms_str product_class,
		     struct hms_str software_version)
{
	int n = snprintf(out, KEY_MAX, "%d%c%.*s%c%.*s%c%.*s%c%.*s", (int)quirk, 0, HMS_STR_FMT(tenant), 0, HMS_STR_FMT(oui), 0,
			 HMS_STR_FMT(product_class), 0, HMS_STR_FMT(software_version));

	return n > 0 && n < KEY_MAX ? (size_t)n : 0;
}

static int find_quirk(struct hms_str name)
{
	for (int q = 0; q < HMS_QUIRK_COUNT; q++)
		if (hms_str_eqz(name, hms_quirk_info((enum hms_quirk)q)->name))
			return q;
	return -1;
}

int prov_learnt_add(struct prov_learnt *learnt, struct hms_str tenant, struct hms_str oui, struct hms_str product_class,
		    struct hms_str software_version, struct hms_str quirk, int64_t value)
{
	char key[KEY_MAX];
	int q = find_quirk(quirk), rc;
	size_t len = q < 0 ? 0 : key_of(key, (enum hms_quirk)q, tenant, oui, product_class, software_version);
	int64_t *row;

	if (!len || hms_map_get(learnt->rows, key, len))
		return 0;
	row = malloc(sizeof(*row));
	if (!row)
		return HMS_ENOMEM;
	*row = value;
	rc = hms_map_put(learnt->rows, key, len, row);
	if (rc)
		free(row);
	return rc;
}

static void on_rows(const struct hms_pg_result *res, void *arg)
{
	for (size_t i = 0; i < hms_pg_rows(res); i++)
		(void)prov_learnt_add(arg, hms_pg_get_str(res, i, 0), hms_pg_get_str(res, i, 1), hms_pg_get_str(res, i, 2),
				      hms_pg_get_str(res, i, 3), hms_pg_get_str(res, i, 4), hms_pg_get_int(res, i, 5));
}

void prov_learnt_load(struct hms_pg_batch *batch, struct prov_learnt *learnt) { hms_pg_stmt_begin(batch, &select_learnt, on_rows, learnt); }

int64_t prov_learnt_find(const struct prov_learnt *learnt, const struct prov_cold *cold, enum hms_quirk quirk)
{
	char key[KEY_MAX];
	size_t len;
	const int64_t *row;

	if (!learnt || hms_map_count(learnt->rows) == 0)
		return 0;
	len = key_of(key, quirk, cold->tenant, cold->oui, cold->product_class, cold->software_version);
	row = len ? hms_map_get(learnt->rows, key, len) : NULL;
	return row ? *row : 0;
}

void prov_learnt_write(struct hms_pg_batch *batch, struct prov_device *const *devices, size_t count)
{
	struct hms_pg_array *text[4], *values = hms_pg_array_new(batch, HMS_PG_INT8), *ids = hms_pg_array_new(batch, HMS_PG_UUID);

	for (size_t i = 0; i < 4; i++)
		text[i] = hms_pg_array_new(batch, HMS_PG_TEXT);
	for (size_t i = 0; i < count; i++) {
		const struct prov_device *d = devices[i];
		const struct hms_str names[4] = { d->cold.tenant, d->cold.oui, d->cold.product_class, d->cold.software_version };

		for (size_t k = 0; d->learnt_get_values_max && k < 4; k++)
			hms_pg_a_text(text[k], names[k]);
		if (!d->learnt_get_values_max)
			continue;
		hms_pg_a_int8(values, d->learnt_get_values_max);
		hms_pg_a_uuid(ids, d->id.b);
	}
	if (!hms_pg_array_count(ids))
		return;
	hms_pg_stmt_begin(batch, &upsert_learnt, NULL, NULL);
	for (size_t i = 0; i < 4; i++)
		hms_pg_p_array(batch, text[i]);
	hms_pg_p_array(batch, values);
	hms_pg_p_array(batch, ids);
}
