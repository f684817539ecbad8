/* Names that a device does not have: looked for where the fault does not say which, and left out by procedures from then on (PH-5). */
#include "fixture.h"

#include "absent.h"
#include "grant.pb-c.h"
#include "names.h"
#include "rpc_build.h"

#define GPV "{\"ParameterNames\":[\"A\",\"B\",\"C\",\"D\",\"E\"]}"
#define CURRENT V1 "FaultMgmt.CurrentAlarm."
#define CURRENT_COUNT V1 "FaultMgmt.CurrentAlarmNumberOfEntries"

static void known(struct fixture *f, enum prov_state state)
{
	fixture_device(f, state);
	f->d.cold.oui = HMS_STR("00D09E");
	f->d.cold.product_class = HMS_STR("P");
	f->d.cold.software_version = HMS_STR("1");
}

static struct prov_command *granted(struct fixture *f, const char *payload)
{
	struct prov_command *c;

	known(f, PROV_STATE_SETTLED);
	c = fixture_command(f, HMS_CWMP_GET_PARAMETER_VALUES, payload);
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, NULL);
	return c;
}

/* Names of the GetParameterValues that is granted, one after the other. */
static const char *asked(struct fixture *f, const struct prov_command *c)
{
	ProtobufCAllocator allocator = hms_arena_allocator(f->ctx.arena);
	struct hms_err err = { 0 };
	struct hms_str bytes;
	const Hms__Grant *g;
	const char *text = "";

	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_int_equal(prov_rpc_pack_for(&f->ctx, &f->d, c, &bytes, &err), 0);
	g = hms__grant__unpack(&allocator, bytes.len, (const uint8_t *)bytes.p);
	assert_non_null(g);
	for (size_t i = 0; i < g->args[0]->n_children; i++)
		text = hms_arena_printf(f->ctx.arena, "%s%s", text, g->args[0]->children[i]->value);
	return text;
}

static void refuse(struct fixture *f, const struct prov_command *c) { fixture_result(f, c, HMS__RPC_RESULT__OUTCOME__FAULT, 9005); }

static void names_of(struct fixture *f, const char *name)
{
	assert_int_equal(prov_names_add(prov_catalog_names(f->ctx.catalog), f->d.cold.tenant, f->d.cold.oui, f->d.cold.product_class,
					f->d.cold.software_version, hms_str(name)),
			 0);
}

static size_t shown(const struct fixture *f, const char *name, bool absent)
{
	size_t n = 0;

	for (const struct prov_name *each = f->d.names; each; each = each->next)
		n += each->absent == absent && hms_str_eqz(each->name, name);
	return n;
}

/** PH-5: the rest of the work goes on. */
static void one_name_is_looked_for_and_the_others_are_read(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, GPV);

	assert_string_equal(asked(f, c), "ABCDE");
	refuse(f, c);
	assert_string_equal(asked(f, c), "AB");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "A", "1", "B", "2", NULL);
	assert_string_equal(asked(f, c), "CDE"); /* twice as many */
	refuse(f, c);
	assert_string_equal(asked(f, c), "C");
	refuse(f, c);
	assert_int_equal(shown(f, "C", true), 1);
	assert_string_equal(asked(f, c), "D");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "D", "4", NULL);
	assert_string_equal(asked(f, c), "E");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "E", "5", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(c->fault, 0);
	assert_true(hms_str_eqz(c->note, "1 name is not there: fault 9005"));
	assert_true(hms_str_eqz(c->result, "{\"parameters\":[{\"Name\":\"A\",\"Value\":\"1\"},{\"Name\":\"B\",\"Value\":\"2\"},"
					   "{\"Name\":\"D\",\"Value\":\"4\"},{\"Name\":\"E\",\"Value\":\"5\"}],\"absent\":[\"C\"]}"));
	assert_int_equal(f->d.learnt_get_values_max, 0); /* their number was not the reason */
	assert_null(f->d.names->next);
}

/** PH-5 */
static void a_name_that_the_fault_says_is_left_out_at_once(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, GPV);

	f->fault_text = "Invalid parameter name: D.";
	refuse(f, c);
	assert_string_equal(asked(f, c), "ABCE");
	f->fault_text = "neither A nor B"; /* two: it does not say which of them, or whether both */
	refuse(f, c);
	assert_string_equal(asked(f, c), "AB");
	f->fault_text = "No such thing: BABBLE"; /* within other words */
	refuse(f, c);
	assert_string_equal(asked(f, c), "A");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "A", "1", NULL);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "B", "2", "C", "3", NULL);
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "E", "5", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_int_equal(shown(f, "D", true), 1);
	assert_null(f->d.names->next);
}

