/* Steps of a plan as commands, and what their ends mean. */
#include <stdlib.h>

#include "answer.h"
#include "apply.h"
#include "capability.h"
#include "delivery.h"
#include "desired_internal.h"
#include "hms/device/credential.h"
#include "values.h"

#define KEY "ConfigurationKey" /* of a payload: ParameterKey of a plan's last write */

/* ---------------------------------------------------------------- keys */

static bool is_desired(const struct prov_command *c)
{
	return prov_command_is_procedure(c) && hms_str_eqz(c->purpose, PROV_PURPOSE_DESIRED);
}

static json_t *payload_of(const struct prov_command *c) { return json_loadb(c->payload.p ? c->payload.p : "", c->payload.len, 0, NULL); }

void prov_desired_parameter_key(const struct prov_command *c, char out[33])
{
	json_t *payload = is_desired(c) ? payload_of(c) : NULL;
	const char *key = json_string_value(json_object_get(payload, KEY));

	if (key)
		snprintf(out, 33, "%s", key);
	else
		hms_parameter_key_text((uint64_t)c->id, (uint32_t)c->tries, out);
	json_decref(payload);
}

struct prov_command *prov_desired_of_key(const struct prov_device *d, struct hms_str key)
{
	if (!hms_str_starts(key, HMS_STR("=")))
		return NULL;
	for (size_t i = 0; i < d->command_count; i++) {
		char of[33];

		if (d->commands[i]->state != PROV_COMMAND_GRANTED || !is_desired(d->commands[i]))
			continue;
		prov_desired_parameter_key(d->commands[i], of);
		if (hms_str_eqz(key, of))
			return d->commands[i];
	}
	return NULL;
}

/* ---------------------------------------------------------------- out */

/* Secrets do not stand in rows of the database as they are. */
static int seal(struct prov_context *ctx, const struct prov_device *d, json_t *rows)
{
	size_t i;
	json_t *row;
	int rc = 0;

	json_array_foreach(rows, i, row)
	{
		const char *value = json_string_value(json_object_get(row, "Value"));
		struct hms_buf sealed = HMS_BUF_INIT(65536);

		if (rc || !value || !json_object_get(row, "Digest") || !ctx->sealer)
			continue;
		rc = hms_credential_text_seal(ctx->sealer, d->id, hms_str(value), &sealed);
		if (!rc) {
			json_object_set_new(row, "Sealed", json_string(hms_buf_z(&sealed)));
			json_object_del(row, "Value");
		}
		hms_buf_fini(&sealed);
	}
	return rc;
}

/* The configuration's hash, unless the device has that key already: then it would be evidence of nothing. */
static void add_key(const struct prov_device *d, json_t *payload)
{
	char key[16];

	hms_desired_key_text((uint64_t)d->desired->hash, key);
	if (!hms_str_eqz(d->hot.have_key, key))
		json_object_set_new(payload, KEY, json_string(key));
}

static int make_payload(struct prov_context *ctx, struct prov_device *d, const struct hms_plan_step *step, uint64_t id, struct hms_str *out,
			struct hms_err *err)
{
	json_t *payload = json_loadb(step->payload.p, step->payload.len, 0, NULL), *rows = json_object_get(payload, "ParameterList");
	int rc;

	if (!payload)
		return HMS_ENOMEM;
	if (step->method == HMS_CWMP_DOWNLOAD) {
		rc = prov_delivery_file(ctx, d, rows, NULL, id, out, err);
		json_decref(payload);
		payload = rc ? NULL : json_loadb(out->p, out->len, 0, NULL);
		if (!payload)
			return rc ? rc : HMS_ENOMEM;
		rows = json_object_get(payload, "ParameterList");
	}
	if (step->final)
		add_key(d, payload);
	rc = seal(ctx, d, rows);
	if (!rc)
		return prov_values_dump(ctx, payload, out);
	json_decref(payload);
	return hms_err_set(err, rc, "a secret cannot be sealed");
}

static bool is_busy(const struct prov_device *d)
{
	for (size_t i = 0; i < d->command_count; i++) {
		const struct prov_command *c = d->commands[i];

		if (prov_command_is_open(c) && prov_command_is_procedure(c) && (c->state != PROV_COMMAND_RUNNING || is_desired(c)))
			return true;
	}
	return false;
}

static void note_sent(struct prov_context *ctx, struct prov_device *d, const struct hms_plan_step *step)
{
	json_t *notes = hms_notes_load(d->desired->notes), *payload = json_loadb(step->payload.p, step->payload.len, 0, NULL);
	struct hms_known known;

	if (notes && payload && !prov_known_make(ctx, d, notes, &known)) {
		hms_known_sent(&known, step->method, payload);
		prov_desired_keep_notes(ctx, d, notes);
	} else {
		d->failed = true;
	}
	json_decref(payload);
	json_decref(notes);
}

static void add_profile(struct hms_buf *out, const struct hms_profile *profile)
{
	struct hms_str name = hms_profile_name(profile);
	char text[160];

	snprintf(text, sizeof(text), "%.*s version %d", HMS_STR_FMT(name), hms_profile_version(profile));
	if (out->len && memmem(out->p, out->len, text, strlen(text)))
		return;
	hms_buf_strz(out, out->len ? ", " : "profile ");
	hms_buf_strz(out, text);
}

