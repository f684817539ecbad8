/* The plan of one device: what it would be, what differs, how it would be said. Provisioning decides the same way (services/provisioning/desired.c). */
#include "plan.h"

#include <stdio.h>

#define SET_MAX_BYTES (128 * 1024)

const char *const nbi_plan_state_names[] = {
#define PLAN_STATE(id, name) name,
#include "plan_states.def"
#undef PLAN_STATE
};

int nbi_plan_row_read(const struct hms_pg_result *res, size_t row, struct hms_arena *arena, struct nbi_plan_row *out)
{
	unsigned col = 0;
	bool failed = false;

	hms_pg_get_uuid(res, row, col++, out->id.b);
#define COLUMN(name, sql)                                                  \
	out->name = hms_arena_str(arena, hms_pg_get_str(res, row, col++)); \
	failed |= !out->name.p;
#define NUMBER(name, sql) out->name = hms_pg_get_int(res, row, col++);
#include "plan_columns.def"
#undef COLUMN
#undef NUMBER
	return failed ? HMS_ENOMEM : 0;
}

/* ---------------------------------------------------------------- what it is */

static int read_tags(struct nbi_plan_work *w, struct hms_device_facts *facts)
{
	json_t *list = json_loadb(w->row->tags.p, w->row->tags.len, 0, NULL), *item;
	struct hms_str *tags = hms_arena_alloc(w->arena, (json_array_size(list) + 1) * sizeof(*tags));
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (tags && json_is_string(item))
			tags[facts->tag_count++] = hms_arena_str(w->arena, hms_str(json_string_value(item)));
	}
	json_decref(list);
	facts->tags = tags;
	return tags ? 0 : HMS_ENOMEM;
}

static int read_facts(struct nbi_plan_work *w, struct hms_device_facts *facts)
{
	const struct nbi_plan_row *row = w->row;

	*facts = (struct hms_device_facts){ .tenant = row->tenant,
					    .oui = row->oui,
					    .product_class = row->product_class,
					    .serial = row->serial,
					    .kind = row->kind,
					    .model = row->model,
					    .hardware_version = row->hardware_version,
					    .software_version = row->software_version,
					    .group = row->group,
					    .region = row->region };
	return row->tags.len > 2 ? read_tags(w, facts) : 0;
}

static bool is_ready(const struct nbi_plan_row *row)
{
	static const char *const states[] = { "SETTLED", "IN_SERVICE", "PROVISIONED" };

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (hms_str_eqz(row->state, states[i]))
			return true;
	return false;
}

/* As the views of the API: what the registry takes away, and what the device has not named. */
static bool lacks(const struct nbi_plan_row *row, const char *method)
{
	char key[64];

	snprintf(key, sizeof(key), " -%s ", method);
	if (memmem(row->rpc_registry.p, row->rpc_registry.len, key, strlen(key)))
		return true;
	snprintf(key, sizeof(key), " %s ", method);
	return row->rpc_named.len && !memmem(row->rpc_methods.p, row->rpc_methods.len, key, strlen(key));
}

/* ---------------------------------------------------------------- what would be */

static int merge(struct nbi_plan_work *w, const struct hms_device_facts *facts, struct hms_desired **out, struct hms_err *err)
{
	struct hms_desired_input input = {
		.profiles = (const struct hms_profile *const *)w->catalog->profiles,
		.count = w->catalog->profile_count,
		.facts = facts,
		.model = w->model,
		.fap = (int)w->row->fap,
		.pm = (int)w->row->pm_instance,
		.fill = nbi_plan_fill,
		.arg = w,
	};
	int rc;

	memcpy(input.digest_key, w->catalog->parts->digest_key, sizeof(input.digest_key));
	rc = hms_desired_merge(w->arena, &input, out, err);
	return rc || !w->asked_count ? rc : nbi_plan_mark_pools(w, &input, *out);
}

/* What was refused may be taken by another software, or when something else is desired. */
static void prepare_notes(struct nbi_plan_work *w, const struct hms_desired *desired)
{
	const char *software = json_string_value(json_object_get(w->notes, "software"));

	if (w->row->hash != (int64_t)desired->hash || !software || !hms_str_eqz(w->row->software_version, software))
		hms_notes_retry(w->notes);
	if (lacks(w->row, "Download") || !*w->catalog->parts->files_url || !w->model || !hms_model_cm_file(w->model))
		json_object_set_new(w->notes, "no_files", json_true());
	if (lacks(w->row, "GetParameterAttributes") || lacks(w->row, "SetParameterAttributes"))
		json_object_set_new(w->notes, "no_attributes", json_true());
}