/** PH-5 */
static void a_read_of_which_nothing_is_there_ends_as_faulted(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, "{\"ParameterNames\":[\"A\",\"B\"]}");

	refuse(f, c);
	assert_string_equal(asked(f, c), "A");
	refuse(f, c);
	assert_string_equal(asked(f, c), "B");
	refuse(f, c);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9005);
	assert_true(hms_str_eqz(c->note, "2 names are not there: fault 9005"));
	assert_non_null(memmem(c->result.p, c->result.len, "\"absent\":[\"A\",\"B\"]", 18));
	c = granted(f, "{\"ParameterNames\":[\"Z\"]}");
	refuse(f, c);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(shown(f, "Z", true), 1);
}

/** PH-5 */
static void names_that_the_model_is_known_to_lack_go_out_first(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, GPV);

	names_of(f, "B");
	names_of(f, "E");
	assert_string_equal(asked(f, c), "ABCDE"); /* who asks wants to know */
	refuse(f, c);
	assert_string_equal(asked(f, c), "ACD");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "A", "1", "C", "3", "D", "4", NULL);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
	assert_true(hms_str_eqz(c->note, "2 names are not there: fault 9005"));
	assert_null(f->d.names);
}

/** PH-5: bounded. */
static void a_device_that_has_nearly_nothing_is_not_asked_for_ever(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;
	char payload[1024] = "{\"ParameterNames\":[\"N0\"";
	int rpcs = 0;

	for (int i = 1; i < 100; i++)
		snprintf(payload + strlen(payload), sizeof(payload) - strlen(payload), ",\"N%d\"", i);
	strcat(payload, "]}");
	c = granted(f, payload);
	for (; c->state == PROV_COMMAND_GRANTED && rpcs < 1000; rpcs++)
		refuse(f, c);
	assert_int_equal(c->state, PROV_COMMAND_FAULTED);
	assert_int_equal(c->fault, 9005);
	assert_in_range(rpcs, 33, 50);
}

/** PH-5: a name twice, and what is no name of the answer. */
static void a_name_that_stands_there_twice_does_not_stop_it(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c = granted(f, "{\"ParameterNames\":[\"A\",\"B\",\"A\"]}");

	refuse(f, c);
	assert_string_equal(asked(f, c), "A");
	refuse(f, c);
	assert_string_equal(asked(f, c), "B");
	fixture_answer(f, c, "GetParameterValues", NULL, NULL, "B", "2", NULL);
	assert_string_equal(asked(f, c), "A");
	refuse(f, c);
	assert_int_equal(c->state, PROV_COMMAND_DONE);
}

/** PH-5: of the model, that is: not what only this device has no row of, and not an empty table. */
static void rows_empty_tables_and_unknown_versions_teach_nothing(void **state)
{
	static const struct {
		const char *names, *version;
		bool learnt;
	} rows[] = {
		{ "\"Device.Line.3.\"", "1", false },	   { "\"Device.Line.\"", "1", true },
		{ "\"Device.3a.\"", "1", true },	   { "\"Device.LineNumberOfEntries\",\"Device.Line.\"", "1", false },
		{ "\"Device.Line.3.Status\"", "1", true }, { "\"Device.Line.\"", "", false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prov_command *c = granted(f, hms_arena_printf(f->ctx.arena, "{\"ParameterNames\":[%s]}", rows[i].names));

		f->d.names = NULL;
		f->d.cold.software_version = hms_str(rows[i].version);
		refuse(f, c);
		if (c->state == PROV_COMMAND_GRANTED)
			fixture_answer(f, c, "GetParameterValues", NULL, NULL, "Device.LineNumberOfEntries", "0", NULL);
		if (c->state == PROV_COMMAND_GRANTED)
			refuse(f, c);
		assert_false(c->state == PROV_COMMAND_GRANTED);
		assert_int_equal(f->d.names != NULL, rows[i].learnt);
	}
}

static void cell(struct fixture *f, enum prov_state state)
{
	known(f, state);
	f->d.cold.kind = HMS_KIND_HNB;
	f->d.cold.model = HMS_STR("tr098-tr196v1");
}

/** PH-5: procedures leave them out, and go on. */
static void a_place_that_the_model_does_not_tell_is_not_asked_for(void **state)
{
	struct fixture *f = *state;

	cell(f, PROV_STATE_DISCOVERING);
	fixture_inform(f, 1, URL_INITIAL, HMS_EVENT_BOOTSTRAP, "", NULL, V1_OPSTATE, "0", NULL);
	assert_true(hms_str_eqz(fixture_step(f)->purpose, "location"));
	refuse(f, fixture_step(f));
	assert_string_equal(asked(f, fixture_step(f)), V1_LAT);
	refuse(f, fixture_step(f));
	assert_string_equal(asked(f, fixture_step(f)), V1_LON);
	fixture_answer(f, fixture_step(f), "GetParameterValues", NULL, NULL, V1_LON, "-120000", NULL);
	assert_true(hms_str_eqz(fixture_step(f)->purpose, "discovery"));
	assert_int_equal(shown(f, V1_LAT, true), 1);
	names_of(f, V1_LAT);
	fixture_inform(f, 1, URL_INITIAL, HMS_EVENT_BOOTSTRAP, "", NULL, V1_OPSTATE, "0", NULL);
	assert_true(hms_str_eqz(fixture_step(f)->purpose, "discovery"));
}

static const char *alarms_read(struct fixture *f)
{
	cell(f, PROV_STATE_IN_SERVICE);
	f->d.cold.duties = PROV_DUTY_ALARMS;
	f->d.cold.op_state = true;
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_PERIODIC, "", NULL, V1_OPSTATE, "1", NULL);
	return fixture_step(f) ? asked(f, fixture_step(f)) : NULL;
}