/* Which profile says so: its value, or the table that it is a cell of. */
static const struct hms_profile *profile_of(const struct hms_desired *merged, const char *path)
{
	for (size_t i = 0; i < merged->count; i++)
		if (hms_str_eqz(merged->values[i].path, path))
			return merged->values[i].from;
	for (size_t i = 0; i < merged->object_count; i++)
		if (hms_str_starts(hms_str(path), merged->objects[i].path))
			return merged->objects[i].from;
	return NULL;
}

/* The profiles behind what a step writes; all that select the device where it writes nothing. For people: the command's reason. */
static struct hms_str reason_of(struct prov_context *ctx, const struct prov_device *d, const struct hms_plan_step *step)
{
	enum { REASON_MAX = 1024 };
	struct hms_buf out = HMS_BUF_INIT(REASON_MAX);
	json_t *payload = json_loadb(step->payload.p, step->payload.len, 0, NULL), *rows = json_object_get(payload, "ParameterList"), *row;
	const struct hms_desired *merged = d->desired->merged;
	struct hms_str kept;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "Name"));
		const struct hms_profile *from = name && merged ? profile_of(merged, name) : NULL;

		if (from)
			add_profile(&out, from);
	}
	for (i = 0; merged && !out.len && i < merged->profile_count; i++)
		add_profile(&out, merged->profiles[i]);
	kept = hms_arena_str(ctx->arena, hms_str(hms_buf_z(&out)));
	json_decref(payload);
	hms_buf_fini(&out);
	return kept.p ? kept : HMS_STR("");
}

static void add_command(struct prov_context *ctx, struct prov_device *d, const struct hms_plan_step *step)
{
	uint64_t id = hms_command_id_next(ctx->ids, d->now_us);
	struct hms_str payload = { NULL, 0 };
	struct hms_err err = { 0 };
	int rc = make_payload(ctx, d, step, id, &payload, &err);

	if (rc == HMS_ENOMEM) {
		d->failed = true;
	} else if (rc) {
		prov_desired_fail(ctx, d, err.text);
		d->desired->step = NULL;
	} else {
		struct prov_command *c =
			prov_command_new(d, ctx->arena, id, step->method, PROV_PURPOSE_DESIRED, payload, d->now_us + ctx->command_life_us);

		note_sent(ctx, d, step);
		d->desired->sent = step->method;
		if (c)
			c->reason = reason_of(ctx, d, step);
	}
}

void prov_desired_next(struct prov_context *ctx, struct prov_device *d)
{
	/* The last duty may have turned out only now to be none. */
	if (d->desired && !d->desired->looked)
		prov_desired_look(ctx, d);
	if (prov_desired_works(d) && !is_busy(d))
		add_command(ctx, d, d->desired->step);
}

/* ---------------------------------------------------------------- confirmed writes */

static void note_change(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, const struct hms_known *known,
			struct hms_str path, struct hms_str now)
{
	struct prov_change change = { .path = path, .new = now, .by = c->origin, .command_id = c->id, .source = is_desired(c) ? 'P' : 'O' };

	if (prov_command_is_procedure(c) && !is_desired(c))
		return;
	if (known->value(known->arg, path, &change.old) && hms_str_eq(change.old, now))
		return;
	if (is_desired(c))
		change.by = d->desired->profiles;
	prov_change_add(ctx, d, &change);
}

/* What a write has brought is what the device has now. Sealed values read back empty. */
static void confirm(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, const json_t *payload)
{
	const json_t *list = json_object_get(payload, "ParameterList");
	Hms__Param **params = hms_arena_alloc(ctx->arena, (json_array_size(list) + 1) * sizeof(*params));
	json_t *notes = hms_notes_load(d->desired ? d->desired->notes : HMS_STR("")), *row;
	struct hms_known known;
	size_t i, n = 0;

	if (!params || !notes || prov_known_make(ctx, d, notes, &known)) {
		d->failed = true;
		json_decref(notes);
		return;
	}
	json_array_foreach((json_t *)list, i, row)
	{
		const char *name = json_string_value(json_object_get(row, "Name")),
			   *value = json_string_value(json_object_get(row, "Value"));
		Hms__Param *p = name && value && !json_object_get(row, "Digest") ? hms_arena_alloc(ctx->arena, sizeof(*p)) : NULL;

		if (!p)
			continue;
		hms__param__init(p);
		p->name = hms_arena_strz(ctx->arena, hms_str(name));
		p->value = hms_arena_strz(ctx->arena, hms_str(value));
		d->failed |= !p->name || !p->value;
		if (d->failed)
			break;
		note_change(ctx, d, c, &known, hms_str(p->name), hms_str(p->value));
		params[n++] = p;
	}
	prov_report_add(ctx, d, params, n, d->now_us, 'W');
	json_decref(notes);
}

/* ---------------------------------------------------------------- in */

