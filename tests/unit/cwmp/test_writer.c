/* What the writer writes is what the reader reads, on the other side. */
#include "cwmp_test.h"

static struct hms_buf out;

static int set_up(void **state)
{
	hms_buf_init(&out, 1024 * 1024);
	return new_arena(state);
}

static int tear_down(void **state)
{
	hms_buf_fini(&out);
	return free_arena(state);
}

static struct hms_cwmp_msg *read_back(enum hms_cwmp_side side)
{
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;
	struct hms_err err = { 0 };
	struct hms_cwmp_msg *msg;

	limits.side = side;
	assert_int_equal(out.failed, 0);
	if (hms_cwmp_read(arena, &limits, hms_buf_view(&out), &msg, &err) < 0)
		fail_msg("%s: %s", err.text, hms_buf_z(&out));
	return msg;
}

static void assert_contains(const char *text)
{
	if (!strstr(hms_buf_z(&out), text))
		fail_msg("no %s in %s", text, hms_buf_z(&out));
}

/* [H14] */
static void test_text_is_escaped_and_numbered(void **state)
{
	(void)state;
	hms_cwmp_write_text(&out, HMS_STR("a<b>&\"'\t\n\r\xc3\xa9\xf0\x9f\x98\x80"
					  "\x01\x7f\xff\xc2\x80z"));
	assert_string_equal(hms_buf_z(&out), "a&lt;b&gt;&amp;&quot;'\t\n&#13;&#233;&#128512;&#65533;&#65533;&#65533;&#65533;z");
}

static void test_a_nul_byte_is_replaced(void **state)
{
	(void)state;
	hms_cwmp_write_text(&out, hms_strn("a\0b", 3));
	assert_string_equal(hms_buf_z(&out), "a&#65533;b");
}

/* [Q1] [R2] [R3] */
static void test_inform_response_has_no_declaration_and_repeats_the_id(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_cwmp_write_inform_response(&out, HMS_CWMP_1_1, HMS_STR(" <1>"), NULL);
	assert_true(hms_str_starts(hms_buf_view(&out), HMS_STR("<soap-env:Envelope ")));
	assert_null(strstr(hms_buf_z(&out), "UseCWMPVersion"));
	msg = read_back(HMS_CWMP_READ_CPE);
	assert_int_equal(msg->kind, HMS_CWMP_ACS_RESPONSE);
	assert_int_equal(msg->acs_method, HMS_ACS_INFORM);
	assert_int_equal(msg->ns, HMS_CWMP_1_1);
	assert_str(msg->id, " <1>");
	assert_str(hms_cwmp_field(msg, "MaxEnvelopes"), "1");
}

/* [R1] */
static void test_inform_response_names_the_version_when_asked(void **state)
{
	(void)state;
	hms_cwmp_write_inform_response(&out, HMS_CWMP_1_2, HMS_STR("1"), "1.4");
	assert_str(read_back(HMS_CWMP_READ_CPE)->use_version, "1.4");
}

static void test_without_an_id_there_is_no_header(void **state)
{
	(void)state;
	hms_cwmp_write_inform_response(&out, HMS_CWMP_1_4, (struct hms_str){ NULL, 0 }, NULL);
	assert_null(strstr(hms_buf_z(&out), "Header"));
	assert_null(read_back(HMS_CWMP_READ_CPE)->id.p);
}

static void test_acs_methods_are_all_listed(void **state)
{
	struct hms_cwmp_msg *msg;
	size_t count = 0;

	(void)state;
	hms_cwmp_write_acs_methods(&out, HMS_CWMP_1_0, HMS_STR("1"));
	msg = read_back(HMS_CWMP_READ_CPE);
	assert_int_equal(msg->acs_method, HMS_ACS_GET_RPC_METHODS);
	for (int i = HMS_ACS_NONE + 1; i < HMS_ACS_METHOD_COUNT; i++)
		assert_str(msg->fields[count++].command_key, hms_cwmp_acs_method_info((enum hms_cwmp_acs_method)i)->name);
	assert_int_equal(msg->field_count, count);
	assert_str(msg->fields[0].code, "MethodList.string");
	assert_str(msg->fields[0].command_key, "Inform");
}

