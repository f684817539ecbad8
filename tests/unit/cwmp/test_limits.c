/* Hostile messages: every limit ends the reading with its error, or leaves out what is too much. */
#include "cwmp_test.h"

#include <stdlib.h>

static struct hms_cwmp_limits limits;
static struct hms_buf body;

static int set_up(void **state)
{
	limits = hms_cwmp_default_limits;
	hms_buf_init(&body, 64 * 1024 * 1024);
	return new_arena(state);
}

static int tear_down(void **state)
{
	hms_buf_fini(&body);
	return free_arena(state);
}

static void repeat(const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		hms_buf_strz(&body, text);
}

static int read_body(struct hms_cwmp_msg **msg)
{
	assert_int_equal(body.failed, 0);
	return hms_cwmp_read(arena, &limits, hms_buf_view(&body), msg, NULL);
}

static int read_z(const char *text, struct hms_cwmp_msg **msg) { return hms_cwmp_read(arena, &limits, hms_str(text), msg, NULL); }

static void test_a_doctype_is_refused(void **state)
{
	static const char *const bodies[] = {
		"<!DOCTYPE a>" ENVELOPE(PLAIN_INFORM("1")),
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\">" ENVELOPE(PLAIN_INFORM("1")),
		"<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY x \"yyyy\">]>" ENVELOPE(PLAIN_INFORM("&x;")),
		"<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY % p SYSTEM \"http://127.0.0.1/\">%p;]>" ENVELOPE(PLAIN_INFORM("& &x;")),
	};
	struct hms_cwmp_msg *msg;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		assert_int_equal(read_z(bodies[i], &msg), HMS_ESYNTAX);
}

static void test_entities_are_not_expanded(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	assert_int_equal(read_z(ENVELOPE(PLAIN_INFORM("&x;&lt;")), &msg), 0);
	assert_str(msg->params[0].value, "&x;<");
}

static void test_a_body_beyond_its_limit_is_too_big(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	limits.body_bytes = strlen(ENVELOPE(PLAIN_INFORM("12")));
	assert_int_equal(read_z(ENVELOPE(PLAIN_INFORM("12")), &msg), 0);
	assert_int_equal(read_z(ENVELOPE(PLAIN_INFORM("123")), &msg), HMS_ETOOBIG);
}

static void test_a_value_and_a_name_beyond_their_limits_are_too_big(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	limits.value_bytes = 200;
	limits.name_bytes = 8;
	assert_int_equal(read_z(ENVELOPE(PLAIN_INFORM("1")), &msg), 0);
	assert_int_equal(read_z(ENVELOPE(VALUES(PARAM("Device.AB", "1"))), &msg), HMS_ETOOBIG);
	assert_int_equal(read_z(ENVELOPE("<cwmp:RebootResponse><longer.than.that/></cwmp:RebootResponse>"), &msg), HMS_ETOOBIG);
	limits.value_bytes = 19; /* CurrentTime has 20 */
	assert_int_equal(read_z(ENVELOPE(PLAIN_INFORM("1")), &msg), HMS_ETOOBIG);
}

static void test_deep_nesting_is_refused(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	limits.depth = 5;
	assert_int_equal(read_z(ENVELOPE("<cwmp:RebootResponse><a><b/></a></cwmp:RebootResponse>"), &msg), 0);
	assert_int_equal(read_z(ENVELOPE("<cwmp:RebootResponse><a><b><c/></b></a></cwmp:RebootResponse>"), &msg), HMS_ESYNTAX);
	limits.depth = 1000000;
	hms_buf_strz(&body, ENV_OPEN "<soap:Body>");
	repeat("<a>", 100000);
	assert_int_equal(read_body(&msg), HMS_ESYNTAX);
}

static void test_parameters_beyond_the_limit_are_left_out_but_for_the_forced_ones(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	limits.params = 2;
	hms_buf_strz(&body, ENV_OPEN "<soap:Body><cwmp:Inform><DeviceId><OUI>00256D</OUI></DeviceId><ParameterList>");
	repeat(PARAM("Device.A", "1"), 10);
	repeat(PARAM("Device.ManagementServer.ParameterKey", "k"), 100);
	repeat(PARAM("Device.DeviceInfo.SerialNumber", "late"), 1);
	hms_buf_strz(&body, "</ParameterList></cwmp:Inform></soap:Body></soap:Envelope>");
	assert_int_equal(read_body(&msg), 0);
	assert_true(msg->truncated);
	assert_int_equal(msg->param_count, 2 + 32);
	assert_str(hms_cwmp_param_value(msg, HMS_STR("Device.ManagementServer.ParameterKey")), "k");
	assert_int_equal(read_z(ENVELOPE(VALUES(PARAM("A", "1") PARAM("B", "1") PARAM("Device.DeviceSummary", "1"))), &msg), 0);
	assert_int_equal(msg->param_count, 2);
	assert_true(msg->truncated);
}

static void test_of_too_many_events_the_oldest_m_events_go_first(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	limits.events = 3;
	assert_int_equal(read_z(ENVELOPE(INFORM(DEVICE_ID,
						EVENTS("5", EVENT("1 BOOT") EVENT("M Download") EVENT("M Upload") EVENT("M Reboot")
								    EVENT("7 TRANSFER COMPLETE")),
						"")),
				&msg),
			 0);
	assert_int_equal(msg->event_count, 3);
	assert_str(msg->events[0].code, "1 BOOT");
	assert_str(msg->events[1].code, "M Reboot");
	assert_str(msg->events[2].code, "7 TRANSFER COMPLETE");
	assert_int_equal(
		read_z(ENVELOPE(INFORM(DEVICE_ID, EVENTS("4", EVENT("1 BOOT") EVENT("2 PERIODIC") EVENT("3 SCHEDULED") EVENT("M Reboot")),
				       "")),
		       &msg),
		0);
	assert_int_equal(msg->event_count, 3);
	assert_str(msg->events[2].code, "3 SCHEDULED");
}

