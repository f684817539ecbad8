/* Quirks of models: smaller RPCs, literals, methods that a device lacks, and what it shows by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fixture.h"
#include "grant.pb-c.h"
#include "learnt.h"
#include "quirk.h"
#include "rpc_build.h"
#include "slice.h"

static const char GPV[] = "{\"ParameterNames\":[\"A\",\"B\",\"C\",\"D\",\"E\"]}";
static const char SPV[] = "{\"ParameterList\":[{\"Name\":\"A\",\"Value\":\"true\",\"Type\":\"xsd:boolean\"},"
			  "{\"Name\":\"B\",\"Value\":\"2026-01-01T00:00:00Z\",\"Type\":\"xsd:dateTime\"},"
			  "{\"Name\":\"C\",\"Value\":\"true\",\"Type\":\"xsd:string\"}]}";

/* The device's model has these quirks. */
static void registry(struct fixture *f, const char *quirks)
{
	char folder[] = "/tmp/test_prov_quirk_XXXXXX", path[64];
	struct hms_quirk_registry *loaded;
	struct hms_err err = { 0 };
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.json", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "{\"entries\": [{\"oui\": \"00D09E\", \"quirks\": {%s}, \"why\": \"x\"}]}", quirks);
	fclose(file);
	if (hms_quirks_load(folder, &loaded, &err))
		fail_msg("%s", err.text);
	f->ctx.quirks = loaded;
	unlink(path);
	rmdir(folder);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct hms_quirk_registry *loaded = (struct hms_quirk_registry *)f->ctx.quirks;

	hms_quirks_free(&loaded);
	return fixture_teardown(state);
}

static void inform(struct fixture *f, uint32_t classes, const char *key) { fixture_inform(f, 2, URL_SERVING, classes, key, NULL, NULL); }

static struct prov_command *granted(struct fixture *f, enum hms_cwmp_method method, const char *payload)
{
	struct prov_command *c;

	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.oui = HMS_STR("00D09E");
	f->d.cold.product_class = f->d.cold.software_version = HMS_STR("");
	c = fixture_command(f, method, payload);
	inform(f, HMS_EVENT_PERIODIC, "");
	return c;
}

static const Hms__Arg *first_argument(struct fixture *f, const struct prov_command *c)
{
	ProtobufCAllocator allocator = hms_arena_allocator(f->ctx.arena);
	struct hms_err err = { 0 };
	struct hms_str bytes;
	const Hms__Grant *g;

	assert_int_equal(prov_rpc_pack_for(&f->ctx, &f->d, c, &bytes, &err), 0);
	g = hms__grant__unpack(&allocator, bytes.len, (const uint8_t *)bytes.p);
	assert_non_null(g);
	return g->args[0];
}

/* Names of the GetParameterValues that is granted, one after the other. */
static const char *asked(struct fixture *f, const struct prov_command *c)
{
	const Hms__Arg *names = first_argument(f, c);
	const char *text = "";

	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	for (size_t i = 0; i < names->n_children; i++)
		text = hms_arena_printf(f->ctx.arena, "%s%s", text, names->children[i]->value);
	return text;
}

static void refuse(struct fixture *f, const struct prov_command *c, uint32_t fault)
{
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, fault);
}

/* [Q13] */
static void a_read_goes_out_in_pieces_and_comes_back_as_one(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	registry(f, "\"get_values_max\": 2");
	c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);
	assert_string_equal(asked(f, c), "AB");
	assert_int_equal(f->ctx.quirks_fired[HMS_QUIRK_GET_VALUES_MAX], 1);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "A", "1", "B", "2", NULL);
	assert_string_equal(asked(f, c), "CD");
	assert_int_equal(c->g_n, 2);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "C", "3", "D", "4", NULL);
	assert_string_equal(asked(f, c), "E");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "E", "5", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_true(hms_str_eqz(c->result,
				"{\"parameters\":[{\"Name\":\"A\",\"Value\":\"1\"},{\"Name\":\"B\",\"Value\":\"2\"},"
				"{\"Name\":\"C\",\"Value\":\"3\"},{\"Name\":\"D\",\"Value\":\"4\"},{\"Name\":\"E\",\"Value\":\"5\"}]}"));
	assert_int_equal(f->d.learnt_get_values_max, 0); /* the registry knew it */
}