static void test_set_parameter_values_comes_back(void **state)
{
	const struct hms_cwmp_param params[] = {
		{ .name = HMS_STR("Device.A"), .value = HMS_STR("x & y"), .type = HMS_XSD_STRING },
		{ .name = HMS_STR("Device.B"), .value = HMS_STR("1"), .type = HMS_XSD_BOOLEAN },
		{ .name = HMS_STR("Device.C"), .value = HMS_STR("t"), .type = HMS_XSD_DATETIME },
	};
	const struct hms_cwmp_arg args[] = {
		{ .name = HMS_STR("ParameterList"), .kind = HMS_ARG_PARAMS, .params = params, .param_count = 3 },
		{ .name = HMS_STR("ParameterKey"), .kind = HMS_ARG_TEXT, .value = HMS_STR("~k.1") },
	};
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_cwmp_write(&out, HMS_CWMP_1_2, HMS_STR("c.1"), "SetParameterValues", args, 2);
	assert_contains("soap-enc:arrayType=\"cwmp:ParameterValueStruct[3]\"");
	msg = read_back(HMS_CWMP_READ_CPE);
	assert_int_equal(msg->method, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_int_equal(msg->param_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(hms_str_eq(msg->params[i].value, params[i].value));
		assert_int_equal(msg->params[i].type, params[i].type);
	}
	assert_str(hms_cwmp_field(msg, "ParameterKey"), "~k.1");
	assert_int_equal(msg->warnings, 0);
}

static void test_arrays_name_their_members_after_the_type(void **state)
{
	const struct hms_cwmp_arg access[] = { { .kind = HMS_ARG_TEXT, .value = HMS_STR("Subscriber") } };
	const struct hms_cwmp_arg row[] = {
		{ .name = HMS_STR("Name"), .value = HMS_STR("Device.A") },
		{ .name = HMS_STR("AccessList"), .kind = HMS_ARG_ARRAY, .item = "xsd:string", .children = access, .child_count = 1 },
	};
	const struct hms_cwmp_arg rows[] = { { .kind = HMS_ARG_STRUCT, .children = row, .child_count = 2 } };
	const struct hms_cwmp_arg args[] = {
		{ .name = HMS_STR("ParameterList"),
		  .kind = HMS_ARG_ARRAY,
		  .item = "cwmp:SetParameterAttributesStruct",
		  .children = rows,
		  .child_count = 1 },
	};
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_cwmp_write(&out, HMS_CWMP_1_0, HMS_STR("1"), "SetParameterAttributes", args, 1);
	assert_contains("<ParameterList soap-enc:arrayType=\"cwmp:SetParameterAttributesStruct[1]\"><SetParameterAttributesStruct>");
	msg = read_back(HMS_CWMP_READ_CPE);
	assert_str(hms_cwmp_field(msg, "ParameterList.SetParameterAttributesStruct.AccessList.string"), "Subscriber");
}

static void test_faults_come_back_with_their_side(void **state)
{
	const struct hms_cwmp_param_fault rows[] = { { .name = HMS_STR("Device.A"), .code = 9007 } };
	const struct hms_cwmp_fault client = { .code = 9003, .params = (struct hms_cwmp_param_fault *)(uintptr_t)rows, .param_count = 1 };
	const struct hms_cwmp_fault server = { .code = 8001, .text = HMS_STR("no") };
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_cwmp_write_fault(&out, HMS_CWMP_1_0, HMS_STR("1"), &client);
	assert_contains("<faultcode>Client</faultcode>");
	msg = read_back(HMS_CWMP_READ_ACS);
	assert_int_equal(msg->fault.code, 9003);
	assert_str(msg->fault.text, "Invalid arguments");
	assert_int_equal(msg->fault.param_count, 1);
	assert_int_equal(msg->fault.params[0].code, 9007);
	assert_str(msg->fault.params[0].text, "Invalid parameter value");
	hms_buf_reset(&out);
	hms_cwmp_write_fault(&out, HMS_CWMP_1_0, HMS_STR("1"), &server);
	assert_contains("<faultcode>Server</faultcode>");
	msg = read_back(HMS_CWMP_READ_CPE);
	assert_int_equal(msg->fault.code, 8001);
	assert_str(msg->fault.text, "no");
}

static void test_an_inform_comes_back_without_warnings(void **state)
{
	const struct hms_cwmp_event events[] = { { HMS_STR("1 BOOT"), HMS_STR("") }, { HMS_STR("M Reboot"), HMS_STR("Hk.1") } };
	const struct hms_cwmp_param params[] = { { .name = HMS_STR("Device.A"), .value = HMS_STR("1"), .type = HMS_XSD_INT } };
	const struct hms_cwmp_inform inform = {
		.device = { HMS_STR("M"), HMS_STR("00256D"), HMS_STR("P"), HMS_STR("S") },
		.events = events,
		.event_count = 2,
		.retry_count = 7,
		.current_time = HMS_STR("2024-05-01T12:00:00Z"),
		.params = params,
		.param_count = 1,
	};
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_cwmp_write_inform(&out, HMS_CWMP_1_2, HMS_STR("1"), &inform);
	msg = read_back(HMS_CWMP_READ_ACS);
	assert_int_equal(msg->kind, HMS_CWMP_INFORM);
	assert_int_equal(msg->warnings, 0);
	assert_int_equal(msg->retry_count, 7);
	assert_str(msg->device.serial, "S");
	assert_str(msg->events[1].command_key, "Hk.1");
	assert_int_equal(msg->params[0].type, HMS_XSD_INT);
}

static void test_a_full_buffer_is_noticed_at_the_end(void **state)
{
	(void)state;
	out.cap = 100;
	hms_cwmp_write_acs_methods(&out, HMS_CWMP_1_0, HMS_STR("1"));
	assert_int_equal(out.failed, HMS_EFULL);
}

#define WRITER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WRITER_TEST(test_text_is_escaped_and_numbered),
		WRITER_TEST(test_a_nul_byte_is_replaced),
		WRITER_TEST(test_inform_response_has_no_declaration_and_repeats_the_id),
		WRITER_TEST(test_inform_response_names_the_version_when_asked),
		WRITER_TEST(test_without_an_id_there_is_no_header),
		WRITER_TEST(test_acs_methods_are_all_listed),
		WRITER_TEST(test_set_parameter_values_comes_back),
		WRITER_TEST(test_arrays_name_their_members_after_the_type),
		WRITER_TEST(test_faults_come_back_with_their_side),
		WRITER_TEST(test_an_inform_comes_back_without_warnings),
		WRITER_TEST(test_a_full_buffer_is_noticed_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
