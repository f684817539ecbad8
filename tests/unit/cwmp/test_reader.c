/* Every kind of message in its regular form. */
#include "cwmp_test.h"

static void test_inform_is_read_with_all_its_parts(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(INFORM(
		DEVICE_ID, EVENTS("2", EVENT("0 BOOTSTRAP") EVENT("1 BOOT")),
		PARAMS("2", PARAM("Device.A", "x &amp; y") "<ParameterValueStruct><Name>Device.B</Name>"
							   "<Value xsi:type=\"xsd:unsignedInt\"> 7 </Value></ParameterValueStruct>")))));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_INFORM);
	assert_int_equal(msg->acs_method, HMS_ACS_INFORM);
	assert_int_equal(msg->ns, HMS_CWMP_1_0);
	assert_true(msg->has_ns);
	assert_int_equal(msg->warnings, 0);
	assert_str(msg->id, "42");
	assert_str(msg->device.manufacturer, "M");
	assert_str(msg->device.oui, "00256D");
	assert_str(msg->device.product_class, "HNB");
	assert_str(msg->device.serial, "0001");
	assert_int_equal(msg->event_count, 2);
	assert_str(msg->events[1].code, "1 BOOT");
	assert_str(msg->events[1].command_key, "");
	assert_int_equal(msg->retry_count, 3);
	assert_str(msg->current_time, "2024-05-01T12:00:00Z");
	assert_int_equal(msg->param_count, 2);
	assert_str(msg->params[0].value, "x & y");
	assert_int_equal(msg->params[0].type, HMS_XSD_STRING);
	assert_str(msg->params[1].value, "7");
	assert_int_equal(msg->params[1].type, HMS_XSD_UINT);
	assert_str(hms_cwmp_param_value(msg, HMS_STR("Device.B")), "7");
	assert_null(hms_cwmp_param_value(msg, HMS_STR("Device.C")).p);
}

static void test_headers_of_an_inform_are_read(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENV_OPEN_NS(
		"urn:dslforum-org:cwmp-1-2") "<soap:Header><cwmp:ID> a b </cwmp:ID><cwmp:SessionTimeout>60</cwmp:SessionTimeout>"
					     "<cwmp:SupportedCWMPVersions>1.0,1.4</cwmp:SupportedCWMPVersions><cwmp:NoMoreRequests>1</cwmp:NoMoreRequests></soap:Header>"
					     "<soap:Body>" PLAIN_INFORM("v") "</soap:Body></soap:Envelope>"));

	(void)state;
	assert_int_equal(msg->ns, HMS_CWMP_1_2);
	assert_str(msg->id, " a b ");
	assert_int_equal(msg->session_timeout_s, 60);
	assert_str(msg->supported_versions, "1.0,1.4");
	assert_false(msg->hold_requests);
}

static void test_response_with_values_gives_parameters_not_fields(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(VALUES(PARAM("Device.A", "1")))));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_RESPONSE);
	assert_int_equal(msg->method, HMS_CWMP_GET_PARAMETER_VALUES);
	assert_str(msg->name, "GetParameterValuesResponse");
	assert_int_equal(msg->param_count, 1);
	assert_int_equal(msg->field_count, 0);
	assert_int_equal(msg->warnings, 0);
}

static void test_names_response_tells_what_is_writable(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR(ENVELOPE("<cwmp:GetParameterNamesResponse>"
					 "<ParameterList soapenc:arrayType=\"cwmp:ParameterInfoStruct[2]\">"
					 "<ParameterInfoStruct><Name>Device.</Name><Writable>0</Writable></ParameterInfoStruct>"
					 "<ParameterInfoStruct><Name>Device.A</Name><Writable>true</Writable></ParameterInfoStruct>"
					 "</ParameterList></cwmp:GetParameterNamesResponse>")));

	(void)state;
	assert_int_equal(msg->method, HMS_CWMP_GET_PARAMETER_NAMES);
	assert_int_equal(msg->param_count, 2);
	assert_str(msg->params[0].name, "Device.");
	assert_false(msg->params[0].writable);
	assert_true(msg->params[1].writable);
	assert_str(msg->params[1].value, "");
	assert_int_equal(msg->warnings, 0);
}