static void a_piece_that_was_not_answered_is_asked_for_again_and_those_before_it_are_not(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	registry(f, "\"get_values_max\": 2");
	c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "A", "1", "B", "2", NULL);
	inform(f, HMS_EVENT_PERIODIC, "");
	assert_string_equal(asked(f, c), "CD");
	fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__NO_ANSWER, 0);
	assert_string_equal(asked(f, c), "CD");
}

/* [Q13] */
static void a_device_that_fails_at_many_names_is_asked_for_half_and_its_model_is_learnt(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	assert_string_equal(asked(f, c), "ABCDE");
	refuse(f, c, 9002);
	assert_string_equal(asked(f, c), "AB");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "A", "1", "B", "2", NULL);
	assert_string_equal(asked(f, c), "CD");
	assert_int_equal(f->d.learnt_get_values_max, 0);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "C", "3", "D", "4", NULL);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "E", "5", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(f->d.learnt_get_values_max, 2);
}

/* One device must not take the pairs that procedures read from all of its model. */
static void a_device_that_takes_one_name_at_a_time_teaches_pairs(void **state)
{
	static const char *const names[] = { "A", "B", "C", "D", "E" };
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	refuse(f, c, 9002);
	refuse(f, c, 9002);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(asked(f, c), names[i]);
		fixture_answer(f, c, "GetParameterValues", NULL, NULL, names[i], "1", NULL);
	}
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(f->d.learnt_get_values_max, HMS_QUIRK_GET_VALUES_LEAST);
}

static void a_fault_of_one_name_ends_the_command_and_teaches_nothing(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	refuse(f, c, 9004);
	assert_string_equal(asked(f, c), "AB");
	refuse(f, c, 9002);
	assert_string_equal(asked(f, c), "A");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "A", "1", NULL);
	assert_string_equal(asked(f, c), "B");
	refuse(f, c, 9002);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9002);
	assert_true(hms_str_eqz(c->note, "refused from row 2 on; those before it were done"));
	assert_int_equal(f->d.learnt_get_values_max, 0);
}

static void other_faults_are_no_reason_to_ask_again(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);

	refuse(f, c, 9003);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
}

static void what_was_learnt_holds_for_the_model_and_version_and_the_registry_wins_over_it(void **state)
{
	struct fixture *f = *state;
	struct prov_learnt *learnt = prov_learnt_new();
	struct prov_cold cold = { .tenant = HMS_STR("default"), .oui = HMS_STR("00D09E"), .product_class = HMS_STR("P") };

	(void)f;
	cold.software_version = HMS_STR("1");
	assert_int_equal(prov_learnt_find(learnt, &cold, HMS_QUIRK_GET_VALUES_MAX), 0);
	assert_int_equal(prov_learnt_add(learnt, cold.tenant, cold.oui, cold.product_class, HMS_STR("1"), HMS_STR("get_values_max"), 8), 0);
	assert_int_equal(prov_learnt_add(learnt, cold.tenant, cold.oui, cold.product_class, HMS_STR("1"), HMS_STR("of tomorrow"), 1), 0);
	assert_int_equal(prov_learnt_find(learnt, &cold, HMS_QUIRK_GET_VALUES_MAX), 8);
	assert_int_equal(prov_learnt_find(learnt, &cold, HMS_QUIRK_SET_VALUES_MAX), 0);
	cold.software_version = HMS_STR("2");
	assert_int_equal(prov_learnt_find(learnt, &cold, HMS_QUIRK_GET_VALUES_MAX), 0);
	prov_learnt_free(&learnt);
}

