/* HTTP/2 clients that break the rules of RFC 9113, or the server's limits. */
#include "h2_client.h"

#include <stdio.h>

#define REJECTED(reason) "hms_http_rejected_total{reason=\"" reason "\"}"
#define ERRORS(reason) "hms_http2_errors_total{reason=\"" reason "\"}"
#define BASE \
	{ ":method", "GET" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" }

static const struct h2_field post[] = { { ":method", "POST" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } };

/* RFC 9113 8: a stream error, and no handler sees it; the connection lives on. */
static void malformed_requests_are_reset(void **state)
{
	static const struct h2_field table[][6] = {
		{ BASE, { "Upper", "x" } },
		{ BASE, { "connection", "close" } },
		{ BASE, { "keep-alive", "x" } },
		{ BASE, { "proxy-connection", "x" } },
		{ BASE, { "transfer-encoding", "chunked" } },
		{ BASE, { "upgrade", "h2c" } },
		{ BASE, { "te", "gzip" } },
		{ BASE, { "a b", "x" } },
		{ BASE, { "x", "a\rb" } },
		{ BASE, { "x", "a\nb" } },
		{ BASE, { "x", " a" } },
		{ BASE, { ":path", "/2" } },
		{ BASE, { ":status", "200" } },
		{ BASE, { ":new", "x" } },
		{ BASE, { "content-length", "x" } },
		{ BASE, { "content-length", "-1" } },
		{ BASE, { "content-length", "99999999999999999999" } },
		{ BASE, { "content-length", "1" } },
		{ BASE, { "content-length", "0" }, { "content-length", "0" } },
		{ BASE, { "host", "a" }, { "host", "a" } },
		{ { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } },
		{ { ":method", "GET" }, { ":authority", "a" }, { ":path", "/" } },
		{ { ":method", "GET" }, { ":scheme", "http" }, { ":authority", "a" } },
		{ { ":method", "GET" }, { ":scheme", "http" }, { ":path", "/" } },
		{ { ":method", "GET" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "" } },
		{ { ":method", "GET" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "*" } },
		{ { ":method", "GET" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "x" } },
		{ { ":method", "G ET" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } },
		{ { ":method", "GET" }, { ":scheme", "http" }, { "x", "y" }, { ":authority", "a" }, { ":path", "/" } },
		{ { ":method", "CONNECT" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } },
	};
	unsigned long before = metric(ERRORS("PROTOCOL_ERROR"));
	struct fixture *f = *state;
	struct h2_client *c;

	fixture_serve(f);
	c = h2_connect(f, -1);
	for (size_t i = 0; i < ROWS(table); i++) {
		size_t count = 0;

		while (count < ROWS(table[i]) && table[i][count].name) {
			count++;
		}
		h2_check_reset(c, h2_submit(c, table[i], count, NULL, 0, false), NGHTTP2_PROTOCOL_ERROR);
		assert_int_equal(metric(ERRORS("PROTOCOL_ERROR")), before + i + 1);
	}
	assert_int_equal(f->handled, 0);
	h2_check(c, h2_get(c), 200, "ok");
	h2_close(c);
}

/* As HTTP/1 answers them. */
static void refused_requests_are_answered_and_the_connection_lives(void **state)
{
	static const struct {
		const char *reason;
		unsigned status;
		struct h2_field fields[5];
	} table[] = {
		{ REJECTED("host"), 400, { BASE, { "host", "b" } } },
		{ REJECTED("host"), 400, { { ":method", "GET" }, { ":scheme", "http" }, { ":authority", "u@a" }, { ":path", "/" } } },
		{ REJECTED("target"), 400, { { ":method", "GET" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/#x" } } },
		{ REJECTED("target"), 400, { { ":method", "GET" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/\xff" } } },
		{ REJECTED("method"), 501, { { ":method", "CONNECT" }, { ":authority", "a:1" } } },
		{ REJECTED("expect"), 417, { BASE, { "expect", "x" } } },
		{ REJECTED("body_size"),
		  413,
		  { { ":method", "POST" },
		    { ":scheme", "http" },
		    { ":authority", "a" },
		    { ":path", "/" },
		    { "content-length", "9999999" } } },
	};
	struct fixture *f = *state;
	struct h2_client *c;

	fixture_serve(f);
	c = h2_connect(f, -1);
	for (size_t i = 0; i < ROWS(table); i++) {
		unsigned long before = metric(table[i].reason);
		struct h2_answer *answer;
		size_t count = 0;

		while (count < ROWS(table[i].fields) && table[i].fields[count].name) {
			count++;
		}
		answer = h2_submit(c, table[i].fields, count, NULL, 0, true);
		h2_await(c, &answer->ended, 1);
		assert_int_equal(answer->status, table[i].status);
		h2_check_reset(c, answer, NGHTTP2_NO_ERROR);
		assert_int_equal(metric(table[i].reason), before + 1);
	}
	assert_int_equal(f->handled, 1); /* a body over the limit: the handler may raise it */
	assert_int_equal(f->aborted, 1);
	h2_check(c, h2_get(c), 200, "ok");
	h2_close(c);
}

static void check_status(struct h2_client *c, struct h2_answer *answer, unsigned status, const char *reason, unsigned long before)
{
	h2_await(c, &answer->ended, 1);
	assert_int_equal(answer->status, status);
	assert_int_equal(metric(reason), before + 1);
}

static void limits_of_a_head_hold(void **state)
{
	struct fixture *f = *state;
	struct h2_field many[40] = { BASE };
	char text[2048];
	struct h2_client *c;

	f->conf.header_max_bytes = 1024;
	f->conf.target_max_bytes = 64;
	f->conf.headers_max = 16;
	fixture_serve(f);
	c = h2_connect(f, -1);
	memset(text, '/', sizeof(text));
	text[64] = '\0';
	h2_check(c, h2_send(c, "GET", text, NULL, NULL, NULL), 200, "ok");
	text[64] = '/';
	text[65] = '\0';
	check_status(c, h2_send(c, "GET", text, NULL, NULL, NULL), 414, REJECTED("target_size"), metric(REJECTED("target_size")));
	text[65] = '/';
	text[1024] = '\0';
	check_status(c, h2_send(c, "GET", "/", "x", text, NULL), 431, REJECTED("header_size"), metric(REJECTED("header_size")));
	for (size_t i = 4; i < ROWS(many); i++) {
		many[i] = (struct h2_field){ "x", "y" };
	}
	h2_check(c, h2_submit(c, many, 4 + 16, NULL, 0, false), 200, "ok");
	check_status(c, h2_submit(c, many, 4 + 17, NULL, 0, false), 431, REJECTED("header_count"), metric(REJECTED("header_count")));
	h2_check(c, h2_get(c), 200, "ok");
	h2_close(c);
}

static void undeclared_body_over_the_limit_is_refused(void **state)
{
	unsigned long before = metric(REJECTED("body_size"));
	struct fixture *f = *state;
	char body[4097];
	struct h2_client *c;

	f->conf.body_max_bytes = 1024;
	f->body_max = 4095;
	fixture_serve(f);
	c = h2_connect(f, -1);
	memset(body, 'b', sizeof(body));
	body[4096] = '\0';
	check_status(c, h2_send(c, "POST", "/", NULL, NULL, body), 413, REJECTED("body_size"), before);
	assert_int_equal(f->aborted, 1);
	body[4095] = '\0';
	h2_check(c, h2_send(c, "POST", "/", NULL, NULL, body), 200, "ok");
	h2_close(c);
}

static void body_that_belies_its_length_is_reset(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check_reset(c, h2_send(c, "POST", "/", "content-length", "4", "hello"), NGHTTP2_PROTOCOL_ERROR);
	h2_check_reset(c, h2_send(c, "POST", "/", "content-length", "6", "hello"), NGHTTP2_PROTOCOL_ERROR);
	assert_int_equal(f->completed, 0);
	assert_int_equal(f->aborted, f->handled);
	h2_check(c, h2_send(c, "POST", "/", "content-length", "5", "hello"), 200, "ok");
	h2_close(c);
}

struct frame {
	const char *name;
	uint8_t type, flags;
	int32_t id;
	size_t len;
	uint8_t payload[8];
};

static void frames_that_break_the_protocol_close(void **state)
{
	static const struct {
		struct frame frame;
		uint32_t code;
	} table[] = {
		{ { "data without a request", NGHTTP2_DATA, 0, 5, 1, { 'x' } }, NGHTTP2_PROTOCOL_ERROR },
		{ { "an even stream", NGHTTP2_HEADERS, 5, 2, 1, { 0x82 } }, NGHTTP2_PROTOCOL_ERROR },
		{ { "a push", NGHTTP2_PUSH_PROMISE, 4, 1, 5, { 0, 0, 0, 2, 0x82 } }, NGHTTP2_PROTOCOL_ERROR },
		{ { "bad compression", NGHTTP2_HEADERS, 5, 1, 1, { 0xff } }, NGHTTP2_COMPRESSION_ERROR },
		{ { "a continuation of nothing", NGHTTP2_CONTINUATION, 4, 1, 1, { 0x82 } }, NGHTTP2_PROTOCOL_ERROR },
		{ { "a short ping", NGHTTP2_PING, 0, 0, 7, { 0 } }, NGHTTP2_FRAME_SIZE_ERROR },
		{ { "a window update of 0", NGHTTP2_WINDOW_UPDATE, 0, 0, 4, { 0 } }, NGHTTP2_PROTOCOL_ERROR },
		{ { "too large a window", NGHTTP2_WINDOW_UPDATE, 0, 0, 4, { 0x7f, 0xff, 0xff, 0xff } }, NGHTTP2_FLOW_CONTROL_ERROR },
		{ { "a window of 2^31", NGHTTP2_SETTINGS, 0, 0, 6, { 0, 4, 0x80 } }, NGHTTP2_FLOW_CONTROL_ERROR },
	};
	struct fixture *f = *state;

	fixture_serve(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		unsigned long before = metric("hms_http_connections_closed_total{reason=\"protocol violation\"}");
		struct h2_client *c = h2_connect(f, -1);

		h2_turn(c);
		h2_raw(c, table[i].frame.type, table[i].frame.flags, table[i].frame.id, table[i].frame.payload, table[i].frame.len);
		h2_await(c, &c->gone, 1);
		if (c->goaway_code != table[i].code) {
			print_error("%s: %u\n", table[i].frame.name, c->goaway_code);
		}
		assert_int_equal(c->goaway_code, table[i].code);
		h2_close(c);
		while (metric("hms_http_connections_closed_total{reason=\"protocol violation\"}") == before) {
			hms_loop_run_once(f->loop, false);
		}
	}
}

/* More than the windows allow. */
static void client_that_ignores_the_window_is_cut(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;
	char *data = calloc(1, 16384);

	f->pause_at_headers = true;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_submit(c, post, ROWS(post), NULL, 0, true);
	h2_await(c, &f->handled, 1);
	for (int i = 0; i < 64 && !c->goaways && !f->ended; i++) {
		h2_raw(c, NGHTTP2_DATA, 0, 1, data, 16384);
		h2_turn(c);
	}
	h2_await(c, &f->aborted, 1);
	assert_int_equal(f->body.len, 0);
	free(data);
	h2_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(malformed_requests_are_reset),
		TEST(refused_requests_are_answered_and_the_connection_lives),
		TEST(limits_of_a_head_hold),
		TEST(undeclared_body_over_the_limit_is_refused),
		TEST(body_that_belies_its_length_is_reset),
		TEST(frames_that_break_the_protocol_close),
		TEST(client_that_ignores_the_window_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
