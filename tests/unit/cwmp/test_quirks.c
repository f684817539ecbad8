/* What real devices do differently (device-quirks.md), one test each. */
#include "cwmp_test.h"

#define WITH_EVENTS(events) ENVELOPE(INFORM(DEVICE_ID, events, PARAMS("1", PARAM("Device.A", "1"))))

/* [Q7] */
static void test_wrong_and_missing_array_counts_are_only_noted(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(WITH_EVENTS(EVENTS("0008", EVENT("1 BOOT")))));

	(void)state;
	assert_int_equal(msg->event_count, 1);
	assert_true(WARNED(msg, ARRAY_COUNT));
	msg = read_ok(HMS_STR(WITH_EVENTS("<Event>" EVENT("1 BOOT") "</Event>")));
	assert_true(WARNED(msg, ARRAY_COUNT));
	msg = read_ok(HMS_STR(WITH_EVENTS(EVENTS("0001", EVENT("1 BOOT")))));
	assert_false(WARNED(msg, ARRAY_COUNT));
}

/* [Q7] [R6] */
static void test_event_codes_are_read_in_other_spellings(void **state)
{
	static const struct {
		const char *code;
		uint32_t bit;
		bool exact;
	} rows[] = {
		{ "0 BOOTSTRAP", HMS_EVENT_BOOTSTRAP, true },
		{ "1 Boot", HMS_EVENT_BOOT, false },
		{ "4 VALUECHANGE", HMS_EVENT_VALUE_CHANGE, false },
		{ "M TRANSFERCOMPLETE", HMS_EVENT_TRANSFER_COMPLETE, false },
		{ "VALUE CHANGE", HMS_EVENT_VALUE_CHANGE, false },
		{ "M Reboot", HMS_EVENT_M_REBOOT, true },
		{ "M REBOOT", HMS_EVENT_M_REBOOT, false },
		{ "M Schedule Download", HMS_EVENT_M_SCHEDULE_DOWNLOAD, false },
		{ "X 00256D 3GPP Reprovision Required: SecGW", HMS_EVENT_REPROVISION_SEGW, true },
		{ "X 00256D 3GPP Reprovision Required:FAPGW", HMS_EVENT_REPROVISION_FAPGW, true },
		{ "X 00D09E Something", HMS_EVENT_VENDOR, true },
		{ "M X_00D09E_Method", HMS_EVENT_VENDOR, true },
		{ "99 NEWS", HMS_EVENT_OTHER, false },
		{ "OTHER", HMS_EVENT_OTHER, false },
		{ "", HMS_EVENT_OTHER, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char body[2048];
		struct hms_cwmp_msg *msg;

		snprintf(body, sizeof(body), WITH_EVENTS(EVENTS("1", EVENT("%s"))), rows[i].code);
		msg = read_ok(hms_str(body));
		assert_int_equal(msg->event_count, 1);
		assert_int_equal(hms_cwmp_event_bits(msg->events, 1), rows[i].bit);
		assert_int_equal(WARNED(msg, EVENT_SPELLING), !rows[i].exact);
	}
}

/* [Q7] */
static void test_an_inform_without_anything_is_read(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR(ENV_OPEN "<soap:Body><cwmp:Inform><DeviceId><OUI>00256D</OUI><SerialNumber>1</SerialNumber>"
					 "</DeviceId></cwmp:Inform></soap:Body></soap:Envelope>"));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_INFORM);
	assert_null(msg->id.p);
	assert_int_equal(msg->event_count, 0);
	assert_true(WARNED(msg, MISSING_PART));
	assert_str(msg->device.serial, "1");
	assert_int_equal(msg->device.product_class.len, 0);
}

/* [Q7] */
static void test_arguments_may_come_in_another_order(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE("<cwmp:Inform><RetryCount>1</RetryCount>" PARAMS("1", PARAM("Device.A", "1"))
								    EVENTS("1", EVENT("1 BOOT")) DEVICE_ID "</cwmp:Inform>")));

	(void)state;
	assert_int_equal(msg->retry_count, 1);
	assert_str(msg->device.serial, "0001");
	assert_int_equal(msg->param_count, 1);
	assert_int_equal(msg->warnings, 0);
}

#define WITH_PARAM(row) ENVELOPE(INFORM(DEVICE_ID, EVENTS("1", EVENT("1 BOOT")), PARAMS("1", row)))

