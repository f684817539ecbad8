/* Hex, base64, base32hex, UUID: vectors of the RFCs, round trips, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"

static void hex_reads_both_cases_and_nothing_else(void **state)
{
	uint8_t bytes[4];
	char text[9];

	(void)state;
	assert_int_equal(hms_unhex(HMS_STR("00fFAb"), bytes, sizeof(bytes)), 3);
	assert_memory_equal(bytes, "\x00\xff\xab", 3);
	hms_hex(bytes, 3, text);
	assert_string_equal(text, "00ffab");
	assert_int_equal(hms_unhex(HMS_STR("0"), bytes, sizeof(bytes)), HMS_ESYNTAX);
	assert_int_equal(hms_unhex(HMS_STR("0g"), bytes, sizeof(bytes)), HMS_ESYNTAX);
	assert_int_equal(hms_unhex(HMS_STR("0011223344"), bytes, sizeof(bytes)), HMS_ETOOBIG);
	assert_int_equal(hms_unhex(HMS_STR(""), bytes, 0), 0);
}

static void base64_matches_rfc4648(void **state)
{
	static const char *const vectors[][3] = { { "", "", "" },
						  { "f", "Zg==", "Zg" },
						  { "fo", "Zm8=", "Zm8" },
						  { "foo", "Zm9v", "Zm9v" },
						  { "foob", "Zm9vYg==", "Zm9vYg" },
						  { "fooba", "Zm9vYmE=", "Zm9vYmE" },
						  { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
						  { "\xfb\xff", "+/8=", "-_8" } };
	char text[16];
	uint8_t bytes[8];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		size_t len = strlen(vectors[i][0]);

		assert_int_equal(hms_base64(vectors[i][0], len, text), strlen(vectors[i][1]));
		assert_string_equal(text, vectors[i][1]);
		assert_int_equal(hms_unbase64(hms_str(text), bytes, len), len);
		assert_memory_equal(bytes, vectors[i][0], len);
		assert_int_equal(hms_base64url(vectors[i][0], len, text), strlen(vectors[i][2]));
		assert_string_equal(text, vectors[i][2]);
		assert_int_equal(hms_unbase64(hms_str(text), bytes, len), len);
		if (len > 0)
			assert_int_equal(hms_unbase64(hms_str(text), bytes, len - 1), HMS_ETOOBIG);
	}
}

static void base64_refuses_what_is_not_canonical(void **state)
{
	static const char *const bad[] = { "Z", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "Z=g=", "Zm9v=" };
	uint8_t bytes[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hms_unbase64(hms_str(bad[i]), bytes, sizeof(bytes)), HMS_ESYNTAX);
}

static void base32_sorts_like_the_number(void **state)
{
	static const uint64_t values[] = { 0, 1, 31, 32, 1ULL << 59, (1ULL << 60) - 1, 1ULL << 60, UINT64_MAX - 1, UINT64_MAX };
	char before[14] = "", text[14];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint64_t back = 5;

		hms_base32_u64(values[i], text);
		assert_int_equal(strlen(text), 13);
		assert_true(strcmp(before, text) < 0);
		strcpy(before, text);
		assert_int_equal(hms_unbase32_u64(hms_str(text), &back), 0);
		assert_true(back == values[i]);
	}
	assert_string_equal(text, "FVVVVVVVVVVVV");
}

static void base32_refuses_other_lengths_digits_and_overflow(void **state)
{
	static const char *const bad[] = { "", "000000000000", "00000000000000", "000000000000W", "G000000000000", "000000 000000" };
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hms_unbase32_u64(hms_str(bad[i]), &v), HMS_ESYNTAX);
	assert_int_equal(hms_unbase32_u64(HMS_STR("000000000000v"), &v), 0);
	assert_int_equal(v, 31);
}

static void uuids_round_trip(void **state)
{
	static const char *const bad[] = { "",
					   "01234567-89ab-cdef-0123-456789abcde",
					   "0123456789ab-cdef-0123-456789abcdef0000",
					   "01234567-89ab-cdef-0123+456789abcdef",
					   "g1234567-89ab-cdef-0123-456789abcdef",
					   "01234567--9ab-cdef-0123-456789abcdef" };
	static const uint8_t id[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };
	uint8_t back[16];
	char text[37];

	(void)state;
	hms_uuid_text(id, text);
	assert_string_equal(text, "01234567-89ab-cdef-0123-456789abcdef");
	assert_int_equal(hms_uuid_parse(HMS_STR("01234567-89AB-cdef-0123-456789abcdef"), back), 0);
	assert_memory_equal(id, back, 16);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hms_uuid_parse(hms_str(bad[i]), back), HMS_ESYNTAX);
	assert_memory_equal(id, back, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_reads_both_cases_and_nothing_else),
		cmocka_unit_test(base64_matches_rfc4648),
		cmocka_unit_test(base64_refuses_what_is_not_canonical),
		cmocka_unit_test(base32_sorts_like_the_number),
		cmocka_unit_test(base32_refuses_other_lengths_digits_and_overflow),
		cmocka_unit_test(uuids_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
