/* The parameter document and its dictionary of paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "doc.h"

#define ARENA_BYTES (64 * 1024 * 1024)

static struct hms_str report(struct hms_pg_dict *dict, struct hms_arena *arena, struct hms_str doc, const char *name, const char *value,
			     size_t max, int *dropped)
{
	struct prov_device d = { .doc = doc };
	Hms__Param param = HMS__PARAM__INIT, *list = &param;
	struct prov_report r = { .params = &list, .count = 1, .at_us = 5000000, .source = 'I' };

	param.name = (char *)name;
	param.value = (char *)value;
	d.reports = &r;
	*dropped = prov_doc_merge(dict, NULL, arena, &d, max);
	return d.doc_dirty ? d.new_doc : doc;
}

struct seen {
	size_t count;
	char values[16][32];
	uint32_t instances[16];
};

static int see(const struct hms_param_entry *e, void *arg)
{
	struct seen *s = arg;

	snprintf(s->values[s->count], sizeof(s->values[0]), "%.*s", HMS_STR_FMT(e->value));
	s->instances[s->count++] = e->instance_count ? e->instances[0] : 0;
	return 0;
}

static void a_path_loses_its_instance_numbers(void **state)
{
	struct hms_arena *arena = hms_arena_new(ARENA_BYTES);
	uint32_t instances[HMS_PARAM_INSTANCES_MAX];
	struct hms_str pattern;

	(void)state;
	assert_int_equal(prov_path_split(arena, HMS_STR("A.3.B.17.C"), &pattern, instances), 2);
	assert_true(hms_str_eqz(pattern, "A.{i}.B.{i}.C"));
	assert_int_equal(instances[0], 3);
	assert_int_equal(instances[1], 17);
	assert_int_equal(prov_path_split(arena, HMS_STR("1.2.3.4.5.6.7.8.9.1.2.3.4.5.6.7.8"), &pattern, instances), HMS_ETOOBIG);
	hms_arena_free(&arena);
}

static void values_are_merged_by_path_and_instance(void **state)
{
	struct hms_arena *arena = hms_arena_new(ARENA_BYTES);
	struct hms_pg_dict *dict = prov_dict_new(NULL, 100);
	struct hms_str doc = { NULL, 0 };
	struct seen seen = { 0 };
	int dropped;

	(void)state;
	assert_int_equal(hms_pg_dict_put(dict, HMS_STR("A.{i}.B"), 1), 0);
	assert_int_equal(hms_pg_dict_put(dict, HMS_STR("C"), 2), 0);
	doc = report(dict, arena, doc, "A.1.B", "one", 10, &dropped);
	doc = report(dict, arena, doc, "A.2.B", "two", 10, &dropped);
	doc = report(dict, arena, doc, "C", "", 10, &dropped);
	doc = report(dict, arena, doc, "A.1.B", "uno", 10, &dropped);
	assert_int_equal(dropped, 0);
	assert_int_equal(hms_params_each(arena, doc, see, &seen), 0);
	assert_int_equal(seen.count, 3);
	assert_string_equal(seen.values[0], "uno");
	assert_string_equal(seen.values[1], "two");
	assert_int_equal(seen.instances[1], 2);
	hms_pg_dict_free(&dict);
	hms_arena_free(&arena);
}

static void unknown_paths_and_what_is_over_the_limit_are_dropped(void **state)
{
	struct hms_arena *arena = hms_arena_new(ARENA_BYTES);
	struct hms_pg_dict *dict = prov_dict_new(NULL, 1);
	struct hms_str doc = { NULL, 0 };
	int dropped;

	(void)state;
	assert_int_equal(hms_pg_dict_put(dict, HMS_STR("A.{i}"), 1), 0);
	assert_int_equal(hms_pg_dict_put(dict, HMS_STR("B"), 2), HMS_EFULL);
	doc = report(dict, arena, doc, "B", "x", 1, &dropped);
	assert_int_equal(dropped, 1);
	doc = report(dict, arena, doc, "A.1", "x", 1, &dropped);
	assert_int_equal(dropped, 0);
	report(dict, arena, doc, "A.2", "x", 1, &dropped);
	assert_int_equal(dropped, 1);
	hms_pg_dict_free(&dict);
	hms_arena_free(&arena);
}

static void values_of_one_device_have_a_limit_together(void **state)
{
	struct hms_arena *arena = hms_arena_new(2 * ARENA_BYTES);
	struct hms_pg_dict *dict = prov_dict_new(NULL, 10);
	struct hms_str doc = { NULL, 0 };
	char *value = calloc(1, 3 * 1024 * 1024 + 1), name[16];
	int dropped, total = 0;

	(void)state;
	assert_non_null(value);
	memset(value, 'x', 3 * 1024 * 1024);
	assert_int_equal(hms_pg_dict_put(dict, HMS_STR("A.{i}"), 1), 0);
	for (int i = 1; i <= 4; i++) {
		snprintf(name, sizeof(name), "A.%d", i);
		doc = report(dict, arena, doc, name, value, 10, &dropped);
		total += dropped;
	}
	assert_int_equal(total, 2); /* 3 MiB and 3 MiB fit, no more */
	doc = report(dict, arena, doc, "A.1", "short", 10, &dropped);
	doc = report(dict, arena, doc, "A.3", value, 10, &dropped);
	assert_int_equal(dropped, 0); /* a value that was replaced gives its room back */
	free(value);
	hms_pg_dict_free(&dict);
	hms_arena_free(&arena);
}

static void a_full_dictionary_asks_for_nothing_more(void **state)
{
	struct hms_pg_dict *dict = prov_dict_new(NULL, 1);

	(void)state;
	hms_pg_dict_want(dict, HMS_STR("A"));
	assert_int_equal(hms_pg_dict_wanted(dict), 1);
	assert_int_equal(hms_pg_dict_put(dict, HMS_STR("A"), 1), 0);
	hms_pg_dict_want(dict, HMS_STR("B"));
	assert_int_equal(hms_pg_dict_wanted(dict), 1);
	hms_pg_dict_free(&dict);
}

static void a_broken_document_is_begun_anew(void **state)
{
	static const char broken[][12] = { "\x01\x05xxxx", "\x02", "\x01\xff\xff\xff\xff\xff\xff", "\x01" };
	struct hms_arena *arena = hms_arena_new(ARENA_BYTES);
	struct hms_pg_dict *dict = prov_dict_new(NULL, 10);

	(void)state;
	assert_int_equal(hms_pg_dict_put(dict, HMS_STR("C"), 2), 0);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct seen seen = { 0 };
		int dropped;
		struct hms_str doc = report(dict, arena, hms_str(broken[i]), "C", "ok", 10, &dropped);

		assert_int_equal(hms_params_each(arena, doc, see, &seen), 0);
		assert_string_equal(seen.values[0], "ok");
	}
	hms_pg_dict_free(&dict);
	hms_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_loses_its_instance_numbers),
		cmocka_unit_test(values_are_merged_by_path_and_instance),
		cmocka_unit_test(unknown_paths_and_what_is_over_the_limit_are_dropped),
		cmocka_unit_test(values_of_one_device_have_a_limit_together),
		cmocka_unit_test(a_full_dictionary_asks_for_nothing_more),
		cmocka_unit_test(a_broken_document_is_begun_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
