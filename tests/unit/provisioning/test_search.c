/* Parameters that devices can be searched by: which are chosen, and what stands in a document of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "dict.h"
#include "doc.h"

#define TAC "Device.Services.FAPService.{i}.CellConfig.LTE.EPC.TAC"
#define CODE "Device.DeviceInfo.ProvisioningCode"

struct bench {
	struct hms_models *models;
	struct hms_arena *arena;
	struct hms_pg_dict *dict;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct hms_err err = { 0 };

	assert_non_null(b);
	assert_int_equal(hms_models_load(HMS_SOURCE_DIR "/deploy/datamodels", &b->models, &err), 0);
	b->arena = hms_arena_new(64 * 1024 * 1024);
	b->dict = prov_dict_new(NULL, 100);
	assert_non_null(b->arena);
	assert_non_null(b->dict);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	hms_models_free(&b->models);
	hms_pg_dict_free(&b->dict);
	hms_arena_free(&b->arena);
	free(b);
	return 0;
}

static struct prov_search *choose(struct bench *b, const char *names)
{
	struct prov_search *s;
	struct hms_err err = { 0 };

	if (prov_search_new(b->models, names, &s, &err))
		fail_msg("%s", err.text);
	return s;
}

static void report(struct bench *b, const struct prov_search *s, struct prov_device *d, const char *name, const char *value)
{
	Hms__Param param = HMS__PARAM__INIT, *list = &param;
	struct prov_report r = { .params = &list, .count = 1, .at_us = 5000000, .source = 'I' };

	param.name = (char *)name;
	param.value = (char *)value;
	d->reports = &r;
	d->found_was.count = d->found.count = 0;
	assert_int_equal(prov_doc_merge(b->dict, s, b->arena, d, 100), 0);
	d->doc = d->new_doc;
	d->reports = NULL;
}

static void a_choice_is_logical_names_of_any_map_and_full_paths(void **state)
{
	struct bench *b = *state;
	struct prov_search *s = choose(b, "lte.tac, " CODE "\n"), *same = choose(b, "lte.tac " CODE),
			   *by_path = choose(b, "Device.Services.FAPService.7.CellConfig.LTE.EPC.TAC " CODE), *none = choose(b, " ");

	assert_int_equal(prov_search_choice(s), prov_search_choice(same));
	assert_int_equal(prov_search_choice(s), prov_search_choice(by_path));
	assert_int_not_equal(prov_search_choice(s), prov_search_choice(none));
	assert_int_not_equal(prov_search_choice(none), 0);
	prov_search_free(&s);
	prov_search_free(&same);
	prov_search_free(&by_path);
	prov_search_free(&none);
}

static void a_name_that_nobody_knows_is_refused(void **state)
{
	static const char *const wrong[] = { "lte.tak", "tac", "Device.DeviceInfo.", "fault.current" };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct prov_search *s;
		struct hms_err err = { 0 };

		assert_int_equal(prov_search_new(b->models, wrong[i], &s, &err), HMS_EINVAL);
		assert_null(s);
		assert_non_null(strstr(err.text, wrong[i]));
	}
}

static void more_paths_than_fit_are_refused(void **state)
{
	struct bench *b = *state;
	struct hms_buf names = HMS_BUF_INIT(65536);
	struct prov_search *s;
	struct hms_err err = { 0 };

	for (int i = 0; i <= PROV_SEARCH_PATHS_MAX; i++)
		hms_buf_printf(&names, "Device.X.P%c%c ", 'a' + i / 26, 'a' + i % 26);
	assert_int_equal(prov_search_new(b->models, hms_buf_z(&names), &s, &err), HMS_EFULL);
	hms_buf_fini(&names);
}

static void nothing_is_written_before_all_paths_have_ids(void **state)
{
	struct bench *b = *state;
	struct prov_search *s = choose(b, "lte.tac " CODE);

	prov_search_want(s, b->dict);
	assert_int_equal(hms_pg_dict_wanted(b->dict), 2);
	assert_int_equal(hms_pg_dict_put(b->dict, HMS_STR(TAC), 5), 0);
	assert_false(prov_search_learnt(s, b->dict));
	assert_int_equal(hms_pg_dict_put(b->dict, HMS_STR(CODE), 6), 0);
	assert_true(prov_search_learnt(s, b->dict));
	prov_search_free(&s);
}

static void what_the_document_says_is_found_before_and_after(void **state)
{
	struct bench *b = *state;
	struct prov_search *s = choose(b, "lte.tac");
	struct prov_device d = { 0 };

	assert_int_equal(hms_pg_dict_put(b->dict, HMS_STR(TAC), 5), 0);
	assert_int_equal(hms_pg_dict_put(b->dict, HMS_STR(CODE), 6), 0);
	assert_true(prov_search_learnt(s, b->dict));
	report(b, s, &d, "Device.Services.FAPService.1.CellConfig.LTE.EPC.TAC", "4001");
	report(b, s, &d, CODE, "not chosen");
	report(b, s, &d, "Device.Services.FAPService.2.CellConfig.LTE.EPC.TAC", "4002");
	assert_int_equal(d.found_was.count, 1);
	assert_int_equal(d.found.count, 2);
	assert_int_equal(d.found.list[1]->path_id, 5);
	assert_true(hms_str_eqz(d.found.list[0]->value, "4001") && hms_str_eqz(d.found.list[1]->value, "4002"));
	report(b, s, &d, "Device.Services.FAPService.1.CellConfig.LTE.EPC.TAC", ""); /* nobody looks for nothing */
	assert_int_equal(d.found_was.count, 2);
	assert_int_equal(d.found.count, 1);
	prov_search_free(&s);
}