/* [Q7] */
static void test_types_in_any_dress_and_names_with_types_and_spaces(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(WITH_PARAM(
		"<ParameterValueStruct xsi:type=\"cwmp:ParameterValueStruct\">"
		"<Name xsi:type=\"xsd:boolean\">\r\n  Device.A\t</Name><Value xsi:type=\"xsd:string(64)\"> v </Value></ParameterValueStruct>")));

	(void)state;
	assert_str(msg->params[0].name, "Device.A");
	assert_str(msg->params[0].value, " v ");
	assert_int_equal(msg->params[0].type, HMS_XSD_STRING);
	msg = read_ok(HMS_STR(
		WITH_PARAM("<ParameterValueStruct><Name>A</Name><Value xsi:type=\"s:UnsignedInt\">\n5\n</Value></ParameterValueStruct>")));
	assert_str(msg->params[0].value, "5");
	assert_int_equal(msg->params[0].type, HMS_XSD_UINT);
	msg = read_ok(HMS_STR(WITH_PARAM("<ParameterValueStruct><Name>A</Name><Value>5</Value></ParameterValueStruct>")));
	assert_true(WARNED(msg, NO_TYPE));
}

/* [Q7] */
static void test_prefixes_are_arbitrary_and_even_undeclared(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR("<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" "
				"xmlns:cwmp_x=\"urn:dslforum-org:cwmp-1-1\"><e:Body><cwmp_x:RebootResponse/></e:Body></e:Envelope>"));

	(void)state;
	assert_int_equal(msg->method, HMS_CWMP_REBOOT);
	assert_int_equal(msg->ns, HMS_CWMP_1_1);
	msg = read_ok(HMS_STR("<Envelope><Body><RebootResponse/></Body></Envelope>"));
	assert_int_equal(msg->method, HMS_CWMP_REBOOT);
	assert_false(msg->has_ns);
	assert_true(WARNED(msg, NO_NAMESPACE));
	msg = read_ok(HMS_STR(ENV_OPEN HEADER
			      "<soap:Body><undeclared:Fault><faultstring>x</faultstring></undeclared:Fault></soap:Body></soap:Envelope>"));
	assert_int_equal(msg->kind, HMS_CWMP_FAULT);
	assert_int_equal(msg->ns, HMS_CWMP_1_0);
}

static void test_a_fault_detail_inside_the_faultstring_is_found(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(
		"<soap:Fault><faultcode>Client</faultcode><faultstring> CWMP fault\n<detail>\n<cwmp:Fault><FaultCode>9003</FaultCode>"
		"<FaultString>Invalid arguments</FaultString><SetParameterValuesFault><ParameterName>Device.A</ParameterName>"
		"<FaultCode>9007</FaultCode><FaultString>v</FaultString></SetParameterValuesFault></cwmp:Fault>\n</detail>\n</faultstring></soap:Fault>")));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_FAULT);
	assert_int_equal(msg->fault.code, 9003);
	assert_str(msg->fault.text, "Invalid arguments");
	assert_int_equal(msg->fault.param_count, 1);
	assert_str(msg->fault.params[0].name, "Device.A");
	assert_int_equal(msg->fault.params[0].code, 9007);
	msg = read_ok(
		HMS_STR(ENVELOPE("<soap:Fault><faultstring>CWMP fault<detail><cwmp:Fault><FaultCode>9001</FaultCode></cwmp:Fault></detail>"
				 "</faultstring></soap:Fault>")));
	assert_int_equal(msg->fault.code, 9001);
	assert_str(msg->fault.text, "CWMP fault");
}

static void test_other_elements_inside_the_faultstring_are_read_over(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(
		"<soap:Fault><faultstring>no <b>very</b>idea<FaultCode>9001</FaultCode></faultstring><detail><cwmp:Fault><FaultCode>9002</FaultCode>"
		"</cwmp:Fault></detail></soap:Fault>")));

	(void)state;
	assert_int_equal(msg->fault.code, 9002);
	assert_str(msg->fault.text, "no idea");
}

/* [Q8] [R5] */
static void test_namespaces_that_the_standard_lacks_are_kept(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR(ENV_OPEN_NS("urn:dslforum-org:cwmp-1-4") "<soap:Body><cwmp:RebootResponse/></soap:Body></soap:Envelope>"));

	(void)state;
	assert_int_equal(msg->ns, HMS_CWMP_1_4);
	assert_true(WARNED(msg, FUTURE_NAMESPACE));
	assert_string_equal(hms_cwmp_ns_uri(msg->ns), "urn:dslforum-org:cwmp-1-4");
	msg = read_ok(HMS_STR(ENV_OPEN_NS("urn:dslforum-org:cwmp-1-9") "<soap:Body><cwmp:RebootResponse/></soap:Body></soap:Envelope>"));
	assert_false(msg->has_ns);
}

