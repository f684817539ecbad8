/* Command ids and the names made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/base/err.h"
#include "hms/device/command.h"

#define DAY_ONE_US (HMS_COMMAND_EPOCH_MS * 1000)

static void an_id_holds_time_worker_and_counter(void **state)
{
	struct hms_command_ids ids = { .worker = 5 };

	(void)state;
	assert_int_equal(hms_command_id_next(&ids, DAY_ONE_US + 7000), 7ull << 22 | 5ull << 12);
	assert_int_equal(hms_command_id_next(&ids, DAY_ONE_US + 7999), 7ull << 22 | 5ull << 12 | 1);
	assert_int_equal(hms_command_id_next(&ids, DAY_ONE_US + 8000), 8ull << 22 | 5ull << 12);
}

static void ids_of_one_millisecond_increase_and_keep_their_worker(void **state)
{
	struct hms_command_ids ids = { .worker = 1022 };
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint64_t id = hms_command_id_next(&ids, DAY_ONE_US + 1000);

		assert_true(id > last);
		assert_int_equal(id >> 12 & 0x3ff, 1022);
		last = id;
	}
}

static void ids_increase_over_a_clock_that_goes_back(void **state)
{
	struct hms_command_ids ids = { .worker = 1 };
	uint64_t before = hms_command_id_next(&ids, DAY_ONE_US + 3600000000);

	(void)state;
	assert_true(hms_command_id_next(&ids, DAY_ONE_US) > before);
	assert_true(hms_command_id_next(&ids, -1) > before);
}

static void names_are_read_as_they_were_written(void **state)
{
	const uint64_t values[] = { 0, 1, 0x123456789abcdef, INT64_MAX, UINT64_MAX };
	const uint32_t numbers[] = { 0, 1, 16, UINT32_MAX };
	uint64_t id;
	uint32_t n;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < 4; j++) {
			char rpc[32], key[33];

			hms_rpc_id_text(values[i], numbers[j], rpc);
			assert_int_equal(hms_rpc_id_parse(hms_str(rpc), &id, &n), 0);
			assert_true(id == values[i] && n == numbers[j]);
			hms_parameter_key_text(values[i], numbers[j], key);
			assert_true(key[0] == '~' && strlen(key) <= 32);
			assert_int_equal(hms_key_parse('~', hms_str(key), &id, &n), 0);
			assert_true(id == values[i] && n == numbers[j]);
			hms_command_key_text(values[i], numbers[j], key);
			assert_int_equal(hms_key_parse('H', hms_str(key), &id, &n), 0);
			assert_true(id == values[i] && n == numbers[j]);
			assert_int_equal(hms_key_parse('~', hms_str(key), &id, &n), HMS_ESYNTAX);
		}
}

static void names_never_change_their_form(void **state)
{
	char text[33];

	(void)state;
	hms_rpc_id_text(1, 7, text);
	assert_string_equal(text, "0000000000001.7");
	hms_parameter_key_text(32, 2, text);
	assert_string_equal(text, "~0000000000010.2");
	hms_command_key_text(31, 1, text);
	assert_string_equal(text, "H000000000000V.1");
}

static void white_space_around_an_echoed_id_is_forgiven(void **state)
{
	uint64_t id;
	uint32_t n;

	(void)state;
	assert_int_equal(hms_rpc_id_parse(HMS_STR("\n 0000000000001.7\t"), &id, &n), 0);
	assert_true(id == 1 && n == 7);
}

static void what_is_not_ours_is_refused(void **state)
{
	static const char *const foreign[] = {
		"",
		".",
		"1",
		"0000000000001",
		"0000000000001.",
		"0000000000001.-1",
		"0000000000001.+1",
		"0000000000001.01",
		"0000000000001. 1",
		"0000000000001.4294967296",
		"0000000000001.18446744073709551617",
		"0000000000001,7",
		"0000000000001.7.7",
		"000000000001.7",
		"00000000000001.7",
		"000000000000W.7",
		"000000000000v.7",
		"G000000000000.7",
		"0000000000001.7x",
		"ID:intrnl.unset.id.Reboot",
		"0000000000001.11111111111111111111111111111111111111",
	};
	uint64_t id = 99;
	uint32_t n = 99;

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		char key[80];

		assert_int_equal(hms_rpc_id_parse(hms_str(foreign[i]), &id, &n), HMS_ESYNTAX);
		snprintf(key, sizeof(key), "H%s", foreign[i]);
		assert_int_equal(hms_key_parse('H', hms_str(key), &id, &n), HMS_ESYNTAX);
	}
	assert_int_equal(hms_key_parse('H', HMS_STR(""), &id, &n), HMS_ESYNTAX);
	assert_int_equal(hms_rpc_id_parse((struct hms_str){ NULL, 0 }, &id, &n), HMS_ESYNTAX);
	assert_true(id == 99 && n == 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_holds_time_worker_and_counter),
		cmocka_unit_test(ids_of_one_millisecond_increase_and_keep_their_worker),
		cmocka_unit_test(ids_increase_over_a_clock_that_goes_back),
		cmocka_unit_test(names_are_read_as_they_were_written),
		cmocka_unit_test(names_never_change_their_form),
		cmocka_unit_test(white_space_around_an_echoed_id_is_forgiven),
		cmocka_unit_test(what_is_not_ours_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