/* Each piece has a ParameterKey of its own; that of an earlier one proves nothing of the others. */
static void a_write_in_pieces_is_settled_piece_by_piece(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;
	char first[33], second[33], third[33];

	registry(f, "\"set_values_max\": 1");
	c = granted(f, HMS_CWMP_SET_PARAMETER_VALUES, SPV);
	assert_string_equal(first_argument(f, c)->params[0]->name, "A");
	hms_parameter_key_text((uint64_t)c->id, 1, first);
	hms_parameter_key_text((uint64_t)c->id, 2, second);
	hms_parameter_key_text((uint64_t)c->id, 3, third);
	fixture_answer(f, c, "SetParameterValues", "Status", "0", NULL);
	assert_true(hms_str_eqz(f->d.hot.have_key, first));
	assert_string_equal(first_argument(f, c)->params[0]->name, "B");
	inform(f, HMS_EVENT_PERIODIC, first); /* the session broke off: the second did not arrive */
	assert_string_equal(first_argument(f, c)->params[0]->name, "B");
	assert_int_equal(c->tries, 3);
	inform(f, HMS_EVENT_PERIODIC, third); /* it did, the answer did not */
	assert_string_equal(first_argument(f, c)->params[0]->name, "C");
	assert_int_equal(first_argument(f, c)->n_params, 1);
	inform(f, HMS_EVENT_PERIODIC, third);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	fixture_answer(f, c, "SetParameterValues", "Status", "0", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_string_not_equal(second, third);
}

/* [Q13] */
static void literals_are_written_as_the_device_wants_them(void **state)
{
	struct fixture *f = *state;
	const Hms__Arg *list;

	registry(f, "\"boolean\": \"digits\", \"time_zone\": \"none\"");
	list = first_argument(f, granted(f, HMS_CWMP_SET_PARAMETER_VALUES, SPV));
	assert_int_equal(list->n_params, 3);
	assert_string_equal(list->params[0]->value, "1");
	assert_string_equal(list->params[1]->value, "2026-01-01T00:00:00");
	assert_string_equal(list->params[2]->value, "true"); /* a text */
	assert_true(f->ctx.quirks_fired[HMS_QUIRK_BOOLEAN] && f->ctx.quirks_fired[HMS_QUIRK_TIME_ZONE]);
}

static void literals_of_every_kind(void **state)
{
	static const struct {
		enum hms_quirk quirk;
		int64_t choice;
		const char *in, *out;
	} rows[] = {
		{ HMS_QUIRK_BOOLEAN, HMS_BOOLEAN_AS_GIVEN, "TRUE", "TRUE" },
		{ HMS_QUIRK_BOOLEAN, HMS_BOOLEAN_WORDS, "1", "true" },
		{ HMS_QUIRK_BOOLEAN, HMS_BOOLEAN_WORDS, "False", "false" },
		{ HMS_QUIRK_BOOLEAN, HMS_BOOLEAN_DIGITS, "false", "0" },
		{ HMS_QUIRK_BOOLEAN, HMS_BOOLEAN_DIGITS, "on", "on" },
		{ HMS_QUIRK_TIME_ZONE, HMS_TIME_ZONE_AS_GIVEN, "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00" },
		{ HMS_QUIRK_TIME_ZONE, HMS_TIME_ZONE_Z, "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00Z" },
		{ HMS_QUIRK_TIME_ZONE, HMS_TIME_ZONE_OFFSET, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00" },
		{ HMS_QUIRK_TIME_ZONE, HMS_TIME_ZONE_NONE, "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00+02:00" },
		{ HMS_QUIRK_TIME_ZONE, HMS_TIME_ZONE_NONE, "", "" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_quirks quirks = { .given = 0 };
		enum hms_xsd type = rows[i].quirk == HMS_QUIRK_BOOLEAN ? HMS_XSD_BOOLEAN : HMS_XSD_DATETIME;

		quirks.value[rows[i].quirk] = rows[i].choice;
		assert_string_equal(prov_quirk_value(&f->ctx, &quirks, type, hms_str(rows[i].in)).p, rows[i].out);
	}
}

/* [Q13] */
static void a_write_waits_after_a_boot_while_others_go_out(void **state)
{
	struct fixture *f = *state;
	struct prov_command *set, *get;

	registry(f, "\"set_delay_s\": 600");
	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.oui = HMS_STR("00D09E");
	set = fixture_command(f, HMS_CWMP_SET_PARAMETER_VALUES, SPV);
	get = fixture_command(f, HMS_CWMP_GET_PARAMETER_VALUES, GPV);
	inform(f, HMS_EVENT_BOOT, "");
	assert_int_equal(set->state, PROV_COMMAND_QUEUED);
	assert_int_equal(get->state, PROV_COMMAND_GRANTED);
	f->now_us += 594000000;
	inform(f, HMS_EVENT_PERIODIC, "");
	assert_int_equal(set->state, PROV_COMMAND_QUEUED);
	f->now_us += 1000000;
	inform(f, HMS_EVENT_PERIODIC, "");
	assert_int_equal(set->state, PROV_COMMAND_GRANTED);
}

/* [Q13] */
static void states_that_are_told_the_wrong_way_round_are_read_so(void **state)
{
	struct fixture *f = *state;

	registry(f, "\"states_inverted\": true");
	fixture_device(f, PROV_STATE_PROVISIONED);
	f->d.cold.oui = HMS_STR("00D09E");
	fixture_inform(f, 3, URL_BOTH, HMS_EVENT_VALUE_CHANGE, "", NULL, V1_OPSTATE, " FALSE", NULL);
	assert_true(f->d.cold.op_state);
	fixture_inform(f, 3, URL_BOTH, HMS_EVENT_VALUE_CHANGE, "", NULL, V1_OPSTATE, "1", NULL);
	assert_false(f->d.cold.op_state);
	f->d.cold.oui = HMS_STR("00256D");
	fixture_inform(f, 3, URL_BOTH, HMS_EVENT_VALUE_CHANGE, "", NULL, V1_OPSTATE, "1", NULL);
	assert_true(f->d.cold.op_state);
}

/* [Q13] */
static void a_location_with_spaces_around_it_is_a_location(void **state)
{
	struct fixture *f = *state;

	fixture_device(f, PROV_STATE_PROVISIONED);
	fixture_inform(f, 3, URL_BOTH, HMS_EVENT_VALUE_CHANGE, "", NULL, V1_OPSTATE, "1", V1_LAT, " 51500000 ", V1_LON, "-120000\n", NULL);
	assert_int_equal(f->d.cold.latitude, 51500000);
	assert_int_equal(f->d.cold.longitude, -120000);
}

static void a_method_that_the_registry_says_is_lacking_is_refused_before_a_session(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	registry(f, "\"lacks\": [\"AddObject\"]");
	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.oui = HMS_STR("00D09E");
	c = fixture_command(f, HMS_CWMP_ADD_OBJECT, "{\"ObjectName\":\"Device.A.\"}");
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9000);
	assert_true(f->ctx.quirks_fired[HMS_QUIRK_LACKS]);
}

/** PH-3: a client of home routers does AddObject, which its answer to GetRPCMethods leaves out. */
static void a_method_that_the_registry_says_is_there_joins_those_that_the_device_names(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	registry(f, "\"has\": [\"AddObject\", \"Reboot\"]");
	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.oui = HMS_STR("00D09E");
	c = fixture_command(f, HMS_CWMP_GET_RPC_METHODS, "{}");
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	fixture_answer(f, c, "GetRPCMethods", "MethodList.string", "Reboot", NULL);
	assert_true(hms_str_eqz(f->d.cold.rpc_methods, " Reboot AddObject "));
	assert_int_equal(f->ctx.quirks_fired[HMS_QUIRK_HAS], 0);
	c = fixture_command(f, HMS_CWMP_ADD_OBJECT, "{\"ObjectName\":\"Device.A.\"}");
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_int_equal(f->ctx.quirks_fired[HMS_QUIRK_HAS], 1);
	fixture_command(f, HMS_CWMP_REBOOT, "{}");
	fixture_work(f, PROV_WORK_LOOK);
	assert_int_equal(f->ctx.quirks_fired[HMS_QUIRK_HAS], 1); /* it said so itself */
}

#define QUIRK_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUIRK_TEST(a_read_goes_out_in_pieces_and_comes_back_as_one),
		QUIRK_TEST(a_piece_that_was_not_answered_is_asked_for_again_and_those_before_it_are_not),
		QUIRK_TEST(a_device_that_fails_at_many_names_is_asked_for_half_and_its_model_is_learnt),
		QUIRK_TEST(a_device_that_takes_one_name_at_a_time_teaches_pairs),
		QUIRK_TEST(a_fault_of_one_name_ends_the_command_and_teaches_nothing),
		QUIRK_TEST(other_faults_are_no_reason_to_ask_again),
		QUIRK_TEST(what_was_learnt_holds_for_the_model_and_version_and_the_registry_wins_over_it),
		QUIRK_TEST(a_write_in_pieces_is_settled_piece_by_piece),
		QUIRK_TEST(literals_are_written_as_the_device_wants_them),
		QUIRK_TEST(literals_of_every_kind),
		QUIRK_TEST(a_write_waits_after_a_boot_while_others_go_out),
		QUIRK_TEST(states_that_are_told_the_wrong_way_round_are_read_so),
		QUIRK_TEST(a_location_with_spaces_around_it_is_a_location),
		QUIRK_TEST(a_method_that_the_registry_says_is_there_joins_those_that_the_device_names),
		QUIRK_TEST(a_method_that_the_registry_says_is_lacking_is_refused_before_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
