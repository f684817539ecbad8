/* The registry of quirks: which entries hold for a device, and what is wrong with a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "hms/device/quirks.h"

static char folder[64];
static struct hms_quirk_registry *registry;

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_quirks_XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static void name_of(const char *name, char path[128]) { snprintf(path, 128, "%s/%s", folder, name); }

static int teardown(void **state)
{
	char path[128];

	(void)state;
	hms_quirks_free(&registry);
	name_of("a.json", path);
	unlink(path);
	name_of("b.json", path);
	unlink(path);
	return rmdir(folder);
}

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	name_of(name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void load(void)
{
	struct hms_err err = { 0 };

	if (hms_quirks_load(folder, &registry, &err))
		fail_msg("%s", err.text);
}

static int64_t find(const char *oui, const char *product_class, const char *version, enum hms_quirk quirk)
{
	struct hms_quirks quirks;

	hms_quirks_find(registry, hms_str(oui), hms_str(product_class), hms_str(version), &quirks);
	return quirks.value[quirk];
}

static void without_an_entry_everything_is_as_the_standard_says(void **state)
{
	(void)state;
	write_file("a.json", "{\"entries\": []}");
	load();
	assert_int_equal(hms_quirks_count(registry), 0);
	for (int q = 0; q < HMS_QUIRK_COUNT; q++)
		assert_int_equal(find("00D09E", "X", "1", (enum hms_quirk)q), hms_quirk_info((enum hms_quirk)q)->def);
	assert_false(hms_quirks_any(registry, HMS_STR("00D09E")));
	hms_quirks_free(&registry);
	assert_int_equal(find("00D09E", "X", "1", HMS_QUIRK_EMPTY_200), 0); /* no registry at all */
	assert_false(hms_quirks_any(NULL, HMS_STR("00D09E")));
}

/* [Q13] [Q14] */
static void entries_match_by_oui_product_class_and_version(void **state)
{
	(void)state;
	write_file("a.json", "{\"entries\": ["
			     "{\"oui\": \"00d09e\", \"product_class\": \"HNB-*\", \"software_version\": \"2.?\","
			     " \"quirks\": {\"empty_200\": true}, \"why\": \"x\"},"
			     "{\"oui\": \"00D09E\", \"software_version\": {\"from\": \"1.9\", \"before\": \"1.11\"},"
			     " \"quirks\": {\"get_values_max\": 16}, \"why\": \"x\"}]}");
	load();
	assert_true(hms_quirks_any(registry, HMS_STR("00D09e")));
	assert_false(hms_quirks_any(registry, HMS_STR("00D09F")));
	assert_int_equal(find("00D09E", "HNB-7", "2.1", HMS_QUIRK_EMPTY_200), 1);
	assert_int_equal(find("00D09F", "HNB-7", "2.1", HMS_QUIRK_EMPTY_200), 0);
	assert_int_equal(find("00D09E", "HNB", "2.1", HMS_QUIRK_EMPTY_200), 0);
	assert_int_equal(find("00D09E", "HNB-7", "2.10", HMS_QUIRK_EMPTY_200), 0);
	assert_int_equal(find("00D09E", "HNB-7", NULL, HMS_QUIRK_EMPTY_200), 0);
	assert_int_equal(find("00D09E", "", "1.9", HMS_QUIRK_GET_VALUES_MAX), 16);
	assert_int_equal(find("00D09E", "", "1.10", HMS_QUIRK_GET_VALUES_MAX), 16);
	assert_int_equal(find("00D09E", "", "1.11", HMS_QUIRK_GET_VALUES_MAX), 0);
	assert_int_equal(find("00D09E", "", "1.8", HMS_QUIRK_GET_VALUES_MAX), 0);
}

static void later_entries_win_quirk_by_quirk_and_those_of_an_oui_over_those_for_all(void **state)
{
	(void)state;
	write_file(
		"a.json",
		"{\"entries\": [{\"oui\": \"00D09E\", \"quirks\": {\"boolean\": \"digits\", \"time_zone\": \"none\"}, \"why\": \"x\"}]}");
	write_file("b.json",
		   "{\"entries\": [{\"oui\": \"00D09E\", \"quirks\": {\"boolean\": \"words\"}, \"why\": \"x\"},"
		   "{\"oui\": \"*\", \"quirks\": {\"boolean\": \"as_given\", \"set_delay_s\": 600, \"lacks\": [\"AddObject\", \"Reboot\"]},"
		   " \"why\": \"x\"}]}");
	load();
	assert_int_equal(find("00D09E", "", "", HMS_QUIRK_BOOLEAN), HMS_BOOLEAN_WORDS);
	assert_int_equal(find("00D09E", "", "", HMS_QUIRK_TIME_ZONE), HMS_TIME_ZONE_NONE);
	assert_int_equal(find("123456", "", "", HMS_QUIRK_BOOLEAN), HMS_BOOLEAN_AS_GIVEN);
	assert_int_equal(find("00D09E", "", "", HMS_QUIRK_SET_DELAY_S), 600);
	assert_int_equal(find("an OUI that is far too long", "", "", HMS_QUIRK_LACKS), 1 << HMS_CWMP_ADD_OBJECT | 1 << HMS_CWMP_REBOOT);
}

