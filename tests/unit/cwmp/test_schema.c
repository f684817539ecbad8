/* The writer's envelopes are valid against the schemas of CWMP, when these are there. */
#include "cwmp_test.h"
#include "schemas.h"

static void write_rpcs(xmlSchema *schema, enum hms_cwmp_ns ns, struct hms_buf *out)
{
	const struct hms_cwmp_param params[] = {
		{ .name = HMS_STR("Device.A"), .value = HMS_STR("<&>"), .type = HMS_XSD_STRING },
		{ .name = HMS_STR("Device.B"), .value = HMS_STR("1"), .type = HMS_XSD_UINT },
	};
	const struct hms_cwmp_arg set[] = {
		{ .name = HMS_STR("ParameterList"), .kind = HMS_ARG_PARAMS, .params = params, .param_count = 2 },
		{ .name = HMS_STR("ParameterKey"), .value = HMS_STR("k") },
	};
	const struct hms_cwmp_arg names[] = { { .value = HMS_STR("Device.") }, { .value = HMS_STR("Device.A") } };
	const struct hms_cwmp_arg get[] = {
		{ .name = HMS_STR("ParameterNames"), .kind = HMS_ARG_ARRAY, .item = "xsd:string", .children = names, .child_count = 2 },
	};
	const struct hms_cwmp_arg reboot[] = { { .name = HMS_STR("CommandKey"), .value = HMS_STR("H1.1") } };

	hms_cwmp_write(out, ns, HMS_STR("1"), "SetParameterValues", set, 2);
	schema_validate(schema, out);
	hms_cwmp_write(out, ns, HMS_STR("1"), "GetParameterValues", get, 1);
	schema_validate(schema, out);
	hms_cwmp_write(out, ns, HMS_STR("1"), "Reboot", reboot, 1);
	schema_validate(schema, out);
}

static void write_messages(xmlSchema *schema, enum hms_cwmp_ns ns, struct hms_buf *out)
{
	const struct hms_cwmp_fault fault = { .code = 8000 };
	const struct hms_cwmp_event event = { HMS_STR("1 BOOT"), HMS_STR("") };
	const struct hms_cwmp_param param = { .name = HMS_STR("Device.A"), .value = HMS_STR("1"), .type = HMS_XSD_BOOLEAN };
	const struct hms_cwmp_inform inform = { .device = { HMS_STR("M"), HMS_STR("00256D"), HMS_STR("P"), HMS_STR("S") },
						.events = &event,
						.event_count = 1,
						.current_time = HMS_STR("2024-05-01T12:00:00Z"),
						.params = &param,
						.param_count = 1 };

	hms_cwmp_write_inform_response(out, ns, HMS_STR("1"), NULL);
	schema_validate(schema, out);
	hms_cwmp_write_acs_methods(out, ns, HMS_STR("1"));
	schema_validate(schema, out);
	hms_cwmp_write_fault(out, ns, HMS_STR("1"), &fault);
	schema_validate(schema, out);
	hms_cwmp_write_inform(out, ns, HMS_STR("1"), &inform);
	schema_validate(schema, out);
}

/* What the ACS answers to the requests of a CPE; since: the version that has it. */
static void write_answers(xmlSchema *schema, enum hms_cwmp_ns ns, struct hms_buf *out)
{
	static const struct {
		const char *name;
		enum hms_cwmp_ns since;
	} empty[] = { { "TransferCompleteResponse", HMS_CWMP_1_0 },
		      { "RequestDownloadResponse", HMS_CWMP_1_0 },
		      { "AutonomousTransferCompleteResponse", HMS_CWMP_1_1 },
		      { "DUStateChangeCompleteResponse", HMS_CWMP_1_2 },
		      { "AutonomousDUStateChangeCompleteResponse", HMS_CWMP_1_2 } };
	const struct hms_cwmp_arg next = { .name = HMS_STR("NextURL"), .value = HMS_STR("http://a/?b&c") };

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		if (ns < empty[i].since)
			continue;
		hms_cwmp_write(out, ns, HMS_STR("1"), empty[i].name, NULL, 0);
		schema_validate(schema, out);
	}
	hms_cwmp_write(out, ns, HMS_STR("1"), "KickedResponse", &next, 1);
	schema_validate(schema, out);
}

/* The standard's schemas of 1.3 and 1.4 describe the namespace of 1.2. */
static void test_envelopes_are_valid(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(65536);

	(void)state;
	if (!schemas_begin())
		skip();
	for (int ns = HMS_CWMP_1_0; ns <= HMS_CWMP_1_2; ns++) {
		xmlSchema *schema = schema_load(ns);

		write_rpcs(schema, (enum hms_cwmp_ns)ns, &out);
		write_messages(schema, (enum hms_cwmp_ns)ns, &out);
		write_answers(schema, (enum hms_cwmp_ns)ns, &out);
		xmlSchemaFree(schema);
	}
	hms_buf_fini(&out);
	schemas_done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_envelopes_are_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