static void test_other_messages_give_fields_by_path(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(
		"<cwmp:TransferComplete><CommandKey>Hk.1</CommandKey>"
		"<FaultStruct><FaultCode> 9010 </FaultCode><FaultString/></FaultStruct><StartTime>s</StartTime></cwmp:TransferComplete>")));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_REQUEST);
	assert_int_equal(msg->acs_method, HMS_ACS_TRANSFER_COMPLETE);
	assert_int_equal(msg->field_count, 4);
	assert_str(hms_cwmp_field(msg, "CommandKey"), "Hk.1");
	assert_str(hms_cwmp_field(msg, "FaultStruct.FaultCode"), "9010");
	assert_str(hms_cwmp_field(msg, "FaultStruct.FaultString"), "");
	assert_null(hms_cwmp_field(msg, "FaultStruct").p);
	assert_null(hms_cwmp_field(msg, "FaultCode").p);
}

static void test_rows_of_lists_are_told_apart(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(
		"<cwmp:DUStateChangeComplete><Results><UUID>a</UUID><Fault><FaultCode>0</FaultCode></Fault></Results>"
		"<Results><Fault><FaultCode>1</FaultCode></Fault></Results><CommandKey>k</CommandKey></cwmp:DUStateChangeComplete>")));

	(void)state;
	assert_int_equal(msg->acs_method, HMS_ACS_DU_STATE_CHANGE_COMPLETE);
	assert_int_equal(msg->field_count, 4);
	assert_int_equal(msg->fields[0].row, msg->fields[1].row);
	assert_int_not_equal(msg->fields[1].row, msg->fields[2].row);
	assert_int_not_equal(msg->fields[2].row, 0);
	assert_int_equal(msg->fields[3].row, 0);
	msg = read_ok(HMS_STR(ENVELOPE("<cwmp:GetQueuedTransfersResponse><TransferList><QueuedTransferStruct><CommandKey>a</CommandKey>"
				       "<State>1</State></QueuedTransferStruct><QueuedTransferStruct><State>2</State>"
				       "</QueuedTransferStruct></TransferList></cwmp:GetQueuedTransfersResponse>")));
	assert_int_equal(msg->fields[0].row, msg->fields[2].row);
	assert_int_equal(msg->fields[0].item, msg->fields[1].item);
	assert_int_not_equal(msg->fields[1].item, msg->fields[2].item);
}

static void test_a_cpe_reads_the_types_of_operations(void **state)
{
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;
	struct hms_str body =
		HMS_STR(ENVELOPE("<cwmp:ChangeDUState><Operations xsi:type=\"cwmp:UninstallOpStruct\"><UUID>a</UUID></Operations>"
				 "</cwmp:ChangeDUState>"));
	struct hms_cwmp_msg *msg;

	(void)state;
	limits.side = HMS_CWMP_READ_CPE;
	assert_int_equal(hms_cwmp_read(arena, &limits, body, &msg, NULL), 0);
	assert_int_equal(msg->field_count, 2);
	assert_str(msg->fields[0].code, "Operations.@type");
	assert_str(msg->fields[0].command_key, "cwmp:UninstallOpStruct");
	assert_str(msg->fields[1].code, "Operations.UUID");
	assert_int_equal(msg->fields[0].row, msg->fields[1].row);
	assert_int_not_equal(msg->fields[0].row, 0);
}

