/* PM files: read back with an XML parser and held against TS 32.435, TS 32.432 and the values that the seed gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "hms/base/err.h"
#include "pm_file.h"

#define NAMESPACE "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"

static const struct pm_file lte = { .seed = 7,
				    .number = 12,
				    .radio = PM_LTE,
				    .vendor = "Maker & Sons",
				    .dn_prefix = "DC=op.example,SubNetwork=1",
				    .local_dn = "HeNB=0200F0-SIM00000012",
				    .unique_id = "0200F0-SIM00000012",
				    .end_s = 1700001000,
				    .interval_s = 900 };
static struct hms_buf text;

static int open_text(void **state)
{
	(void)state;
	hms_buf_init(&text, 1024 * 1024);
	return 0;
}

static int close_text(void **state)
{
	(void)state;
	hms_buf_fini(&text);
	return 0;
}

static xmlNode *next(xmlNode *node, const char *name)
{
	while (node && (node->type != XML_ELEMENT_NODE || (name && strcmp((const char *)node->name, name) != 0)))
		node = node->next;
	return node;
}

/* The element must be there. */
static xmlNode *child(xmlNode *node, const char *name)
{
	xmlNode *found = next(node->children, name);

	if (!found)
		fail_msg("no %s in %s", name, (const char *)node->name);
	assert_string_equal((const char *)found->ns->href, NAMESPACE);
	return found;
}

static void attribute_is(xmlNode *node, const char *name, const char *value)
{
	xmlChar *found = xmlGetNoNsProp(node, (const xmlChar *)name);

	assert_non_null(found);
	assert_string_equal((const char *)found, value);
	xmlFree(found);
}

struct read {
	size_t groups, count;
	uint64_t sum;
};

static void take(const struct pm_file *file, struct read *read, const char *name, const char *value)
{
	uint64_t values[PM_VALUES_MAX];
	char expected[32];

	assert_true(read->count < pm_values(file, values));
	snprintf(expected, sizeof(expected), "%llu", (unsigned long long)values[read->count]);
	assert_string_equal(name, pm_counter_name(file->radio, read->count));
	assert_string_equal(value, expected);
	read->sum += values[read->count++];
}

static void read_compact(const struct pm_file *file, xmlNode *info, struct read *read)
{
	xmlChar *types = xmlNodeGetContent(child(info, "measTypes")),
		*results = xmlNodeGetContent(child(child(info, "measValue"), "measResults"));
	char *t = NULL, *r = NULL, *name = strtok_r((char *)types, " ", &t), *value = strtok_r((char *)results, " ", &r);

	for (; name && value; name = strtok_r(NULL, " ", &t), value = strtok_r(NULL, " ", &r))
		take(file, read, name, value);
	assert_true(!name && !value); /* as many results as types */
	xmlFree(types);
	xmlFree(results);
}

static void read_positioned(const struct pm_file *file, xmlNode *info, struct read *read)
{
	for (xmlNode *type = child(info, "measType"); type; type = next(type->next, "measType")) {
		xmlChar *p = xmlGetNoNsProp(type, (const xmlChar *)"p"), *name = xmlNodeGetContent(type), *value = NULL;

		for (xmlNode *r = child(child(info, "measValue"), "r"); r; r = next(r->next, "r")) {
			xmlChar *position = xmlGetNoNsProp(r, (const xmlChar *)"p");

			if (xmlStrEqual(position, p))
				value = xmlNodeGetContent(r);
			xmlFree(position);
		}
		assert_non_null(value);
		assert_int_equal(strtoul((const char *)p, NULL, 10), read->count + 1); /* unique in the file */
		take(file, read, (const char *)name, (const char *)value);
		xmlFree(p);
		xmlFree(name);
		xmlFree(value);
	}
}

