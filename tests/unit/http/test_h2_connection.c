/* Connections of HTTP/2: limits, bound data, leaving, closing. */
#include "h2_client.h"

#include <unistd.h>

#define CLOSED(reason) "hms_http_connections_closed_total{reason=\"" reason "\"}"

static const struct h2_field post[] = { { ":method", "POST" }, { ":scheme", "http" }, { ":authority", "a" }, { ":path", "/" } };

static void on_drained(void *arg) { ++*(unsigned *)arg; }

static void drain_says_goodbye_and_lets_requests_end(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;
	unsigned drained = 0;

	f->when = ANSWER_NEVER;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_get(c);
	h2_await(c, &f->completed, 1);
	hms_http_server_drain(f->server, on_drained, &drained);
	h2_await(c, &c->goaways, 2);
	assert_int_equal(c->goaway_last, answer->id);
	assert_int_equal(drained, 0);
	fixture_answer(f, f->req);
	h2_check(c, answer, 200, "ok");
	h2_check_gone(c, NGHTTP2_NO_ERROR);
	h2_close(c);
	fixture_await(f, &drained, 1);
}

/* What the client sent before it knew is still served. */
static void requests_under_way_to_a_leaving_server_are_served(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;
	struct h2_answer *answer;
	unsigned drained = 0;

	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_get(c), 200, "ok");
	hms_http_server_drain(f->server, on_drained, &drained);
	answer = h2_get(c); /* the goodbye is not read yet */
	h2_check(c, answer, 200, "ok");
	h2_check_gone(c, NGHTTP2_NO_ERROR);
	assert_int_equal(f->ended, 2);
	h2_close(c);
}

static void drain_closes_idle_connections(void **state)
{
	unsigned long before = metric(CLOSED("draining"));
	struct fixture *f = *state;
	struct h2_client *c;
	unsigned drained = 0;

	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_get(c), 200, "ok");
	hms_http_server_drain(f->server, on_drained, &drained);
	h2_check_gone(c, NGHTTP2_NO_ERROR);
	h2_close(c);
	fixture_await(f, &drained, 1);
	assert_int_equal(metric(CLOSED("draining")), before + 1);
}

/* A client that reads but never answers the ping. */
static void drain_does_not_wait_for_a_silent_client(void **state)
{
	struct fixture *f = *state;
	unsigned drained = 0;
	int fd;

	f->conf.header_timeout = 600000;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
	while (recv(fd, (char[9]){ 0 }, 9, MSG_DONTWAIT) < 0) {
		hms_loop_run_once(f->loop, false);
	}
	hms_http_server_drain(f->server, on_drained, &drained);
	free(raw_read_until(f, fd, NULL));
	close(fd);
	fixture_await(f, &drained, 1);
}

static void close_aborts_what_is_under_way(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	f->many = true;
	f->when = ANSWER_NEVER;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_get(c);
	h2_get(c);
	h2_await(c, &f->completed, 2);
	hms_http_server_close(&f->server);
	fixture_await(f, &f->aborted, 2);
	h2_close(c);
}

static void close_inside_a_handler(struct fixture *f, struct hms_http_req *req)
{
	(void)req;
	hms_http_server_close(&f->server);
}

static void handler_may_close_the_server(void **state)
{
#define GET_FRAME(id) "\0\0\x06\x01\x05\0\0\0" id "\x82\x86\x84\x41\x01\x61"
	static const char all[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0" GET_FRAME("\x01") GET_FRAME("\x03");
	struct fixture *f = *state;
	int fd;

	f->many = true;
	f->at_answer = close_inside_a_handler;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, all, sizeof(all) - 1);
	fixture_await(f, &f->aborted, 1);
	assert_int_equal(f->handled, 1); /* the other came with it */
	close(fd);
}

static void client_that_goes_away_ends_all_requests_as_aborted(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	f->many = true;
	f->when = ANSWER_NEVER;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_get(c);
	h2_get(c);
	h2_submit(c, post, ROWS(post), "x", 1, true);
	h2_await(c, &f->handled, 3);
	h2_close(c);
	fixture_await(f, &f->ended, 3);
	assert_int_equal(f->aborted, 3);
}

static void connection_is_left_after_its_number_of_requests(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	f->conf.requests_per_connection = 3;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_get(c), 200, "ok");
	h2_check(c, h2_get(c), 200, "ok");
	assert_int_equal(c->goaways, 0);
	h2_check(c, h2_get(c), 200, "ok");
	h2_check_gone(c, NGHTTP2_NO_ERROR);
	h2_close(c);
}

static void handler_may_close_the_connection(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->headers[0] = (struct hms_http_header){ HMS_STR("connection"), HMS_STR("Close") };
	f->header_count = 1;
	fixture_serve(f);
	c = h2_connect(f, -1);
	answer = h2_get(c);
	h2_check(c, answer, 200, "ok");
	assert_string_equal(hms_buf_z(&answer->head), "content-length: 2\n");
	h2_check_gone(c, NGHTTP2_NO_ERROR);
	h2_close(c);
}

static void streams_over_their_number_are_refused(void **state)
{
	struct fixture *f = *state;
	struct h2_answer *answer;
	struct h2_client *c;

	f->many = true;
	f->when = ANSWER_NEVER;
	f->conf.h2_streams_max = 2;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_get(c);
	h2_get(c);
	answer = h2_get(c); /* sent before the client knows the limit */
	h2_check_reset(c, answer, NGHTTP2_REFUSED_STREAM);
	assert_int_equal(f->handled, 2);
	h2_close(c);
}

static unsigned freed;

static void free_data(void *data)
{
	freed++;
	free(data);
}

static void bind_data(struct fixture *f, struct hms_http_req *req)
{
	static uint64_t id;
	char *data = hms_http_req_conn_data(req);

	if (f->handled == 1) {
		assert_null(data);
		hms_http_req_set_conn_data(req, strdup("first"), free_data);
		id = hms_http_req_conn_id(req);
	}
	assert_string_equal(hms_http_req_conn_data(req), "first");
	assert_int_equal(hms_http_req_conn_id(req), id);
	assert_int_equal(hms_http_reply(req, 200, NULL, 0, HMS_STR("ok")), 0);
}

static void data_bound_to_a_connection_is_all_streams(void **state)
{
	struct fixture *f = *state;
	struct h2_client *c;

	freed = 0;
	f->at_answer = bind_data;
	fixture_serve(f);
	c = h2_connect(f, -1);
	h2_check(c, h2_get(c), 200, "ok");
	h2_check(c, h2_get(c), 200, "ok");
	assert_int_equal(freed, 0);
	h2_close(c);
	fixture_await(f, &freed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(drain_says_goodbye_and_lets_requests_end),
		TEST(requests_under_way_to_a_leaving_server_are_served),
		TEST(drain_closes_idle_connections),
		TEST(drain_does_not_wait_for_a_silent_client),
		TEST(close_aborts_what_is_under_way),
		TEST(handler_may_close_the_server),
		TEST(client_that_goes_away_ends_all_requests_as_aborted),
		TEST(connection_is_left_after_its_number_of_requests),
		TEST(handler_may_close_the_connection),
		TEST(streams_over_their_number_are_refused),
		TEST(data_bound_to_a_connection_is_all_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