#define IDENTITY_PARAMS(root)                                                                                          \
	PARAMS("3", PARAM(root ".DeviceInfo.SerialNumber", " S1 ") PARAM(root ".DeviceInfo.ManufacturerOUI", "00d09e") \
			    PARAM(root ".DeviceInfo.ProductClass", "P"))

/* [Q14] */
static void test_identity_may_stand_only_in_the_parameters(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR(ENVELOPE(INFORM("<DeviceId><Manufacturer>M</Manufacturer></DeviceId>", EVENTS("1", EVENT("1 BOOT")),
						IDENTITY_PARAMS("InternetGatewayDevice")))));

	(void)state;
	assert_str(msg->device.serial, "S1");
	assert_str(msg->device.oui, "00d09e");
	assert_str(msg->device.product_class, "P");
	assert_true(WARNED(msg, IDENTITY_IN_PARAMETERS));
	assert_true(WARNED(msg, LOWERCASE_OUI));
}

/* [Q14] */
static void test_identity_in_the_device_id_wins_and_stays_as_it_is(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(INFORM("<DeviceId><OUI>00256D</OUI><SerialNumber>1</SerialNumber></DeviceId>",
								   EVENTS("1", EVENT("1 BOOT")), IDENTITY_PARAMS("Device")))));

	(void)state;
	assert_str(msg->device.serial, "1");
	assert_int_equal(msg->device.product_class.len, 0);
	assert_false(WARNED(msg, IDENTITY_IN_PARAMETERS));
}

/* [Q9] */
static void test_cdata_comments_and_instructions_are_read_over(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR("\r\n<?xml version=\"1.0\" standalone=\"no\"?><!-- <a> -->" ENVELOPE(
		VALUES(PARAM("Device.A", "<![CDATA[a<b & c]]>d<!-- x -->e<?pi x?>f")))));

	(void)state;
	assert_str(msg->params[0].value, "a<b & cdef");
	assert_int_equal(msg->warnings, 0);
}

static void test_what_follows_the_envelope_is_ignored(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE("<cwmp:RebootResponse/>") "garbage <&"));

	(void)state;
	assert_int_equal(msg->method, HMS_CWMP_REBOOT);
	assert_true(WARNED(msg, EXTRA_ENVELOPE));
	assert_str(msg->id, "42");
}

static void test_declared_charsets_are_converted(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR("<?xml version=\"1.0\" encoding='ISO-8859-1'?>" ENVELOPE(VALUES(PARAM("A", "caf\xe9")))));

	(void)state;
	assert_str(msg->params[0].value, "caf\xc3\xa9");
	msg = read_ok(HMS_STR("<?xml version=\"1.0\" encoding=\"gb2312\"?>" ENVELOPE(VALUES(PARAM("A", "\xd6\xd0")))));
	assert_str(msg->params[0].value, "\xe4\xb8\xad");
	assert_int_equal(msg->warnings, 0);
	msg = read_ok(HMS_STR("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"x-unheard-of\"?>" ENVELOPE(VALUES(PARAM("A", "\xc3\xa9")))));
	assert_str(msg->params[0].value, "\xc3\xa9");
}