/** PH-5 */
static void of_the_alarm_list_what_is_there_is_read(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(alarms_read(f), CURRENT_COUNT CURRENT);
	f->fault_text = CURRENT; /* empty, since its number of rows is there */
	refuse(f, fixture_step(f));
	assert_string_equal(asked(f, fixture_step(f)), CURRENT_COUNT);
	fixture_answer(f, fixture_step(f), "GetParameterValues", NULL, NULL, CURRENT_COUNT, "0", NULL);
	assert_null(fixture_step(f));
	assert_int_equal(f->d.cold.duties, 0);
	assert_null(f->d.names);
	names_of(f, CURRENT_COUNT);
	assert_string_equal(alarms_read(f), CURRENT);
	refuse(f, fixture_step(f));
	assert_int_equal(shown(f, CURRENT, true), 1);
	names_of(f, CURRENT);
	assert_null(alarms_read(f));
	assert_int_equal(f->d.cold.duties, 0);
}

/** PH-5: a device shows that its model has it. */
static void what_a_device_reports_is_absent_no_more(void **state)
{
	struct fixture *f = *state;

	cell(f, PROV_STATE_IN_SERVICE);
	names_of(f, CURRENT);
	names_of(f, "Other");
	fixture_inform(f, 2, URL_SERVING, HMS_EVENT_VALUE_CHANGE, "", NULL, CURRENT "1.AlarmIdentifier", "7", NULL);
	assert_int_equal(shown(f, CURRENT, false), 1);
	assert_null(f->d.names->next);
}

/** PH-5: a new software version begins anew; a model has so many, no more. */
static void names_are_kept_by_model_and_version(void **state)
{
	struct fixture *f = *state;
	struct prov_names *names = prov_catalog_names(f->ctx.catalog);
	char name[16];

	known(f, PROV_STATE_SETTLED);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "N%d", i);
		names_of(f, name);
	}
	assert_true(prov_names_absent(names, &f->d.cold, HMS_STR("N255")));
	assert_false(prov_names_absent(names, &f->d.cold, HMS_STR("N256")));
	f->d.cold.software_version = HMS_STR("2");
	assert_false(prov_names_absent(names, &f->d.cold, HMS_STR("N1")));
	f->d.cold.software_version = HMS_STR("1");
	f->d.cold.tenant = HMS_STR("another");
	assert_false(prov_names_absent(names, &f->d.cold, HMS_STR("N1")));
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_name_is_looked_for_and_the_others_are_read),
		T(a_name_that_the_fault_says_is_left_out_at_once),
		T(a_read_of_which_nothing_is_there_ends_as_faulted),
		T(names_that_the_model_is_known_to_lack_go_out_first),
		T(a_device_that_has_nearly_nothing_is_not_asked_for_ever),
		T(a_name_that_stands_there_twice_does_not_stop_it),
		T(rows_empty_tables_and_unknown_versions_teach_nothing),
		T(a_place_that_the_model_does_not_tell_is_not_asked_for),
		T(of_the_alarm_list_what_is_there_is_read),
		T(what_a_device_reports_is_absent_no_more),
		T(names_are_kept_by_model_and_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
