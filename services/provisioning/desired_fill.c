/* What stands for placeholders of profiles, beside the device's own: its group, pools, site, and the file server. */
#include <stdlib.h>

#include "desired_internal.h"
#include "values.h"

static struct hms_str after(struct hms_str name, const char *prefix)
{
	size_t len = strlen(prefix);

	return hms_str_starts(name, hms_str(prefix)) ? hms_strn(name.p + len, name.len - len) : (struct hms_str){ NULL, 0 };
}

/* A value of a JSON object, whose text is kept. */
static struct hms_str member(struct prov_context *ctx, const json_t *object, struct hms_str name)
{
	const char *known;
	json_t *value;

	json_object_foreach((json_t *)object, known, value)
	{
		if (hms_str_eqz(name, known) && json_is_string(value))
			return hms_arena_str(ctx->arena, hms_str(json_string_value(value)));
	}
	return (struct hms_str){ NULL, 0 };
}

/* A lease, once the device has one; until then it is asked for (desired_load.c). */
static int fill_pool(const struct prov_desired_filling *f, struct hms_str pool, struct hms_str *out, struct hms_err *err)
{
	json_t *leases = hms_notes_load(f->d->desired->leases);

	*out = member(f->ctx, leases, pool);
	json_decref(leases);
	if (!out->p && !f->d->desired->pools_asked)
		return hms_err_set(err, HMS_EAGAIN, "not allotted yet");
	return out->p ? 0 : hms_err_set(err, HMS_EFULL, "pool %.*s has no free value, or there is no such pool", HMS_STR_FMT(pool));
}

static int fill_group(const struct prov_desired_filling *f, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	*out = member(f->ctx, prov_catalog_group(f->ctx->catalog, f->d->cold.tenant, f->d->cold.group_name), name);
	if (out->p)
		return 0;
	return hms_err_set(err, HMS_EINVAL, "group \"%.*s\" of the device has no value %.*s", HMS_STR_FMT(f->d->cold.group_name),
			   HMS_STR_FMT(name));
}

int prov_desired_fill(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	const struct prov_desired_filling *f = arg;
	struct hms_str part = after(name, "pool.");

	if (part.p)
		return fill_pool(f, part, out, err);
	part = after(name, "group.");
	if (part.p)
		return fill_group(f, part, out, err);
	if (prov_values_placeholder(f->ctx, f->d, name, out, err) == 0)
		return 0;
	*out = member(f->ctx, prov_catalog_site_values(f->ctx->catalog, &f->d->cold), name);
	err->code = 0; /* the profile's own values follow */
	return out->p ? 0 : HMS_ENOENT;
}
