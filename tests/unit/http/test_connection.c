/* Connections of the server: keep-alive, pipelining, timeouts, limits, bound data, drain, close. */
#include "fixture.h"

#include <unistd.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define OK_CLOSE "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

static void check_answer(struct fixture *f, int fd, const char *request, const char *expected, bool until_close)
{
	char *answer;

	raw_send(fd, request, strlen(request));
	answer = raw_read_until(f, fd, until_close ? NULL : expected);
	assert_string_equal(answer, expected);
	free(answer);
}

static void http11_connections_are_kept(void **state)
{
	struct fixture *f = *state;
	int fd;

	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, GET, OK, false);
	check_answer(f, fd, GET, OK, false);
	check_answer(f, fd, "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", OK_CLOSE, true);
	assert_int_equal(f->ended, 3);
	close(fd);
}

static void http10_connections_are_kept_only_when_asked_for(void **state)
{
	struct fixture *f = *state;
	int fd;

	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
		     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok", false);
	check_answer(f, fd, "GET / HTTP/1.0\r\n\r\n", OK_CLOSE, true);
	close(fd);
}

static void handler_may_close_the_connection(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->headers[0] = (struct hms_http_header){ HMS_STR("connection"), HMS_STR("close") };
	f->header_count = 1;
	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, GET, OK_CLOSE, true);
	close(fd);
}

static void connection_is_closed_after_its_number_of_requests(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->conf.requests_per_connection = 2;
	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, GET, OK, false);
	check_answer(f, fd, GET, OK_CLOSE, true);
	close(fd);
}

static void pipelined_requests_are_answered_one_after_the_other(void **state)
{
	static const char requests[] = "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none" GET "GET /3 HTTP";
	struct fixture *f = *state;
	int fd;

	f->when = ANSWER_NEVER;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, requests, strlen(requests));
	fixture_await(f, &f->completed, 1);
	for (int i = 0; i < 20; i++) {
		hms_loop_run_once(f->loop, false);
	}
	assert_int_equal(f->handled, 1); /* the next is not looked at before this one is answered */
	fixture_answer(f, f->req);
	assert_int_equal(f->handled, 1);
	fixture_await(f, &f->completed, 2);
	assert_int_equal(f->ended, 1);
	fixture_answer(f, f->req);
	fixture_await(f, &f->ended, 2);
	close(fd);
}

static void many_pipelined_requests_are_all_answered(void **state)
{
	enum { COUNT = 5000 };
	struct fixture *f = *state;
	struct hms_buf all = HMS_BUF_INIT(1 << 20);
	size_t answers = 0;
	char *answer;
	int fd;

	f->conf.requests_per_connection = COUNT;
	f->conf.write_queue_bytes = 16384;
	fixture_serve(f);
	for (int i = 0; i < COUNT; i++) {
		hms_buf_strz(&all, GET);
	}
	fd = raw_connect(f);
	raw_send(fd, all.p, all.len);
	answer = raw_read_until(f, fd, NULL);
	for (const char *p = answer; (p = strstr(p, "HTTP/1.1 200 OK")); p++) {
		answers++;
	}
	assert_int_equal(answers, COUNT);
	assert_int_equal(f->ended, COUNT);
	free(answer);
	hms_buf_fini(&all);
	close(fd);
}

static void idle_connections_are_closed(void **state)
{
	struct fixture *f = *state;
	unsigned long before = metric("hms_http_connections_closed_total{reason=\"idle timeout\"}");
	int fd;

	f->conf.idle_timeout = 100;
	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, GET, OK, true);
	assert_int_equal(metric("hms_http_connections_closed_total{reason=\"idle timeout\"}"), before + 1);
	close(fd);
}

static void silent_connections_are_closed_without_an_answer(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->conf.header_timeout = 100;
	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, "", "", true);
	close(fd);
}

static void check_timeout(struct fixture *f, const char *request)
{
	unsigned long before = metric("hms_http_rejected_total{reason=\"timeout\"}");
	char *answer = raw_exchange(f, request, strlen(request), 0);

	assert_int_equal(strncmp(answer, "HTTP/1.1 408 Request Timeout\r\n", 30), 0);
	assert_int_equal(metric("hms_http_rejected_total{reason=\"timeout\"}"), before + 1);
	free(answer);
}

