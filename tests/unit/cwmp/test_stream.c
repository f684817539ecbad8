/* Bodies in pieces, bodies too large to be kept whole, and one reader for many messages. */
#include "cwmp_test.h"

enum { BIG_PARAMS = 20000, BIG_ARENA_BYTES = 64 * 1024 };

static struct hms_buf big;
static struct hms_cwmp_reader *reader;

static int set_up(void **state)
{
	hms_buf_init(&big, 64 * 1024 * 1024);
	if (new_arena(state) < 0)
		return -1;
	reader = hms_cwmp_reader_new(arena, &hms_cwmp_default_limits);
	return reader ? 0 : -1;
}

static int tear_down(void **state)
{
	hms_cwmp_reader_free(&reader);
	hms_buf_fini(&big);
	return free_arena(state);
}

static void write_big(const char *before, const char *after)
{
	hms_buf_strz(&big, before);
	hms_buf_strz(&big, ENV_OPEN HEADER "<soap:Body><cwmp:GetParameterValuesResponse><ParameterList>");
	for (int i = 0; i < BIG_PARAMS; i++)
		hms_buf_printf(&big, PARAM("Device.X.%d", "value &lt;%d&gt;"), i, i);
	hms_buf_strz(&big, after);
	hms_buf_strz(&big, "</ParameterList></cwmp:GetParameterValuesResponse></soap:Body></soap:Envelope>\n");
	assert_int_equal(big.failed, 0);
}

static int feed_in(struct hms_str body, size_t piece)
{
	for (size_t at = 0; at < body.len; at += piece) {
		int rc = hms_cwmp_reader_feed(reader, body.p + at, body.len - at < piece ? body.len - at : piece);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static void test_pieces_of_any_size_give_the_same_message(void **state)
{
	struct hms_str body = HMS_STR(ENVELOPE(PLAIN_INFORM("a &amp; \xc3\xa9")));

	(void)state;
	for (size_t piece = 1; piece < body.len; piece += 7) {
		struct hms_cwmp_msg *msg;

		assert_int_equal(feed_in(body, piece), 0);
		assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
		assert_int_equal(msg->warnings, 0);
		assert_str(msg->params[0].value, "a & \xc3\xa9");
		hms_arena_reset(arena);
		hms_cwmp_reader_reset(reader);
	}
}

static void test_a_large_body_is_collected_without_a_sink(void **state)
{
	static const size_t pieces[] = { 1000, 65536, 300 * 1024, SIZE_MAX / 2 };

	(void)state;
	write_big(" \n<?xml version=\"1.0\"?>", "");
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct hms_cwmp_msg *msg;

		assert_int_equal(feed_in(hms_buf_view(&big), pieces[i]), 0);
		assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
		assert_int_equal(msg->param_count, BIG_PARAMS);
		assert_str(msg->params[BIG_PARAMS - 1].value, "value <19999>");
		assert_str(msg->id, "42");
		hms_arena_reset(arena);
		hms_cwmp_reader_reset(reader);
	}
}

struct sink_state {
	int count, fail_at;
};

static int take(const struct hms_cwmp_param *param, void *arg)
{
	struct sink_state *sink = arg;
	char name[64], value[64];

	if (sink->count == sink->fail_at)
		return HMS_EUNAVAIL;
	snprintf(name, sizeof(name), "Device.X.%d", sink->count);
	snprintf(value, sizeof(value), "value <%d>", sink->count);
	assert_str(param->name, name);
	assert_str(param->value, value);
	sink->count++;
	return 0;
}

static void test_a_sink_takes_a_large_body_without_using_the_arena(void **state)
{
	struct sink_state sink = { 0, -1 };
	struct hms_cwmp_msg *msg;

	write_big("", "");
	hms_cwmp_reader_free(&reader);
	free_arena(state);
	arena = hms_arena_new(BIG_ARENA_BYTES);
	reader = hms_cwmp_reader_new(arena, &hms_cwmp_default_limits);
	hms_cwmp_reader_set_sink(reader, take, &sink);
	assert_int_equal(feed_in(hms_buf_view(&big), 5000), 0);
	assert_true(sink.count > BIG_PARAMS / 2);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
	assert_int_equal(sink.count, BIG_PARAMS);
	assert_int_equal(msg->param_count, 0);
	assert_int_equal(msg->method, HMS_CWMP_GET_PARAMETER_VALUES);
}

static void test_the_sinks_error_ends_the_reading(void **state)
{
	struct sink_state sink = { 0, 100 };
	struct hms_err err = { 0 };
	struct hms_cwmp_msg *msg;

	(void)state;
	write_big("", "");
	hms_cwmp_reader_set_sink(reader, take, &sink);
	assert_int_equal(feed_in(hms_buf_view(&big), 5000), HMS_EUNAVAIL);
	assert_int_equal(hms_cwmp_reader_feed(reader, "x", 1), HMS_EUNAVAIL);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, &err), HMS_EUNAVAIL);
	assert_int_equal(err.code, HMS_EUNAVAIL);
	assert_int_equal(sink.count, 100);
}

