/* HTTP/2 for handlers: what they see of a request. */
#include "h2_client.h"

#include <stdio.h>
#include <unistd.h>

static void check_seen(struct fixture *f, const char *seen, const char *body)
{
	assert_string_equal(hms_buf_z(&f->seen), seen);
	assert_string_equal(hms_buf_z(&f->body), body);
	hms_buf_reset(&f->seen);
}

static void target_and_body_are_told(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_send(c, "GET", "/a%20b?c=d?e", NULL, NULL, NULL), 200, "ok");
	check_seen(f, "GET /a%20b?c=d?e\n", "");
	h2_check(c, h2_send(c, "POST", "/", NULL, NULL, "hello"), 200, "ok");
	check_seen(f, "POST /?\n", "hello");
	h2_check(c, h2_send(c, "POST", "/", "content-length", "5", "hello"), 200, "ok");
	check_seen(f, "POST /?\n", "hello");
	h2_check(c, h2_send(c, "OPTIONS", "*", NULL, NULL, NULL), 200, "ok");
	check_seen(f, "OPTIONS *?\n", "");
	assert_int_equal(f->completed, 4);
	assert_int_equal(f->ended, 4);
	assert_int_equal(f->aborted, 0);
	h2_close(c);
}

static void preface_may_come_in_pieces(void **state)
{
	static const char start[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
	struct fixture *f = *state;
	char answer[9];
	int fd;

	fixture_serve(f);
	fd = raw_connect(f);
	for (size_t i = 0; i < sizeof(start) - 1; i++) {
		raw_send(fd, start + i, 1);
		hms_loop_run_once(f->loop, false);
		hms_loop_run_once(f->loop, false);
	}
	while (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) < 0) {
		hms_loop_run_once(f->loop, false);
	}
	assert_int_equal(answer[3], NGHTTP2_SETTINGS);
	close(fd);
}

static void unfinished_preface_times_out(void **state)
{
	struct fixture *f = *state;
	char *answer;

	f->conf.header_timeout = 100;
	fixture_serve(f);
	answer = raw_exchange(f, "PRI * HTTP/2.0\r", 15, 0);
	assert_int_equal(strncmp(answer, "HTTP/1.1 408 ", 13), 0);
	free(answer);
	answer = raw_exchange(f, "PRI * HTTP/2.0\r", 15, 1);
	assert_int_equal(strncmp(answer, "HTTP/1.1 408 ", 13), 0);
	free(answer);
}

static void assert_header(const struct hms_http_req *req, const char *name, size_t i, const char *value)
{
	struct hms_str got = hms_http_req_header_at(req, name, i);

	assert_int_equal(got.len, strlen(value));
	assert_memory_equal(got.p, value, got.len);
}

static void answer_checks_headers(struct fixture *f, struct hms_http_req *req)
{
	assert_header(req, "Host", 0, "h.example:8080");
	assert_null(hms_http_req_header_at(req, "Host", 1).p);
	assert_null(hms_http_req_header(req, ":authority").p);
	assert_null(hms_http_req_header(req, ":path").p);
	assert_header(req, "Cookie", 0, "a=b; c=d; e=f");
	assert_null(hms_http_req_header_at(req, "cookie", 1).p);
	assert_header(req, "X", 0, "one");
	assert_header(req, "X", 1, "two");
	assert_int_equal(hms_http_req_content_length(req), 0);
	assert_ptr_equal(hms_http_req_loop(req), f->loop);
	assert_true(hms_http_req_conn_id(req) > 0);
	assert_int_equal(hms_http_reply_text(req, 200, "fine"), 0);
}

