/* Values are compared as what they mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hms/desired/value.h"

static void values_of_a_type_are_the_same_whatever_their_spelling(void **state)
{
	static const struct {
		enum hms_xsd type;
		const char *a, *b;
		bool same;
	} cases[] = {
		{ HMS_XSD_STRING, "a", "a", true },
		{ HMS_XSD_STRING, "1", "01", false },
		{ HMS_XSD_STRING, "a", "A", false },
		{ HMS_XSD_BOOLEAN, "1", "true", true },
		{ HMS_XSD_BOOLEAN, " TRUE ", "1", true },
		{ HMS_XSD_BOOLEAN, "0", "true", false },
		{ HMS_XSD_BOOLEAN, "yes", "true", false },
		{ HMS_XSD_UINT, "007", "+7", true },
		{ HMS_XSD_INT, "-0", "0", true },
		{ HMS_XSD_INT, "-5", "5", false },
		{ HMS_XSD_INT, " -05", "-5", true },
		{ HMS_XSD_ULONG, "18446744073709551615", "018446744073709551615", true },
		{ HMS_XSD_ULONG, "18446744073709551615", "18446744073709551614", false },
		{ HMS_XSD_UINT, "", "0", false },
		{ HMS_XSD_UINT, "x", "x", true },
		{ HMS_XSD_DATETIME, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", true },
		{ HMS_XSD_DATETIME, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", false },
		{ HMS_XSD_DATETIME, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00", true },
		{ HMS_XSD_DATETIME, "0001-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false },
		{ HMS_XSD_DATETIME, "now", "then", false },
		{ HMS_XSD_HEXBINARY, "0aFF", "0AfF", true },
		{ HMS_XSD_HEXBINARY, "0a", "0b", false },
		{ HMS_XSD_BASE64, "YWJj\n", " YW Jj", true },
		{ HMS_XSD_BASE64, "YWJj", "YWJk", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (hms_value_same(cases[i].type, hms_str(cases[i].a), hms_str(cases[i].b)) != cases[i].same ||
		    hms_value_same(cases[i].type, hms_str(cases[i].b), hms_str(cases[i].a)) != cases[i].same)
			fail_msg("%s %s %s", hms_xsd_name(cases[i].type), cases[i].a, cases[i].b);
}

static void texts_fit_their_types_or_not(void **state)
{
	static const struct {
		enum hms_xsd type;
		const char *text;
		bool fits;
	} cases[] = {
		{ HMS_XSD_UINT, "-1", false },	  { HMS_XSD_UINT, "-0", true },	       { HMS_XSD_UINT, "1e3", false },
		{ HMS_XSD_INT, "-1", true },	  { HMS_XSD_BOOLEAN, "maybe", false }, { HMS_XSD_DATETIME, "", true },
		{ HMS_XSD_DATETIME, "x", false }, { HMS_XSD_HEXBINARY, "abc", false }, { HMS_XSD_HEXBINARY, "", true },
		{ HMS_XSD_STRING, "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (hms_value_fits(cases[i].type, hms_str(cases[i].text)) != cases[i].fits)
			fail_msg("%s %s", hms_xsd_name(cases[i].type), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_a_type_are_the_same_whatever_their_spelling),
		cmocka_unit_test(texts_fit_their_types_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