static uint32_t instance_of(const Hms__RpcResult *result)
{
	uint64_t n = 0;

	for (size_t i = 0; result && i < result->n_fields; i++)
		if (strcmp(result->fields[i]->path, "InstanceNumber") == 0 &&
		    hms_str_u64(hms_str_trim(hms_str(result->fields[i]->value)), &n))
			n = 0;
	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

static size_t attribute_rows(struct prov_context *ctx, const Hms__RpcResult *result, struct hms_known_row *rows, size_t most)
{
	bool truncated = false;
	json_t *answer = prov_answer_json(result->fields, result->n_fields, &truncated), *row;
	size_t i, n = 0;

	json_array_foreach(json_object_get(answer, "ParameterList"), i, row)
	{
		const char *name = json_string_value(json_object_get(row, "Name"));

		if (name && n < most)
			rows[n++] = (struct hms_known_row){ .path = hms_arena_str(ctx->arena, hms_str(name)),
							    .notify = (int)json_integer_value(json_object_get(row, "Notification")) };
	}
	json_decref(answer);
	return n;
}

/* The result as it is kept: of all RPCs of the command, and of all parts of their answers. */
static size_t value_rows(struct prov_context *ctx, const json_t *result, struct hms_known_row *rows)
{
	size_t i, n = 0;
	json_t *row;

	json_array_foreach(json_object_get(result, "parameters"), i, row)
	{
		const char *name = json_string_value(json_object_get(row, "Name")),
			   *value = json_string_value(json_object_get(row, "Value"));

		rows[n].path = hms_arena_str(ctx->arena, hms_str(name ? name : ""));
		rows[n++].value = hms_arena_str(ctx->arena, hms_str(value ? value : ""));
	}
	return n;
}

static void read_answer(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, struct hms_known *known,
			const json_t *payload, const Hms__RpcResult *result)
{
	bool values = c->method == HMS_CWMP_GET_PARAMETER_VALUES;
	json_t *kept = c->result.p ? json_loadb(c->result.p, c->result.len, 0, NULL) : NULL;
	size_t most = values ? json_array_size(json_object_get(kept, "parameters")) : result->n_fields;
	struct hms_known_row *rows = hms_arena_alloc(ctx->arena, (most + 1) * sizeof(*rows));

	if (!rows)
		d->failed = true;
	else if (json_is_true(json_object_get(kept, "truncated"))) /* which rows a table has cannot be told */
		prov_desired_fail(ctx, d, "what was read is larger than 256 KiB");
	else
		hms_known_read(known, c->method, payload, rows,
			       values ? value_rows(ctx, kept, rows) : attribute_rows(ctx, result, rows, most));
	json_decref(kept);
}

static void refused(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, struct hms_known *known,
		    const json_t *payload, const Hms__RpcResult *result)
{
	const Hms__Fault *fault = result ? result->fault : NULL;
	size_t n = fault ? fault->n_params : 0;
	struct hms_known_fault *faults = hms_arena_alloc(ctx->arena, (n + 1) * sizeof(*faults));

	if (!faults) {
		d->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		faults[i] = (struct hms_known_fault){ hms_str(fault->params[i]->name), fault->params[i]->code };
	if (hms_known_refused(known, c->method, payload, (uint32_t)c->fault, faults, n) == HMS_KNOWN_PLAN)
		return;
	prov_desired_fail(ctx, d,
			  n ? hms_arena_printf(ctx->arena, "%.*s: fault %d: %s: %u %s", HMS_STR_FMT(c->kind), c->fault,
					       fault->params[0]->name, fault->params[0]->code, fault->params[0]->text)
			    : hms_arena_printf(ctx->arena, "%.*s: fault %d", HMS_STR_FMT(c->kind), c->fault));
}

static void step_ended(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, const json_t *payload,
		       const Hms__RpcResult *result)
{
	bool reads = c->method == HMS_CWMP_GET_PARAMETER_VALUES || c->method == HMS_CWMP_GET_PARAMETER_ATTRIBUTES;
	json_t *notes = hms_notes_load(d->desired->notes);
	struct hms_known known;

	if (!notes || prov_known_make(ctx, d, notes, &known)) {
		d->failed = true;
		json_decref(notes);
		return;
	}
	if (c->state == PROV_COMMAND_FAULTED)
		refused(ctx, d, c, &known, payload, result);
	else if (reads && result)
		read_answer(ctx, d, c, &known, payload, result);
	else if (!reads)
		hms_known_done(&known, c->method, payload, instance_of(result));
	prov_desired_keep_notes(ctx, d, notes);
	json_decref(notes);
}

void prov_desired_ended(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	bool writes = c->method == HMS_CWMP_SET_PARAMETER_VALUES || (c->method == HMS_CWMP_DOWNLOAD && is_desired(c));
	json_t *payload;

	if (!d->desired || (c->state != PROV_COMMAND_DONE && c->state != PROV_COMMAND_FAULTED) || (!writes && !is_desired(c)))
		return;
	payload = payload_of(c);
	if (writes && c->state == PROV_COMMAND_DONE)
		confirm(ctx, d, c, payload);
	if (payload && is_desired(c))
		step_ended(ctx, d, c, payload, result);
	json_decref(payload);
}
