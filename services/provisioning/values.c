/* Values for a device. Names here are logical names. */
#include "values.h"

#include <stdlib.h>

#include "hms/desired/template.h"

#define PM "{pm}" /* in paths: the row of PM uploads that HMS uses */

const struct hms_model *prov_values_model(const struct prov_context *ctx, const struct prov_device *d)
{
	return d->cold.model.len ? hms_models_find(ctx->models, d->cold.model) : NULL;
}

struct hms_str prov_values_path(const struct prov_context *ctx, const struct prov_device *d, const char *name, int *type)
{
	const struct hms_model *model = prov_values_model(ctx, d);
	struct hms_str path = model ? hms_model_path(model, ctx->arena, name, d->cold.fap, type) : (struct hms_str){ NULL, 0 };
	const char *hole = path.p ? strstr(path.p, PM) : NULL;

	if (!hole)
		return path;
	return hms_str(hms_arena_printf(ctx->arena, "%.*s%d%s", (int)(hole - path.p), path.p, d->cold.pm_instance, hole + strlen(PM)));
}

/* ---------------------------------------------------------------- placeholders */

struct filling {
	struct prov_context *ctx;
	struct prov_device *d;
};

static int fill_pm_url(struct filling *f, struct hms_str *out, struct hms_err *err)
{
	return prov_files_pm_url(f->ctx->files, f->ctx->arena, f->d->id, out, err);
}

/* The row itself, without the dot at its end (TR-106 A.2.3.4). */
static int fill_pm_row(struct filling *f, struct hms_str *out, struct hms_err *err)
{
	struct hms_str table = prov_values_path(f->ctx, f->d, "pm.table", NULL);

	if (!table.p)
		return hms_err_set(err, HMS_ENOENT, "{pm.row}: the data model has no pm.table");
	*out = hms_str(hms_arena_printf(f->ctx->arena, "%s%d", table.p, f->d->cold.pm_instance));
	return 0;
}

/* OUI-ProductClass-SerialNumber (TR-069 3.4.4). */
static int fill_username(struct filling *f, struct hms_str *out, struct hms_err *err)
{
	char text[1024];
	int n = hms_device_username(f->d->cold.oui, f->d->cold.product_class, f->d->cold.serial, text, sizeof(text));

	if (n < 0)
		return hms_err_set(err, n, "{device.username}: %s", hms_strerror(n));
	*out = hms_arena_str(f->ctx->arena, hms_strn(text, (size_t)n));
	return 0;
}

static const struct {
	const char *name;
	size_t column; /* of struct prov_cold, where there is no function */
	int (*fill)(struct filling *f, struct hms_str *out, struct hms_err *err);
} placeholders[] = {
	{ "device.oui", offsetof(struct prov_cold, oui), NULL },
	{ "device.product_class", offsetof(struct prov_cold, product_class), NULL },
	{ "device.serial", offsetof(struct prov_cold, serial), NULL },
	{ "device.tenant", offsetof(struct prov_cold, tenant), NULL },
	{ "device.username", 0, fill_username },
	{ "files.pm_url", 0, fill_pm_url },
	{ "pm.row", 0, fill_pm_row },
};

static int fill(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	struct filling *f = arg;
	int rc = 0;

	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		if (!hms_str_eqz(name, placeholders[i].name))
			continue;
		if (placeholders[i].fill)
			rc = placeholders[i].fill(f, out, err);
		else
			*out = *(const struct hms_str *)((const char *)&f->d->cold + placeholders[i].column);
		return rc || out->p ? rc : hms_err_set(err, HMS_ENOMEM, "out of memory");
	}
	return hms_err_set(err, HMS_ENOENT, "there is no placeholder {%.*s}", HMS_STR_FMT(name));
}

int prov_values_placeholder(struct prov_context *ctx, struct prov_device *d, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	struct filling filling = { ctx, d };

	return fill(&filling, name, out, err);
}

int prov_values_value(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *name,
		      struct hms_str *out, struct hms_err *err)
{
	struct filling filling = { ctx, d };
	const char *value = prov_choice_value(choice, name);
	int rc;

	*out = (struct hms_str){ NULL, 0 };
	if (!value)
		return 0;
	rc = hms_template_expand(ctx->arena, value, fill, &filling, out, err);
	return rc ? hms_err_prefix(err, "%s", name) : 0;
}

/* ---------------------------------------------------------------- parts of the profile */

int prov_values_dump(struct prov_context *ctx, json_t *root, struct hms_str *payload)
{
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

	*payload = text ? hms_arena_str(ctx->arena, hms_str(text)) : (struct hms_str){ NULL, 0 };
	free(text);
	json_decref(root);
	return payload->p ? 0 : HMS_ENOMEM;
}

static int check_required(const struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice, const json_t *part,
			  struct hms_err *err)
{
	const json_t *list = json_object_get(part, "require");
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		const char *name = json_string_value(item);

		if (!name || !prov_choice_value(choice, name))
			return hms_err_set(err, HMS_ENOENT, "neither site %s nor the profile has a value for %s", choice->site,
					   name ? name : "?");
		if (!prov_values_path(ctx, d, name, NULL).p)
			return hms_err_set(err, HMS_ENOENT, "data model %s has no path for %s", hms_model_name(prov_values_model(ctx, d)),
					   name);
	}
	return 0;
}

static int add_row(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *name, json_t *rows,
		   struct hms_err *err)
{
	int type = HMS_XSD_STRING, rc;
	struct hms_str path = prov_values_path(ctx, d, name, &type), value;

	rc = path.p ? prov_values_value(ctx, d, choice, name, &value, err) : 0;
	if (!path.p || rc || !value.p)
		return rc;
	rc = json_array_append_new(rows,
				   json_pack("{s:s,s:s,s:s}", "Name", path.p, "Value", value.p, "Type", hms_xsd_name((enum hms_xsd)type)));
	return rc ? HMS_ENOMEM : 0;
}

static int add_rows(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const json_t *section, json_t *rows,
		    struct hms_err *err)
{
	size_t i;
	json_t *item;
	int rc = 0;

	json_array_foreach((json_t *)json_object_get(section, "send"), i, item)
	{
		if (!rc && json_is_string(item))
			rc = add_row(ctx, d, choice, json_string_value(item), rows, err);
	}
	return rc;
}

int prov_values_rows(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part, json_t **rows,
		     struct hms_err *err)
{
	const json_t *section = json_object_get(choice->kind, part);
	struct prov_choice own = *choice;
	bool model = prov_values_model(ctx, d);
	int rc;

	*rows = NULL;
	if (!model || !section)
		return hms_err_set(err, HMS_ENOENT, model ? "the profile has no part %s for this kind" : "no data-model map (%s)", part);
	own.part_values = json_object_get(section, "values");
	rc = check_required(ctx, d, &own, section, err);
	*rows = rc ? NULL : json_array();
	if (!rc)
		rc = *rows ? add_rows(ctx, d, &own, section, *rows, err) : HMS_ENOMEM;
	if (rc) {
		json_decref(*rows);
		*rows = NULL;
	}
	return rc;
}

int prov_values_payload(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			struct hms_str *payload, struct hms_err *err)
{
	json_t *rows;
	int rc = prov_values_rows(ctx, d, choice, part, &rows, err);

	return rc ? rc : prov_values_dump(ctx, json_pack("{s:o}", "ParameterList", rows), payload);
}