static void test_lists_of_strings_repeat_their_path(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR(ENVELOPE("<cwmp:GetRPCMethodsResponse><MethodList soapenc:arrayType=\"xsd:string[2]\">"
					 "<string>Inform</string><string>Reboot</string></MethodList></cwmp:GetRPCMethodsResponse>")));

	(void)state;
	assert_int_equal(msg->method, HMS_CWMP_GET_RPC_METHODS);
	assert_int_equal(msg->field_count, 2);
	assert_str(msg->fields[0].code, "MethodList.string");
	assert_str(msg->fields[1].code, "MethodList.string");
	assert_str(msg->fields[1].command_key, "Reboot");
}

static void test_attributes_are_fields(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR(ENVELOPE("<cwmp:GetParameterAttributesResponse><ParameterList>"
					 "<ParameterAttributeStruct><Name>Device.A</Name><Notification>2</Notification>"
					 "<AccessList><string>Subscriber</string></AccessList></ParameterAttributeStruct>"
					 "</ParameterList></cwmp:GetParameterAttributesResponse>")));

	(void)state;
	assert_int_equal(msg->param_count, 0);
	assert_str(hms_cwmp_field(msg, "ParameterList.ParameterAttributeStruct.Name"), "Device.A");
	assert_str(hms_cwmp_field(msg, "ParameterList.ParameterAttributeStruct.AccessList.string"), "Subscriber");
}

#define DETAIL(inner) \
	"<soap:Fault><faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail>" inner "</detail></soap:Fault>"

static void test_fault_keeps_the_outer_code_and_each_parameter(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE(DETAIL(
		"<cwmp:Fault><FaultCode>9003</FaultCode><FaultString>bad</FaultString>"
		"<SetParameterValuesFault><ParameterName>Device.A</ParameterName><FaultCode>9007</FaultCode><FaultString>v</FaultString>"
		"</SetParameterValuesFault><SetParameterValuesFault><ParameterName>Device.B</ParameterName><FaultCode>9005</FaultCode>"
		"</SetParameterValuesFault></cwmp:Fault>"))));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_FAULT);
	assert_int_equal(msg->fault.code, 9003);
	assert_str(msg->fault.text, "bad");
	assert_int_equal(msg->fault.param_count, 2);
	assert_str(msg->fault.params[0].name, "Device.A");
	assert_int_equal(msg->fault.params[0].code, 9007);
	assert_int_equal(msg->fault.params[1].code, 9005);
	assert_str(msg->fault.params[1].text, "");
}

static void test_soap_fault_without_detail_has_code_zero(void **state)
{
	struct hms_cwmp_msg *msg =
		read_ok(HMS_STR(ENVELOPE("<soap:Fault><faultcode>Server</faultcode><faultstring>no idea</faultstring></soap:Fault>")));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_FAULT);
	assert_int_equal(msg->fault.code, 0);
	assert_str(msg->fault.text, "no idea");
}

static void test_unknown_methods_are_named(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE("<cwmp:X_00256D_Hello><A>1</A></cwmp:X_00256D_Hello>")));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_REQUEST);
	assert_int_equal(msg->acs_method, HMS_ACS_NONE);
	assert_str(msg->name, "X_00256D_Hello");
	msg = read_ok(HMS_STR(ENVELOPE("<cwmp:X_00256D_HelloResponse/>")));
	assert_int_equal(msg->kind, HMS_CWMP_RESPONSE);
	assert_int_equal(msg->method, HMS_CWMP_NONE);
}

