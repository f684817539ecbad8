/* Values against definitions: the faults of SetParameterValues. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "value.h"

static struct hms_str choices[] = { { "One", 3 }, { "All", 3 } };

static void faults_say_what_is_wrong(void **state)
{
	const struct model_param read_only = { .type = HMS_XSD_STRING };
	const struct model_param text = { .type = HMS_XSD_STRING, .writable = true, .limited = true, .max = 3 };
	const struct model_param choice = { .type = HMS_XSD_STRING, .writable = true, .choices = choices, .choice_count = 2 };
	const struct model_param port = { .type = HMS_XSD_UINT, .writable = true, .limited = true, .min = 1, .max = 65535 };
	const struct model_param number = { .type = HMS_XSD_INT, .writable = true };
	const struct model_param flag = { .type = HMS_XSD_BOOLEAN, .writable = true };
	const struct model_param time = { .type = HMS_XSD_DATETIME, .writable = true };
	const struct {
		const struct model_param *param;
		enum hms_xsd type;
		const char *value;
		uint32_t fault;
	} cases[] = {
		{ &read_only, HMS_XSD_STRING, "x", 9008 },
		{ &text, HMS_XSD_INT, "1", 9006 },
		{ &text, HMS_XSD_STRING, "abc", 0 },
		{ &text, HMS_XSD_STRING, "abcd", 9007 },
		{ &text, HMS_XSD_STRING, "", 0 },
		{ &choice, HMS_XSD_STRING, "All", 0 },
		{ &choice, HMS_XSD_STRING, "all", 9007 },
		{ &port, HMS_XSD_UINT, "80", 0 },
		{ &port, HMS_XSD_UINT, " 80 ", 0 },
		{ &port, HMS_XSD_UINT, "0", 9007 },
		{ &port, HMS_XSD_UINT, "65536", 9007 },
		{ &port, HMS_XSD_UINT, "-1", 9007 },
		{ &port, HMS_XSD_UINT, "8x", 9007 },
		{ &port, HMS_XSD_INT, "80", 9006 },
		{ &number, HMS_XSD_INT, "-2147483648", 0 },
		{ &number, HMS_XSD_INT, "2147483648", 9007 },
		{ &number, HMS_XSD_INT, "+5", 0 },
		{ &flag, HMS_XSD_BOOLEAN, "true", 0 },
		{ &flag, HMS_XSD_BOOLEAN, "0", 0 },
		{ &flag, HMS_XSD_BOOLEAN, "yes", 9007 },
		{ &flag, HMS_XSD_STRING, "true", 9006 },
		{ &time, HMS_XSD_DATETIME, "2024-05-01T14:00:00Z", 0 },
		{ &time, HMS_XSD_DATETIME, "0001-01-01T00:00:00Z", 0 },
		{ &time, HMS_XSD_DATETIME, "yesterday", 9007 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(value_check(cases[i].param, cases[i].type, hms_str(cases[i].value)), cases[i].fault);
}

static void times_are_read_with_and_without_offset(void **state)
{
	int64_t utc_s, offset_s;

	(void)state;
	assert_int_equal(value_time(HMS_STR("2024-05-01T12:00:00Z"), &utc_s), 0);
	assert_int_equal(value_time(HMS_STR("2024-05-01T14:00:00.250+02:00"), &offset_s), 0);
	assert_int_equal(utc_s, offset_s);
	assert_int_equal(utc_s, 1714564800);
	assert_int_equal(value_time(HMS_STR("0001-01-01T00:00:00Z"), &utc_s), HMS_ENOENT);
	assert_int_equal(value_time(HMS_STR("2024-05-01"), &utc_s), HMS_ESYNTAX);
	assert_int_equal(value_time(HMS_STR("2024-05-01T12:00:00 "), &utc_s), HMS_ESYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_say_what_is_wrong),
		cmocka_unit_test(times_are_read_with_and_without_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
