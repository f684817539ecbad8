/* Bodies that are not well-formed, as devices are known to send them. */
#include "cwmp_test.h"

#define FFFD "\xef\xbf\xbd"

static struct hms_cwmp_msg *read_value(const char *value)
{
	char body[4096];

	snprintf(body, sizeof(body), ENVELOPE(PLAIN_INFORM("%s")), value);
	return read_ok(hms_str(body));
}

/* [Q9] */
static void test_a_bare_ampersand_means_itself(void **state)
{
	static const struct {
		const char *written, *read;
	} rows[] = {
		{ "a&b", "a&b" },	{ "a & b", "a & b" }, { "&", "&" },	     { "&&amp;", "&&" },       { "&nbsp;&lt;", "&nbsp;<" },
		{ "&#12x;", "&#12x;" }, { "&#65;&", "A&" },   { "&#x41;&;", "A&;" }, { "a&amp b", "a&amp b" }, { "<![CDATA[&]]>&", "&&" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_cwmp_msg *msg = read_value(rows[i].written);

		assert_str(msg->params[0].value, rows[i].read);
		assert_int_equal(msg->warnings, 1u << HMS_CWMP_WARN_BARE_AMPERSAND);
		assert_str(msg->device.serial, "0001");
		assert_int_equal(msg->event_count, 1);
	}
}

/* [Q9] */
static void test_control_characters_and_bad_bytes_become_the_replacement_character(void **state)
{
	static const struct {
		const char *written, *read;
	} rows[] = {
		{ "a\x01"
		  "b",
		  "a" FFFD "b" },
		{ "a\x7f", "a" FFFD },
		{ "caf\xe9", "caf" FFFD },
		{ "\xd6\xd0", FFFD FFFD },
		{ "&#0;x", FFFD "x" },
		{ "&#x1F;", FFFD },
		{ "&#xD800;", FFFD },
		{ "&#99999999;", FFFD },
		{ "&#127;", FFFD },
		{ "\xc1\x81", FFFD FFFD },
		{ "\xed\xa0\x80", FFFD FFFD FFFD },
		{ "\xef\xbf\xbf", FFFD },
		{ "\xc2\x85", FFFD },
		{ "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_cwmp_msg *msg = read_value(rows[i].written);

		assert_str(msg->params[0].value, rows[i].read);
		assert_int_equal(msg->warnings, 1u << HMS_CWMP_WARN_BAD_UTF8);
	}
}

static void test_what_a_declared_charset_cannot_hold_is_replaced(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR("<?xml version=\"1.0\" encoding=\"gb2312\"?>" ENVELOPE(PLAIN_INFORM("a\xff\xff"
														       "b"))));

	(void)state;
	assert_str(msg->params[0].value, "a" FFFD FFFD "b");
	assert_true(WARNED(msg, BAD_UTF8));
}

static void test_a_nul_byte_is_replaced(void **state)
{
	static const char body[] = ENVELOPE(PLAIN_INFORM("a\0b"));
	struct hms_cwmp_msg *msg = read_ok(hms_strn(body, sizeof(body) - 1));

	(void)state;
	assert_str(msg->params[0].value, "a" FFFD "b");
}

/* [Q7] */
static void test_of_attributes_that_stand_twice_the_first_counts(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(INFORM(
		DEVICE_ID, EVENTS("1", EVENT("1 BOOT")),
		PARAMS("1",
		       "<ParameterValueStruct><Name>A</Name><Value xsi:type=\"xsd:int\" a='>' xsi:type = 'xsd:string' >1</Value></ParameterValueStruct>")))));

	(void)state;
	assert_int_equal(msg->params[0].type, HMS_XSD_INT);
	assert_str(msg->params[0].value, "1");
	assert_int_equal(msg->warnings, 1u << HMS_CWMP_WARN_DUPLICATE_ATTRIBUTE);
}

static void test_several_faults_of_one_body_are_repaired_together(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>" ENVELOPE(VALUES(
		"<ParameterValueStruct><Name>A</Name><Value xsi:type=\"xsd:string\" xsi:type=\"xsd:string\">\xe9&\x02</Value></ParameterValueStruct>"))));

	(void)state;
	assert_str(msg->params[0].value, "\xc3\xa9&" FFFD);
	assert_int_equal(msg->warnings,
			 1u << HMS_CWMP_WARN_DUPLICATE_ATTRIBUTE | 1u << HMS_CWMP_WARN_BARE_AMPERSAND | 1u << HMS_CWMP_WARN_BAD_UTF8);
}

static void test_the_identity_is_repaired_like_any_text(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR(ENVELOPE(INFORM("<DeviceId><Manufacturer>A&B</Manufacturer><OUI>00256D</OUI>"
						"<ProductClass>\xff</ProductClass><SerialNumber>1&2</SerialNumber></DeviceId>",
						EVENTS("1", EVENT("1 BOOT")), PARAMS("0", "")))));

	(void)state;
	assert_str(msg->device.manufacturer, "A&B");
	assert_str(msg->device.serial, "1&2");
	assert_str(msg->device.product_class, FFFD);
}

static void test_hopeless_bodies_stay_refused(void **state)
{
	static const char *const bodies[] = {
		ENVELOPE("<cwmp:Inform>&</cwmp:Reboot>"),
		ENVELOPE("<cwmp:RebootResponse a=1/>"),
		ENV_OPEN "<soap:Body>&<cwmp:Inform",
		ENV_OPEN "<soap:Body>& <!-- ",
		ENV_OPEN "<soap:Body>&<![CDATA[ ",
		"<?xml version=\"1.0\"?>&",
		"<a b='&",
		"<&",
	};
	struct hms_cwmp_msg *msg;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(read_code(hms_str(bodies[i]), &msg), HMS_ESYNTAX);
}

static int count_param(const struct hms_cwmp_param *param, void *arg)
{
	(void)param;
	++*(int *)arg;
	return 0;
}

static void test_a_sink_gets_each_parameter_of_a_repaired_body_once(void **state)
{
	struct hms_cwmp_reader *reader = hms_cwmp_reader_new(arena, &hms_cwmp_default_limits);
	struct hms_str body = HMS_STR(ENVELOPE(VALUES(PARAM("A", "1") PARAM("B", "&"))));
	struct hms_cwmp_msg *msg;
	int count = 0;

	(void)state;
	hms_cwmp_reader_set_sink(reader, count_param, &count);
	assert_int_equal(hms_cwmp_reader_feed(reader, body.p, body.len), 0);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
	assert_int_equal(count, 2);
	assert_int_equal(msg->param_count, 0);
	hms_cwmp_reader_free(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_bare_ampersand_means_itself),
		TEST(test_control_characters_and_bad_bytes_become_the_replacement_character),
		TEST(test_what_a_declared_charset_cannot_hold_is_replaced),
		TEST(test_a_nul_byte_is_replaced),
		TEST(test_of_attributes_that_stand_twice_the_first_counts),
		TEST(test_several_faults_of_one_body_are_repaired_together),
		TEST(test_the_identity_is_repaired_like_any_text),
		TEST(test_hopeless_bodies_stay_refused),
		TEST(test_a_sink_gets_each_parameter_of_a_repaired_body_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