static void headers_are_as_in_http1(void **state)
{
	static const struct h2_field with_authority[] = {
		{ ":method", "GET" }, { ":scheme", "http" }, { ":authority", "h.example:8080" }, { ":path", "/" }, { "cookie", "a=b" },
		{ "x", "one" },	      { "cookie", "c=d" },   { "content-length", "0" },		 { "x", "two" },   { "cookie", "e=f" },
	};
	static const struct h2_field with_host[] = {
		{ ":method", "GET" }, { ":scheme", "http" },	    { ":path", "/" }, { "cookie", "a=b; c=d; e=f" },
		{ "x", "one" },	      { "host", "h.example:8080" }, { "x", "two" },   { "content-length", "0" },
	};
	struct fixture *f = *state;
	struct h2_client *c;

	f->at_answer = answer_checks_headers;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_submit(c, with_authority, ROWS(with_authority), NULL, 0, false), 200, "fine\n");
	h2_check(c, h2_submit(c, with_host, ROWS(with_host), NULL, 0, false), 200, "fine\n");
	h2_close(c);
}

static void requests_run_at_once_and_are_answered_in_any_order(void **state)
{
	enum { COUNT = 50 };
	struct fixture *f = *state;
	struct hms_http_req *reqs[COUNT];
	struct h2_answer *answers[COUNT];
	struct h2_client *c;

	f->many = true;
	f->when = ANSWER_NEVER;
	fixture_serve(f);
	c = h2_connect(f, -1);
	for (unsigned i = 0; i < COUNT; i++) {
		answers[i] = h2_get(c);
		h2_await(c, &f->completed, i + 1);
		reqs[i] = f->req;
	}
	for (unsigned i = COUNT; i-- > 0;) {
		char text[16];

		snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(hms_http_reply(reqs[i], 200, NULL, 0, hms_str(text)), 0);
		h2_check(c, answers[i], 200, text);
		assert_int_equal(f->ended, COUNT - i);
	}
	h2_close(c);
}

