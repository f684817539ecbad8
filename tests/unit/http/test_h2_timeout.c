/* Timeouts of HTTP/2: connections, heads, bodies, answers. */
#include "h2_client.h"

#include <unistd.h>

#define CLOSED(reason) "hms_http_connections_closed_total{reason=\"" reason "\"}"
#define REJECTED(reason) "hms_http_rejected_total{reason=\"" reason "\"}"

static const struct h2_field post[] = { { ":method", "POST" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } };

static void idle_connections_are_closed(void **state)
{
	unsigned long before = metric(CLOSED("idle timeout"));
	struct fixture *f = *state;
	struct h2_client *c;

	f->conf.idle_timeout = 100;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_get(c), 200, "ok");
	h2_check_gone(c, NGHTTP2_NO_ERROR);
	h2_close(c);
	while (metric(CLOSED("idle timeout")) == before) {
		hms_loop_run_once(f->loop, false);
	}
}

static void connections_without_a_request_are_closed_in_spite_of_pings(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	f->conf.header_timeout = 100;
	fixture_serve(f);
	c = h2_connect(f, -1);
	while (!c->goaways) {
		h2_turn(c);
		usleep(1000);
		nghttp2_submit_ping(c->session, 0, NULL);
	}
	h2_check_gone(c, NGHTTP2_NO_ERROR);
	h2_close(c);
}

static void unfinished_headers_time_out(void **state)
{
	unsigned long before = metric(REJECTED("timeout"));
	struct fixture *f = *state;
	struct h2_client *c;

	f->conf.header_timeout = 100;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_get(c), 200, "ok");
	h2_raw(c, NGHTTP2_HEADERS, 0, 3, "\x82\x86", 2);
	h2_check_gone(c, NGHTTP2_ENHANCE_YOUR_CALM);
	assert_int_equal(metric(REJECTED("timeout")), before + 1);
	assert_int_equal(f->handled, 1);
	h2_close(c);
}

static void silent_bodies_time_out_alone(void **state)
{
	unsigned long before = metric(REJECTED("timeout"));
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->conf.body_timeout = 100;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_submit(c, post, ROWS(post), "x", 1, true);
	h2_check(c, answer, 408, "Request Timeout\n");
	h2_check_reset(c, answer, NGHTTP2_NO_ERROR);
	assert_int_equal(f->aborted, 1);
	assert_int_equal(metric(REJECTED("timeout")), before + 1);
	h2_check(c, h2_get(c), 200, "ok");
	h2_close(c);
}

static void endless_requests_time_out(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->conf.request_timeout = 100;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_submit(c, post, ROWS(post), "x", 1, true);
	h2_check(c, answer, 408, "Request Timeout\n");
	h2_close(c);
}

static void waiting_for_the_handler_has_no_timeout_of_the_servers(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;
	uint64_t start;

	f->conf.idle_timeout = f->conf.header_timeout = f->conf.body_timeout = f->conf.request_timeout = f->conf.write_timeout = 100;
	f->when = ANSWER_NEVER;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_get(c);
	h2_await(c, &f->completed, 1);
	start = hms_loop_now_ms(f->loop);
	while (hms_loop_now_ms(f->loop) < start + 300) {
		h2_turn(c);
	}
	assert_int_equal(f->ended, 0);
	fixture_answer(f, f->req);
	h2_check(c, answer, 200, "ok");
	h2_close(c);
}

/* A stream whose window stays closed is cut; the others go on. */
static void closed_window_is_cut_after_the_write_timeout(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->conf.write_timeout = 100;
	fixture_serve(f);
	c = h2_connect(f, 0);
	answer = h2_get(c);
	h2_check_reset(c, answer, NGHTTP2_CANCEL);
	assert_int_equal(answer->status, 200);
	assert_int_equal(f->aborted, 1);
	f->status = 204;
	h2_check(c, h2_get(c), 204, "");
	h2_close(c);
}

static void client_that_does_not_read_is_cut_after_the_write_timeout(void **state)
{
	enum { BYTES = 8 << 20 };
	unsigned long before = metric(CLOSED("timeout"));
	struct fixture *f = *state;
	char *body = malloc(BYTES + 1);
	struct h2_client *c;

	memset(body, 'b', BYTES);
	body[BYTES] = '\0';
	f->answer = body;
	f->conf.write_timeout = 200;
	fixture_serve(f);
	c = h2_connect(f, BYTES);
	nghttp2_session_set_local_window_size(c->session, 0, 0, 2 * BYTES);
	h2_get(c);
	while (!f->handled) {
		h2_turn(c);
	}
	while (metric(CLOSED("timeout")) == before) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->aborted, 1);
	free(body);
	h2_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(idle_connections_are_closed),
		TEST(connections_without_a_request_are_closed_in_spite_of_pings),
		TEST(unfinished_headers_time_out),
		TEST(silent_bodies_time_out_alone),
		TEST(endless_requests_time_out),
		TEST(waiting_for_the_handler_has_no_timeout_of_the_servers),
		TEST(closed_window_is_cut_after_the_write_timeout),
		TEST(client_that_does_not_read_is_cut_after_the_write_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
