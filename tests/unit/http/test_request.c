/* What a handler sees of a request: target, headers, body, expectations, back-pressure. */
#include "fixture.h"

#include <unistd.h>

static void check_seen(struct fixture *f, const char *request, const char *seen, const char *body)
{
	char *answer;

	hms_buf_reset(&f->seen);
	answer = raw_exchange(f, request, strlen(request), 0);
	assert_string_equal(hms_buf_z(&f->seen), seen);
	assert_string_equal(hms_buf_z(&f->body), body);
	assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
	free(answer);
}

#define TAIL "Host: a\r\nConnection: close\r\n"

static void method_path_and_query_are_told(void **state)
{
	struct fixture *f = *state;

	fixture_serve(f);
	check_seen(f, "GET / HTTP/1.1\r\n" TAIL "\r\n", "GET /?\n", "");
	check_seen(f, "GET /a%20b?c=d?e HTTP/1.1\r\n" TAIL "\r\n", "GET /a%20b?c=d?e\n", "");
	check_seen(f, "DELETE http://x.example/a?b HTTP/1.1\r\n" TAIL "\r\n", "DELETE /a?b\n", "");
	check_seen(f, "GET http://x.example HTTP/1.1\r\n" TAIL "\r\n", "GET /?\n", "");
	check_seen(f, "OPTIONS * HTTP/1.1\r\n" TAIL "\r\n", "OPTIONS *?\n", "");
	check_seen(f, "\r\n\r\nGET / HTTP/1.1\r\n" TAIL "\r\n", "GET /?\n", "");
	check_seen(f, "GET /up HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade, close\r\nHost: a\r\n\r\n", "GET /up?\n", "");
}

static void bodies_are_decoded(void **state)
{
	struct fixture *f = *state;

	fixture_serve(f);
	check_seen(f, "POST / HTTP/1.1\r\nContent-Length: 5\r\n" TAIL "\r\nhello", "POST /?\n", "hello");
	check_seen(f, "POST / HTTP/1.1\r\nContent-Length: 0\r\n" TAIL "\r\n", "POST /?\n", "");
	check_seen(f, "POST / HTTP/1.1\r\ntransfer-encoding: CHUNKED\r\n" TAIL "\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n",
		   "POST /?\n", "hello");
}

static void bodies_in_pieces_are_the_same(void **state)
{
	static const char plain[] = "POST / HTTP/1.1\r\nContent-Length: 5\r\n" TAIL "\r\nhello";
	static const char chunked[] =
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" TAIL "\r\n3;x=\"y\"\r\nhel\r\n2\r\nlo\r\n0\r\nA: b\r\n\r\n";
	struct fixture *f = *state;

	fixture_serve(f);
	for (size_t piece = 1; piece < 20; piece++) {
		free(raw_exchange(f, plain, strlen(plain), piece));
		assert_string_equal(hms_buf_z(&f->body), "hello");
		free(raw_exchange(f, chunked, strlen(chunked), piece));
		assert_string_equal(hms_buf_z(&f->body), "hello");
	}
	assert_int_equal(f->ended, 38);
	assert_int_equal(f->aborted, 0);
}

static void assert_header(const struct hms_http_req *req, const char *name, size_t i, const char *value)
{
	struct hms_str got = hms_http_req_header_at(req, name, i);

	assert_int_equal(got.len, strlen(value));
	assert_memory_equal(got.p, value, got.len);
}

static void answer_checks_headers(struct fixture *f, struct hms_http_req *req)
{
	(void)f;
	assert_header(req, "a", 0, "one");
	assert_header(req, "A", 1, "two words");
	assert_header(req, "EMPTY", 0, "");
	assert_header(req, "empty", 1, "");
	assert_non_null(hms_http_req_header(req, "empty").p);
	assert_null(hms_http_req_header_at(req, "a", 2).p);
	assert_null(hms_http_req_header(req, "b").p);
	assert_int_equal(hms_http_req_content_length(req), 4);
	assert_ptr_equal(hms_http_req_loop(req), f->loop);
	assert_non_null(hms_arena_alloc(hms_http_req_arena(req), 100000));
	assert_int_equal(hms_http_reply_text(req, 200, "fine"), 0);
}

