/* Data models from files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model.h"
#include "site.h"
#include "value.h"

#define SHIPPED HMS_SOURCE_DIR "/tools/hnbsim/models"

static const char *const shipped[] = { "hnb-tr098-v1", "hnb-tr181-v2-umts", "henb-tr181-v2-lte", "generic-tr181" };

static void shipped_models_load(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++) {
		struct hms_err err = { 0 };
		struct model *model;

		if (model_load(SHIPPED, shipped[i], &model, &err) != 0)
			fail_msg("%s", err.text);
		assert_string_equal(model->name, shipped[i]);
		model_free(&model);
	}
}

static void shipped_femto_models_have_a_radio(void **state)
{
	static const enum model_role roles[] = { ROLE_SEGW, ROLE_GATEWAY, ROLE_ADMIN_STATE, ROLE_OP_STATE, ROLE_RF_TX };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct model *model;

		assert_int_equal(model_load(SHIPPED, shipped[i], &model, NULL), 0);
		for (size_t r = 0; r < sizeof(roles) / sizeof(roles[0]); r++)
			assert_true(model_has(model, roles[r]));
		assert_int_equal(model->params[model->by_role[ROLE_OP_STATE]].inform, INFORM_FORCED);
		assert_int_equal(model->params[model->by_role[ROLE_OP_STATE]].notify, 2);
		model_free(&model);
	}
}

/* Otherwise a cell would report, or hand out, what it would refuse itself. */
static void factory_values_of_shipped_models_are_valid(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++) {
		struct model *model;

		assert_int_equal(model_load(SHIPPED, shipped[i], &model, NULL), 0);
		for (uint16_t p = 0; p < model->param_count; p++) {
			struct model_param param = model->params[p];

			param.writable = true;
			if (!param.placeholder && value_check(&param, param.type, param.value) != 0 && param.value.len > 0)
				fail_msg("%s: %.*s", model->name, HMS_STR_FMT(param.name));
		}
		model_free(&model);
	}
}

static void shipped_sites_load_and_are_taken_in_turn(void **state)
{
	struct sites sites;

	(void)state;
	assert_int_equal(sites_load(SHIPPED, &sites, NULL), 0);
	assert_non_null(sites_find(&sites, "london"));
	assert_null(sites_find(&sites, "atlantis"));
	assert_int_equal(sites_pick(&sites, HOME_INITIAL, 5)->home, HOME_INITIAL);
	assert_int_equal(sites_pick(&sites, HOME_BOTH, 0)->home, HOME_BOTH);
	sites_free(&sites);
}

/* ---- what is wrong in a file is said ---- */
static char folder[] = "/tmp/hnbsim-model-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void refuses(const char *parameters, const char *reason)
{
	char path[128];
	struct model *model;
	struct hms_err err = { 0 };
	FILE *file;

	snprintf(path, sizeof(path), "%s/m.json", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
		"{\"name\":\"m\",\"about\":\"a\",\"manufacturer\":\"f\",\"product_class\":\"p\","
		"\"groups\":[{\"path\":\"D.\",\"parameters\":{%s}}]}",
		parameters);
	fclose(file);
	assert_int_equal(model_load(folder, "m", &model, &err), HMS_ESYNTAX);
	assert_null(model);
	unlink(path);
	if (!strstr(err.text, reason) || !strstr(err.text, path))
		fail_msg("'%s' does not say '%s'", err.text, reason);
}

static void errors_name_file_and_parameter(void **state)
{
	struct hms_err err = { 0 };
	struct model *model;

	(void)state;
	refuses("\"A\":{\"type\":\"money\"}", "D.A: unknown type");
	refuses("\"A\":{\"colour\":1}", "D.A: unknown property");
	refuses("\"A\":{\"role\":\"king\"}", "D.A: unknown role");
	refuses("\"A\":{\"value\":\"${nothing}\"}", "D.A: unknown placeholder");
	refuses("\"A\":{\"value\":7}", "D.A: value is not a string");
	refuses("\"A\":{\"notify\":3}", "D.A: notify");
	refuses("\"A\":{\"choices\":[]}", "D.A: choices");
	refuses("\"A\":{\"choices\":[\"x\",1]}", "D.A: a choice");
	refuses("\"A\":7", "D.A: not an object");
	refuses("", "missing, empty");
	refuses("\"A\":{}", "no parameter has this role");
	refuses("\"A\":{", "line 1");
	assert_int_equal(model_load(folder, "absent", &model, &err), HMS_ESYNTAX);
	assert_non_null(strstr(err.text, "absent.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_models_load),
		cmocka_unit_test(shipped_femto_models_have_a_radio),
		cmocka_unit_test(factory_values_of_shipped_models_are_valid),
		cmocka_unit_test(shipped_sites_load_and_are_taken_in_turn),
		cmocka_unit_test_setup_teardown(errors_name_file_and_parameter, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
