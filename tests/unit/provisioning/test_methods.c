/* Every CPE method from a command's payload to the wire: golden bodies, and validity against the schemas of CWMP where these are there. */
#include "fixture.h"

#include "../cwmp/schemas.h"
#include "rpc.h"
#include "rpc_build.h"

#define KEY "H0000000000007.2"
#define PKEY "~0000000000007.2"
#define UUID_A "00000000-0000-5000-8000-00000000000a"
#define WINDOW "{\"WindowStart\":0,\"WindowEnd\":600,\"WindowMode\":\"1 At Any Time\"}"
#define WINDOW_XML(start, end, message, retries)                                                                       \
	"<TimeWindowStruct><WindowStart>" start "</WindowStart><WindowEnd>" end                                        \
	"</WindowEnd><WindowMode>1 At Any Time</WindowMode><UserMessage>" message "</UserMessage><MaxRetries>" retries \
	"</MaxRetries></TimeWindowStruct>"

static const struct {
	const char *kind, *payload, *body;
} golden[] = {
	{ "GetRPCMethods", "{}", "" },
	{ "SetParameterValues", "{\"ParameterList\":[{\"Name\":\"Device.A\",\"Value\":\"<1>\"}]}",
	  "<ParameterList soap-enc:arrayType=\"cwmp:ParameterValueStruct[1]\"><ParameterValueStruct><Name>Device.A</Name>"
	  "<Value xsi:type=\"xsd:string\">&lt;1&gt;</Value></ParameterValueStruct></ParameterList><ParameterKey>" PKEY "</ParameterKey>" },
	{ "GetParameterValues", "{\"ParameterNames\":[\"Device.\"]}",
	  "<ParameterNames soap-enc:arrayType=\"xsd:string[1]\"><string>Device.</string></ParameterNames>" },
	{ "GetParameterNames", "{\"ParameterPath\":\"Device.\",\"NextLevel\":true}",
	  "<ParameterPath>Device.</ParameterPath><NextLevel>1</NextLevel>" },
	{ "SetParameterAttributes", "{\"ParameterList\":[{\"Name\":\"Device.A\",\"Notification\":2}]}",
	  "<ParameterList soap-enc:arrayType=\"cwmp:SetParameterAttributesStruct[1]\"><SetParameterAttributesStruct><Name>Device.A</Name>"
	  "<NotificationChange>1</NotificationChange><Notification>2</Notification><AccessListChange>0</AccessListChange>"
	  "<AccessList soap-enc:arrayType=\"xsd:string[0]\"></AccessList></SetParameterAttributesStruct></ParameterList>" },
	{ "GetParameterAttributes", "{\"ParameterNames\":[\"Device.A\"]}",
	  "<ParameterNames soap-enc:arrayType=\"xsd:string[1]\"><string>Device.A</string></ParameterNames>" },
	{ "AddObject", "{\"ObjectName\":\"Device.T.\"}", "<ObjectName>Device.T.</ObjectName><ParameterKey>" PKEY "</ParameterKey>" },
	{ "DeleteObject", "{\"ObjectName\":\"Device.T.1.\"}", "<ObjectName>Device.T.1.</ObjectName><ParameterKey>" PKEY "</ParameterKey>" },
	{ "Download", "{\"FileType\":\"1 Firmware Upgrade Image\",\"URL\":\"http://a/b\",\"FileSize\":5}",
	  "<CommandKey>" KEY "</CommandKey><FileType>1 Firmware Upgrade Image</FileType><URL>http://a/b</URL><Username></Username>"
	  "<Password></Password><FileSize>5</FileSize><TargetFileName></TargetFileName><DelaySeconds>0</DelaySeconds><SuccessURL>"
	  "</SuccessURL><FailureURL></FailureURL>" },
	{ "Reboot", "{}", "<CommandKey>" KEY "</CommandKey>" },
	{ "GetQueuedTransfers", "{}", "" },
	{ "ScheduleInform", "{\"DelaySeconds\":4294967295}", "<DelaySeconds>4294967295</DelaySeconds><CommandKey>" KEY "</CommandKey>" },
	{ "SetVouchers", "{\"VoucherList\":[\"YWI=\",\"YWJj\"]}",
	  "<VoucherList soap-enc:arrayType=\"soap-enc:base64[2]\"><base64>YWI=</base64><base64>YWJj</base64></VoucherList>" },
	{ "GetOptions", "{}", "<OptionName></OptionName>" },
	{ "Upload", "{\"FileType\":\"2 Vendor Log File\",\"URL\":\"http://a/b\",\"Username\":\"u\"}",
	  "<CommandKey>" KEY "</CommandKey><FileType>2 Vendor Log File</FileType><URL>http://a/b</URL><Username>u</Username><Password>"
	  "</Password><DelaySeconds>0</DelaySeconds>" },
	{ "FactoryReset", "{}", "" },
	{ "GetAllQueuedTransfers", "{}", "" },
	{ "ScheduleDownload",
	  "{\"FileType\":\"1 Firmware Upgrade Image\",\"URL\":\"http://a/b\",\"TimeWindowList\":[" WINDOW
	  ",{\"WindowStart\":700,\"WindowEnd\":3600,\"WindowMode\":\"1 At Any Time\",\"UserMessage\":\"m\",\"MaxRetries\":3}]}",
	  "<CommandKey>" KEY "</CommandKey><FileType>1 Firmware Upgrade Image</FileType><URL>http://a/b</URL><Username></Username>"
	  "<Password></Password><FileSize>0</FileSize><TargetFileName></TargetFileName><TimeWindowList soap-enc:arrayType=\"cwmp:"
	  "TimeWindowStruct[2]\">" WINDOW_XML("0", "600", "", "-1") WINDOW_XML("700", "3600", "m", "3") "</TimeWindowList>" },
	{ "CancelTransfer", "{\"Command\":\"7\",\"Try\":2}", "<CommandKey>" KEY "</CommandKey>" },
	{ "ChangeDUState",
	  "{\"Operations\":[{\"Operation\":\"Install\",\"URL\":\"http://a/du\",\"ExecutionEnvRef\":\"Device.E.1\",\"Username\":\"u\","
	  "\"Password\":\"p\"},{\"Operation\":\"Update\",\"UUID\":\"" UUID_A "\",\"Version\":\"2\",\"URL\":\"http://a/du2\"},"
	  "{\"Operation\":\"Uninstall\",\"UUID\":\"" UUID_A "\"}]}",
	  "<Operations xsi:type=\"cwmp:InstallOpStruct\"><URL>http://a/du</URL><Username>u</Username><Password>p</Password>"
	  "<ExecutionEnvRef>Device.E.1</ExecutionEnvRef></Operations><Operations xsi:type=\"cwmp:UpdateOpStruct\"><UUID>" UUID_A
	  "</UUID><Version>2</Version><URL>http://a/du2</URL></Operations><Operations xsi:type=\"cwmp:UninstallOpStruct\"><UUID>" UUID_A
	  "</UUID></Operations><CommandKey>" KEY "</CommandKey>" },
	{ "X_ACME_Do", "{\"XML\":\"<A x='1'>1</A>\"}", "<A x=\"1\">1</A>" },
};
#define GOLDEN_COUNT (sizeof(golden) / sizeof(golden[0]))

