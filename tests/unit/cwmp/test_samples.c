/* Whole messages of both directions, as tests/data/cwmp holds them, are read without any leniency. */
#include "cwmp_test.h"

static const struct {
	const char *file;
	enum hms_cwmp_side side;
	enum hms_cwmp_kind kind;
	const char *name;
	size_t params, events, fields, faults;
} samples[] = {
	{ "inform-bootstrap-1-0.xml", HMS_CWMP_READ_ACS, HMS_CWMP_INFORM, "Inform", 7, 2, 0, 0 },
	{ "inform-alarm-new-1-2.xml", HMS_CWMP_READ_ACS, HMS_CWMP_INFORM, "Inform", 18, 1, 0, 0 },
	{ "spv-fault-1-2.xml", HMS_CWMP_READ_ACS, HMS_CWMP_FAULT, "Fault", 0, 0, 0, 1 },
	{ "transfercomplete-1-2.xml", HMS_CWMP_READ_ACS, HMS_CWMP_REQUEST, "TransferComplete", 0, 0, 5, 0 },
	{ "informresponse-1-0.xml", HMS_CWMP_READ_CPE, HMS_CWMP_ACS_RESPONSE, "InformResponse", 0, 0, 1, 0 },
	{ "spv-1-2.xml", HMS_CWMP_READ_CPE, HMS_CWMP_RPC, "SetParameterValues", 3, 0, 1, 0 },
	{ "download-cm-1-2.xml", HMS_CWMP_READ_CPE, HMS_CWMP_RPC, "Download", 0, 0, 10, 0 },
	{ "upload-pm-1-2.xml", HMS_CWMP_READ_CPE, HMS_CWMP_RPC, "Upload", 0, 0, 6, 0 },
};

static void test_samples_are_read_as_they_are_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct hms_cwmp_limits limits = hms_cwmp_default_limits;
		struct hms_cwmp_msg *msg;
		char path[1024], bytes[16384];
		FILE *file;
		size_t len;

		snprintf(path, sizeof(path), HMS_SOURCE_DIR "/tests/data/cwmp/%s", samples[i].file);
		file = fopen(path, "rb");
		assert_non_null(file);
		len = fread(bytes, 1, sizeof(bytes), file);
		fclose(file);
		limits.side = samples[i].side;
		assert_int_equal(hms_cwmp_read(arena, &limits, hms_strn(bytes, len), &msg, NULL), 0);
		assert_int_equal(msg->kind, samples[i].kind);
		assert_str(msg->name, samples[i].name);
		assert_int_equal(msg->param_count, samples[i].params);
		assert_int_equal(msg->event_count, samples[i].events);
		assert_int_equal(msg->field_count, samples[i].fields);
		assert_int_equal(msg->fault.param_count, samples[i].faults);
		assert_int_equal(msg->warnings, 0);
		assert_true(msg->id.len > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_samples_are_read_as_they_are_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