static void what_is_wrong_is_named_by_file_entry_and_member(void **state)
{
#define ENTRY(rest) "{\"entries\": [{\"oui\": \"00D09E\", \"quirks\": {\"empty_200\": true}, \"why\": \"x\"}, {" rest "}]}"
#define OUI "\"oui\": \"00D09E\""
#define WHY "\"why\": \"x\""
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "nonsense", "a.json line 1: " },
		{ "{\"rules\": []}", "a.json: rules: there is no such member" },
		{ "{}", "a.json: entries (a list) is missing" },
		{ "[]", "a.json: entries (a list) is missing" },
		{ "{\"entries\": [1]}", "a.json: entry 1: not an object" },
		{ ENTRY(WHY), "a.json: entry 2: oui: " },
		{ ENTRY("\"oui\": \"00D09\""), "a.json: entry 2: oui: " },
		{ ENTRY(OUI ", \"quirks\": {\"empty_200\": true}"), "a.json: entry 2: why " },
		{ ENTRY(OUI "," WHY), "a.json: entry 2: quirks (an object that is not empty) is missing" },
		{ ENTRY(OUI "," WHY ", \"quirks\": {\"nonsense\": 1}"), "a.json: entry 2: quirks: nonsense: there is no such quirk" },
		{ ENTRY(OUI "," WHY ", \"quirks\": {\"empty_200\": 1}"), "a.json: entry 2: quirks: empty_200: neither true nor false" },
		{ ENTRY(OUI "," WHY ", \"quirks\": {\"get_values_max\": 1}"), "quirks: get_values_max: not a number from 2 to 65535" },
		{ ENTRY(OUI "," WHY ", \"quirks\": {\"get_values_max\": \"5\"}"), "get_values_max: not a number" },
		{ ENTRY(OUI "," WHY ", \"quirks\": {\"boolean\": \"bits\"}"), "boolean: not one of as_given|digits|words" },
		{ ENTRY(OUI "," WHY ", \"quirks\": {\"lacks\": \"Reboot\"}"), "lacks: not a list of methods" },
		{ ENTRY(OUI "," WHY ", \"quirks\": {\"lacks\": [\"Boot\"]}"), "lacks: Boot is no method" },
		{ ENTRY(OUI "," WHY ", \"colour\": 1"), "a.json: entry 2: colour: there is no such member" },
		{ ENTRY(OUI "," WHY ", \"product_class\": 5"), "entry 2: product_class: not a text" },
		{ ENTRY(OUI "," WHY ", \"software_version\": {}"), "entry 2: software_version: neither from nor before" },
		{ ENTRY(OUI "," WHY ", \"software_version\": {\"to\": \"1\"}"), "software_version: to: there is no such member" },
		{ ENTRY(OUI "," WHY ", \"software_version\": {\"from\": \"2\", \"before\": \"2\"}"), "no version is from 2 and before 2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_err err = { 0 };

		write_file("a.json", rows[i].text);
		assert_int_equal(hms_quirks_load(folder, &registry, &err), HMS_ESYNTAX);
		assert_null(registry);
		if (!strstr(err.text, rows[i].error))
			fail_msg("%s: %s", rows[i].text, err.text);
	}
}

static void a_folder_that_is_not_there_is_an_error_and_no_folder_is_an_empty_registry(void **state)
{
	struct hms_err err = { 0 };

	(void)state;
	assert_int_equal(hms_quirks_load("/tmp/no/such/folder", &registry, &err), HMS_ENOENT);
	assert_non_null(strstr(err.text, "/tmp/no/such/folder"));
	assert_int_equal(hms_quirks_load("", &registry, &err), 0);
	assert_int_equal(hms_quirks_count(registry), 0);
}

static void the_registry_that_is_shipped_loads(void **state)
{
	struct hms_err err = { 0 };

	(void)state;
	if (hms_quirks_load(HMS_SOURCE_DIR "/deploy/quirks", &registry, &err))
		fail_msg("%s", err.text);
}

static void versions_are_compared_number_by_number(void **state)
{
	static const char *const rising[] = { "", "1", "1.2", "1.9", "1.10", "1.10a", "1.10b", "2", "10.0", "V1", "V01.3", "V2" };

	(void)state;
	for (size_t i = 0; i < sizeof(rising) / sizeof(rising[0]); i++) {
		assert_int_equal(hms_version_cmp(hms_str(rising[i]), hms_str(rising[i])), 0);
		for (size_t k = 0; k < i; k++) {
			assert_true(hms_version_cmp(hms_str(rising[k]), hms_str(rising[i])) < 0);
			assert_true(hms_version_cmp(hms_str(rising[i]), hms_str(rising[k])) > 0);
		}
	}
	assert_int_equal(hms_version_cmp(HMS_STR("1.007"), HMS_STR("1.7")), 0);
}

#define QUIRK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUIRK_TEST(without_an_entry_everything_is_as_the_standard_says),
		QUIRK_TEST(entries_match_by_oui_product_class_and_version),
		QUIRK_TEST(later_entries_win_quirk_by_quirk_and_those_of_an_oui_over_those_for_all),
		QUIRK_TEST(what_is_wrong_is_named_by_file_entry_and_member),
		QUIRK_TEST(a_folder_that_is_not_there_is_an_error_and_no_folder_is_an_empty_registry),
		QUIRK_TEST(the_registry_that_is_shipped_loads),
		QUIRK_TEST(versions_are_compared_number_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
