/* Range and If-None-Match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "range.h"

static void one_range_of_bytes_is_read_and_the_rest_ignored(void **state)
{
	static const struct {
		const char *text;
		enum fs_range_kind kind;
		uint64_t first, len;
	} rows[] = {
		{ "bytes=0-0", FS_RANGE_PART, 0, 1 },
		{ "bytes=5-", FS_RANGE_PART, 5, 5 },
		{ " Bytes = 2-3 ", FS_RANGE_PART, 2, 2 },
		{ "bytes=-3", FS_RANGE_PART, 7, 3 },
		{ "bytes=-30", FS_RANGE_PART, 0, 10 },
		{ "bytes=9-100", FS_RANGE_PART, 9, 1 },
		{ "bytes=10-", FS_RANGE_OUTSIDE, 0, 10 },
		{ "bytes=-0", FS_RANGE_OUTSIDE, 0, 10 },
		{ "bytes=3-2", FS_RANGE_WHOLE, 0, 10 },
		{ "bytes=0-1,3-4", FS_RANGE_WHOLE, 0, 10 },
		{ "bytes=", FS_RANGE_WHOLE, 0, 10 },
		{ "bytes", FS_RANGE_WHOLE, 0, 10 },
		{ "lines=0-1", FS_RANGE_WHOLE, 0, 10 },
		{ "bytes=-", FS_RANGE_WHOLE, 0, 10 },
		{ "bytes=x-1", FS_RANGE_WHOLE, 0, 10 },
		{ "bytes=--1", FS_RANGE_WHOLE, 0, 10 },
		{ "bytes=1-x", FS_RANGE_WHOLE, 0, 10 },
		{ "", FS_RANGE_WHOLE, 0, 10 },
		{ "bytes=0-99999999999999999999", FS_RANGE_WHOLE, 0, 10 },
	};
	struct fs_range out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(fs_range_read(hms_str(rows[i].text), 10, &out), rows[i].kind);
		assert_int_equal(out.first, rows[i].first);
		assert_int_equal(out.len, rows[i].len);
	}
	assert_int_equal(fs_range_read((struct hms_str){ NULL, 0 }, 10, &out), FS_RANGE_WHOLE);
	assert_int_equal(fs_range_read(HMS_STR("bytes=0-"), 0, &out), FS_RANGE_OUTSIDE);
	assert_int_equal(fs_range_read(HMS_STR("bytes=-1"), 0, &out), FS_RANGE_OUTSIDE);
}

static void a_tag_is_found_in_a_list(void **state)
{
	struct hms_str tag = HMS_STR("\"a\"");

	(void)state;
	assert_true(fs_etag_in(HMS_STR("\"a\""), tag));
	assert_true(fs_etag_in(HMS_STR("\"x\" , W/\"a\""), tag));
	assert_true(fs_etag_in(HMS_STR("*"), tag));
	assert_false(fs_etag_in(HMS_STR("\"ab\", a"), tag));
	assert_false(fs_etag_in((struct hms_str){ NULL, 0 }, tag));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_range_of_bytes_is_read_and_the_rest_ignored),
		cmocka_unit_test(a_tag_is_found_in_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