static void headers_are_found_in_any_case_and_trimmed(void **state)
{
	static const char request[] =
		"POST / HTTP/1.1\r\nA:one\r\na: \t two words \t \r\nempty:\r\nEmpty:  \r\nContent-Length: 4\r\n" TAIL "\r\n1234";
	struct fixture *f = *state;
	char *answer;

	f->at_answer = answer_checks_headers;
	fixture_serve(f);
	answer = raw_exchange(f, request, strlen(request), 0);
	assert_non_null(strstr(answer, "\r\n\r\nfine\n"));
	free(answer);
	answer = raw_exchange(f, request, strlen(request), 3);
	assert_non_null(strstr(answer, "\r\n\r\nfine\n"));
	free(answer);
}

static void handler_may_raise_the_body_limit(void **state)
{
	static const char request[] = "POST / HTTP/1.1\r\nContent-Length: 2000\r\n" TAIL "\r\n";
	struct fixture *f = *state;
	char *body = calloc(1, 2000), *answer;
	int fd;

	f->conf.body_max_bytes = 1024;
	f->body_max = 4096;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, request, strlen(request));
	raw_send(fd, body, 2000);
	answer = raw_read_until(f, fd, NULL);
	assert_int_equal(strncmp(answer, "HTTP/1.1 200 ", 13), 0);
	assert_int_equal(f->body.len, 2000);
	free(answer);
	free(body);
	close(fd);
}

static void continue_is_sent_when_the_body_is_first_wanted(void **state)
{
	static const char head[] = "POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n" TAIL "\r\n";
	struct fixture *f = *state;
	char *answer;
	int fd;

	f->pause_at_headers = true;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, head, strlen(head));
	fixture_await(f, &f->handled, 1);
	assert_int_equal(recv(fd, (char[1]){ 0 }, 1, MSG_DONTWAIT), -1); /* paused: the body is not wanted yet */
	hms_http_req_pause(f->req, false);
	answer = raw_read_until(f, fd, "\r\n\r\n");
	assert_string_equal(answer, "HTTP/1.1 100 Continue\r\n\r\n");
	free(answer);
	raw_send(fd, "hello", 5);
	answer = raw_read_until(f, fd, NULL);
	assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
	free(answer);
	close(fd);
}

static void continue_is_left_out_when_the_body_is_there_or_the_answer_is(void **state)
{
	static const char with_body[] = "POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n" TAIL "\r\nhello";
	static const char old[] = "POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: whatever\r\n\r\nhello";
	static const char head[] = "POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\nHost: a\r\n\r\n";
	struct fixture *f = *state;
	char *answer;

	fixture_serve(f);
	answer = raw_exchange(f, with_body, strlen(with_body), 0);
	assert_int_equal(strncmp(answer, "HTTP/1.1 200 ", 13), 0);
	free(answer);
	answer = raw_exchange(f, old, strlen(old), 0);
	assert_int_equal(strncmp(answer, "HTTP/1.1 200 ", 13), 0);
	free(answer);
	f->when = ANSWER_AT_HEADERS;
	f->status = 401;
	answer = raw_exchange(f, head, strlen(head), 0);
	assert_int_equal(strncmp(answer, "HTTP/1.1 401 ", 13), 0);
	assert_non_null(strstr(answer, "Connection: close\r\n"));
	free(answer);
}

static void check_pause_keeps_all_bytes(struct fixture *f, const char *head, const char *tail)
{
	int fd = raw_connect(f);
	unsigned handled = f->handled, ended = f->ended;

	raw_send(fd, head, strlen(head));
	raw_send(fd, tail, strlen(tail));
	fixture_await(f, &f->handled, handled + 1);
	for (int i = 0; i < 20; i++) {
		hms_loop_run_once(f->loop, false);
	}
	assert_int_equal(f->body.len, 0);
	hms_http_req_pause(f->req, false);
	assert_int_equal(f->body.len, 0); /* never inside the call */
	fixture_await(f, &f->ended, ended + 1);
	assert_string_equal(hms_buf_z(&f->body), "hello");
	close(fd);
}