static struct prov_command command(struct fixture *f, const char *kind, const char *payload)
{
	return (struct prov_command){ .id = 7,
				      .tries = 2,
				      .g_n = 1,
				      .kind = hms_str(kind),
				      .method = hms_cwmp_method_of(hms_str(kind)),
				      .payload = hms_str(payload),
				      .origin = HMS_STR("operator:test"),
				      .created = f->now_us,
				      .deadline = f->now_us + 3600000000 };
}

/* As provisioning packs it and the front end writes it. */
static void write_rpc(struct fixture *f, enum hms_cwmp_ns ns, size_t i, struct hms_buf *out)
{
	struct prov_command c = command(f, golden[i].kind, golden[i].payload);
	const Hms__Grant *grant;
	struct hms_str packed;
	struct hms_err err = { 0 };

	if (prov_rpc_pack(f->ctx.arena, NULL, &c, &packed, &err))
		fail_msg("%s", err.text);
	grant = fe_rpc_grant(f->ctx.arena, packed);
	assert_non_null(grant);
	hms_buf_reset(out);
	assert_int_equal(fe_rpc_write(out, f->ctx.arena, ns, grant), 0);
}

static void every_method_is_written_as_it_should_be(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(65536);
	bool seen[HMS_CWMP_METHOD_COUNT] = { true };

	for (size_t i = 0; i < GOLDEN_COUNT; i++) {
		char body[4096];

		write_rpc(*state, HMS_CWMP_1_2, i, &out);
		snprintf(body, sizeof(body), "<soap-env:Body><cwmp:%s>%s</cwmp:%s></soap-env:Body>", golden[i].kind, golden[i].body,
			 golden[i].kind);
		if (!strstr(hms_buf_z(&out), body))
			fail_msg("%s\nis not\n%s", hms_buf_z(&out), body);
		assert_non_null(strstr(hms_buf_z(&out), "xmlns:cwmp=\"urn:dslforum-org:cwmp-1-2\""));
		seen[hms_cwmp_method_of(hms_str(golden[i].kind))] = true;
	}
	for (size_t i = 0; i < HMS_CWMP_METHOD_COUNT; i++)
		assert_true(seen[i]);
	hms_buf_fini(&out);
}

