/* Device ids, buckets, partitions and user names against golden vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/device/identity.h"

/* In place: \\t \\n \\r and the doubled backslash. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (*text != '\\') {
			*out++ = *text;
			continue;
		}
		text++;
		*out++ = *text == 't' ? '\t' : *text == 'n' ? '\n' : *text == 'r' ? '\r' : *text;
	}
	*out = 0;
}

static void check_line(char *line)
{
	char *columns[7] = { NULL }, hex[33];
	struct hms_device_id id;

	line[strcspn(line, "\n")] = 0;
	for (size_t i = 0; i < 7; i++)
		columns[i] = strsep(&line, "\t");
	assert_non_null(columns[6]);
	for (size_t i = 0; i < 4; i++)
		unescape(columns[i]);
	id = hms_device_id(hms_str(columns[0]), hms_str(columns[1]), hms_str(columns[2]), hms_str(columns[3]));
	hms_hex(id.b, sizeof(id.b), hex);
	assert_string_equal(hex, columns[4]);
	assert_int_equal(hms_device_bucket(id), strtoul(columns[5], NULL, 10));
	assert_int_equal(hms_device_partition(id, 16), strtoul(columns[6], NULL, 10));
}

static void ids_are_those_of_the_golden_vectors(void **state)
{
	FILE *file = fopen(HMS_SOURCE_DIR "/tests/unit/device/vectors.tsv", "r");
	char line[1024];
	size_t checked = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#')
			continue;
		check_line(line);
		checked++;
	}
	fclose(file);
	assert_true(checked >= 20);
}

static void an_absent_product_class_is_an_empty_one(void **state)
{
	struct hms_str none = { NULL, 0 };
	struct hms_device_id a = hms_device_id(HMS_STR("t"), HMS_STR("0005B9"), none, HMS_STR("1"));
	struct hms_device_id b = hms_device_id(HMS_STR("t"), HMS_STR("0005B9"), HMS_STR(""), HMS_STR("1"));

	(void)state;
	assert_true(hms_device_id_eq(a, b));
	assert_int_equal(hms_device_id_cmp(&a, &b), 0);
}

static void partitions_are_ranges_that_cover_all_buckets(void **state)
{
	struct hms_device_id id = { { 0 } };
	unsigned last = 0;

	(void)state;
	for (unsigned bucket = 0; bucket < 4096; bucket++) {
		unsigned partition;

		id.b[0] = (uint8_t)(bucket >> 4);
		id.b[1] = (uint8_t)(bucket << 4 | 15);
		assert_int_equal(hms_device_bucket(id), bucket);
		partition = hms_device_partition(id, 7);
		assert_true(partition == last || partition == last + 1);
		last = partition;
		assert_int_equal(hms_device_partition(id, 1), 0);
		assert_int_equal(hms_device_partition(id, 4096), bucket);
	}
	assert_int_equal(last, 6);
}

static void assert_username(const char *oui, const char *product_class, const char *serial, const char *expected)
{
	char out[256];

	assert_int_equal(hms_device_username(hms_str(oui), hms_str(product_class), hms_str(serial), out, sizeof(out)), strlen(expected));
	assert_string_equal(out, expected);
}

/* [A5] */
static void user_names_are_percent_encoded(void **state)
{
	(void)state;
	assert_username("0005B9", "Set-Top", "12_3", "0005B9-Set%2DTop-12_3");
	assert_username("0005b9", "A B", "\xc3\xbc", "0005B9-A%20B-%C3%BC");
	assert_username(" 0005B9 ", "", " 123\n", "0005B9-123");
	assert_username("0005B9", NULL, "123", "0005B9-123");
}

