/* Diagnostics: tests that run on the device. */
#include "diagnostics.h"

#include "values.h"

#define STATE "DiagnosticsState"
#define VALUES_MAX 32
#define OBJECT_MAX_BYTES 200

bool prov_command_is_diagnostics(const struct prov_command *c) { return hms_str_eqz(c->kind, HMS_KIND_DIAGNOSTICS); }

/* ---------------------------------------------------------------- arguments */

static void name_object(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, json_t *payload, const char *test)
{
	const char *name = hms_arena_printf(ctx->arena, "diagnostics.%s", test);
	struct hms_str object = name && d->cold.model.len ? prov_values_path(ctx, d, name, NULL) : (struct hms_str){ NULL, 0 };

	if (!object.p) {
		c->fault = 9005;
		prov_command_end(d, c, PROV_COMMAND_FAULTED, "its data model has no such test: name the Object");
		return;
	}
	json_object_set_new(payload, "Object", json_stringn(object.p, object.len));
	if (prov_values_dump(ctx, json_incref(payload), &c->payload))
		d->failed = true;
}

void prov_diagnostics_look(struct prov_context *ctx, struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];
		const char *test;
		json_t *payload;

		if (c->noticed || c->state != PROV_COMMAND_QUEUED || !prov_command_is_diagnostics(c))
			continue;
		payload = json_loadb(c->payload.p, c->payload.len, 0, NULL);
		test = json_string_value(json_object_get(payload, "Test"));
		if (test && !json_object_get(payload, "Object"))
			name_object(ctx, d, c, payload, test);
		json_decref(payload);
	}
}

/* The type of the JSON value is that of the parameter. */
static json_t *row_of(const char *object, const char *name, const json_t *value)
{
	if (json_is_boolean(value))
		return json_pack("{s:s+,s:s,s:s}", "Name", object, name, "Value", json_is_true(value) ? "true" : "false", "Type",
				 "boolean");
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		json_t *text = json_sprintf("%lld", (long long)json_integer_value(value));

		return json_pack("{s:s+,s:o,s:s}", "Name", object, name, "Value", text, "Type", "unsignedInt");
	}
	return json_is_string(value)
		       ? json_pack("{s:s+,s:s,s:s}", "Name", object, name, "Value", json_string_value(value), "Type", "string")
		       : NULL;
}

static json_t *rows_of(const char *object, const json_t *values, const char **why)
{
	json_t *rows = json_array(), *value, *row;
	const char *name;

	json_object_foreach((json_t *)values, name, value)
	{
		row = *why ? NULL : row_of(object, name, value);
		if (!row || json_array_append_new(rows, row) || strcmp(name, STATE) == 0)
			*why = "Values are texts, numbers from 0 on, true and false, without " STATE;
	}
	json_array_append_new(rows, json_pack("{s:s+,s:s,s:s}", "Name", object, STATE, "Value", "Requested", "Type", "string"));
	return rows;
}

json_t *prov_diagnostics_payload(const struct prov_command *c, const json_t *payload, const char **why)
{
	const char *object = json_string_value(json_object_get(payload, "Object"));
	const json_t *values = json_object_get(payload, "Values");
	json_t *rows;

	*why = NULL;
	if (!object || strlen(object) > OBJECT_MAX_BYTES || !hms_str_ends(hms_str(object), HMS_STR(".")))
		*why = "Object (a path of at most 200 characters that ends with a dot) is missing";
	else if ((values && !json_is_object(values)) || json_object_size(values) > VALUES_MAX)
		*why = "Values is not an object of at most 32 members";
	if (*why)
		return NULL;
	if (c->stage == PROV_DIAGNOSTICS_READ)
		return json_pack("{s:[s]}", "ParameterNames", object);
	rows = rows_of(object, values, why);
	if (!*why)
		return json_pack("{s:o}", "ParameterList", rows);
	json_decref(rows);
	return NULL;
}

/* ---------------------------------------------------------------- its life */

bool prov_diagnostics_waits(const struct prov_device *d, const struct prov_command *c)
{
	for (size_t i = 0; prov_command_is_diagnostics(c) && c->stage == PROV_DIAGNOSTICS_SET && i < d->command_count; i++) {
		const struct prov_command *other = d->commands[i];

		if (other != c && prov_command_is_diagnostics(other) && prov_command_is_open(other) &&
		    (other->stage != PROV_DIAGNOSTICS_SET || other->state == PROV_COMMAND_GRANTED))
			return true;
	}
	return false;
}

static void set_stage(struct prov_command *c, enum prov_diagnostics_stage stage)
{
	c->stage = (int16_t)stage;
	c->method = prov_command_method(c);
}

void prov_diagnostics_begun(struct prov_device *d, struct prov_command *c)
{
	set_stage(c, PROV_DIAGNOSTICS_RUN);
	c->note = HMS_STR("");
	prov_command_run(d, c);
}

void prov_diagnostics_inform(struct prov_device *d, const Hms__DeviceEvent *ev)
{
	for (size_t i = 0; i < d->command_count; i++) {
		struct prov_command *c = d->commands[i];

		if (c->state != PROV_COMMAND_RUNNING || !prov_command_is_diagnostics(c))
			continue;
		if (ev->classes & HMS_EVENT_DIAGNOSTICS_COMPLETE) {
			set_stage(c, PROV_DIAGNOSTICS_READ);
			prov_command_requeue(d, c);
		} else if (ev->classes & (HMS_EVENT_BOOT | HMS_EVENT_BOOTSTRAP)) {
			prov_command_end(d, c, PROV_COMMAND_FAULTED, "the device restarted before the test had ended");
		}
	}
}

static const char *state_in(const Hms__RpcResult *result)
{
	for (size_t i = 0; result && i < result->n_params; i++)
		if (hms_str_ends(hms_str(result->params[i]->name), HMS_STR("." STATE)))
			return result->params[i]->value;
	return "";
}

void prov_diagnostics_read(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	struct hms_str state = hms_str_trim(hms_str(state_in(result)));

	if (hms_str_eqz(state, "Complete") || hms_str_eqz(state, "Completed")) {
		prov_command_end(d, c, PROV_COMMAND_DONE, NULL);
	} else if (hms_str_eqz(state, "Requested")) { /* the event was another test's */
		set_stage(c, PROV_DIAGNOSTICS_RUN);
		prov_command_run(d, c);
	} else {
		prov_command_end(d, c, PROV_COMMAND_FAULTED,
				 state.len
					 ? hms_arena_printf(ctx->arena, STATE " is %.*s", (int)(state.len < 100 ? state.len : 100), state.p)
					 : "its object has no " STATE);
	}
}