/* [Q9] */
static void test_charsets_that_devices_declare_are_converted(void **state)
{
	static const struct {
		const char *charset, *written, *read;
	} rows[] = {
		{ "us-ascii", "x", "x" },
		{ "GBK", "\x81\x40", "\xe4\xb8\x82" },
		{ "gb18030", "\x81\x30\x84\x36", "\xc2\xa5" },
		{ "big5", "\xa4\xa4", "\xe4\xb8\xad" },
		{ "euc-kr", "\xb0\xa1", "\xea\xb0\x80" },
		{ "Shift_JIS", "\x82\xa0", "\xe3\x81\x82" },
		{ "EUC-JP", "\xa4\xa2", "\xe3\x81\x82" },
		{ "windows-1251", "\xcf", "\xd0\x9f" },
		{ "koi8-r", "\xf0", "\xd0\x9f" },
		{ "iso-8859-15", "\xa4", "\xe2\x82\xac" },
		{ "windows-1252", "\x80", "\xe2\x82\xac" },
		{ "utf-16", "\xc3\xa9", "\xc3\xa9" }, /* what can be read as ASCII is not UTF-16 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char body[4096];
		struct hms_cwmp_msg *msg;

		snprintf(body, sizeof(body), "<?xml version=\"1.0\" encoding=\"%s\"?>" ENVELOPE(VALUES(PARAM("A", "%s"))), rows[i].charset,
			 rows[i].written);
		msg = read_ok(hms_str(body));
		assert_str(msg->params[0].value, rows[i].read);
		assert_int_equal(msg->warnings, 0);
	}
}

/* As Windows writes it, with and without the mark; the bytes of '<' are 3c 00. */
static void test_utf_16_is_known_by_its_bytes(void **state)
{
	static const char text[] = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n" ENVELOPE(VALUES(PARAM("A", "b"))) "\r\n";

	(void)state;
	for (int how = 0; how < 4; how++) {
		bool big_endian = how & 1, mark = how & 2;
		char body[2 * sizeof(text) + 2];
		size_t len = 0;
		struct hms_cwmp_msg *msg;

		if (mark) {
			body[len++] = big_endian ? '\xfe' : '\xff';
			body[len++] = big_endian ? '\xff' : '\xfe';
		}
		for (size_t i = 0; i < sizeof(text) - 1; i++) {
			body[len++] = big_endian ? '\0' : text[i];
			body[len++] = big_endian ? text[i] : '\0';
		}
		msg = read_ok(hms_strn(body, len));
		assert_str(msg->params[0].value, "b");
		assert_int_equal(msg->warnings, 0);
	}
}

static void test_an_unknown_charset_is_refused(void **state)
{
	static const char *const names[] = { "x-unheard-of", "UTF-7", "iso-2022-cn-ext", "utf-8//TRANSLIT", "../../x" };
	struct hms_cwmp_msg *msg;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char body[4096];

		snprintf(body, sizeof(body), "<?xml version=\"1.0\" encoding=\"%s\"?>" ENVELOPE(VALUES(PARAM("A", "b"))), names[i]);
		assert_int_equal(read_code(hms_str(body), &msg), HMS_ECHARSET);
	}
}

static void test_an_unknown_charset_of_the_content_type_leaves_it_to_the_declaration(void **state)
{
	static const struct {
		struct hms_str body;
		int code;
	} rows[] = {
		{ HMS_STR("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>" ENVELOPE(VALUES(PARAM("A", "caf\xe9")))), 0 },
		{ HMS_STR(ENVELOPE(VALUES(PARAM("A", "caf")))), HMS_ECHARSET },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hms_cwmp_reader *reader = hms_cwmp_reader_new(arena, &hms_cwmp_default_limits);
		struct hms_cwmp_msg *msg;

		hms_cwmp_reader_set_charset(reader, HMS_STR("x-unheard-of"));
		hms_cwmp_reader_feed(reader, rows[i].body.p, rows[i].body.len);
		assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), rows[i].code);
		if (rows[i].code == 0)
			assert_str(msg->params[0].value, "caf\xc3\xa9");
		hms_cwmp_reader_free(&reader);
	}
}

static void test_the_charset_of_the_content_type_comes_first(void **state)
{
	struct hms_cwmp_reader *reader = hms_cwmp_reader_new(arena, &hms_cwmp_default_limits);
	struct hms_str body = HMS_STR("<?xml version=\"1.0\" encoding=\"utf-8\"?>" ENVELOPE(VALUES(PARAM("A", "caf\xe9"))));
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_cwmp_reader_set_charset(reader, HMS_STR("\"ISO-8859-1\""));
	assert_int_equal(hms_cwmp_reader_feed(reader, body.p, body.len), 0);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
	assert_str(msg->params[0].value, "caf\xc3\xa9");
	hms_cwmp_reader_free(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wrong_and_missing_array_counts_are_only_noted),
		TEST(test_event_codes_are_read_in_other_spellings),
		TEST(test_an_inform_without_anything_is_read),
		TEST(test_arguments_may_come_in_another_order),
		TEST(test_types_in_any_dress_and_names_with_types_and_spaces),
		TEST(test_prefixes_are_arbitrary_and_even_undeclared),
		TEST(test_a_fault_detail_inside_the_faultstring_is_found),
		TEST(test_other_elements_inside_the_faultstring_are_read_over),
		TEST(test_namespaces_that_the_standard_lacks_are_kept),
		TEST(test_identity_may_stand_only_in_the_parameters),
		TEST(test_identity_in_the_device_id_wins_and_stays_as_it_is),
		TEST(test_cdata_comments_and_instructions_are_read_over),
		TEST(test_what_follows_the_envelope_is_ignored),
		TEST(test_declared_charsets_are_converted),
		TEST(test_charsets_that_devices_declare_are_converted),
		TEST(test_utf_16_is_known_by_its_bytes),
		TEST(test_an_unknown_charset_is_refused),
		TEST(test_an_unknown_charset_of_the_content_type_leaves_it_to_the_declaration),
		TEST(test_the_charset_of_the_content_type_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