static void test_a_small_bodys_sink_error_is_returned_at_the_end(void **state)
{
	struct hms_str body = HMS_STR(ENVELOPE(VALUES(PARAM("Device.X.0", "value &lt;0&gt;"))));
	struct sink_state sink = { 0, 0 };
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_cwmp_reader_set_sink(reader, take, &sink);
	assert_int_equal(feed_in(body, 5000), 0);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), HMS_EUNAVAIL);
	assert_null(msg);
}

static void test_an_informs_parameters_stay_in_the_message(void **state)
{
	struct hms_str body = HMS_STR(ENVELOPE(PLAIN_INFORM("1")));
	struct sink_state sink = { 0, 0 };
	struct hms_cwmp_msg *msg;

	(void)state;
	hms_cwmp_reader_set_sink(reader, take, &sink);
	assert_int_equal(feed_in(body, 5000), 0);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
	assert_int_equal(msg->param_count, 1);
}

static void test_a_large_body_is_not_repaired(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	write_big("", PARAM("Device.A", "a & b"));
	feed_in(hms_buf_view(&big), 5000);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), HMS_ESYNTAX);
}

static void test_a_large_body_in_another_charset_is_converted(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	write_big("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>", PARAM("Device.A", "caf\xe9"));
	assert_int_equal(feed_in(hms_buf_view(&big), 5000), 0);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
	assert_str(msg->params[BIG_PARAMS].value, "caf\xc3\xa9");
}

/* [Q9] Its characters are cut wherever the pieces are. */
static void test_a_large_body_of_two_byte_characters_is_converted(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	write_big("<?xml version=\"1.0\" encoding=\"gb2312\"?>", PARAM("Device.A", "\xd6\xd0\xb9\xfa"));
	assert_int_equal(feed_in(hms_buf_view(&big), 4999), 0);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
	assert_str(msg->params[BIG_PARAMS].value, "\xe4\xb8\xad\xe5\x9b\xbd");
}

static void test_a_cut_large_body_is_refused(void **state)
{
	struct hms_cwmp_msg *msg;

	(void)state;
	write_big("", "");
	assert_int_equal(feed_in(hms_strn(big.p, big.len - 20), 5000), 0);
	assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), HMS_ESYNTAX);
}

static void test_a_part_without_end_is_too_big(void **state)
{
	(void)state;
	hms_buf_strz(&big, ENV_OPEN "<soap:Body><!-- ");
	for (int i = 0; i < 3000000; i++)
		hms_buf_char(&big, ' ');
	assert_int_equal(feed_in(hms_buf_view(&big), 5000), HMS_ETOOBIG);
}

static void test_a_failed_reader_reads_the_next_message_after_a_reset(void **state)
{
	struct hms_str good = HMS_STR(ENVELOPE(PLAIN_INFORM("1")));
	struct hms_cwmp_msg *msg;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(feed_in(HMS_STR("<a>&"), 4), 0);
		assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), HMS_ESYNTAX);
		hms_cwmp_reader_reset(reader);
		assert_int_equal(feed_in(good, good.len), 0);
		assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
		assert_int_equal(msg->warnings, 0);
		assert_int_equal(msg->param_count, 1);
		hms_cwmp_reader_reset(reader);
	}
}

static void test_names_of_elements_do_not_pile_up(void **state)
{
	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct hms_cwmp_msg *msg;
		char body[1024];

		snprintf(body, sizeof(body), ENVELOPE("<cwmp:RebootResponse><a%d/></cwmp:RebootResponse>"), i);
		assert_int_equal(feed_in(hms_str(body), sizeof(body)), 0);
		assert_int_equal(hms_cwmp_reader_end(reader, &msg, NULL), 0);
		assert_int_equal(msg->field_count, 1);
		hms_arena_reset(arena);
		hms_cwmp_reader_reset(reader);
	}
}

#define STREAM_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_TEST(test_pieces_of_any_size_give_the_same_message),
		STREAM_TEST(test_a_large_body_is_collected_without_a_sink),
		STREAM_TEST(test_a_sink_takes_a_large_body_without_using_the_arena),
		STREAM_TEST(test_the_sinks_error_ends_the_reading),
		STREAM_TEST(test_a_small_bodys_sink_error_is_returned_at_the_end),
		STREAM_TEST(test_an_informs_parameters_stay_in_the_message),
		STREAM_TEST(test_a_large_body_is_not_repaired),
		STREAM_TEST(test_a_large_body_in_another_charset_is_converted),
		STREAM_TEST(test_a_large_body_of_two_byte_characters_is_converted),
		STREAM_TEST(test_a_cut_large_body_is_refused),
		STREAM_TEST(test_a_part_without_end_is_too_big),
		STREAM_TEST(test_a_failed_reader_reads_the_next_message_after_a_reset),
		STREAM_TEST(test_names_of_elements_do_not_pile_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
