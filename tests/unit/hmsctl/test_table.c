/* Tables fit the terminal, and what peers said cannot steer it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "table.h"

static const struct ctl_column columns[] = { { "ID", "id" }, { "TEXT", "a.text", 1 }, { "N", "n" }, { NULL } };

static char *printed(const char *rows, unsigned width, bool headings)
{
	json_t *list = json_loads(rows, JSON_ALLOW_NUL, NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(list);
	ctl_table_print(out, columns, list, width, headings);
	fclose(out);
	json_decref(list);
	return text;
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	char *text = printed("[{\"id\":\"abc\",\"a\":{\"text\":\"x\"},\"n\":1},{\"id\":\"d\",\"a\":{},\"n\":null}]", 0, true);

	(void)state;
	assert_string_equal(text, "ID   TEXT  N\nabc  x     1\nd    -     -\n");
	free(text);
}

static void a_column_shows_the_first_member_that_is_there(void **state)
{
	static const struct ctl_column either[] = { { "V", "value|a.text" }, { NULL } };
	json_t *rows = json_loads("[{\"value\":0,\"a\":{\"text\":\"x\"}},{\"value\":null,\"a\":{\"text\":\"1,2\"}},{}]", 0, NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	ctl_table_print(out, either, rows, 0, false);
	fclose(out);
	assert_string_equal(text, "0\n1,2\n-\n");
	json_decref(rows);
	free(text);
}

static void what_has_parts_is_shown_by_them(void **state)
{
	char *text = printed("[{\"id\":{\"a\":1,\"b\":[\"x\"]},\"a\":{\"text\":[\"x\",\"y\"]},\"n\":{}}]", 0, false);

	(void)state;
	assert_string_equal(text, "a=1 b=[\"x\"]  x, y  -\n");
	free(text);
}

static void the_elastic_column_gives_way(void **state)
{
	char *text = printed("[{\"id\":\"abc\",\"a\":{\"text\":\"\xc3\xa4 long text of a device\"},\"n\":1}]", 20, false);

	(void)state;
	assert_string_equal(text, "abc  \xc3\xa4 long text\xe2\x80\xa6  1\n");
	free(text);
}

static void what_does_not_fit_at_all_is_left_out(void **state)
{
	char *text = printed("[{\"id\":\"0123456789\",\"a\":{\"text\":\"more text\"},\"n\":1}]", 14, true);

	(void)state;
	assert_string_equal(text, "ID          N\n0123456789  1\n");
	free(text);
}

static void no_control_character_reaches_the_terminal(void **state)
{
	char *text = printed("[{\"id\":\"\\u001b[2J\\u009b\",\"a\":{\"text\":\"2026-01-31T12:00:00.123456+00:00\"},\"n\":true}]", 0, false);

	(void)state;
	assert_string_equal(text, "?[2J?  2026-01-31 12:00:00  yes\n");
	free(text);
}

static void line_ends_and_tabs_are_shown_as_one_writes_them(void **state)
{
	char *text = printed("[{\"id\":\"a\\nb\\r\\tc\\u0000\",\"a\":{},\"n\":1}]", 0, false);

	(void)state;
	assert_string_equal(text, "a\\nb\\r\\tc?  -  1\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(a_column_shows_the_first_member_that_is_there),
		cmocka_unit_test(what_has_parts_is_shown_by_them),
		cmocka_unit_test(the_elastic_column_gives_way),
		cmocka_unit_test(what_does_not_fit_at_all_is_left_out),
		cmocka_unit_test(no_control_character_reaches_the_terminal),
		cmocka_unit_test(line_ends_and_tabs_are_shown_as_one_writes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