static void continue_is_sent_when_the_body_is_first_wanted(void **state)
{
	static const struct h2_field fields[] = {
		{ ":method", "POST" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" }, { "expect", "100-continue" },
	};
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->pause_at_headers = true;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_submit(c, fields, ROWS(fields), NULL, 0, true);
	h2_await(c, &f->handled, 1);
	h2_turn(c);
	assert_int_equal(answer->informational, 0);
	hms_http_req_pause(f->req, false);
	h2_await(c, &answer->informational, 100);
	answer->open = false;
	assert_int_equal(nghttp2_session_resume_data(c->session, answer->id), 0);
	h2_check(c, answer, 200, "ok");
	h2_check(c, h2_send(c, "POST", "/", "expect", "magic", "x"), 417, "Expectation Failed\n");
	h2_close(c);
}

static void early_answer_stops_the_body_and_keeps_the_connection(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->status = 401;
	f->when = ANSWER_AT_HEADERS;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_submit(c, (struct h2_field[]){ { ":method", "POST" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } },
			   4, "some", 4, true);
	h2_check(c, answer, 401, "ok");
	h2_check_reset(c, answer, NGHTTP2_NO_ERROR);
	assert_int_equal(f->ended, 1);
	assert_int_equal(f->aborted, 0);
	assert_int_equal(f->body.len, 0);
	h2_check(c, h2_get(c), 401, "ok");
	assert_int_equal(c->goaways, 0);
	h2_close(c);
}

/* What waited of bodies that were taken back does not use up the connection's window. */
static void bodies_that_end_unread_leave_the_window_open(void **state)
{
	enum { BYTES = 60000 };
	struct fixture *f = *state;
	char *body = malloc(BYTES + 1);
	struct h2_client *c;

	memset(body, 'b', BYTES);
	body[BYTES] = '\0';
	f->pause_at_headers = true;
	fixture_serve(f);
	c = h2_connect(f, -1);
	for (unsigned i = 1; i <= 10; i++) {
		struct h2_answer *answer = h2_send(c, "POST", "/", NULL, NULL, body);

		h2_await(c, &f->handled, i);
		while (answer->to_send_len) {
			h2_turn(c);
		}
		nghttp2_submit_rst_stream(c->session, 0, answer->id, NGHTTP2_CANCEL);
		h2_await(c, &f->aborted, i);
	}
	f->pause_at_headers = false;
	h2_check(c, h2_send(c, "POST", "/", NULL, NULL, body), 200, "ok");
	assert_int_equal(f->body.len, BYTES);
	free(body);
	h2_close(c);
}

/* The window, and so what waits here, is not refilled while the handler does not read. */
static void pausing_holds_the_body_back(void **state)
{
	enum { BYTES = 300000 };
	struct fixture *f = *state;
	char *body = malloc(BYTES + 1);
	struct h2_answer *answer;
	struct h2_client *c;

	memset(body, 'b', BYTES);
	body[BYTES] = '\0';
	f->pause_at_headers = true;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_send(c, "POST", "/", NULL, NULL, body);
	h2_await(c, &f->handled, 1);
	for (int i = 0; i < 50; i++) {
		h2_turn(c);
	}
	assert_int_equal(f->body.len, 0);
	assert_int_equal(answer->to_send_len, BYTES - f->conf.h2_stream_window_bytes);
	hms_http_req_pause(f->req, false);
	assert_int_equal(f->body.len, 0); /* never inside the call */
	h2_check(c, answer, 200, "ok");
	assert_int_equal(f->body.len, BYTES);
	free(body);
	h2_close(c);
}

/* A body that waits takes of the connection's window, but leaves enough for the others. */
static void paused_body_does_not_hold_others(void **state)
{
	struct fixture *f = *state;
	char *body = malloc(100001);
	struct h2_client *c;
	struct h2_answer *held;
	struct hms_http_req *req;

	memset(body, 'b', 100000);
	body[100000] = '\0';
	f->many = f->pause_at_headers = true;
	fixture_serve(f);
	c = h2_connect(f, -1);
	held = h2_send(c, "POST", "/", NULL, NULL, body);
	h2_await(c, &f->handled, 1);
	req = f->req;
	f->pause_at_headers = false;
	for (int i = 0; i < 10; i++) {
		h2_check(c, h2_send(c, "POST", "/", NULL, NULL, body), 200, "ok");
		assert_int_equal(f->body.len, 100000);
	}
	hms_buf_reset(&f->body);
	hms_http_req_pause(req, false);
	h2_check(c, held, 200, "ok");
	assert_int_equal(f->body.len, 100000);
	free(body);
	h2_close(c);
}

static void trailers_are_ignored(void **state)
{
	static const uint8_t block[] = { 0, 1, 't', 1, 'v' };
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_submit(c, (struct h2_field[]){ { ":method", "POST" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } },
			   4, "hello", 5, true);
	h2_await(c, &f->handled, 1);
	h2_raw(c, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, answer->id, block, sizeof(block));
	h2_check(c, answer, 200, "ok");
	check_seen(f, "POST /?\n", "hello");
	h2_close(c);
}

static void reset_by_the_client_ends_the_request_as_aborted(void **state)
{
	unsigned long before = metric("hms_http2_resets_received_total");
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->when = ANSWER_NEVER;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_get(c);
	h2_await(c, &f->completed, 1);
	nghttp2_submit_rst_stream(c->session, 0, answer->id, NGHTTP2_CANCEL);
	h2_await(c, &f->ended, 1);
	assert_int_equal(f->aborted, 1);
	assert_int_equal(metric("hms_http2_resets_received_total"), before + 1);
	h2_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(target_and_body_are_told),
		TEST(preface_may_come_in_pieces),
		TEST(unfinished_preface_times_out),
		TEST(headers_are_as_in_http1),
		TEST(requests_run_at_once_and_are_answered_in_any_order),
		TEST(continue_is_sent_when_the_body_is_first_wanted),
		TEST(early_answer_stops_the_body_and_keeps_the_connection),
		TEST(bodies_that_end_unread_leave_the_window_open),
		TEST(pausing_holds_the_body_back),
		TEST(paused_body_does_not_hold_others),
		TEST(trailers_are_ignored),
		TEST(reset_by_the_client_ends_the_request_as_aborted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