static void a_user_name_that_does_not_fit_is_refused(void **state)
{
	char out[17];

	(void)state;
	memset(out, 'x', sizeof(out));
	assert_int_equal(hms_device_username(HMS_STR("0005B9"), HMS_STR("A"), HMS_STR("1234567"), out, 16), HMS_ETOOBIG);
	assert_int_equal(hms_device_username(HMS_STR("0005B9"), HMS_STR("A"), HMS_STR("123456"), out, 16), 15);
	assert_int_equal(out[16], 'x');
	assert_int_equal(hms_device_username(HMS_STR("0005B9"), HMS_STR("A"), HMS_STR("1"), out, 0), HMS_ETOOBIG);
}

/* A longer one is an error of PostgreSQL's index at each of its Informs: no device may cause that. */
static void an_identity_has_oui_and_serial_and_no_part_is_too_long(void **state)
{
	char text[HMS_IDENTITY_PART_MAX + 1] = { 0 };
	struct hms_str fits = hms_strn(text, HMS_IDENTITY_PART_MAX), longer = hms_strn(text, HMS_IDENTITY_PART_MAX + 1), one = HMS_STR("1");

	(void)state;
	memset(text, 'A', sizeof(text));
	assert_true(hms_device_identity_ok(fits, fits, fits));
	assert_true(hms_device_identity_ok(one, (struct hms_str){ NULL, 0 }, one));
	assert_false(hms_device_identity_ok(longer, one, one));
	assert_false(hms_device_identity_ok(one, longer, one));
	assert_false(hms_device_identity_ok(one, one, longer));
	assert_false(hms_device_identity_ok(HMS_STR(""), one, one));
	assert_false(hms_device_identity_ok(one, one, HMS_STR(" ")));
}

/* [A5] */
static void a_user_name_is_read_back(void **state)
{
	static const char *const bad[] = { "", "a", "-", "a-", "-b", "a-b-c-d", "a-%", "a-%4", "a-%zz", "a-b-", "a-%20" };
	struct hms_device_names names;
	char text[64];

	(void)state;
	assert_true(hms_device_username(HMS_STR("0005b9"), HMS_STR("A-1"), HMS_STR("S/2"), text, sizeof(text)) > 0);
	assert_int_equal(hms_device_username_parse(hms_str(text), &names), 0);
	assert_true(hms_str_eqz(names.oui, "0005B9") && hms_str_eqz(names.product_class, "A-1") && hms_str_eqz(names.serial, "S/2"));
	assert_int_equal(hms_device_username_parse(HMS_STR("0005B9-7"), &names), 0);
	assert_true(names.product_class.len == 0 && hms_str_eqz(names.serial, "7"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hms_device_username_parse(hms_str(bad[i]), &names), HMS_ESYNTAX);
}

static void a_user_name_with_a_part_that_is_too_long_is_none(void **state)
{
	char text[3 * HMS_IDENTITY_PART_MAX + 16];
	struct hms_device_names names;

	(void)state;
	memset(text, 'A', sizeof(text));
	text[HMS_IDENTITY_PART_MAX] = '-';
	assert_int_equal(hms_device_username_parse(hms_strn(text, 2 * HMS_IDENTITY_PART_MAX + 1), &names), 0);
	assert_int_equal(hms_device_username_parse(hms_strn(text, 2 * HMS_IDENTITY_PART_MAX + 2), &names), HMS_ESYNTAX);
	assert_int_equal(hms_device_username_parse(hms_strn(text, sizeof(text)), &names), HMS_ESYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_those_of_the_golden_vectors),
		cmocka_unit_test(an_absent_product_class_is_an_empty_one),
		cmocka_unit_test(partitions_are_ranges_that_cover_all_buckets),
		cmocka_unit_test(user_names_are_percent_encoded),
		cmocka_unit_test(a_user_name_that_does_not_fit_is_refused),
		cmocka_unit_test(a_user_name_is_read_back),
		cmocka_unit_test(a_user_name_with_a_part_that_is_too_long_is_none),
		cmocka_unit_test(an_identity_has_oui_and_serial_and_no_part_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
