/* HTTP/2 for handlers: what becomes of their answers. */
#include "h2_client.h"

static void head_and_204_have_no_body(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_send(c, "HEAD", "/", NULL, NULL, NULL);
	h2_check(c, answer, 200, "");
	assert_string_equal(hms_buf_z(&answer->head), "content-length: 2\n");
	f->status = 204;
	answer = h2_get(c);
	h2_check(c, answer, 204, "");
	assert_string_equal(hms_buf_z(&answer->head), "");
	h2_close(c);
}

static void fields_of_the_connection_are_left_out_of_answers(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->headers[0] = (struct hms_http_header){ HMS_STR("Keep-Alive"), HMS_STR("timeout=5") };
	f->headers[1] = (struct hms_http_header){ HMS_STR("X-Upper"), HMS_STR(" Value ") };
	f->header_count = 2;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_get(c);
	h2_check(c, answer, 200, "ok");
	assert_string_equal(hms_buf_z(&answer->head), "x-upper: Value\ncontent-length: 2\n");
	h2_close(c);
}

static void reply_in_pieces(struct fixture *f, struct hms_http_req *req)
{
	(void)f;
	assert_int_equal(hms_http_reply_begin(req, 200, NULL, 0, -1), 0);
	assert_int_equal(hms_http_reply_write(req, "hello ", 6), 0);
	assert_int_equal(hms_http_reply_write(req, "", 0), 0);
	assert_int_equal(hms_http_reply_write(req, "world", 5), 0);
	assert_int_equal(hms_http_reply_end(req), 0);
	assert_int_equal(hms_http_reply_end(req), HMS_EINVAL);
	assert_int_equal(hms_http_reply_text(req, 200, "again"), HMS_EINVAL);
}

static void streamed_response_needs_no_length(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->at_answer = reply_in_pieces;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_get(c);
	h2_check(c, answer, 200, "hello world");
	assert_string_equal(hms_buf_z(&answer->head), "");
	h2_check(c, h2_send(c, "HEAD", "/", NULL, NULL, NULL), 200, "");
	h2_close(c);
}

static void reply_short(struct fixture *f, struct hms_http_req *req)
{
	(void)f;
	assert_int_equal(hms_http_reply_begin(req, 200, NULL, 0, 5), 0);
	assert_int_equal(hms_http_reply_write(req, "hel", 3), 0);
	assert_int_equal(hms_http_reply_end(req), HMS_EINVAL);
}

static void less_than_the_declared_length_resets_the_stream(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	f->at_answer = reply_short;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check_reset(c, h2_get(c), NGHTTP2_INTERNAL_ERROR);
	assert_int_equal(f->aborted, 1);
	f->at_answer = NULL;
	h2_check(c, h2_get(c), 200, "ok");
	h2_close(c);
}

static void slow_reader_holds_the_writer_back(void **state)
{
	enum { PIECE = 10000, TOTAL = 2000000 };
	struct fixture *f = *state;
	char *piece = malloc(PIECE);
	struct h2_answer *answer;
	struct h2_client *c;
	size_t sent = 0;
	int rc;

	memset(piece, 'p', PIECE);
	f->conf.h2_stream_queue_bytes = 65536;
	f->when = ANSWER_NEVER;
	fixture_serve(f);
	c = h2_connect(f, 1000);
	answer = h2_get(c);
	h2_await(c, &f->completed, 1);
	assert_int_equal(hms_http_reply_begin(f->req, 200, NULL, 0, TOTAL), 0);
	while (sent < TOTAL) {
		unsigned drained = f->drained;

		while (sent < TOTAL && (rc = hms_http_reply_write(f->req, piece, PIECE)) == 0) {
			sent += PIECE;
		}
		assert_true(sent - answer->body.len <= 65536 + PIECE + 1000);
		if (sent < TOTAL) {
			assert_int_equal(rc, HMS_EFULL);
			assert_int_equal(f->drained, drained); /* never inside the call */
			h2_await(c, &f->drained, drained + 1);
		}
	}
	assert_int_equal(hms_http_reply_end(f->req), 0);
	assert_int_equal(f->ended, 0);
	h2_await(c, &answer->ended, 1);
	assert_int_equal(answer->body.len, TOTAL);
	assert_int_equal(f->ended, 1);
	assert_int_equal(f->aborted, 0);
	free(piece);
	h2_close(c);
}

static void large_answer_is_sent_whole(void **state)
{
	enum { BYTES = 5 << 20 };
	struct fixture *f = *state;
	char *body = malloc(BYTES + 1);
	struct h2_answer *answer;
	struct h2_client *c;

	memset(body, 'b', BYTES);
	body[BYTES] = '\0';
	f->answer = body;
	f->conf.write_queue_bytes = 16384;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_get(c);
	h2_await(c, &answer->ended, 1);
	assert_int_equal(answer->body.len, BYTES);
	free(body);
	h2_close(c);
}

/* Answers that nobody reads are not added to: further requests wait, and are served in the end. */
static void requests_wait_while_answers_are_not_read(void **state)
{
	enum { BYTES = 50000, COUNT = 20 };
	struct fixture *f = *state;
	char *body = malloc(BYTES + 1);
	struct h2_client *c;

	memset(body, 'b', BYTES);
	body[BYTES] = '\0';
	f->answer = body;
	f->many = true;
	f->conf.write_queue_bytes = 4 * BYTES;
	fixture_serve(f);
	c = h2_connect(f, 0);
	for (int i = 0; i < COUNT; i++) {
		h2_get(c);
	}
	for (int i = 0; i < 50; i++) {
		h2_turn(c);
	}
	assert_int_equal(f->handled, 2);
	nghttp2_submit_settings(c->session, 0, &(nghttp2_settings_entry){ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65535 }, 1);
	h2_await(c, &f->ended, COUNT);
	assert_int_equal(f->aborted, 0);
	free(body);
	h2_close(c);
}

static void abort_resets_the_stream_alone(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->when = ANSWER_NEVER;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_get(c);
	h2_await(c, &f->completed, 1);
	hms_http_req_abort(f->req);
	assert_int_equal(f->ended, 0);
	assert_int_equal(hms_http_reply_text(f->req, 200, "late"), HMS_ECLOSED);
	h2_check_reset(c, answer, NGHTTP2_INTERNAL_ERROR);
	assert_int_equal(f->aborted, 1);
	f->when = ANSWER_AT_COMPLETE;
	h2_check(c, h2_get(c), 200, "ok");
	h2_close(c);
}

static void requests_are_counted_by_version(void **state)
{
	unsigned long all = metric("hms_http_requests_total{class=\"2xx\"}"), http2 = metric("hms_http2_requests_total");
	struct fixture *f = *state;
	struct h2_client *c;

	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_get(c), 200, "ok");
	free(raw_exchange(f, "GET / HTTP/1.0\r\n\r\n", 18, 0));
	assert_int_equal(metric("hms_http_requests_total{class=\"2xx\"}"), all + 2);
	assert_int_equal(metric("hms_http2_requests_total"), http2 + 1);
	h2_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(head_and_204_have_no_body),
		TEST(fields_of_the_connection_are_left_out_of_answers),
		TEST(streamed_response_needs_no_length),
		TEST(less_than_the_declared_length_resets_the_stream),
		TEST(slow_reader_holds_the_writer_back),
		TEST(large_answer_is_sent_whole),
		TEST(requests_wait_while_answers_are_not_read),
		TEST(abort_resets_the_stream_alone),
		TEST(requests_are_counted_by_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
