/* Placeholders in values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hms/base/buf.h"
#include "hms/desired/template.h"

static int fill(void *arg, struct hms_str name, struct hms_str *out, struct hms_err *err)
{
	(void)arg;
	if (hms_str_eqz(name, "a.b"))
		*out = HMS_STR("{a.b}x");
	else if (hms_str_eqz(name, "long"))
		*out = hms_strn("................................................................", 64);
	else
		return hms_err_set(err, HMS_ENOENT, "no %.*s", HMS_STR_FMT(name));
	return 0;
}

static int expand(struct hms_arena *arena, const char *text, struct hms_str *out)
{
	struct hms_err err = { 0 };

	return hms_template_expand(arena, text, fill, NULL, out, &err);
}

static void names_are_replaced_once_and_other_braces_stay(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "", "" },	    { "plain", "plain" }, { "{a.b}", "{a.b}x" }, { "1{a.b}2{a.b}3", "1{a.b}x2{a.b}x3" },
		{ "{}", "{}" },	    { "{A}", "{A}" },	  { "{a.b", "{a.b" },	 { "{{a.b}}", "{{a.b}x}" },
		{ "a}b{", "a}b{" },
	};
	struct hms_arena *arena = hms_arena_new(65536);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hms_str out;

		assert_int_equal(expand(arena, cases[i].text, &out), 0);
		assert_string_equal(out.p, cases[i].expected);
	}
	hms_arena_free(&arena);
}

static void unknown_names_and_endless_values_are_errors(void **state)
{
	struct hms_arena *arena = hms_arena_new(1024 * 1024);
	struct hms_buf many = HMS_BUF_INIT(65536);
	struct hms_str out;

	(void)state;
	assert_int_equal(expand(arena, "x{no.such}", &out), HMS_ENOENT);
	for (int i = 0; i < 100; i++)
		hms_buf_strz(&many, "{long}");
	assert_int_equal(expand(arena, hms_buf_z(&many), &out), HMS_ETOOBIG);
	hms_buf_fini(&many);
	hms_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_replaced_once_and_other_braces_stay),
		cmocka_unit_test(unknown_names_and_endless_values_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
