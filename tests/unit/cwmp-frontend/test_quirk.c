/* Quirks that the front end acts on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "quirk.h"

static struct hms_quirk_registry *registry;

static int setup(void **state)
{
	char folder[] = "/tmp/test_fe_quirk_XXXXXX", path[64];
	struct hms_err err = { 0 };
	FILE *file;
	int rc;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/a.json", folder);
	file = fopen(path, "w");
	if (!file)
		return -1;
	fputs("{\"entries\": [{\"oui\": \"00D09E\", \"product_class\": \"P\", \"software_version\": {\"before\": \"2\"},"
	      " \"quirks\": {\"empty_200\": true, \"xml_declaration\": true}, \"why\": \"x\"},"
	      "{\"oui\": \"00D09E\", \"product_class\": \"Q\", \"quirks\": {\"xml_declaration\": true}, \"why\": \"x\"}]}",
	      file);
	fclose(file);
	rc = hms_quirks_load(folder, &registry, &err);
	unlink(path);
	rmdir(folder);
	return rc;
}

static int teardown(void **state)
{
	(void)state;
	hms_quirks_free(&registry);
	return 0;
}

static unsigned find(const char *oui, const char *product_class, const char *version)
{
	struct hms_cwmp_param params[] = {
		{ .name = HMS_STR("Device.DeviceInfo.HardwareVersion"), .value = HMS_STR("1") },
		{ .name = HMS_STR("Device.DeviceInfo.SoftwareVersion"), .value = hms_str(version) },
	};
	const struct hms_cwmp_msg inform = {
		.device = { .oui = hms_str(oui), .product_class = hms_str(product_class) },
		.params = params,
		.param_count = version ? 2 : 1,
	};

	return fe_quirks_find(registry, &inform);
}

static void quirks_are_found_by_what_an_inform_says_of_its_sender(void **state)
{
	(void)state;
	assert_int_equal(find("00D09E", "P", " 1.9\n"), FE_QUIRK_EMPTY_200 | FE_QUIRK_XML_DECLARATION);
	assert_int_equal(find("00d09e", " P", "1"), FE_QUIRK_EMPTY_200 | FE_QUIRK_XML_DECLARATION);
	assert_int_equal(find("00D09E", "P", "2"), 0);
	assert_int_equal(find("00D09E", "P", NULL), 0);
	assert_int_equal(find("00D09E", "Q", NULL), FE_QUIRK_XML_DECLARATION);
	assert_int_equal(find("00D09F", "P", "1"), 0);
	assert_int_equal(find("", "", NULL), 0);
}

/* [Q1] */
static void a_declaration_is_put_before_the_envelope(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(100);

	(void)state;
	hms_buf_strz(&out, "<e/>");
	fe_quirk_declare(&out);
	assert_string_equal(hms_buf_z(&out), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<e/>");
	hms_buf_reset(&out);
	out.cap = 30;
	hms_buf_strz(&out, "<e/>");
	fe_quirk_declare(&out);
	assert_int_equal(out.failed, HMS_EFULL);
	hms_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quirks_are_found_by_what_an_inform_says_of_its_sender),
		cmocka_unit_test(a_declaration_is_put_before_the_envelope),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
