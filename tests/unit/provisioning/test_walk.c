/* A device of which nothing but the root is known: the names of its objects tell which data model it has. */
#include "fixture.h"
#include "walk.h"

#define SOFTWARE(version) "Device.DeviceInfo.SoftwareVersion", version
#define VOICE "Device.Services.VoiceService."

static void begin(struct fixture *f)
{
	fixture_device(f, PROV_STATE_SETTLED);
	f->d.cold.rpc_named = f->d.cold.rpc_methods = HMS_STR(" GetParameterNames GetParameterValues ");
	f->d.cold.objects = f->d.cold.objects_version = HMS_STR("");
}

static void inform(struct fixture *f, const char *version)
{
	fixture_inform(f, 3, URL_BOTH, HMS_EVENT_PERIODIC, "", NULL, SOFTWARE(version), NULL);
}

static struct prov_command *asks(struct fixture *f, const char *object)
{
	struct prov_command *c = fixture_step(f);

	assert_non_null(c);
	assert_int_equal(c->method, HMS_CWMP_GET_PARAMETER_NAMES);
	assert_int_equal(c->state, PROV_COMMAND_GRANTED);
	assert_true(fixture_sends(c, object));
	assert_true(fixture_sends(c, "\"NextLevel\":true"));
	return c;
}

#define ANSWER(f, c, ...) fixture_answer(f, c, "GetParameterNamesResponse", NULL, NULL, __VA_ARGS__, NULL)

static void a_phone_is_found_out_level_by_level_and_only_where_it_leads_somewhere(void **state)
{
	struct fixture *f = *state;

	begin(f);
	inform(f, "1.0");
	assert_true(hms_str_eqz(f->d.cold.model, "generic-tr181"));
	assert_true(f->d.hot.flags & PROV_FLAG_UNSETTLED);
	ANSWER(f, asks(f, "\"Device.Services.\""), "Device.Services.StorageService.", "", VOICE, "", "Device.Services.Parameter", "");
	ANSWER(f, asks(f, "\"" VOICE "\""), VOICE "3.", "");
	ANSWER(f, asks(f, "\"" VOICE "3.\""), VOICE "3.Capabilities.", "", VOICE "3.VoiceProfile.", "");
	assert_null(fixture_step(f));
	assert_true(hms_str_eqz(f->d.cold.model, "device1-tr104v1"));
	assert_int_equal(f->d.cold.fap, 3);
	assert_false(f->d.hot.flags & PROV_FLAG_UNSETTLED);
	assert_true(hms_str_eqz(f->d.cold.objects, "+" VOICE "3. +" VOICE " +Device.Services. Device.Services.StorageService. " VOICE
						   "3.Capabilities. " VOICE "3.VoiceProfile."));
	inform(f, "1.0"); /* which shows no more than any device */
	assert_true(hms_str_eqz(f->d.cold.model, "device1-tr104v1"));
	assert_null(fixture_step(f));
}

static void what_has_no_services_is_asked_once_a_software_version(void **state)
{
	struct fixture *f = *state;

	begin(f);
	inform(f, "1.0");
	fixture_result(f, asks(f, "Device.Services."), HMS__RPC_RESULT__OUTCOME__FAULT, 9005);
	assert_null(fixture_step(f));
	assert_true(hms_str_eqz(f->d.cold.model, "generic-tr181"));
	inform(f, "1.0");
	assert_null(fixture_step(f));
	inform(f, "2.0"); /* its methods are asked for first */
	assert_int_equal(fixture_step(f)->method, HMS_CWMP_GET_RPC_METHODS);
	fixture_answer(f, fixture_step(f), "GetRPCMethodsResponse", "MethodList.string", "GetParameterNames", NULL);
	asks(f, "Device.Services.");
}

static void a_device_that_never_answers_is_let_go(void **state)
{
	struct fixture *f = *state;

	begin(f);
	for (int i = 0; i < PROV_WALK_STEPS_MAX; i++) {
		inform(f, "1.0");
		asks(f, "Device.Services.");
	}
	inform(f, "1.0");
	assert_null(fixture_step(f));
	assert_false(f->d.hot.flags & PROV_FLAG_UNSETTLED);
}

static void nobody_is_asked_who_has_not_named_the_method(void **state)
{
	struct fixture *f = *state;

	begin(f);
	f->d.cold.rpc_named = f->d.cold.rpc_methods = HMS_STR("");
	inform(f, "1.0");
	assert_null(fixture_step(f));
	f->d.cold.rpc_named = f->d.cold.rpc_methods = HMS_STR(" Reboot ");
	inform(f, "1.0");
	assert_null(fixture_step(f));
}

static void an_answer_fills_no_more_than_its_room(void **state)
{
	struct fixture *f = *state;
	struct prov_command *c;

	begin(f);
	inform(f, "1.0");
	for (int i = 0; i < PROV_WALK_STEPS_MAX && (c = fixture_step(f)); i++) {
		char *a = hms_arena_alloc(f->ctx.arena, 2000), *b = hms_arena_alloc(f->ctx.arena, 100);

		memset(a, 'x', 1999);
		memcpy(a, "Device.Services.", 16);
		a[1998] = '.';
		snprintf(b, 100, "Device.Services.a b+.");
		ANSWER(f, c, a, "", a, "", "Elsewhere.", "", b, "", VOICE, "", VOICE "1.", "");
	}
	assert_true(f->d.cold.objects.len <= PROV_WALK_OBJECTS_BYTES);
	assert_null(memmem(f->d.cold.objects.p, f->d.cold.objects.len, "Elsewhere", 9));
	assert_null(memmem(f->d.cold.objects.p, f->d.cold.objects.len, "a b", 3));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_phone_is_found_out_level_by_level_and_only_where_it_leads_somewhere),
		TEST(what_has_no_services_is_asked_once_a_software_version),
		TEST(a_device_that_never_answers_is_let_go),
		TEST(nobody_is_asked_who_has_not_named_the_method),
		TEST(an_answer_fills_no_more_than_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