/* An index holds some 2,700 bytes; one long value would set a whole batch aside. */
static void a_long_value_is_cut_at_a_character(void **state)
{
	struct bench *b = *state;
	struct prov_search *s = choose(b, CODE);
	struct prov_device d = { 0 };
	char value[4001];

	for (size_t i = 0; i < sizeof(value) - 1; i += 2)
		memcpy(value + i, "\xc3\xa4", 2);
	value[0] = value[1] = 'x';
	value[1] = '\xc3';
	value[2] = '\xa4';
	memmove(value + 3, value + 4, sizeof(value) - 5);
	value[sizeof(value) - 2] = '\0';
	assert_int_equal(hms_pg_dict_put(b->dict, HMS_STR(CODE), 6), 0);
	assert_true(prov_search_learnt(s, b->dict));
	report(b, s, &d, CODE, value);
	assert_int_equal(d.found.count, 1);
	assert_int_equal(d.found.list[0]->value.len, PROV_SEARCH_VALUE_BYTES - 1);
	prov_search_free(&s);
}

static void a_device_has_no_more_values_than_the_limit(void **state)
{
	struct bench *b = *state;
	struct prov_search *s = choose(b, CODE);
	struct prov_found found = { 0 };

	assert_int_equal(hms_pg_dict_put(b->dict, HMS_STR(CODE), 6), 0);
	assert_true(prov_search_learnt(s, b->dict));
	for (uint32_t i = 0; i < PROV_SEARCH_VALUES_MAX + 10; i++)
		assert_int_equal(prov_search_take(s, b->arena, &found, &(struct hms_param_entry){ .path_id = 6, .value = HMS_STR("x") }),
				 0);
	assert_int_equal(found.count, PROV_SEARCH_VALUES_MAX);
	prov_search_free(&s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_choice_is_logical_names_of_any_map_and_full_paths),
		TEST(a_name_that_nobody_knows_is_refused),
		TEST(more_paths_than_fit_are_refused),
		TEST(nothing_is_written_before_all_paths_have_ids),
		TEST(what_the_document_says_is_found_before_and_after),
		TEST(a_long_value_is_cut_at_a_character),
		TEST(a_device_has_no_more_values_than_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
