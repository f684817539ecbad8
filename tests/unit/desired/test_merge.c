/* Profiles merged for one device: priority, logical names, placeholders, tables; and what a plan makes of the result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/desired/plan.h"

#define LTE "Device.Services.FAPService.2."

struct world {
	struct hms_models *models;
	struct hms_arena *arena;
	struct hms_profile *profiles[4];
	size_t count;
	struct hms_device_facts facts;
	struct hms_desired *desired;
	struct hms_err err;
};

static int setup(void **state)
{
	static struct world w;
	struct hms_err err;

	w = (struct world){ .arena = hms_arena_new(1 << 22),
			    .facts = { .serial = HMS_STR("S1"), .oui = HMS_STR("0200F0"), .kind = HMS_STR("henb") } };
	*state = &w;
	return hms_models_load(HMS_SOURCE_DIR "/deploy/datamodels", &w.models, &err);
}

static int teardown(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < w->count; i++)
		hms_profile_free(&w->profiles[i]);
	hms_models_free(&w->models);
	hms_arena_free(&w->arena);
	return 0;
}

static void add(struct world *w, const char *name, const char *text)
{
	struct hms_err err;

	if (hms_profile_parse(hms_str(text), &hms_profile_limits, &w->profiles[w->count], &err))
		fail_msg("%s: %s", name, err.text);
	hms_profile_set_name(w->profiles[w->count++], hms_str(name), 1);
	qsort(w->profiles, w->count, sizeof(w->profiles[0]), hms_profile_order);
}

static int fill(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	(void)arg;
	(void)err;
	if (!hms_str_eqz(name, "pool.cell"))
		return HMS_ENOENT;
	*out = HMS_STR("4711");
	return 0;
}

static int merge(struct world *w)
{
	const struct hms_desired_input input = { .profiles = (const struct hms_profile *const *)w->profiles,
						 .count = w->count,
						 .facts = &w->facts,
						 .model = hms_models_find(w->models, HMS_STR("tr181-tr196v2-lte")),
						 .fap = 2,
						 .fill = fill };

	return hms_desired_merge(w->arena, &input, &w->desired, &w->err);
}

static const struct hms_desired_value *value(struct world *w, const char *path)
{
	for (size_t i = 0; i < w->desired->count; i++)
		if (hms_str_eqz(w->desired->values[i].path, path))
			return &w->desired->values[i];
	fail_msg("no %s", path);
	return NULL;
}

static void the_first_that_says_something_counts(void **state)
{
	struct world *w = *state;

	add(w, "b", "{\"priority\": 10, \"parameters\": {\"lte.tac\": 1, \"s1.port\": {\"value\": 5, \"notify\": 1}}}");
	add(w, "a", "{\"priority\": 10, \"parameters\": {\"lte.tac\": 2}}");
	add(w, "c", "{\"priority\": 20, \"selector\": {\"serial\": [\"S*\"]}, \"parameters\": {\"s1.port\": {\"notify\": 2}}}");
	add(w, "d", "{\"priority\": 30, \"selector\": {\"serial\": [\"X*\"]}, \"parameters\": {\"lte.tac\": 3}}");
	assert_int_equal(merge(w), 0);
	assert_int_equal(w->desired->profile_count, 3);
	assert_int_equal(w->desired->count, 2);
	assert_string_equal(value(w, LTE "CellConfig.LTE.EPC.TAC")->value.p, "2");
	assert_int_equal(value(w, LTE "CellConfig.LTE.EPC.TAC")->type, HMS_XSD_UINT);
	assert_string_equal(value(w, LTE "FAPControl.LTE.Gateway.S1SigLinkPort")->value.p, "5");
	assert_int_equal(value(w, LTE "FAPControl.LTE.Gateway.S1SigLinkPort")->notify, 2);
}

static void placeholders_are_filled_from_the_device_the_pools_and_the_profile(void **state)
{
	struct world *w = *state;

	add(w, "a",
	    "{\"values\": {\"n\": 3}, \"parameters\": {\"lte.cell_identity\": \"{pool.cell}\", \"lte.tac\": \"{n}\","
	    " \"Device.DeviceInfo.ProvisioningCode\": \"{device.oui}-{device.serial}-{device.username}\"}}");
	assert_int_equal(merge(w), 0);
	assert_string_equal(value(w, LTE "CellConfig.LTE.RAN.Common.CellIdentity")->value.p, "4711");
	assert_string_equal(value(w, LTE "CellConfig.LTE.EPC.TAC")->value.p, "3");
	assert_string_equal(value(w, "Device.DeviceInfo.ProvisioningCode")->value.p, "0200F0-S1-0200F0-S1");
}

static void what_cannot_be_made_names_profile_and_parameter(void **state)
{
	static const struct {
		const char *profile, *error;
	} cases[] = {
		{ "{\"parameters\": {\"lte.tac\": \"{nobody}\"}}", "profile p: lte.tac: nothing says what {nobody} is" },
		{ "{\"parameters\": {\"lte.tac\": \"{device.region}\"}}", "profile p: lte.tac: the device has no region" },
		{ "{\"parameters\": {\"lte.tac\": \"x\"}}", "profile p: lte.tac: \"x\" is no value of type unsignedInt" },
		{ "{\"objects\": [{\"path\": \"lte.neighbours\", \"rows\": [{\"CID\": 1}]}]}",
		  "profile p: lte.neighbours: a row has no PLMNID" },
		{ "{\"objects\": [{\"path\": \"lte.neighbours\", \"rows\": [{\"PLMNID\": \"1\", \"CID\": 1}, {\"PLMNID\": \"1\", \"CID\": \"01\"}]}]}",
		  "profile p: lte.neighbours: rows 1 and 2 have the same key" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		add(w, "p", cases[i].profile);
		assert_int_not_equal(merge(w), 0);
		if (!hms_str_starts(hms_str(w->err.text), hms_str(cases[i].error)))
			fail_msg("%s", w->err.text);
		hms_profile_free(&w->profiles[--w->count]);
	}
}

static void what_the_model_does_not_have_is_missing_and_the_rest_goes_on(void **state)
{
	struct world *w = *state;

	add(w, "a", "{\"parameters\": {\"umts.sac\": 1, \"InternetGatewayDevice.X\": 1, \"lte.tac\": 1}}");
	assert_int_equal(merge(w), 0);
	assert_int_equal(w->desired->missing_count, 2);
	assert_int_equal(w->desired->count, 1);
}

static void the_hash_covers_what_is_sent_and_not_where_it_comes_from(void **state)
{
	struct world *w = *state;
	uint64_t hash;

	add(w, "a", "{\"parameters\": {\"lte.tac\": \"7\"}}");
	assert_int_equal(merge(w), 0);
	hash = w->desired->hash;
	assert_int_not_equal(hash, 0);
	hms_profile_free(&w->profiles[--w->count]);
	add(w, "other", "{\"priority\": 5, \"values\": {\"x\": 7}, \"parameters\": {\"lte.tac\": \"{x}\"}}");
	assert_int_equal(merge(w), 0);
	assert_true(w->desired->hash == hash);
	hms_profile_free(&w->profiles[--w->count]);
	add(w, "a", "{\"parameters\": {\"lte.tac\": \"8\"}}");
	assert_int_equal(merge(w), 0);
	assert_false(w->desired->hash == hash);
}

static bool nothing(void *arg, struct hms_str path, struct hms_str *out)
{
	(void)arg;
	(void)path;
	*out = HMS_STR("");
	return true;
}

static void a_cell_is_set_on_air_after_all_else_and_its_secrets_are_never_compared(void **state)
{
	const struct hms_plan_limits limits = { 0 };
	struct world *w = *state;
	struct hms_known known = { .value = nothing, .notes = hms_notes_load(HMS_STR("")) };
	struct hms_plan *plan;
	json_t *payload;

	add(w, "a", "{\"parameters\": {\"fap.admin_state\": true, \"lte.tac\": 1, \"management.password\": \"x\"}}");
	assert_int_equal(merge(w), 0);
	assert_int_equal(hms_plan_make(w->arena, w->desired, &known, &limits, &plan), 0);
	assert_int_equal(plan->count, 2);
	assert_int_equal(plan->steps[0].kind, HMS_PLAN_SET);
	assert_int_equal(plan->steps[0].rows, 2);
	assert_false(plan->steps[0].final);
	assert_int_equal(plan->steps[1].kind, HMS_PLAN_LAST);
	assert_true(plan->steps[1].final);
	assert_non_null(strstr(plan->steps[1].payload.p, "AdminState"));
	payload = json_loads(plan->steps[0].payload.p, 0, NULL);
	hms_known_done(&known, HMS_CWMP_SET_PARAMETER_VALUES, payload, 0);
	json_decref(payload);
	assert_int_equal(hms_plan_make(w->arena, w->desired, &known, &limits, &plan), 0);
	assert_int_equal(plan->difference_count, 2); /* it still reads back empty, but it was written */
	json_decref(known.notes);
}

