/* A plan for people: what would be sent, and which profile says so. Secrets are not shown. */
#include "hms/base/encode.h"
#include "plan.h"

#define SECRET "***"

static json_t *text_of(struct hms_str s) { return s.p ? json_stringn_nocheck(s.p, s.len) : json_null(); }

static json_t *source_of(const struct hms_profile *profile)
{
	struct hms_str name = profile ? hms_profile_name(profile) : HMS_STR("");

	return profile ? json_pack("{s:s%,s:i}", "name", name.p, name.len, "version", hms_profile_version(profile)) : json_null();
}

/* As a command has them, without secrets and without what is HMS's own. */
static json_t *arguments_of(const struct hms_plan_step *step)
{
	json_t *payload = json_loadb(step->payload.p, step->payload.len, 0, NULL), *row;
	size_t i;

	json_array_foreach(json_object_get(payload, "ParameterList"), i, row)
	{
		if (json_object_del(row, "Digest") == 0)
			json_object_set_new(row, "Value", json_string(SECRET));
	}
	json_object_del(payload, "Row");
	return payload;
}

static json_t *steps_of(const struct hms_plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->count; i++)
		json_array_append_new(list, json_pack("{s:s,s:s,s:o}", "step", hms_plan_kind_name(plan->steps[i].kind), "method",
						      hms_cwmp_method_info(plan->steps[i].method)->name, "arguments",
						      arguments_of(&plan->steps[i])));
	return list;
}

static json_t *differences_of(const struct hms_plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->difference_count; i++) {
		const struct hms_plan_difference *d = &plan->differences[i];

		json_array_append_new(list, json_pack("{s:o,s:o,s:o,s:o,s:b}", "name", text_of(d->path), "is", text_of(d->is), "shall",
						      text_of(d->shall), "profile", source_of(d->from), "shown_only", (int)d->shown));
	}
	return list;
}

static json_t *profiles_of(const struct hms_desired *desired)
{
	json_t *list = json_array();

	for (size_t i = 0; desired && i < desired->profile_count; i++)
		json_array_append_new(list, source_of(desired->profiles[i]));
	return list;
}

json_t *nbi_plan_show(const struct nbi_plan_row *row, const struct nbi_plan_outcome *outcome)
{
	const struct hms_plan *plan = outcome->plan;
	char id[37];

	hms_uuid_text(row->id.b, id);
	return json_pack("{s:s,s:o,s:b,s:s,s:s,s:o,s:o,s:o,s:I,s:I}", "device_id", id, "serial", text_of(row->serial), "selected",
			 (int)outcome->selected, "state", nbi_plan_state_names[outcome->state], "reason", outcome->reason, "profiles",
			 profiles_of(outcome->desired), "steps", plan ? steps_of(plan) : json_array(), "differences",
			 plan ? differences_of(plan) : json_array(), "to_read", (json_int_t)(plan ? plan->to_read : 0), "unsupported",
			 (json_int_t)(plan ? plan->unsupported : 0));
}