static void test_cpe_side_reads_rpcs_and_acs_responses(void **state)
{
	struct hms_cwmp_limits limits = hms_cwmp_default_limits;
	struct hms_cwmp_msg *msg;

	(void)state;
	limits.side = HMS_CWMP_READ_CPE;
	assert_int_equal(hms_cwmp_read(arena, &limits, HMS_STR(ENVELOPE("<cwmp:GetRPCMethods/>")), &msg, NULL), 0);
	assert_int_equal(msg->kind, HMS_CWMP_RPC);
	assert_int_equal(msg->method, HMS_CWMP_GET_RPC_METHODS);
	assert_int_equal(hms_cwmp_read(arena, &limits, HMS_STR(ENVELOPE("<cwmp:GetRPCMethodsResponse/>")), &msg, NULL), 0);
	assert_int_equal(msg->kind, HMS_CWMP_ACS_RESPONSE);
	assert_int_equal(msg->acs_method, HMS_ACS_GET_RPC_METHODS);
	assert_int_equal(
		hms_cwmp_read(
			arena, &limits,
			HMS_STR(ENV_OPEN
				"<soap:Header><cwmp:HoldRequests>1</cwmp:HoldRequests>"
				"<cwmp:UseCWMPVersion>1.4</cwmp:UseCWMPVersion></soap:Header><soap:Body><cwmp:SetParameterValues>" PARAMS(
					"1",
					PARAM("Device.A",
					      "1")) "<ParameterKey>k</ParameterKey></cwmp:SetParameterValues></soap:Body></soap:Envelope>"),
			&msg, NULL),
		0);
	assert_int_equal(msg->method, HMS_CWMP_SET_PARAMETER_VALUES);
	assert_int_equal(msg->param_count, 1);
	assert_str(hms_cwmp_field(msg, "ParameterKey"), "k");
	assert_true(msg->hold_requests);
	assert_str(msg->use_version, "1.4");
}

static void test_acs_side_reads_get_rpc_methods_as_a_request(void **state)
{
	struct hms_cwmp_msg *msg = read_ok(HMS_STR(ENVELOPE("<cwmp:GetRPCMethods/>")));

	(void)state;
	assert_int_equal(msg->kind, HMS_CWMP_REQUEST);
	assert_int_equal(msg->acs_method, HMS_ACS_GET_RPC_METHODS);
}

static void test_no_body_is_empty(void **state)
{
	(void)state;
	assert_int_equal(read_ok(HMS_STR(""))->kind, HMS_CWMP_EMPTY);
	assert_int_equal(read_ok(HMS_STR("\r\n"))->kind, HMS_CWMP_EMPTY);
}

static void test_what_is_not_soap_is_refused(void **state)
{
	static const char *const bodies[] = {
		"hello",
		"<",
		"<a",
		"<a/>",
		"<html><body>x</body></html>",
		"{\"a\":1}",
		ENV_OPEN "<soap:Body></soap:Body></soap:Envelope>",
		ENV_OPEN "</soap:Envelope>",
		ENV_OPEN "<soap:Body><cwmp:Inform>",
		ENVELOPE("<cwmp:Inform></cwmp:Reboot>"),
		"<\0?\0x\0m\0l\0",
		"\xff\xfe<\0",
	};
	struct hms_cwmp_msg *msg;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		assert_int_equal(read_code(hms_str(bodies[i]), &msg), HMS_ESYNTAX);
		assert_null(msg);
	}
	assert_int_equal(read_code(hms_strn("<\0?\0x\0m\0l\0", 10), &msg), HMS_ESYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_inform_is_read_with_all_its_parts),
		TEST(test_headers_of_an_inform_are_read),
		TEST(test_response_with_values_gives_parameters_not_fields),
		TEST(test_names_response_tells_what_is_writable),
		TEST(test_other_messages_give_fields_by_path),
		TEST(test_rows_of_lists_are_told_apart),
		TEST(test_a_cpe_reads_the_types_of_operations),
		TEST(test_lists_of_strings_repeat_their_path),
		TEST(test_attributes_are_fields),
		TEST(test_fault_keeps_the_outer_code_and_each_parameter),
		TEST(test_soap_fault_without_detail_has_code_zero),
		TEST(test_unknown_methods_are_named),
		TEST(test_cpe_side_reads_rpcs_and_acs_responses),
		TEST(test_acs_side_reads_get_rpc_methods_as_a_request),
		TEST(test_no_body_is_empty),
		TEST(test_what_is_not_soap_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
