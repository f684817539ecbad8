/* PM uploads: the settings of a cell by SetParameterValues (TR-196 v1), or a row of FAP.PerfMgmt.Config (v2) that is found, or else added. Finding it first makes AddObject
 * something that may be lost: nothing is added twice. */
#include <stdlib.h>

#include "hms/base/map.h"
#include "hms/device/fault_value.h"
#include "instance.h"
#include "setup.h"
#include "step.h"
#include "values.h"

#define PART "pm"

static bool wanted(const struct prov_choice *choice) { return json_object_get(choice->kind, PART); }

static bool has_table(struct prov_context *ctx, const struct prov_device *d) { return prov_values_path(ctx, d, "pm.table", NULL).p; }

static void set_instance(struct prov_device *d, int32_t instance)
{
	d->cold.pm_instance = instance;
	d->cold_dirty = true;
}

bool prov_setup_asks_pm_find(struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice)
{
	return wanted(choice) && d->cold.pm_instance == 0 && has_table(ctx, d);
}

bool prov_setup_asks_pm_add(struct prov_context *ctx, const struct prov_device *d, const struct prov_choice *choice)
{
	return wanted(choice) && d->cold.pm_instance < 0 && has_table(ctx, d);
}

int prov_setup_pm_table(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			struct hms_str *payload, struct hms_err *err)
{
	(void)choice;
	(void)part;
	(void)err;
	return prov_values_dump(ctx, json_pack("{s:s,s:b}", "ParameterPath", prov_values_path(ctx, d, "pm.table", NULL).p, "NextLevel", 1),
				payload);
}

int prov_setup_pm_object(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			 struct hms_str *payload, struct hms_err *err)
{
	(void)choice;
	(void)part;
	(void)err;
	set_instance(d, 0); /* if the answer is lost, the row may be there all the same */
	return prov_values_dump(ctx, json_pack("{s:s}", "ObjectName", prov_values_path(ctx, d, "pm.table", NULL).p), payload);
}

/* What is to be set; p NULL: nothing. A profile that says nothing of PM ends what was set before (PM-02). */
static int settings(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, struct hms_str *payload,
		    struct hms_err *err)
{
	struct hms_str path;

	if (wanted(choice))
		return prov_values_payload(ctx, d, choice, PART, payload, err);
	path = prov_values_path(ctx, d, "pm.enable", NULL);
	if (!d->cold.pm_hash || !path.p)
		return 0;
	return prov_values_dump(
		ctx,
		json_pack("{s:[{s:s,s:s,s:s}]}", "ParameterList", "Name", path.p, "Value", "false", "Type", hms_xsd_name(HMS_XSD_BOOLEAN)),
		payload);
}

int prov_setup_pm(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
		  struct hms_str *payload, struct hms_err *err)
{
	(void)part;
	return settings(ctx, d, choice, payload, err);
}

/* ---------------------------------------------------------------- ends */

void prov_setup_pm_none(struct prov_context *ctx, struct prov_device *d, struct prov_command *c)
{
	(void)ctx;
	(void)c;
	set_instance(d, -1);
}

/* Nobody but HMS has a row there: the first one is ours, or it is as good. */
void prov_setup_pm_found(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	int32_t instance = prov_instance_of(prov_values_path(ctx, d, "pm.table", NULL), result, 0);

	(void)c;
	set_instance(d, instance ? instance : -1);
}

/* Evidence alone (ParameterKey) does not say which row it is: it is looked for again. */
void prov_setup_pm_added(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	uint64_t n = 0;

	(void)ctx;
	(void)c;
	for (size_t i = 0; result && i < result->n_fields; i++)
		if (strcmp(result->fields[i]->path, "InstanceNumber") == 0 &&
		    hms_str_u64(hms_str_trim(hms_str(result->fields[i]->value)), &n))
			n = 0;
	set_instance(d, n <= INT32_MAX ? (int32_t)n : 0);
}

static const char *sent(struct prov_context *ctx, struct prov_device *d, const json_t *rows, const char *name)
{
	struct hms_str path = prov_values_path(ctx, d, name, NULL);
	size_t i;
	json_t *row;

	json_array_foreach((json_t *)rows, i, row)
	{
		const char *sent_name = json_string_value(json_object_get(row, "Name"));

		if (path.p && sent_name && hms_str_eqz(path, sent_name))
			return json_string_value(json_object_get(row, "Value"));
	}
	return "";
}

/* PostgreSQL writes a payload down in its own way: what counts is what it says. 0: out of memory. */
static int64_t hash_of(const json_t *payload)
{
	char *text = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
	int64_t hash = text ? (int64_t)hms_hash_stable(HMS_HASH_STABLE_SEED, text, strlen(text)) : 0;

	free(text);
	return hash;
}

/* PM-01: from now on uploads are expected; PM-02: or none any more. */
void prov_setup_pm_set(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result)
{
	json_t *payload = json_loadb(c->payload.p, c->payload.len, 0, NULL);
	const json_t *rows = json_object_get(payload, "ParameterList");
	uint64_t interval_s = 0;
	bool enabled = false;

	d->pm = (struct prov_pm){ .known = true, .at_us = d->now_us };
	if (!hms_str_bool(hms_str(sent(ctx, d, rows, "pm.enable")), &enabled) && enabled &&
	    !hms_str_u64(hms_str(sent(ctx, d, rows, "pm.interval")), &interval_s) && interval_s <= INT32_MAX) {
		d->pm.interval_s = (int32_t)interval_s;
		(void)hms_fault_time(hms_str(sent(ctx, d, rows, "pm.time")), &d->pm.phase_us); /* 0: the device chooses */
	}
	d->cold.pm_hash = json_array_size(rows) > 1 ? hash_of(payload) : 0;
	json_decref(payload);
	prov_device_note(d, ctx->arena, d->pm.interval_s ? "pm_on" : "pm_off", "", NULL);
	prov_setup_done(ctx, d, c, result);
}

void prov_setup_forget(struct prov_device *d)
{
	if (d->cold.pm_hash)
		d->pm = (struct prov_pm){ .known = true, .at_us = d->now_us };
	d->cold.pm_hash = 0;
	d->cold.pm_instance = 0;
	d->cold_dirty = true;
}

void prov_setup_look(struct prov_context *ctx, struct prov_device *d)
{
	struct prov_choice choice;
	struct hms_str payload = { NULL, 0 };
	struct hms_err err = { 0 };
	json_t *root;

	if ((d->cold.state != PROV_STATE_PROVISIONED && d->cold.state != PROV_STATE_IN_SERVICE) || !d->cold.pm_hash || !ctx->catalog ||
	    prov_catalog_choose(ctx->catalog, &d->cold, &choice, &err) || settings(ctx, d, &choice, &payload, &err) || !payload.p)
		return;
	root = json_loadb(payload.p, payload.len, 0, NULL);
	if (root && hash_of(root) != d->cold.pm_hash)
		prov_device_set_duties(d, PROV_DUTY_PM, 0);
	json_decref(root);
}
