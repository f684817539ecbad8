/* Borrowed strings: comparison, trimming, splitting, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "hms/base/err.h"
#include "hms/base/str.h"

static void comparison_ignores_case_in_ascii_only(void **state)
{
	(void)state;
	assert_true(hms_str_caseeq(HMS_STR("Content-LENGTH"), HMS_STR("content-length")));
	assert_false(hms_str_caseeq(HMS_STR("ab"), HMS_STR("abc")));
	assert_false(hms_str_caseeq(HMS_STR("["), HMS_STR("{")));
	assert_false(hms_str_caseeq(HMS_STR("\xc3\x84"), HMS_STR("\xc3\xa4")));
}

static void order_is_by_bytes_then_by_length(void **state)
{
	(void)state;
	assert_true(hms_str_cmp(HMS_STR("a"), HMS_STR("b")) < 0);
	assert_true(hms_str_cmp(HMS_STR("ab"), HMS_STR("a")) > 0);
	assert_true(hms_str_cmp(HMS_STR("\xff"), HMS_STR("a")) > 0);
	assert_int_equal(hms_str_cmp(hms_str(NULL), HMS_STR("")), 0);
}

static void trim_takes_xml_white_space_only(void **state)
{
	(void)state;
	assert_true(hms_str_eqz(hms_str_trim(HMS_STR(" \t\r\n a b \n")), "a b"));
	assert_true(hms_str_eqz(hms_str_trim(HMS_STR(" \n")), ""));
	assert_true(hms_str_eqz(hms_str_trim(HMS_STR("\v1\v")), "\v1\v"));
}

static void split_tells_an_empty_rest_from_none(void **state)
{
	struct hms_str rest = HMS_STR("a,,b,");

	(void)state;
	assert_true(hms_str_eqz(hms_str_split(&rest, ','), "a"));
	assert_true(hms_str_eqz(hms_str_split(&rest, ','), ""));
	assert_true(hms_str_eqz(hms_str_split(&rest, ','), "b"));
	assert_non_null(rest.p);
	assert_true(hms_str_eqz(hms_str_split(&rest, ','), ""));
	assert_null(rest.p);
	assert_int_equal(hms_str_split(&rest, ',').len, 0);
}

static void unsigned_numbers_are_strict(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1a", "1.0" };
	uint64_t v = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hms_str_u64(hms_str(bad[i]), &v), HMS_ESYNTAX);
	assert_int_equal(v, 7);
	assert_int_equal(hms_str_u64(HMS_STR("18446744073709551615"), &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(hms_str_u64(HMS_STR("18446744073709551616"), &v), HMS_ETOOBIG);
	assert_int_equal(hms_str_u64(HMS_STR("00000000000000000000000000012"), &v), 0);
	assert_int_equal(v, 12);
}

static void signed_numbers_reach_both_ends(void **state)
{
	int64_t v;

	(void)state;
	assert_int_equal(hms_str_i64(HMS_STR("-9223372036854775808"), &v), 0);
	assert_true(v == INT64_MIN);
	assert_int_equal(hms_str_i64(HMS_STR("9223372036854775807"), &v), 0);
	assert_true(v == INT64_MAX);
	assert_int_equal(hms_str_i64(HMS_STR("9223372036854775808"), &v), HMS_ETOOBIG);
	assert_int_equal(hms_str_i64(HMS_STR("-9223372036854775809"), &v), HMS_ETOOBIG);
	assert_int_equal(hms_str_i64(HMS_STR("-"), &v), HMS_ESYNTAX);
	assert_int_equal(hms_str_i64(HMS_STR("--1"), &v), HMS_ESYNTAX);
}

/* [Q13] */
static void booleans_come_in_the_spellings_of_the_field(void **state)
{
	bool v = false;

	(void)state;
	assert_int_equal(hms_str_bool(HMS_STR(" TRUE\n"), &v), 0);
	assert_true(v);
	assert_int_equal(hms_str_bool(HMS_STR("0"), &v), 0);
	assert_false(v);
	assert_int_equal(hms_str_bool(HMS_STR("True"), &v), 0);
	assert_true(v);
	assert_int_equal(hms_str_bool(HMS_STR("yes"), &v), HMS_ESYNTAX);
	assert_int_equal(hms_str_bool(HMS_STR(""), &v), HMS_ESYNTAX);
	assert_int_equal(hms_str_bool(HMS_STR("01"), &v), HMS_ESYNTAX);
}

static void dup_terminates_and_keeps_nul_bytes(void **state)
{
	char *copy = hms_str_dup(hms_strn("a\0b", 3)), *empty = hms_str_dup(hms_str(NULL));

	(void)state;
	assert_memory_equal(copy, "a\0b", 4);
	assert_string_equal(empty, "");
	free(copy);
	free(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparison_ignores_case_in_ascii_only),
		cmocka_unit_test(order_is_by_bytes_then_by_length),
		cmocka_unit_test(trim_takes_xml_white_space_only),
		cmocka_unit_test(split_tells_an_empty_rest_from_none),
		cmocka_unit_test(unsigned_numbers_are_strict),
		cmocka_unit_test(signed_numbers_reach_both_ends),
		cmocka_unit_test(booleans_come_in_the_spellings_of_the_field),
		cmocka_unit_test(dup_terminates_and_keeps_nul_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
