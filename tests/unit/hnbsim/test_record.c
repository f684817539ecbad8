/* The record of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"

static char path[64];

static int make_file(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/hnbsim-record-XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void a_line_is_json_whatever_a_peer_wrote(void **state)
{
	static const char nasty[] = "quote \" backslash \\ tab \t line \n bell \a del \x7f umlaut \xc3\xbc";
	struct record *record;
	json_t *line;

	(void)state;
	assert_int_equal(record_open(path, &record, NULL), 0);
	assert_true(record_begin(record, "SIM1", "rpc"));
	record_text(record, "id", hms_str(nasty));
	record_int(record, "result", 9003);
	record_bool(record, "ok", false);
	record_json(record, "events", HMS_STR("[[\"1 BOOT\",\"\"]]"));
	record_end(record);
	line = json_load_file(path, 0, NULL); /* before it is closed: a line is written at once */
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "id")), nasty);
	assert_string_equal(json_string_value(json_object_get(line, "cell")), "SIM1");
	assert_int_equal(json_integer_value(json_object_get(line, "result")), 9003);
	assert_true(json_integer_value(json_object_get(line, "t")) > 1700000000000000);
	json_decref(line);
	assert_int_equal(record_close(&record), 0);
}

static void a_second_run_appends(void **state)
{
	struct record *record;
	FILE *file;
	int lines = 0;

	(void)state;
	for (int run = 0; run < 2; run++) {
		assert_int_equal(record_open(path, &record, NULL), 0);
		record_begin(record, "SIM1", "boot");
		record_end(record);
		assert_int_equal(record_close(&record), 0);
	}
	file = fopen(path, "r");
	assert_non_null(file);
	for (int c; (c = fgetc(file)) != EOF;)
		lines += c == '\n';
	fclose(file);
	assert_int_equal(lines, 2);
}

static void a_line_that_cannot_be_written_is_an_error_at_the_end(void **state)
{
	struct record *record;

	(void)state;
	if (access("/dev/full", W_OK) != 0)
		skip();
	assert_int_equal(record_open("/dev/full", &record, NULL), 0);
	record_begin(record, "SIM1", "boot");
	record_end(record);
	assert_int_equal(record_close(&record), HMS_EIO);
}

static void without_a_record_nothing_begins(void **state)
{
	struct hms_err err = { 0 };
	struct record *record;

	(void)state;
	assert_false(record_begin(NULL, "SIM1", "boot"));
	assert_int_equal(record_open("/nowhere/at/all", &record, &err), HMS_EIO);
	assert_non_null(strstr(err.text, "/nowhere/at/all"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_is_json_whatever_a_peer_wrote, make_file, remove_file),
		cmocka_unit_test_setup_teardown(a_second_run_appends, make_file, remove_file),
		cmocka_unit_test(a_line_that_cannot_be_written_is_an_error_at_the_end),
		cmocka_unit_test(without_a_record_nothing_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