static struct hms_plan_limits limits_of(const struct nbi_plan_work *w, const struct hms_desired *desired)
{
	const struct nbi_plan_row *row = w->row;
	struct hms_quirks quirks;

	hms_quirks_find(w->catalog->parts->quirks, row->oui, row->product_class, row->software_version, &quirks);
	if (!(quirks.given >> HMS_QUIRK_GET_VALUES_MAX & 1) && row->read_max)
		quirks.value[HMS_QUIRK_GET_VALUES_MAX] = row->read_max;
	return (struct hms_plan_limits){ .get_values_max = (size_t)quirks.value[HMS_QUIRK_GET_VALUES_MAX],
					 .set_values_max = (size_t)quirks.value[HMS_QUIRK_SET_VALUES_MAX],
					 .set_bytes_max = SET_MAX_BYTES,
					 .applied = row->hash && row->hash == (int64_t)desired->hash && row->applied_hash == row->hash };
}

static enum nbi_plan_state state_of(const struct nbi_plan_row *row, struct nbi_plan_outcome *out)
{
	const struct hms_plan *plan = out->plan;

	if (hms_plan_is_empty(plan))
		return plan->difference_count ? NBI_PLAN_DRIFTED : plan->unsupported ? NBI_PLAN_UNSUPPORTED : NBI_PLAN_IN_SYNC;
	if (row->hash == (int64_t)out->desired->hash && hms_str_eqz(row->desired_state, "failing")) {
		out->reason = row->desired_reason.p; /* the same again */
		return NBI_PLAN_FAILING;
	}
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].kind != HMS_PLAN_READ && plan->steps[i].kind != HMS_PLAN_READ_ATTRIBUTES)
			return NBI_PLAN_WOULD_CHANGE;
	return plan->difference_count ? NBI_PLAN_WOULD_CHANGE : NBI_PLAN_TO_READ;
}

static int make_plan(struct nbi_plan_work *w, struct nbi_plan_outcome *out)
{
	struct hms_plan_limits limits = limits_of(w, out->desired);
	struct hms_known known;
	int rc;

	w->notes = hms_notes_load(w->row->notes);
	if (!w->notes)
		return HMS_ENOMEM;
	prepare_notes(w, out->desired);
	known = nbi_plan_known(w);
	rc = hms_plan_make(w->arena, out->desired, &known, &limits, &out->plan);
	if (!rc)
		out->state = state_of(w->row, out);
	return w->failed ? HMS_ENOMEM : rc;
}

static int look(struct nbi_plan_work *w, const struct hms_device_facts *facts, struct nbi_plan_outcome *out)
{
	struct hms_err err = { 0 };
	int rc = merge(w, facts, &out->desired, &err);

	if (rc == HMS_ENOMEM)
		return rc;
	if (rc) {
		out->desired = NULL;
		out->state = NBI_PLAN_FAILING;
		out->reason = hms_arena_strz(w->arena, hms_str(err.text));
		return out->reason ? 0 : HMS_ENOMEM;
	}
	return out->desired->hash ? make_plan(w, out) : 0;
}

int nbi_plan_device(struct nbi_plan_catalog *catalog, struct hms_arena *arena, const struct nbi_plan_row *row, struct nbi_plan_outcome *out)
{
	struct nbi_plan_work w = { .catalog = catalog, .arena = arena, .row = row };
	struct hms_device_facts facts;
	int rc = read_facts(&w, &facts);

	*out = (struct nbi_plan_outcome){ .state = NBI_PLAN_NONE, .reason = "" };
	if (rc)
		return rc;
	w.model = row->model.len ? hms_models_find(catalog->parts->models, row->model) : NULL;
	out->selected = hms_profile_selects(catalog->planned, &facts);
	out->leaves = !out->selected && catalog->counting && hms_profile_selects(catalog->counting, &facts);
	if (is_ready(row))
		rc = look(&w, &facts, out);
	else
		out->state = NBI_PLAN_NOT_READY;
	if (out->state == NBI_PLAN_NOT_READY)
		out->reason = row->state.p;
	json_decref(w.leases);
	json_decref(w.notes);
	return rc;
}
