/* Whole messages come out the same from the scanner and from the parser, and the usual ones are the scanner's. */
#include "files.h"

#include "both.h"

#define S(literal)                             \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static struct both both;
static int taken, left;

static int new_both(void **state)
{
	taken = left = 0;
	return new_arena(state) == 0 && both_init(&both, &hms_cwmp_default_limits) ? 0 : -1;
}

static int free_both(void **state)
{
	both_fini(&both);
	return free_arena(state);
}

static void check(const char *file, struct hms_str body)
{
	switch (both_read(&both, hms_str_trim(body))) {
	case BOTH_LEFT:
		left++;
		break;
	case BOTH_SAME:
		taken++;
		break;
	case BOTH_DIFFERENT:
		fail_msg("%s: the scanner read\n%sand the parser\n%s", file, hms_buf_z(&both.scanned_text), hms_buf_z(&both.parsed_text));
	}
}

static void test_all_samples_are_taken(void **state)
{
	(void)state;
	assert_true(each_message(SAMPLES, check) > 0);
	assert_int_equal(left, 0);
}

static void test_captured_messages_are_the_same(void **state)
{
	(void)state;
	if (each_message(CORPUS, check) < 0)
		skip();
	assert_true(taken > left);
	print_message("%d by the scanner, %d by the parser\n", taken, left);
}

/* As the simulator writes them, with whatever a value may hold. */
static void test_messages_of_the_writer_are_taken(void **state)
{
	static const struct hms_cwmp_event events[] = { { S("0 BOOTSTRAP"), S("") }, { S("M Download"), S("key & <more>") } };
	static const struct hms_cwmp_param params[] = {
		{ S("Device.DeviceInfo.HardwareVersion"), S("A1"), HMS_XSD_STRING, false },
		{ S("Device.ManagementServer.ParameterKey"), S(""), HMS_XSD_STRING, false },
		{ S("Device.A"), S(" \t\n]]> \"quoted\" 'text' &lt; \xc3\xbc \xe2\x82\xac \xf0\x9f\x93\xa1"), HMS_XSD_STRING, false },
		{ S("Device.B"), S("1"), HMS_XSD_BOOLEAN, false },
	};
	const struct hms_cwmp_inform inform = {
		.device = { HMS_STR("M\xc3\xbcller & Co"), HMS_STR("00256D"), HMS_STR("HNB"), HMS_STR("0001") },
		.events = (struct hms_cwmp_event *)(uintptr_t)events,
		.event_count = 2,
		.current_time = HMS_STR("2024-05-01T12:00:00Z"),
		.params = (struct hms_cwmp_param *)(uintptr_t)params,
		.param_count = 4,
	};
	struct hms_buf out = HMS_BUF_INIT(64 * 1024);

	(void)state;
	for (int ns = HMS_CWMP_1_0; ns < HMS_CWMP_NS_COUNT; ns++) {
		hms_buf_reset(&out);
		hms_cwmp_write_inform(&out, (enum hms_cwmp_ns)ns, HMS_STR("4\xc3\xbc<2>"), &inform);
		check("Inform", hms_buf_view(&out));
	}
	hms_buf_fini(&out);
	assert_int_equal(taken, HMS_CWMP_NS_COUNT);
}

/* Every byte of a message is replaced, left out and doubled. */
static void test_damaged_messages_are_left_or_the_same(void **state)
{
	static const char others[] = "<>&'\"/=:?!]- \r\n\x01\x7f\x80\xc3x1";
	struct hms_str body = read_file(SAMPLES "/spv-fault-1-2.xml"), doc = hms_str_trim(body);
	char *damaged = malloc(doc.len + 1);

	(void)state;
	assert_non_null(damaged);
	for (size_t at = 0; at < doc.len; at++) {
		memcpy(damaged, doc.p, doc.len);
		for (size_t i = 0; i < sizeof(others); i++) {
			damaged[at] = others[i];
			check("replaced", hms_strn(damaged, doc.len));
		}
		memcpy(damaged + at, doc.p + at + 1, doc.len - at - 1);
		check("left out", hms_strn(damaged, doc.len - 1));
		memcpy(damaged + at + 1, doc.p + at, doc.len - at);
		damaged[at] = doc.p[at];
		check("doubled", hms_strn(damaged, doc.len + 1));
	}
	assert_true(taken > 0);
	assert_true(left > 0);
	free(damaged);
	free((char *)(uintptr_t)body.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_samples_are_taken, new_both, free_both),
		cmocka_unit_test_setup_teardown(test_captured_messages_are_the_same, new_both, free_both),
		cmocka_unit_test_setup_teardown(test_messages_of_the_writer_are_taken, new_both, free_both),
		cmocka_unit_test_setup_teardown(test_damaged_messages_are_left_or_the_same, new_both, free_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
