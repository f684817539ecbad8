/* The pieces of procedures' steps. Names here are logical names; paths come from the data-model map. */
#include "steps.h"

#include "absent.h"
#include "quirk.h"
#include "values.h"

static void set_text(struct prov_device *d, struct hms_str *column, struct hms_str value)
{
	if (!value.p || hms_str_eq(*column, value))
		return;
	*column = value;
	d->cold_dirty = true;
}

static void detect(struct prov_context *ctx, struct prov_device *d, const Hms__Inform *inform)
{
	int fap = d->cold.fap ? d->cold.fap : 1;
	const struct hms_model *model = hms_models_detect(ctx->models, inform->params, inform->n_params, &fap),
			       *known = prov_values_model(ctx, d);

	/* An Inform without FAPService parameters says nothing about a cell that is known already, nor one without those of a service about what the names of its
	 * objects have told. */
	if ((!model || hms_model_kind(model) == HMS_KIND_GENERIC) && (d->cold.kind == HMS_KIND_HNB || d->cold.kind == HMS_KIND_HENB))
		return;
	if (model && known && hms_model_is_fallback(model) && !hms_model_is_fallback(known) && hms_model_same_root(model, known))
		return;
	d->cold.kind = model ? hms_model_kind(model) : HMS_KIND_GENERIC;
	d->cold.fap = fap;
	set_text(d, &d->cold.model, hms_str(model ? hms_model_name(model) : ""));
	d->cold_dirty = true;
}

void prov_step_identify(struct prov_context *ctx, struct prov_device *d, const Hms__Inform *inform)
{
	static const struct {
		const char *name;
		size_t offset;
	} columns[] = {
		{ "device.software_version", offsetof(struct prov_cold, software_version) },
		{ "device.hardware_version", offsetof(struct prov_cold, hardware_version) },
		{ "management.connection_request_url", offsetof(struct prov_cold, connection_request_url) },
	};
	const struct hms_model *model;

	detect(ctx, d, inform);
	model = prov_values_model(ctx, d);
	if (inform->device)
		set_text(d, &d->cold.manufacturer, hms_str(inform->device->manufacturer));
	for (size_t i = 0; model && i < sizeof(columns) / sizeof(columns[0]); i++)
		set_text(d, (struct hms_str *)((char *)&d->cold + columns[i].offset),
			 hms_model_value(model, ctx->arena, columns[i].name, d->cold.fap, inform->params, inform->n_params));
}

static void read_bool(struct prov_context *ctx, struct prov_device *d, const struct hms_model *model, const char *name, bool *column,
		      Hms__Param *const *params, size_t count)
{
	struct hms_str text = hms_model_value(model, ctx->arena, name, d->cold.fap, params, count);
	bool value;

	if (!text.p || hms_str_bool(text, &value))
		return;
	value ^= prov_quirk_inverts(ctx, d);
	if (value == *column)
		return;
	*column = value;
	d->cold_dirty = true;
}

void prov_step_location(struct prov_context *ctx, struct prov_device *d, Hms__Param *const *params, size_t count)
{
	const struct hms_model *model = prov_values_model(ctx, d);
	int64_t lat, lon;

	if (!model ||
	    hms_str_i64(hms_str_trim(hms_model_value(model, ctx->arena, "location.latitude", d->cold.fap, params, count)), &lat) ||
	    hms_str_i64(hms_str_trim(hms_model_value(model, ctx->arena, "location.longitude", d->cold.fap, params, count)), &lon))
		return;
	if (lat < -90000000 || lat > 90000000 || lon < -180000000 || lon > 180000000) /* LOC-06 */
		return;
	d->cold.latitude = (int32_t)lat;
	d->cold.longitude = (int32_t)lon;
	d->cold.location_at = d->now_us;
	d->cold_dirty = true;
}

void prov_step_read(struct prov_context *ctx, struct prov_device *d, Hms__Param *const *params, size_t count)
{
	const struct hms_model *model = prov_values_model(ctx, d);

	if (!model)
		return;
	read_bool(ctx, d, model, "fap.op_state", &d->cold.op_state, params, count);
	read_bool(ctx, d, model, "fap.rf_tx", &d->cold.rf_tx, params, count);
	prov_step_location(ctx, d, params, count);
}

/* ---------------------------------------------------------------- what a step sends */

int prov_step_location_names(struct prov_context *ctx, struct prov_device *d, struct hms_str *payload, struct hms_err *err)
{
	const struct hms_model *model = prov_values_model(ctx, d);
	struct hms_str lat, lon;

	if (!model)
		return hms_err_set(err, HMS_ENOENT, "no data-model map");
	lat = hms_model_path(model, ctx->arena, "location.latitude", d->cold.fap, NULL);
	lon = hms_model_path(model, ctx->arena, "location.longitude", d->cold.fap, NULL);
	if (!lat.p || !lon.p)
		return hms_err_set(err, HMS_ENOENT, "data model %s has no location", hms_model_name(model));
	if (!prov_absent_leave_out(ctx, d, lat).p || !prov_absent_leave_out(ctx, d, lon).p) /* one alone is no place */
		return 0;
	return prov_values_dump(ctx, json_pack("{s:[s,s]}", "ParameterNames", lat.p, lon.p), payload);
}

/* ---------------------------------------------------------------- what a confirmed step means */

static const char *sent_value(const json_t *rows, struct hms_str path)
{
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "Name"));

		if (path.p && name && hms_str_eqz(path, name))
			return json_string_value(json_object_get(row, "Value"));
	}
	return NULL;
}

void prov_step_confirmed(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c)
{
	static const char *const gateways[] = { "hnbgw.1", "s1.servers" };
	const struct hms_model *model = prov_values_model(ctx, d);
	json_t *payload = json_loadb(c->payload.p, c->payload.len, 0, NULL);
	const json_t *rows = json_object_get(payload, "ParameterList");

	for (size_t i = 0; model && i < sizeof(gateways) / sizeof(gateways[0]); i++) {
		const char *value = sent_value(rows, hms_model_path(model, ctx->arena, gateways[i], d->cold.fap, NULL));

		d->cold.gateway_given |= value && *value;
	}
	if (model) {
		const char *url = sent_value(rows, hms_model_path(model, ctx->arena, "management.url", d->cold.fap, NULL));

		if (url)
			d->cold.assigned_url = hms_arena_str(ctx->arena, hms_str(url));
	}
	d->cold_dirty = true;
	json_decref(payload);
}
