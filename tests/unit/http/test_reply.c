/* Responses: whole ones, streamed ones, what they may not contain, slow readers. */
#include "fixture.h"

#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define GET_CLOSE "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static void check_answer(struct fixture *f, const char *request, const char *expected)
{
	char *answer = raw_exchange(f, request, strlen(request), 0);

	assert_string_equal(answer, expected);
	free(answer);
}

static void whole_response_has_status_headers_length_and_body(void **state)
{
	struct fixture *f = *state;

	f->headers[0] = (struct hms_http_header){ HMS_STR("Content-Type"), HMS_STR("text/xml") };
	f->headers[1] = (struct hms_http_header){ HMS_STR("Set-Cookie"), HMS_STR("a=b") };
	f->header_count = 2;
	fixture_serve(f);
	check_answer(f, GET_CLOSE,
		     "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

static void head_is_answered_without_body_but_with_its_length(void **state)
{
	struct fixture *f = *state;

	fixture_serve(f);
	check_answer(f, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
}

static void status_204_and_304_have_neither_body_nor_length(void **state)
{
	struct fixture *f = *state;

	fixture_serve(f);
	f->status = 204;
	check_answer(f, GET_CLOSE, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
	f->status = 304;
	check_answer(f, GET_CLOSE, "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
}

static void early_answer_to_an_unread_body_closes(void **state)
{
	struct fixture *f = *state;

	f->status = 401;
	f->when = ANSWER_AT_HEADERS;
	fixture_serve(f);
	check_answer(f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nsome",
		     "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
	assert_int_equal(f->completed, 0);
	assert_int_equal(f->aborted, 0);
	assert_int_equal(f->ended, 1);
}

static void answer_at_the_last_byte_of_the_body_keeps_the_connection(void **state)
{
	static const char request[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
	struct fixture *f = *state;
	char *answer;
	int fd;

	f->when = ANSWER_AT_BODY;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, request, strlen(request));
	answer = raw_read_until(f, fd, "ok");
	assert_string_equal(answer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	free(answer);
	close(fd);
}

static void reply_twice(struct fixture *f, struct hms_http_req *req)
{
	(void)f;
	assert_int_equal(hms_http_reply_write(req, "x", 1), HMS_EINVAL);
	assert_int_equal(hms_http_reply_end(req), HMS_EINVAL);
	assert_int_equal(hms_http_reply_text(req, 404, "gone"), 0);
	assert_int_equal(hms_http_reply_text(req, 200, "again"), HMS_EINVAL);
	assert_int_equal(hms_http_reply_begin(req, 200, NULL, 0, -1), HMS_EINVAL);
}

static void second_answer_is_refused(void **state)
{
	struct fixture *f = *state;

	f->at_answer = reply_twice;
	fixture_serve(f);
	check_answer(f, GET_CLOSE,
		     "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n"
		     "Content-Length: 5\r\nConnection: close\r\n\r\ngone\n");
}

static void reply_bad_headers(struct fixture *f, struct hms_http_req *req)
{
	static const struct hms_http_header bad[] = {
		{ HMS_STR("A"), HMS_STR("b\r\nSet-Cookie: evil") },
		{ HMS_STR("A"), HMS_STR("b\nc") },
		{ HMS_STR("A:B"), HMS_STR("c") },
		{ HMS_STR("A\r\n"), HMS_STR("b") },
		{ HMS_STR(""), HMS_STR("b") },
		{ HMS_STR("content-length"), HMS_STR("7") },
		{ HMS_STR("Transfer-Encoding"), HMS_STR("x") },
	};

	(void)f;
	for (size_t i = 0; i < ROWS(bad); i++) {
		assert_int_equal(hms_http_reply(req, 200, &bad[i], 1, HMS_STR("x")), HMS_EINVAL);
	}
	assert_int_equal(hms_http_reply(req, 100, NULL, 0, HMS_STR("x")), HMS_EINVAL);
	assert_int_equal(hms_http_reply(req, 600, NULL, 0, HMS_STR("x")), HMS_EINVAL);
	assert_int_equal(hms_http_reply(req, 299, NULL, 0, HMS_STR("")), 0);
}

static void headers_that_would_break_the_message_are_refused(void **state)
{
	struct fixture *f = *state;

	f->at_answer = reply_bad_headers;
	fixture_serve(f);
	check_answer(f, GET_CLOSE, "HTTP/1.1 299 Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

static void reply_chunked(struct fixture *f, struct hms_http_req *req)
{
	(void)f;
	assert_int_equal(hms_http_reply_begin(req, 200, NULL, 0, -1), 0);
	assert_int_equal(hms_http_reply_write(req, "hello ", 6), 0);
	assert_int_equal(hms_http_reply_write(req, "", 0), 0);
	assert_int_equal(hms_http_reply_write(req, "world, hello world", 18), 0);
	assert_int_equal(hms_http_reply_end(req), 0);
	assert_int_equal(hms_http_reply_end(req), HMS_EINVAL);
}

static void streamed_response_is_chunked(void **state)
{
	struct fixture *f = *state;

	f->at_answer = reply_chunked;
	fixture_serve(f);
	check_answer(f, GET_CLOSE,
		     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
		     "6\r\nhello \r\n12\r\nworld, hello world\r\n0\r\n\r\n");
	check_answer(f, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
}

static void streamed_response_to_http10_ends_with_the_connection(void **state)
{
	struct fixture *f = *state;

	f->at_answer = reply_chunked;
	fixture_serve(f);
	check_answer(f, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
		     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello world, hello world");
}

static void reply_length(struct fixture *f, struct hms_http_req *req)
{
	(void)f;
	assert_int_equal(hms_http_reply_begin(req, 200, NULL, 0, 5), 0);
	assert_int_equal(hms_http_reply_write(req, "hel", 3), 0);
	assert_int_equal(hms_http_reply_write(req, "lo!", 3), HMS_EINVAL);
	assert_int_equal(hms_http_reply_write(req, "lo", 2), 0);
	assert_int_equal(hms_http_reply_end(req), 0);
}

static void streamed_response_keeps_its_declared_length(void **state)
{
	struct fixture *f = *state;

	f->at_answer = reply_length;
	fixture_serve(f);
	check_answer(f, GET_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
}

static void reply_short(struct fixture *f, struct hms_http_req *req)
{
	(void)f;
	assert_int_equal(hms_http_reply_begin(req, 200, NULL, 0, 5), 0);
	assert_int_equal(hms_http_reply_write(req, "hel", 3), 0);
	assert_int_equal(hms_http_reply_end(req), HMS_EINVAL);
}

static void less_than_the_declared_length_cuts_the_connection(void **state)
{
	struct fixture *f = *state;

	f->at_answer = reply_short;
	fixture_serve(f);
	check_answer(f, GET, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
	assert_int_equal(f->aborted, 1);
}

static void slow_reader_holds_the_writer_back(void **state)
{
	enum { PIECE = 50000 };
	struct fixture *f = *state;
	char *piece = malloc(PIECE), *answer;
	size_t sent = 0;
	int fd, rc;

	memset(piece, 'p', PIECE);
	f->conf.write_queue_bytes = 100000;
	f->when = ANSWER_NEVER;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, GET_CLOSE, strlen(GET_CLOSE));
	fixture_await(f, &f->completed, 1);
	assert_int_equal(hms_http_reply_begin(f->req, 200, NULL, 0, -1), 0);
	while ((rc = hms_http_reply_write(f->req, piece, PIECE)) == 0) {
		sent += PIECE;
		hms_loop_run_once(f->loop, false);
	}
	assert_int_equal(rc, HMS_EFULL);
	assert_int_equal(f->drained, 0);
	assert_int_equal(hms_http_reply_end(f->req), 0); /* the last chunk waits for room */
	assert_int_equal(f->ended, 0);
	answer = raw_read_until(f, fd, NULL);
	assert_true(strlen(answer) > sent);
	assert_string_equal(answer + strlen(answer) - 7, "\r\n0\r\n\r\n");
	assert_int_equal(f->ended, 1);
	assert_int_equal(f->aborted, 0);
	free(answer);
	free(piece);
	close(fd);
}

static void drained_tells_of_room(void **state)
{
	enum { PIECE = 50000 };
	struct fixture *f = *state;
	char *piece = calloc(1, PIECE), *answer;
	int fd;

	f->conf.write_queue_bytes = 100000;
	f->when = ANSWER_NEVER;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, GET_CLOSE, strlen(GET_CLOSE));
	fixture_await(f, &f->completed, 1);
	assert_int_equal(hms_http_reply_begin(f->req, 200, NULL, 0, -1), 0);
	while (hms_http_reply_write(f->req, piece, PIECE) == 0) {
	}
	while (!f->drained) {
		char sink[65536];

		assert_true(recv(fd, sink, sizeof(sink), 0) > 0);
		hms_loop_run_once(f->loop, false);
	}
	assert_int_equal(hms_http_reply_write(f->req, "x", 1), 0);
	assert_int_equal(hms_http_reply_end(f->req), 0);
	answer = raw_read_until(f, fd, NULL);
	free(answer);
	free(piece);
	close(fd);
}

static void large_answer_is_sent_whole(void **state)
{
	enum { BYTES = 5 << 20 };
	struct fixture *f = *state;
	char *body = malloc(BYTES + 1), *answer;

	memset(body, 'b', BYTES);
	body[BYTES] = '\0';
	f->answer = body;
	fixture_serve(f);
	answer = raw_exchange(f, GET_CLOSE, strlen(GET_CLOSE), 0);
	assert_int_equal(strlen(strstr(answer, "\r\n\r\n") + 4), BYTES);
	free(answer);
	free(body);
}

static void reader_that_stops_is_cut_after_the_write_timeout(void **state)
{
	enum { BYTES = 8 << 20 };
	struct fixture *f = *state;
	char *body = malloc(BYTES + 1);
	unsigned long before = metric("hms_http_connections_closed_total{reason=\"timeout\"}");
	int fd;

	memset(body, 'b', BYTES);
	body[BYTES] = '\0';
	f->answer = body;
	f->conf.write_timeout = 100;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, GET, strlen(GET));
	while (metric("hms_http_connections_closed_total{reason=\"timeout\"}") == before) {
		hms_loop_run_once(f->loop, true);
	}
	free(body);
	close(fd);
}

static void status_texts_are_known(void **state)
{
	(void)state;
	assert_string_equal(hms_http_status_text(404), "Not Found");
	assert_string_equal(hms_http_status_text(599), "Status");
	assert_string_equal(hms_http_status_text(60000), "Status");
}

static void answers_are_counted_by_class(void **state)
{
	struct fixture *f = *state;
	unsigned long before = metric("hms_http_requests_total{class=\"5xx\"}");

	f->status = 503;
	fixture_serve(f);
	free(raw_exchange(f, GET_CLOSE, strlen(GET_CLOSE), 0));
	assert_int_equal(metric("hms_http_requests_total{class=\"5xx\"}"), before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whole_response_has_status_headers_length_and_body),
		TEST(head_is_answered_without_body_but_with_its_length),
		TEST(status_204_and_304_have_neither_body_nor_length),
		TEST(early_answer_to_an_unread_body_closes),
		TEST(answer_at_the_last_byte_of_the_body_keeps_the_connection),
		TEST(second_answer_is_refused),
		TEST(headers_that_would_break_the_message_are_refused),
		TEST(streamed_response_is_chunked),
		TEST(streamed_response_to_http10_ends_with_the_connection),
		TEST(streamed_response_keeps_its_declared_length),
		TEST(less_than_the_declared_length_cuts_the_connection),
		TEST(slow_reader_holds_the_writer_back),
		TEST(drained_tells_of_room),
		TEST(large_answer_is_sent_whole),
		TEST(reader_that_stops_is_cut_after_the_write_timeout),
		TEST(status_texts_are_known),
		TEST(answers_are_counted_by_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
