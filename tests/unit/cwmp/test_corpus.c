/* Messages of real devices, when they are there: each is read, and agrees with what a search for strings finds in
 * it. */
#include "files.h"

/* "041_Inform_huawei.xml" -> "Inform" */
static struct hms_str method_of(const char *file)
{
	struct hms_str rest = hms_str(file);

	hms_str_split(&rest, '_');
	return hms_str_split(&rest, '_');
}

static size_t count_tags(const char *text, const char *name)
{
	size_t count = 0, len = strlen(name);

	for (const char *at = text; (at = strchr(at, '<')) != NULL; at++)
		if (strncmp(at + 1, name, len) == 0 && strchr(" >\t\r\n", at[1 + len]))
			count++;
	return count;
}

/* Text of the first <name>. */
static struct hms_str text_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; (at = strchr(at, '<')) != NULL; at++)
		if (strncmp(at + 1, name, len) == 0 && strchr(" >", at[1 + len])) {
			const char *start = strchr(at, '>') + 1;

			return hms_str_trim(hms_strn(start, strcspn(start, "<")));
		}
	return HMS_STR("");
}

static enum hms_cwmp_kind kind_of(struct hms_str method)
{
	if (hms_str_eqz(method, "Inform"))
		return HMS_CWMP_INFORM;
	if (hms_str_eqz(method, "Fault"))
		return HMS_CWMP_FAULT;
	return hms_str_ends(method, HMS_STR("Response")) ? HMS_CWMP_RESPONSE : HMS_CWMP_REQUEST;
}

static void check_inform(const struct hms_cwmp_msg *msg, const char *text)
{
	assert_true(hms_str_eq(msg->device.serial, text_of(text, "SerialNumber")));
	assert_true(hms_str_eq(msg->device.oui, text_of(text, "OUI")));
	assert_true(hms_str_eq(msg->device.product_class, text_of(text, "ProductClass")));
	assert_int_equal(msg->event_count, count_tags(text, "EventStruct"));
	assert_true(msg->event_count > 0);
	assert_true(hms_str_eq(msg->events[0].code, text_of(text, "EventCode")));
	assert_int_equal(hms_cwmp_event_bits(msg->events, msg->event_count) & HMS_EVENT_OTHER, 0);
	assert_true(hms_str_eq(msg->current_time, text_of(text, "CurrentTime")));
}

static void check(const char *file, struct hms_str body)
{
	struct hms_str method = method_of(file);
	struct hms_err err = { 0 };
	struct hms_cwmp_msg *msg;

	if (hms_cwmp_read(arena, &hms_cwmp_default_limits, body, &msg, &err) < 0)
		fail_msg("%s: %s", file, err.text);
	assert_true(hms_str_eq(msg->name, method));
	assert_int_equal(msg->kind, kind_of(method));
	assert_true(msg->kind != HMS_CWMP_RESPONSE || msg->method != HMS_CWMP_NONE);
	assert_true(msg->kind != HMS_CWMP_REQUEST || msg->acs_method != HMS_ACS_NONE);
	assert_true(msg->has_ns);
	assert_non_null(memmem(body.p, body.len, hms_cwmp_ns_uri(msg->ns), strlen(hms_cwmp_ns_uri(msg->ns))));
	assert_int_equal(msg->param_count, count_tags(body.p, "ParameterValueStruct") + count_tags(body.p, "ParameterInfoStruct"));
	for (size_t i = 0; i < msg->param_count; i++)
		assert_true(msg->params[i].name.len > 0 || msg->kind == HMS_CWMP_RESPONSE);
	if (msg->kind == HMS_CWMP_INFORM)
		check_inform(msg, body.p);
	if (msg->kind == HMS_CWMP_FAULT)
		assert_true(msg->fault.code >= 9000 && msg->fault.param_count == count_tags(body.p, "SetParameterValuesFault"));
}

static void test_every_captured_message_is_read(void **state)
{
	int count = each_message(CORPUS, check);

	(void)state;
	if (count < 0)
		skip();
	assert_true(count > 0);
	print_message("%d messages\n", count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_captured_message_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
