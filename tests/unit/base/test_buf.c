/* Buffers: growth, cap, the sticky failure, binary integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hms/base/buf.h"
#include "hms/base/err.h"

static void appends_of_all_kinds_are_in_order(void **state)
{
	struct hms_buf buf = HMS_BUF_INIT(1000);

	(void)state;
	assert_string_equal(hms_buf_z(&buf), "");
	hms_buf_strz(&buf, "a");
	hms_buf_str(&buf, HMS_STR("bc"));
	hms_buf_char(&buf, '-');
	hms_buf_u64(&buf, 0);
	hms_buf_u64(&buf, UINT64_MAX);
	hms_buf_printf(&buf, "[%d]", -5);
	hms_buf_str(&buf, hms_str(NULL));
	assert_string_equal(hms_buf_z(&buf), "abc-018446744073709551615[-5]");
	assert_int_equal(buf.failed, 0);
	hms_buf_fini(&buf);
}

static void the_cap_can_be_filled_to_the_last_byte(void **state)
{
	struct hms_buf buf = HMS_BUF_INIT(300);

	(void)state;
	for (int i = 0; i < 300; i++)
		hms_buf_char(&buf, 'x');
	assert_int_equal(buf.failed, 0);
	assert_int_equal(buf.len, 300);
	assert_int_equal(strlen(hms_buf_z(&buf)), 300);
	assert_int_equal(hms_buf_reserve(&buf, 1), HMS_EFULL);
	assert_int_equal(hms_buf_reserve(&buf, SIZE_MAX), HMS_EFULL);
	assert_int_equal(buf.failed, 0);
	hms_buf_fini(&buf);
}

static void a_failed_append_stops_all_later_ones_until_reset(void **state)
{
	struct hms_buf buf = HMS_BUF_INIT(5);

	(void)state;
	hms_buf_strz(&buf, "abc");
	hms_buf_printf(&buf, "%s", "defg");
	assert_int_equal(buf.failed, HMS_EFULL);
	hms_buf_char(&buf, 'x');
	assert_int_equal(buf.len, 3);
	assert_string_equal(hms_buf_z(&buf), "");
	assert_int_equal(hms_buf_reserve(&buf, 0), HMS_EFULL);
	hms_buf_reset(&buf);
	hms_buf_printf(&buf, "%s", "vwxyz");
	assert_int_equal(buf.failed, 0);
	assert_string_equal(hms_buf_z(&buf), "vwxyz");
	hms_buf_fini(&buf);
}

static void printf_grows_when_it_must(void **state)
{
	struct hms_buf buf = HMS_BUF_INIT(100000);

	(void)state;
	for (int i = 0; i < 1000; i++)
		hms_buf_printf(&buf, "%064d", i);
	assert_int_equal(buf.len, 64000);
	assert_memory_equal(hms_buf_z(&buf) + 64 * 999 + 61, "999", 4);
	hms_buf_fini(&buf);
}

static void integers_are_big_endian(void **state)
{
	struct hms_buf buf = HMS_BUF_INIT(100);

	(void)state;
	hms_buf_be16(&buf, 0x0102);
	hms_buf_be32(&buf, 0x03040506);
	hms_buf_be64(&buf, 0x0708090a0b0c0d0e);
	assert_int_equal(buf.len, 14);
	assert_memory_equal(buf.p, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e", 14);
	hms_buf_fini(&buf);
}

static void consume_drops_from_the_front(void **state)
{
	struct hms_buf buf = HMS_BUF_INIT(100);

	(void)state;
	hms_buf_strz(&buf, "abcdef");
	hms_buf_consume(&buf, 2);
	assert_string_equal(hms_buf_z(&buf), "cdef");
	hms_buf_consume(&buf, 0);
	hms_buf_consume(&buf, 100);
	assert_int_equal(buf.len, 0);
	assert_string_equal(hms_buf_z(&buf), "");
	hms_buf_fini(&buf);
}

static void a_cap_of_nothing_holds_nothing(void **state)
{
	struct hms_buf buf = HMS_BUF_INIT(0);

	(void)state;
	hms_buf_strz(&buf, "");
	assert_int_equal(buf.failed, 0);
	hms_buf_char(&buf, 'a');
	assert_int_equal(buf.failed, HMS_EFULL);
	hms_buf_fini(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_of_all_kinds_are_in_order),
		cmocka_unit_test(the_cap_can_be_filled_to_the_last_byte),
		cmocka_unit_test(a_failed_append_stops_all_later_ones_until_reset),
		cmocka_unit_test(printf_grows_when_it_must),
		cmocka_unit_test(integers_are_big_endian),
		cmocka_unit_test(consume_drops_from_the_front),
		cmocka_unit_test(a_cap_of_nothing_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
