/* What stands for placeholders of profiles: the same as provisioning says, but that no value of a pool is allotted. */
#include "file_event.pb-c.h"
#include "hms/device/place.h"
#include "plan.h"

#define URL_MAX_BYTES 256
/* Of any type that pools are for. */
#define STAND_IN "10"
#define OTHER_STAND_IN "11"

static struct hms_str after(struct hms_str name, struct hms_str prefix)
{
	return hms_str_starts(name, prefix) ? hms_strn(name.p + prefix.len, name.len - prefix.len) : (struct hms_str){ NULL, 0 };
}

static struct hms_str member(const struct nbi_plan_work *w, const json_t *object, struct hms_str name)
{
	json_t *value = json_object_getn(object, name.p, name.len);

	return json_is_string(value) ? hms_arena_str(w->arena, hms_str(json_string_value(value))) : (struct hms_str){ NULL, 0 };
}

/* ---------------------------------------------------------------- pools */

static size_t place_of(struct nbi_plan_work *w, struct nbi_plan_pool *pool)
{
	for (size_t i = 0; i < w->asked_count; i++)
		if (w->asked[i] == pool)
			return i + 1;
	if (w->asked_count == sizeof(w->asked) / sizeof(w->asked[0]))
		return w->asked_count; /* shown under another's name */
	w->asked[w->asked_count] = pool;
	return ++w->asked_count;
}

static int fill_pool(struct nbi_plan_work *w, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	if (!w->leases)
		w->leases = json_loadb(w->row->leases.p, w->row->leases.len, 0, NULL);
	*out = member(w, w->leases, name);
	if (out->p)
		return 0;
	for (size_t i = 0; i < w->catalog->pool_count; i++) {
		struct nbi_plan_pool *pool = &w->catalog->pools[i];

		if (!hms_str_eq(pool->name, name) || (pool->free >= 0 && pool->wanted >= pool->free))
			continue;
		*out = place_of(w, pool) == w->other ? HMS_STR(OTHER_STAND_IN) : HMS_STR(STAND_IN);
		return 0;
	}
	return hms_err_set(err, HMS_EFULL, "pool %.*s has no free value, or there is no such pool", HMS_STR_FMT(name));
}

static void mark(struct hms_desired_value *v, const struct hms_desired_value *other, struct hms_str text)
{
	if (v->value.p && other->value.p && !hms_str_eq(v->value, other->value))
		v->value = text;
}

static void mark_all(struct hms_desired *d, const struct hms_desired *other, struct hms_str text)
{
	for (size_t i = 0; i < d->count && i < other->count; i++)
		mark(&d->values[i], &other->values[i], text);
	for (size_t i = 0; i < d->object_count && i < other->object_count; i++)
		for (size_t k = 0; k < d->objects[i].count && k < other->objects[i].count; k++)
			for (size_t c = 0; c < d->objects[i].rows[k].count; c++)
				mark(&d->objects[i].rows[k].cells[c], &other->objects[i].rows[k].cells[c], text);
}

/* What becomes another text with another stand-in for a pool has its value from there. */
int nbi_plan_mark_pools(struct nbi_plan_work *w, struct hms_desired_input *input, struct hms_desired *merged)
{
	size_t pools = w->asked_count;

	for (w->other = 1; w->other <= pools; w->other++) {
		struct hms_str name = w->asked[w->other - 1]->name;
		char *text = hms_arena_printf(w->arena, "{pool.%.*s}: would be allotted", HMS_STR_FMT(name));
		struct hms_desired *other;
		struct hms_err err;

		if (!text || hms_desired_merge(w->arena, input, &other, &err))
			return HMS_ENOMEM;
		mark_all(merged, other, hms_str(text));
	}
	for (size_t i = 0; i < pools; i++)
		w->asked[i]->wanted++;
	return 0;
}

/* ---------------------------------------------------------------- all others */

static int fill_group(struct nbi_plan_work *w, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	*out = member(w, json_object_getn(w->catalog->groups, w->row->group.p, w->row->group.len), name);
	if (out->p)
		return 0;
	return hms_err_set(err, HMS_EINVAL, "group \"%.*s\" of the device has no value %.*s", HMS_STR_FMT(w->row->group),
			   HMS_STR_FMT(name));
}

static struct hms_str pm_url(struct nbi_plan_work *w)
{
	const struct hms_file_grant grant = { .op = HMS_FILE_UPLOAD, .kind = HMS__FILE_EVENT__KIND__PM, .device = w->row->id };
	struct hms_buf url = HMS_BUF_INIT(URL_MAX_BYTES + 1);
	struct hms_str out = { NULL, 0 };

	if (w->catalog->signer && !hms_file_url_make(w->catalog->signer, &grant, hms_str(w->catalog->parts->files_url), HMS_STR(""), &url))
		out = hms_arena_str(w->arena, hms_buf_view(&url));
	hms_buf_fini(&url);
	return out;
}

static struct hms_str pm_row(struct nbi_plan_work *w)
{
	struct hms_str table =
		w->model ? hms_model_path(w->model, w->arena, "pm.table", (int)w->row->fap, NULL) : (struct hms_str){ NULL, 0 };

	return table.p ? hms_str(hms_arena_printf(w->arena, "%.*s%d", HMS_STR_FMT(table), (int)w->row->pm_instance)) : table;
}

static bool is_at(const struct nbi_plan_row *row, const struct nbi_plan_site *site)
{
	if (site->any)
		return true;
	return row->located && site->radius_m >= 0 &&
	       hms_distance_m((double)row->latitude / 1e6, (double)row->longitude / 1e6, site->latitude, site->longitude) <= site->radius_m;
}

static struct hms_str site_value(struct nbi_plan_work *w, struct hms_str name)
{
	for (size_t i = 0; i < w->catalog->site_count; i++)
		if (is_at(w->row, &w->catalog->sites[i]))
			return member(w, w->catalog->sites[i].values, name);
	return (struct hms_str){ NULL, 0 };
}

int nbi_plan_fill(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	struct nbi_plan_work *w = arg;
	struct hms_str part = after(name, HMS_STR("pool."));

	if (part.p)
		return fill_pool(w, part, out, err);
	part = after(name, HMS_STR("group."));
	if (part.p)
		return fill_group(w, part, out, err);
	*out = hms_str_eqz(name, "files.pm_url") ? pm_url(w) : hms_str_eqz(name, "pm.row") ? pm_row(w) : (struct hms_str){ NULL, 0 };
	if (!out->p)
		*out = site_value(w, name);
	return out->p ? 0 : HMS_ENOENT; /* the profile's own values follow */
}