static void slow_headers_time_out(void **state)
{
	struct fixture *f = *state;

	f->conf.header_timeout = 100;
	fixture_serve(f);
	check_timeout(f, "GET / HTTP/1.1\r\nHost: a\r\n");
	assert_int_equal(f->handled, 0);
}

/* A byte now and then does not move the end of the header timeout. */
static void dripping_headers_time_out_all_the_same(void **state)
{
	struct fixture *f = *state;
	unsigned long before = metric("hms_http_rejected_total{reason=\"timeout\"}");
	int fd;

	f->conf.header_timeout = 100;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, "GET / HTTP/1.1\r\nA: ", 19);
	while (metric("hms_http_rejected_total{reason=\"timeout\"}") == before) {
		raw_send(fd, "x", 1);
		hms_loop_run_once(f->loop, false);
		usleep(1000);
	}
	close(fd);
}

static void silent_bodies_time_out_and_end_the_request(void **state)
{
	struct fixture *f = *state;

	f->conf.body_timeout = 100;
	fixture_serve(f);
	check_timeout(f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
	assert_int_equal(f->aborted, 1);
	check_timeout(f, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel");
	assert_int_equal(f->aborted, 2);
}

static void endless_requests_time_out(void **state)
{
	struct fixture *f = *state;

	f->conf.request_timeout = 100;
	fixture_serve(f);
	check_timeout(f, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
}

static void waiting_for_the_handler_has_no_timeout_of_the_servers(void **state)
{
	struct fixture *f = *state;
	uint64_t start;
	int fd;

	f->conf.idle_timeout = f->conf.header_timeout = f->conf.body_timeout = f->conf.request_timeout = 300;
	f->when = ANSWER_NEVER;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, GET, strlen(GET));
	fixture_await(f, &f->completed, 1);
	start = hms_loop_now_ms(f->loop);
	while (hms_loop_now_ms(f->loop) < start + 600) {
		hms_loop_run_once(f->loop, false);
	}
	assert_int_equal(f->ended, 0);
	fixture_answer(f, f->req);
	close(fd);
}

static unsigned freed;

static void free_data(void *data)
{
	freed++;
	free(data);
}

static void bind_data(struct fixture *f, struct hms_http_req *req)
{
	char *data = hms_http_req_conn_data(req);

	if (f->handled == 1) {
		assert_null(data);
		hms_http_req_set_conn_data(req, strdup("first"), free_data);
	} else if (f->handled == 2) {
		assert_string_equal(data, "first");
		hms_http_req_set_conn_data(req, data, free_data);
		assert_int_equal(freed, 0);
		hms_http_req_set_conn_data(req, strdup("second"), free_data);
		assert_int_equal(freed, 1);
	}
	assert_true(hms_http_req_conn_id(req) > 0);
	assert_int_equal(hms_http_reply(req, 200, NULL, 0, HMS_STR("ok")), 0);
}

static void data_bound_to_a_connection_lives_as_long(void **state)
{
	struct fixture *f = *state;
	int fd;

	freed = 0;
	f->at_answer = bind_data;
	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, GET, OK, false);
	check_answer(f, fd, GET, OK, false);
	close(fd);
	fixture_await(f, &freed, 2);
}

static void on_drained(void *arg) { ++*(unsigned *)arg; }

static void drain_closes_idle_connections_and_lets_requests_end(void **state)
{
	struct fixture *f = *state;
	unsigned drained = 0;
	int idle, busy;

	fixture_serve(f);
	idle = raw_connect(f);
	check_answer(f, idle, GET, OK, false);
	busy = raw_connect(f);
	f->when = ANSWER_NEVER;
	raw_send(busy, GET, strlen(GET));
	fixture_await(f, &f->completed, 2);
	hms_http_server_drain(f->server, on_drained, &drained);
	check_answer(f, idle, "", "", true);
	assert_int_equal(drained, 0);
	fixture_answer(f, f->req);
	check_answer(f, busy, "", OK_CLOSE, true);
	fixture_await(f, &drained, 1);
	hms_loop_run_once(f->loop, false);
	assert_int_equal(drained, 1);
	close(idle);
	close(busy);
}

static void a_request_that_is_on_its_way_at_the_drain_is_answered(void **state)
{
	struct fixture *f = *state;
	unsigned drained = 0;
	int kept;

	fixture_serve(f);
	kept = raw_connect(f);
	check_answer(f, kept, GET, OK, false);
	hms_http_server_drain(f->server, on_drained, &drained);
	check_answer(f, kept, GET, OK_CLOSE, true);
	fixture_await(f, &drained, 1);
	close(kept);
}

static void drain_without_connections_ends_later(void **state)
{
	struct fixture *f = *state;
	unsigned drained = 0;

	fixture_serve(f);
	hms_http_server_drain(f->server, on_drained, &drained);
	assert_int_equal(drained, 0);
	fixture_await(f, &drained, 1);
}

static void close_aborts_what_is_under_way(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->when = ANSWER_NEVER;
	fixture_serve(f);
	fd = raw_connect(f);
	raw_send(fd, GET, strlen(GET));
	fixture_await(f, &f->completed, 1);
	hms_http_server_close(&f->server);
	assert_null(f->server);
	fixture_await(f, &f->aborted, 1);
	close(fd);
}

static void too_many_connections_are_refused_and_counted(void **state)
{
	struct fixture *f = *state;
	unsigned long before = metric("hms_http_connections_refused_total");
	int first, second;

	f->conf.connections_max = 1;
	fixture_serve(f);
	first = raw_connect(f);
	check_answer(f, first, GET, OK, false);
	second = raw_connect(f);
	check_answer(f, second, "", "", true);
	assert_int_equal(metric("hms_http_connections_refused_total"), before + 1);
	close(first);
	close(second);
}

static void new_limits_hold_for_the_next_request(void **state)
{
	static const char request[] =
		"GET /0123456789012345678901234567890123456789012345678901234567890123456789 HTTP/1.1\r\nHost: a\r\n\r\n";
	struct fixture *f = *state;
	char *answer;
	int fd;

	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, GET, OK, false);
	f->conf.target_max_bytes = 64;
	hms_http_server_set_conf(f->server, &f->conf);
	raw_send(fd, request, strlen(request));
	answer = raw_read_until(f, fd, NULL);
	assert_int_equal(strncmp(answer, "HTTP/1.1 414 ", 13), 0);
	free(answer);
	close(fd);
}

