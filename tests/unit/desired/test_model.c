/* Data-model maps: numbers in logical names, and which map a device has by what it reports or by the names of its objects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hms/desired/model.h"

struct bench {
	struct hms_models *models;
	struct hms_arena *arena;
};

static int setup(void **state)
{
	static struct bench b;
	struct hms_err err;

	b.arena = hms_arena_new(1 << 20);
	*state = &b;
	return hms_models_load(HMS_SOURCE_DIR "/deploy/datamodels", &b.models, &err);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	hms_models_free(&b->models);
	hms_arena_free(&b->arena);
	return 0;
}

static const struct hms_model *model(struct bench *b, const char *name)
{
	const struct hms_model *m = hms_models_find(b->models, hms_str(name));

	assert_non_null(m);
	return m;
}

static void a_number_in_a_logical_name_stands_in_its_path(void **state)
{
	static const struct {
		const char *name, *path;
	} rows[] = {
		{ "sip.account.3.number", "Device.Services.VoiceService.2.VoiceProfile.3.Line.1.DirectoryNumber" },
		{ "sip.account.12.line.enable", "Device.Services.VoiceService.2.VoiceProfile.12.Line.1.Enable" },
		{ "sip.account.{n}.number", "" },
		{ "sip.account.0.number", "" },
		{ "sip.account.03.number", "" },
		{ "sip.account.99999999999.number", "" },
		{ "sip.account.3", "" },
		{ "sip.account.3.nothing", "" },
		{ "3", "" },
		{ "", "" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int type = 0;
		struct hms_str path = hms_model_path(model(b, "device1-tr104v1"), b->arena, rows[i].name, 2, &type);

		if (!hms_str_eqz(path, rows[i].path))
			fail_msg("%s: %.*s", rows[i].name, HMS_STR_FMT(path));
	}
	assert_true(hms_str_eqz(hms_model_path(model(b, "tr181-tr196v2-lte"), b->arena, "segw.2", 1, NULL),
				"Device.Services.FAPService.1.FAPControl.LTE.Gateway.SecGWServer2"));
}

static void what_is_said_of_all_accounts_holds_for_each(void **state)
{
	struct bench *b = *state;
	const struct hms_model *m = model(b, "device1-tr104v1");

	assert_string_equal(hms_model_unit(m, "sip.account.2.expires"), "seconds");
	assert_null(hms_model_unit(m, "sip.account.2.number"));
	assert_true(hms_model_is_last(m, "sip.account.2.enable", HMS_STR("Enabled")));
	assert_false(hms_model_is_last(m, "sip.account.2.enable", HMS_STR("Disabled")));
}

static void objects_lead_to_the_map_that_is_known_by_them(void **state)
{
	static const struct {
		const char *object, *map;
		bool leads;
		int instance;
	} rows[] = {
		{ "Device.Services.", NULL, true, 0 },
		{ "Device.Services.VoiceService.", NULL, true, 0 },
		{ "Device.Services.VoiceService.4.", NULL, true, 0 },
		{ "Device.Services.VoiceService.4.VoiceProfile.", "device1-tr104v1", false, 4 },
		{ "Device.Services.VoiceService.4.SIP.", "tr181-tr104v2", false, 4 },
		{ "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.", "tr098-tr104v1", false, 1 },
		{ "Device.Services.VoiceService.4.VoiceProfile.1.", NULL, false, 0 },
		{ "Device.Services.VoiceService.x.", NULL, false, 0 },
		{ "Device.Services.StorageService.", NULL, false, 0 },
		{ "Device.Services", NULL, false, 0 },
		{ "Device..", NULL, false, 0 },
		{ ".", NULL, false, 0 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fap = 0;
		const struct hms_model *m = hms_models_named(b->models, hms_str(rows[i].object), &fap);

		if (hms_models_lead_through(b->models, hms_str(rows[i].object)) != rows[i].leads)
			fail_msg("%s %s", rows[i].object, rows[i].leads ? "leads nowhere" : "leads on");
		if (!m != !rows[i].map || (m && (strcmp(hms_model_name(m), rows[i].map) != 0 || fap != rows[i].instance)))
			fail_msg("%s: %s", rows[i].object, m ? hms_model_name(m) : "no map");
	}
}

static const struct hms_model *detect(struct bench *b, const char *name, const char *more, int *fap)
{
	Hms__Param params[2] = { HMS__PARAM__INIT, HMS__PARAM__INIT }, *list[] = { &params[0], &params[1] };

	params[0].name = (char *)name;
	params[1].name = (char *)more;
	return hms_models_detect(b->models, list, more ? 2 : 1, fap);
}

static void what_says_more_than_any_device_wins(void **state)
{
	struct bench *b = *state;
	int fap = 0;

	assert_string_equal(hms_model_name(detect(b, "Device.ManagementServer.ParameterKey", NULL, &fap)), "generic-tr181");
	assert_string_equal(hms_model_name(detect(b, "Device.ManagementServer.ParameterKey",
						  "Device.Services.VoiceService.2.VoiceProfile.1.Line.1.Status", &fap)),
			    "device1-tr104v1");
	assert_int_equal(fap, 2);
	assert_string_equal(hms_model_name(detect(b, "Device.ManagementServer.ParameterKey",
						  "Device.Services.FAPService.1.FAPControl.LTE.OpState", &fap)),
			    "tr181-tr196v2-lte");
}

static void a_wrong_map_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "\"paths\": {\"a.{n}\": [\"Device.A\", \"string\"]}", "paths.a.{n}: {n} stands in both" },
		{ "\"paths\": {\"a\": [\"Device.{n}.A\", \"string\"]}", "paths.a: {n} stands in both" },
		{ "\"paths\": {}, \"names\": \"Device.A.\"", "names is not a list" },
		{ "\"paths\": {}, \"last\": {\"a\": \"1\"}", "last.a is not" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char folder[] = "/tmp/test_model_XXXXXX", path[64];
		struct hms_models *models;
		struct hms_err err = { 0 };
		FILE *file;

		assert_non_null(mkdtemp(folder));
		snprintf(path, sizeof(path), "%s/a.json", folder);
		file = fopen(path, "w");
		assert_non_null(file);
		fprintf(file, "{\"name\": \"x\", \"kind\": \"generic\", \"detect\": [], %s}", rows[i].text);
		fclose(file);
		assert_int_equal(hms_models_load(folder, &models, &err), HMS_ESYNTAX);
		if (!strstr(err.text, rows[i].reason))
			fail_msg("%s", err.text);
		unlink(path);
		rmdir(folder);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_number_in_a_logical_name_stands_in_its_path), TEST(what_is_said_of_all_accounts_holds_for_each),
		TEST(objects_lead_to_the_map_that_is_known_by_them), TEST(what_says_more_than_any_device_wins),
		TEST(a_wrong_map_is_refused_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