static void test_fields_and_fault_rows_beyond_the_limit_are_left_out(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	limits.fields = 2;
	limits.param_faults = 1;
	assert_int_equal(read_z(ENVELOPE("<cwmp:RebootResponse><a/><b/><c/></cwmp:RebootResponse>"), &msg), 0);
	assert_int_equal(msg->field_count, 2);
	assert_true(msg->truncated);
	assert_int_equal(read_z(ENVELOPE("<soap:Fault><detail><cwmp:Fault><FaultCode>9003</FaultCode><SetParameterValuesFault/>"
					 "<SetParameterValuesFault/></cwmp:Fault></detail></soap:Fault>"),
				&msg),
			 0);
	assert_int_equal(msg->fault.param_count, 1);
	assert_true(msg->truncated);
}

static void test_an_arena_that_is_too_small_is_no_memory(void **state)
{
	struct hms_cwmp_msg *msg;

	for (size_t cap = 16; cap < 4096; cap += 16) {
		int rc;

		free_arena(state);
		arena = hms_arena_new(cap);
		assert_non_null(arena);
		rc = read_z(ENVELOPE(PLAIN_INFORM("& a value of some length")), &msg);
		if (rc == 0)
			return;
		assert_int_equal(rc, HMS_ENOMEM);
		assert_null(msg);
	}
	fail_msg("never enough");
}

static void test_a_tag_with_very_many_attributes_is_refused_before_it_is_parsed(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_buf_strz(&body, ENV_OPEN "<soap:Body><![CDATA[ <a \" ]]><!-- <b ' --><?pi <c \" ?><d x='>\"'");
	for (int i = 0; i < 200000; i++)
		hms_buf_printf(&body, " a%d='>'", i);
	hms_buf_strz(&body, "/></soap:Body></soap:Envelope>");
	assert_int_equal(read_body(&msg), HMS_ETOOBIG);
}

static void test_more_attributes_or_namespaces_than_anybody_needs_are_refused(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_buf_strz(&body, ENV_OPEN "<soap:Body><a");
	for (int i = 0; i < 65; i++)
		hms_buf_printf(&body, " a%d=''", i);
	hms_buf_strz(&body, "/></soap:Body></soap:Envelope>");
	assert_int_equal(read_body(&msg), HMS_ESYNTAX);
	hms_buf_reset(&body);
	hms_buf_strz(&body, ENV_OPEN "<soap:Body><cwmp:RebootResponse>");
	for (int i = 0; i < 20; i++)
		hms_buf_printf(
			&body,
			"<a xmlns:a='u' xmlns:b='u' xmlns:c='u' xmlns:d='u' xmlns:e='u' xmlns:f='u' xmlns:g='u' xmlns:h='u' xmlns:i='u' "
			"xmlns:j='u' xmlns:k='u' xmlns:l='u' xmlns:m='u' xmlns:n='u'>");
	assert_int_equal(read_body(&msg), HMS_ESYNTAX);
}

/* libxml2 keeps every name that it meets in a table of limited size: millions of them cost the square of their number. */
static void test_more_different_names_than_anybody_needs_are_refused(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_buf_strz(&body, "<Envelope><Body><Inform>");
	for (unsigned i = 0; i < 10000; i++)
		hms_buf_printf(&body, "<q%u/>", i);
	hms_buf_strz(&body, "</Inform></Body></Envelope>");
	assert_int_equal(read_body(&msg), HMS_ETOOBIG);
	hms_buf_reset(&body);
	hms_buf_strz(&body, "<Envelope><Body><Inform>");
	repeat("<q/>", 10000);
	hms_buf_strz(&body, "</Inform></Body></Envelope>");
	assert_int_equal(read_body(&msg), 0);
}

static void test_namespaces_out_of_scope_do_not_count(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_buf_strz(&body, ENV_OPEN "<soap:Body><cwmp:RebootResponse>");
	repeat("<a xmlns:a='u' xmlns:b='u'/>", 500);
	hms_buf_strz(&body, "</cwmp:RebootResponse></soap:Body></soap:Envelope>");
	assert_int_equal(read_body(&msg), 0);
	assert_int_equal(msg->field_count, 500);
}

#define LIMIT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIMIT_TEST(test_a_doctype_is_refused),
		LIMIT_TEST(test_entities_are_not_expanded),
		LIMIT_TEST(test_a_body_beyond_its_limit_is_too_big),
		LIMIT_TEST(test_a_value_and_a_name_beyond_their_limits_are_too_big),
		LIMIT_TEST(test_deep_nesting_is_refused),
		LIMIT_TEST(test_parameters_beyond_the_limit_are_left_out_but_for_the_forced_ones),
		LIMIT_TEST(test_of_too_many_events_the_oldest_m_events_go_first),
		LIMIT_TEST(test_fields_and_fault_rows_beyond_the_limit_are_left_out),
		LIMIT_TEST(test_an_arena_that_is_too_small_is_no_memory),
		LIMIT_TEST(test_a_tag_with_very_many_attributes_is_refused_before_it_is_parsed),
		LIMIT_TEST(test_more_attributes_or_namespaces_than_anybody_needs_are_refused),
		LIMIT_TEST(test_more_different_names_than_anybody_needs_are_refused),
		LIMIT_TEST(test_namespaces_out_of_scope_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