static void connections_and_bytes_are_counted(void **state)
{
	struct fixture *f = *state;
	unsigned long accepted = metric("hms_http_connections_accepted_total"), in = metric("hms_http_received_bytes_total");
	unsigned long out = metric("hms_http_sent_bytes_total");
	int fd;

	fixture_serve(f);
	fd = raw_connect(f);
	check_answer(f, fd, GET, OK, false);
	assert_int_equal(metric("hms_http_connections_accepted_total"), accepted + 1);
	assert_int_equal(metric("hms_http_connections_open"), 1);
	assert_int_equal(metric("hms_http_received_bytes_total"), in + strlen(GET));
	assert_int_equal(metric("hms_http_sent_bytes_total"), out + strlen(OK));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(http11_connections_are_kept),
		TEST(http10_connections_are_kept_only_when_asked_for),
		TEST(handler_may_close_the_connection),
		TEST(connection_is_closed_after_its_number_of_requests),
		TEST(pipelined_requests_are_answered_one_after_the_other),
		TEST(many_pipelined_requests_are_all_answered),
		TEST(idle_connections_are_closed),
		TEST(silent_connections_are_closed_without_an_answer),
		TEST(slow_headers_time_out),
		TEST(dripping_headers_time_out_all_the_same),
		TEST(silent_bodies_time_out_and_end_the_request),
		TEST(endless_requests_time_out),
		TEST(waiting_for_the_handler_has_no_timeout_of_the_servers),
		TEST(data_bound_to_a_connection_lives_as_long),
		TEST(drain_closes_idle_connections_and_lets_requests_end),
		TEST(a_request_that_is_on_its_way_at_the_drain_is_answered),
		TEST(drain_without_connections_ends_later),
		TEST(close_aborts_what_is_under_way),
		TEST(too_many_connections_are_refused_and_counted),
		TEST(new_limits_hold_for_the_next_request),
		TEST(connections_and_bytes_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
