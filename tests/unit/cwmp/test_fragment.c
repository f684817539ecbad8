/* Arguments of vendors' methods: what comes out stays inside the element that is put around it. */
#include "cwmp_test.h"

#include <stdlib.h>

static struct hms_buf out = HMS_BUF_INIT(1 << 20);

static int set_up(void **state)
{
	(void)state;
	hms_buf_reset(&out);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hms_buf_fini(&out);
	return 0;
}

static void assert_becomes(const char *xml, const char *expected)
{
	const char *why;

	hms_buf_reset(&out);
	assert_int_equal(hms_cwmp_fragment(&out, hms_str(xml), &why), 0);
	assert_null(why);
	assert_string_equal(hms_buf_z(&out), expected);
}

static void assert_refused(const char *xml)
{
	const char *why;

	hms_buf_reset(&out);
	assert_int_equal(hms_cwmp_fragment(&out, hms_str(xml), &why), HMS_EINVAL);
	assert_non_null(why);
}

static void test_elements_come_back_as_they_are(void **state)
{
	(void)state;
	assert_becomes("", "");
	assert_becomes("<A>1</A><B/>", "<A>1</A><B></B>");
	assert_becomes("<L soap-enc:arrayType=\"xsd:string[1]\"><string>x</string></L>",
		       "<L soap-enc:arrayType=\"xsd:string[1]\"><string>x</string></L>");
	assert_becomes("<V xsi:type='xsd:string'>\xc3\xa4 &amp;&lt;</V>", "<V xsi:type=\"xsd:string\">&#228; &amp;&lt;</V>");
	assert_becomes("<v:A xmlns:v='urn:v'><v:B/></v:A>", "<v:A xmlns:v=\"urn:v\"><v:B></v:B></v:A>");
}

static void test_what_is_no_element_is_left_out_or_made_text(void **state)
{
	(void)state;
	assert_becomes(" <A>1<!-- no --></A>\n", "<A>1</A>");
	assert_becomes("<A><![CDATA[</A><B>]]></A>", "<A>&lt;/A&gt;&lt;B&gt;</A>");
}

/* Else a caller could send another RPC in the place of the vendor's. */
static void test_nothing_gets_out_of_the_element(void **state)
{
	(void)state;
	assert_refused("</arguments><arguments>");
	assert_refused("</arguments><cwmp:FactoryReset xmlns:cwmp='urn:dslforum-org:cwmp-1-0'/><arguments>");
	assert_refused("</cwmp:X_ACME_Do></soap-env:Body>");
	assert_refused("<A>");
	assert_refused("<A></B>");
}

static void test_what_a_parser_could_be_hurt_by_is_refused(void **state)
{
	char deep[4096] = "";

	(void)state;
	assert_refused("<!DOCTYPE a [<!ENTITY x \"y\">]><A>&x;</A>");
	assert_refused("<A>&x;</A>");
	assert_refused("<?xml version='1.0'?><A/>");
	assert_refused("<A><?php ?></A>");
	assert_refused("<u:A/>");
	assert_refused("<A u:b='1'/>");
	assert_refused("text");
	assert_refused("<A b='&#10;'/>");
	assert_refused("<\xc3\xa4/>");
	assert_refused("<A>\x01</A>");
	assert_refused("<A>\xff</A>");
	for (int i = 0; i < 17; i++)
		strcat(deep, "<A>");
	for (int i = 0; i < 17; i++)
		strcat(deep, "</A>");
	assert_refused(deep);
}

static void test_too_long_is_refused(void **state)
{
	char *text = malloc(65537 + 8);
	const char *why;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', 65537);
	assert_int_equal(hms_cwmp_fragment(&out, hms_strn(text, 65537), &why), HMS_EINVAL);
	assert_int_equal(hms_cwmp_fragment(&out, hms_strn(text, 65536), &why), 0);
	free(text);
}

#define FRAGMENT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRAGMENT_TEST(test_elements_come_back_as_they_are),
		FRAGMENT_TEST(test_what_is_no_element_is_left_out_or_made_text),
		FRAGMENT_TEST(test_nothing_gets_out_of_the_element),
		FRAGMENT_TEST(test_what_a_parser_could_be_hurt_by_is_refused),
		FRAGMENT_TEST(test_too_long_is_refused),
	};

	(void)arena;
	(void)new_arena;
	(void)free_arena;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
