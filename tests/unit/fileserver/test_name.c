/* Names of uploaded files: where they are found, what is no name, what is left of odd ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/base/err.h"
#include "name.h"

static struct hms_arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = hms_arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	return 0;
}

static void assert_text(struct hms_str got, const char *want)
{
	assert_non_null(got.p);
	assert_string_equal(hms_arena_strz(arena, got), want);
}

static void the_last_part_of_a_path_is_the_name(void **state)
{
	static const char *const rows[][2] = {
		{ "a.xml", "a.xml" },	  { "", "" },	 { "/", "" },	  { "//a", "a" }, { "d/e/a.xml/", "a.xml" }, { "a%20b", "a b" },
		{ "%C3%A4", "\xc3\xa4" }, { "...", "" }, { "a+b", "a+b" }
	};
	static const char *const bad[] = { "..",   "../a", "a/..", "%2e%2e", "%2E.", ".",  "a%2Fb", "a%5cb",
					   "a\\b", "%00",  "a%0a", "%7f",    "%",    "%4", "%4g" };
	struct hms_str name;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fs_name_of_path(arena, hms_str(rows[i][0]), &name), 0);
		assert_text(name, rows[i][1]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(fs_name_of_path(arena, hms_str(bad[i]), &name), HMS_ESYNTAX);
	assert_int_equal(fs_name_of_path(arena, (struct hms_str){ NULL, 0 }, &name), 0);
	assert_int_equal(name.len, 0);
}

static void a_query_names_a_file_in_three_ways(void **state)
{
	static const char *const rows[][2] = { { "filename=a.xml", "a.xml" },
					       { "x=1&Name=b+c", "b c" },
					       { "file=..%2f..%2fd", "d" },
					       { "filename=&name=e", "e" },
					       { "filename", "" },
					       { "filename=%zz&name=f", "f" },
					       { "filename=%2e%2e", "" },
					       { "", "" },
					       { "names=g", "" } };
	struct hms_str name;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fs_name_of_query(arena, hms_str(rows[i][0]), &name), 0);
		assert_text(name, rows[i][1]);
	}
}

static void a_disposition_names_a_file(void **state)
{
	static const char *const rows[][2] = {
		{ "attachment; filename=a.xml", "a.xml" },
		{ "form-data; name=\"f\"; filename=\"a b.xml\"", "a b.xml" },
		{ "form-data ; name=f ; FileName = \"c.xml\" ; x", "c.xml" },
		{ "attachment; filename=\"q\\\"x\\\\y\"", "y" },
		{ "form-data; filename=\"C:\\dir\\d.xml\"", "d.xml" },
		{ "attachment; filename=\"plain\"; filename*=UTF-8''%C3%A4", "\xc3\xa4" },
		{ "attachment; filename*=ISO-8859-1''%E4; filename=\"e\"", "e" },
		{ "attachment; filename=\"open", "open" },
		{ "attachment; filename", "" },
		{ "attachment; filename=", "" },
		{ "attachment; x=\"; filename=no\"", "" },
		{ "attachment;;;", "" },
		{ "", "" },
	};
	struct hms_str name;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fs_name_of_disposition(arena, hms_str(rows[i][0]), &name), 0);
		assert_text(name, rows[i][1]);
	}
	assert_int_equal(fs_name_of_disposition(arena, (struct hms_str){ NULL, 0 }, &name), 0);
	assert_int_equal(name.len, 0);
}

static void names_are_cleaned_and_cut_to_their_end(void **state)
{
	char longest[1000];
	struct hms_str name;

	(void)state;
	assert_text(fs_name_clean(arena, HMS_STR("a\x01\r\nb\x7f")), "ab");
	assert_text(fs_name_clean(arena, HMS_STR("\xff\xfe.xml")), "__.xml");
	assert_text(fs_name_clean(arena, HMS_STR(" ..a. ")), "a.");
	assert_text(fs_name_clean(arena, hms_strn("a\0b", 3)), "a_b");
	memset(longest, 'x', sizeof(longest));
	memcpy(longest + sizeof(longest) - 4, ".xml", 4);
	name = fs_name_clean(arena, hms_strn(longest, sizeof(longest)));
	assert_int_equal(name.len, FS_NAME_MAX);
	assert_true(hms_str_ends(name, HMS_STR(".xml")));
	for (size_t i = 0; i < sizeof(longest) - 1; i += 2)
		memcpy(longest + i, "\xc3\xa4", 2);
	longest[sizeof(longest) - 1] = 'x'; /* cut within a character */
	name = fs_name_clean(arena, hms_strn(longest, sizeof(longest) - 1));
	assert_true(hms_utf8_valid(name) && name.len <= FS_NAME_MAX);
}

static void an_invented_name_has_identity_and_time(void **state)
{
	struct hms_device_id device = { { 0x12, 0x34 } };

	(void)state;
	assert_text(fs_name_invented(arena, device, 1800000000LL * 1000000), "12340000-0000-0000-0000-000000000000-20270115T080000Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_part_of_a_path_is_the_name),
		cmocka_unit_test(a_query_names_a_file_in_three_ways),
		cmocka_unit_test(a_disposition_names_a_file),
		cmocka_unit_test(names_are_cleaned_and_cut_to_their_end),
		cmocka_unit_test(an_invented_name_has_identity_and_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