/** [R3]: each method in each version that has it. Vendors' methods are in no schema. */
static void every_method_is_valid_by_the_schemas_of_its_versions(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(65536);

	if (!schemas_begin())
		skip();
	for (int ns = HMS_CWMP_1_0; ns <= HMS_CWMP_1_2; ns++) {
		xmlSchema *schema = schema_load(ns);

		for (size_t i = 0; i < GOLDEN_COUNT; i++) {
			enum hms_cwmp_method method = hms_cwmp_method_of(hms_str(golden[i].kind));

			if (method == HMS_CWMP_VENDOR || (int)hms_cwmp_method_info(method)->since > ns)
				continue;
			write_rpc(*state, (enum hms_cwmp_ns)ns, i, &out);
			schema_validate(schema, &out);
		}
		xmlSchemaFree(schema);
	}
	hms_buf_fini(&out);
	schemas_done();
}

static void an_argument_beyond_its_limit_is_named(void **state)
{
	static const struct {
		const char *kind, *payload, *says;
	} bad[] = {
		{ "ScheduleInform", "{}", "DelaySeconds" },
		{ "ScheduleInform", "{\"DelaySeconds\":0}", "1 to 4294967295" },
		{ "ScheduleInform", "{\"DelaySeconds\":4294967296}", "1 to 4294967295" },
		{ "CancelTransfer", "{\"Command\":\"7\"}", "Command" },
		{ "SetVouchers", "{\"VoucherList\":[]}", "VoucherList" },
		{ "SetVouchers", "{\"VoucherList\":[1]}", "VoucherList" },
		{ "GetOptions", "{\"OptionName\":1}", "64" },
		{ "X_ACME_Do", "{\"XML\":\"<A>\"}", "well-formed" },
		{ "X_ACME_Do", "{\"XML\":1}", "XML" },
		{ "X_ACME", "{}", "no such method" },
		{ "ChangeDUState", "{\"Operations\":[]}", "64" },
		{ "ChangeDUState", "{\"Operations\":[{\"Operation\":\"Explode\"}]}", "Operation" },
		{ "ChangeDUState", "{\"Operations\":[{\"Operation\":\"Install\"}]}", "needs URL" },
		{ "ChangeDUState", "{\"Operations\":[{\"Operation\":\"Uninstall\"}]}", "needs UUID" },
		{ "ChangeDUState", "{\"Operations\":[{\"Operation\":\"Update\",\"Version\":\"123456789012345678901234567890123\"}]}",
		  "32" },
		{ "ScheduleDownload", "{\"FileType\":\"1 F\",\"URL\":\"http://a/\"}", "TimeWindowList" },
		{ "ScheduleDownload", "{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":[" WINDOW "," WINDOW "," WINDOW "]}",
		  "1 or 2" },
		{ "ScheduleDownload",
		  "{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":[{\"WindowStart\":5,\"WindowEnd\":5,\"WindowMode\":\"1 A\"}]}",
		  "behind the start" },
		{ "ScheduleDownload",
		  "{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":[{\"WindowStart\":5,\"WindowEnd\":3601,\"WindowMode\":\"1 A\"}]}",
		  "end of the command" },
		{ "ScheduleDownload",
		  "{\"FileType\":\"1 F\",\"URL\":\"http://a/\",\"TimeWindowList\":[{\"WindowStart\":5,\"WindowEnd\":6,\"WindowMode\":\"1 A\","
		  "\"MaxRetries\":-2}]}",
		  "MaxRetries" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct prov_command c = command(f, bad[i].kind, bad[i].payload);
		struct hms_err err = { 0 };

		assert_true(prov_rpc_check(f->ctx.arena, NULL, &c, &err) < 0);
		if (!strstr(err.text, bad[i].says))
			fail_msg("%s: %s", bad[i].payload, err.text);
	}
}

#define METHOD_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		METHOD_TEST(every_method_is_written_as_it_should_be),
		METHOD_TEST(every_method_is_valid_by_the_schemas_of_its_versions),
		METHOD_TEST(an_argument_beyond_its_limit_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
