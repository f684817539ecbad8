/* Validation of UTF-8 against RFC 3629 and against a slow decoder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/base/str.h"

static void valid_texts_pass(void **state)
{
	static const char *const good[] = { "",
					    "plain ascii, longer than a word",
					    "\x7f",
					    "\xc2\x80",
					    "\xdf\xbf",
					    "\xe0\xa0\x80",
					    "\xed\x9f\xbf",
					    "\xee\x80\x80",
					    "\xef\xbf\xbf",
					    "\xf0\x90\x80\x80",
					    "\xf4\x8f\xbf\xbf",
					    "12345678\xe2\x82\xac"
					    "12345678" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(hms_utf8_valid(hms_str(good[i])));
}

static void malformed_texts_are_refused(void **state)
{
	static const char *const bad[] = { "\x80",
					   "\xbf",
					   "\xc0\x80",
					   "\xc1\xbf",
					   "\xc2",
					   "\xc2\xc2",
					   "\xe0\x9f\xbf",
					   "\xe0\xa0",
					   "\xed\xa0\x80",
					   "\xed\xbf\xbf",
					   "\xf0\x8f\xbf\xbf",
					   "\xf4\x90\x80\x80",
					   "\xf5\x80\x80\x80",
					   "\xff",
					   "\xfe",
					   "\xf0\x90\x80",
					   "12345678\x80",
					   "1234567\xc3" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(hms_utf8_valid(hms_str(bad[i])));
}

static void nul_is_refused_at_every_place(void **state)
{
	char text[24];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		assert_true(hms_utf8_valid(hms_strn(text, sizeof(text))));
		text[at] = '\0';
		assert_false(hms_utf8_valid(hms_strn(text, sizeof(text))));
		text[at] = '\x80';
		assert_false(hms_utf8_valid(hms_strn(text, sizeof(text))));
	}
}

/* Encodes any number in the form of its size, the surrogates and those over U+10FFFF too. */
static size_t encode(uint32_t c, char out[4])
{
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

static void every_code_point_is_judged_rightly(void **state)
{
	char text[4];

	(void)state;
	for (uint32_t c = 0; c < 0x140000; c++) {
		size_t len = encode(c, text);
		int good = c >= 0x80 && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);

		assert_int_equal(hms_utf8_valid(hms_strn(text, len)), good);
		assert_int_equal(hms_utf8_next(hms_strn(text, len)), good ? len : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_texts_pass),
		cmocka_unit_test(malformed_texts_are_refused),
		cmocka_unit_test(nul_is_refused_at_every_place),
		cmocka_unit_test(every_code_point_is_judged_rightly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