static void drift_of_what_is_not_to_be_repaired_is_shown_only(void **state)
{
	const struct hms_plan_limits fresh = { 0 }, applied = { .applied = true };
	struct world *w = *state;
	struct hms_known known = { .value = nothing, .notes = hms_notes_load(HMS_STR("")) };
	struct hms_plan *plan;

	add(w, "a", "{\"repair\": false, \"parameters\": {\"lte.tac\": 1}}");
	assert_int_equal(merge(w), 0);
	assert_int_equal(hms_plan_make(w->arena, w->desired, &known, &fresh, &plan), 0);
	assert_int_equal(plan->count, 1);
	assert_int_equal(hms_plan_make(w->arena, w->desired, &known, &applied, &plan), 0);
	assert_int_equal(plan->count, 0);
	assert_int_equal(plan->difference_count, 1);
	assert_true(plan->differences[0].shown);
	json_decref(known.notes);
}

static void what_goes_by_file_goes_whole_and_by_values_where_files_are_not_taken(void **state)
{
	const struct hms_plan_limits limits = { 0 };
	struct world *w = *state;
	struct hms_known known = { .value = nothing, .notes = hms_notes_load(HMS_STR("")) };
	struct hms_plan *plan;
	json_t *payload;

	add(w, "a", "{\"delivery\": \"file\", \"parameters\": {\"lte.tac\": 1, \"lte.access_mode\": \"\", \"fap.admin_state\": true}}");
	assert_int_equal(merge(w), 0);
	assert_int_equal(hms_plan_make(w->arena, w->desired, &known, &limits, &plan), 0);
	assert_int_equal(plan->count, 2);
	assert_int_equal(plan->steps[0].method, HMS_CWMP_DOWNLOAD);
	assert_int_equal(plan->steps[0].rows, 2);
	assert_int_equal(plan->steps[1].kind, HMS_PLAN_LAST);
	payload = json_loads(plan->steps[0].payload.p, 0, NULL);
	assert_int_equal(hms_known_refused(&known, HMS_CWMP_DOWNLOAD, payload, 9018, NULL, 0), HMS_KNOWN_FAILED);
	assert_int_equal(hms_known_refused(&known, HMS_CWMP_DOWNLOAD, payload, 9000, NULL, 0), HMS_KNOWN_PLAN);
	json_decref(payload);
	assert_int_equal(hms_plan_make(w->arena, w->desired, &known, &limits, &plan), 0);
	assert_int_equal(plan->steps[0].method, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_int_equal(plan->steps[0].rows, 1);
	json_decref(known.notes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_that_says_something_counts),
		TEST(placeholders_are_filled_from_the_device_the_pools_and_the_profile),
		TEST(what_cannot_be_made_names_profile_and_parameter),
		TEST(what_the_model_does_not_have_is_missing_and_the_rest_goes_on),
		TEST(the_hash_covers_what_is_sent_and_not_where_it_comes_from),
		TEST(a_cell_is_set_on_air_after_all_else_and_its_secrets_are_never_compared),
		TEST(drift_of_what_is_not_to_be_repaired_is_shown_only),
		TEST(what_goes_by_file_goes_whole_and_by_values_where_files_are_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