static uint64_t check(const struct pm_file *file, const char *begin, const char *end)
{
	uint64_t values[PM_VALUES_MAX], sum = pm_file_write(file, &text);
	xmlDoc *doc = xmlReadMemory(text.p, (int)text.len, "pm.xml", NULL, XML_PARSE_NONET);
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL, *data;
	struct read read = { 0 };

	assert_int_equal(text.failed, 0);
	assert_non_null(root);
	assert_string_equal((const char *)root->name, "measCollecFile");
	attribute_is(child(root, "fileHeader"), "fileFormatVersion", "32.435 V7.0");
	attribute_is(child(root, "fileHeader"), "vendorName", "Maker & Sons");
	attribute_is(child(child(root, "fileHeader"), "fileSender"), "localDn", file->local_dn);
	attribute_is(child(child(root, "fileHeader"), "measCollec"), "beginTime", begin);
	attribute_is(child(child(root, "fileFooter"), "measCollec"), "endTime", end);
	data = child(root, "measData");
	attribute_is(child(data, "managedElement"), "localDn", file->local_dn);
	for (xmlNode *info = child(data, "measInfo"); info; info = next(info->next, "measInfo"), read.groups++) {
		attribute_is(child(info, "granPeriod"), "endTime", end);
		attribute_is(child(info, "granPeriod"), "duration", "PT900S");
		attribute_is(child(info, "measValue"), "measObjLdn", file->local_dn);
		(file->positioned ? read_positioned : read_compact)(file, info, &read);
	}
	assert_int_equal(read.count, pm_values(file, values));
	assert_int_equal(read.sum, sum);
	assert_true(read.groups > 2);
	xmlFreeDoc(doc);
	return sum;
}

static void the_compact_form_is_as_the_standard_says(void **state)
{
	(void)state;
	check(&lte, "2023-11-14T22:15:00Z", "2023-11-14T22:30:00Z");
}

static void the_positioned_form_says_the_same_with_a_prefix(void **state)
{
	struct pm_file file = lte;

	(void)state;
	file.positioned = true;
	file.radio = PM_UMTS;
	file.dn_prefix = "";
	check(&file, "2023-11-14T22:15:00Z", "2023-11-14T22:30:00Z");
	assert_non_null(strstr(hms_buf_z(&text), "<md:measType p=\"1\">"));
}

static void values_follow_from_seed_cell_and_period(void **state)
{
	uint64_t a[PM_VALUES_MAX], b[PM_VALUES_MAX];
	struct pm_file other = lte;
	size_t count = pm_values(&lte, a);

	(void)state;
	assert_int_equal(pm_values(&other, b), count);
	assert_memory_equal(a, b, count * sizeof(a[0]));
	other.number++;
	pm_values(&other, b);
	assert_memory_not_equal(a, b, count * sizeof(a[0]));
	other = lte;
	other.end_s += 900;
	pm_values(&other, b);
	assert_memory_not_equal(a, b, count * sizeof(a[0]));
}

static void attempts_are_successes_and_failures(void **state)
{
	uint64_t v[PM_VALUES_MAX];
	struct pm_file file = lte;

	(void)state;
	for (int i = 0; i < 100; i++, file.end_s += 900) {
		pm_values(&file, v);
		assert_int_equal(v[0], v[1] + v[2]);
	}
}

static void the_name_is_of_type_a_with_begin_and_end(void **state)
{
	char name[PM_NAME_SIZE];

	(void)state;
	assert_string_equal(pm_file_name(&lte, name), "A20231114.2215+0000-2230+0000_0200F0-SIM00000012.xml");
}

static void gzip_gives_the_text_back(void **state)
{
	struct hms_buf packed = HMS_BUF_INIT(1024 * 1024);
	static char out[256 * 1024];
	z_stream z = { 0 };

	(void)state;
	pm_file_write(&lte, &text);
	assert_int_equal(pm_gzip(hms_buf_view(&text), &packed), 0);
	assert_true(packed.len < text.len);
	z.next_in = (Bytef *)packed.p;
	z.avail_in = (uInt)packed.len;
	z.next_out = (Bytef *)out;
	z.avail_out = sizeof(out);
	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, text.len);
	assert_memory_equal(out, text.p, text.len);
	inflateEnd(&z);
	hms_buf_fini(&packed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_text, close_text)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_compact_form_is_as_the_standard_says), TEST(the_positioned_form_says_the_same_with_a_prefix),
		TEST(values_follow_from_seed_cell_and_period),	TEST(attempts_are_successes_and_failures),
		TEST(the_name_is_of_type_a_with_begin_and_end), TEST(gzip_gives_the_text_back),
	};
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	xmlCleanupParser();
	return rc;
}
