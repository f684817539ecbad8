/* Errors: names, texts, prefixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "hms/base/err.h"

static void every_code_has_a_name_and_a_text(void **state)
{
	(void)state;
#define HMS_ERROR(name, number, words)                            \
	assert_string_equal(hms_errname(HMS_E##name), "E" #name); \
	assert_string_equal(hms_strerror(HMS_E##name), words);
#include "hms/base/errors.def"
#undef HMS_ERROR
	assert_string_equal(hms_errname(0), "OK");
	assert_string_equal(hms_errname(7), "OK");
	assert_string_equal(hms_errname(-9999), "EUNKNOWN");
	assert_string_equal(hms_strerror(-9999), "unknown error");
}

static void set_and_prefix_compose_a_text(void **state)
{
	struct hms_err err;

	(void)state;
	assert_int_equal(hms_err_set(&err, HMS_ESYNTAX, "line %d", 3), HMS_ESYNTAX);
	assert_int_equal(hms_err_prefix(&err, "%s", "hms.conf"), HMS_ESYNTAX);
	assert_string_equal(err.text, "hms.conf: line 3");
	assert_int_equal(hms_err_set(NULL, HMS_EIO, "nobody reads this"), HMS_EIO);
}

static void long_texts_are_cut_and_terminated(void **state)
{
	struct hms_err err;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	hms_err_set(&err, HMS_EIO, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	hms_err_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_name_and_a_text),
		cmocka_unit_test(set_and_prefix_compose_a_text),
		cmocka_unit_test(long_texts_are_cut_and_terminated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