static void pausing_holds_the_body_back(void **state)
{
	struct fixture *f = *state;

	f->pause_at_headers = true;
	fixture_serve(f);
	check_pause_keeps_all_bytes(f, "POST / HTTP/1.1\r\nContent-Length: 5\r\n" TAIL "\r\n", "hello");
	check_pause_keeps_all_bytes(f, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" TAIL "\r\n", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
}

static void pause_each(struct hms_http_req *req, const char *data, size_t len, void *arg)
{
	struct fixture *f = arg;

	hms_buf_add(&f->body, data, len);
	f->drained++; /* counts pieces here */
	hms_http_req_pause(req, true);
}

static void complete_each(struct hms_http_req *req, void *arg)
{
	((struct fixture *)arg)->completed++;
	assert_int_equal(hms_http_reply(req, 204, NULL, 0, (struct hms_str){ 0 }), 0);
}

static void ended_each(struct hms_http_req *req, bool aborted, void *arg)
{
	struct fixture *f = arg;

	(void)req;
	assert_false(aborted);
	f->req = NULL;
	f->ended++;
}

static void set_pause_each(struct fixture *f, struct hms_http_req *req)
{
	static const struct hms_http_req_cb callbacks = { .body = pause_each, .complete = complete_each, .ended = ended_each };

	hms_http_req_set(req, &callbacks, f);
}

static void pause_inside_a_chunk_stops_before_the_next(void **state)
{
	static const char request[] =
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" TAIL "\r\n2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\n\r\n";
	struct fixture *f = *state;
	int fd;

	f->when = ANSWER_AT_HEADERS;
	f->at_answer = set_pause_each;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, request, strlen(request));
	for (unsigned i = 1; i <= 3; i++) {
		fixture_await(f, &f->drained, i);
		for (int n = 0; n < 5; n++) {
			hms_loop_run_once(f->loop, false);
		}
		assert_int_equal(f->drained, i);
		assert_int_equal(f->completed, 0);
		hms_http_req_pause(f->req, false);
	}
	fixture_await(f, &f->ended, 1);
	assert_string_equal(hms_buf_z(&f->body), "hello");
	close(fd);
}

static void peer_that_goes_away_ends_the_request_as_aborted(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct fixture *f = *state;
	int fd;

	f->when = ANSWER_NEVER;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, request, strlen(request));
	fixture_await(f, &f->completed, 1);
	close(fd);
	fixture_await(f, &f->ended, 1);
	assert_int_equal(f->aborted, 1);
}

static void abort_cuts_the_connection(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct fixture *f = *state;
	char *answer;
	int fd;

	f->when = ANSWER_NEVER;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, request, strlen(request));
	fixture_await(f, &f->completed, 1);
	hms_http_req_abort(f->req);
	assert_int_equal(f->ended, 0);
	assert_int_equal(hms_http_reply_text(f->req, 200, "late"), HMS_ECLOSED);
	answer = raw_read_until(f, fd, NULL);
	assert_string_equal(answer, "");
	assert_int_equal(f->aborted, 1);
	free(answer);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(method_path_and_query_are_told),
		TEST(bodies_are_decoded),
		TEST(bodies_in_pieces_are_the_same),
		TEST(headers_are_found_in_any_case_and_trimmed),
		TEST(handler_may_raise_the_body_limit),
		TEST(continue_is_sent_when_the_body_is_first_wanted),
		TEST(continue_is_left_out_when_the_body_is_there_or_the_answer_is),
		TEST(pausing_holds_the_body_back),
		TEST(pause_inside_a_chunk_stops_before_the_next),
		TEST(peer_that_goes_away_ends_the_request_as_aborted),
		TEST(abort_cuts_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
