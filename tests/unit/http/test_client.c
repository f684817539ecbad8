/* The HTTP client: kept connections, every kind of failure, hostile servers. */
#include "fixture.h"

#include <stdio.h>
#include <unistd.h>

struct answer {
	unsigned count, status;
	int code;
	bool keep_alive;
	size_t headers;
	struct hms_buf body, header;
	void (*then)(struct hms_http_client *client, struct answer *answer);
};

struct client_fixture {
	struct fixture *f;
	struct hms_http_client *client;
	struct answer answer;
	int listener, peer; /* a server that answers whatever a test wants */
};

static void on_response(struct hms_http_client *client, const struct hms_http_response *res, int code, void *arg)
{
	struct answer *answer = arg;

	answer->count++;
	answer->code = code;
	assert_int_equal(!res, code != 0);
	if (res) {
		struct hms_str header = hms_http_response_header(res, "x-test", 0);

		answer->status = res->status;
		answer->keep_alive = res->keep_alive;
		answer->headers = res->header_count;
		hms_buf_reset(&answer->body);
		hms_buf_str(&answer->body, res->body);
		hms_buf_reset(&answer->header);
		hms_buf_str(&answer->header, header);
	}
	if (answer->then) {
		answer->then(client, answer);
	}
}

static int client_setup(void **state)
{
	struct client_fixture *c = calloc(1, sizeof(*c));
	void *f;

	if (fixture_setup(&f)) {
		return -1;
	}
	c->f = f;
	c->listener = c->peer = -1;
	hms_buf_init(&c->answer.body, 1 << 20);
	hms_buf_init(&c->answer.header, 1 << 20);
	*state = c;
	return 0;
}

static int client_teardown(void **state)
{
	struct client_fixture *c = *state;
	void *f = c->f;

	hms_http_client_free(&c->client);
	fixture_teardown(&f);
	hms_buf_fini(&c->answer.body);
	hms_buf_fini(&c->answer.header);
	if (c->listener >= 0) {
		close(c->listener);
	}
	if (c->peer >= 0) {
		close(c->peer);
	}
	free(c);
	return 0;
}

static void make_client(struct client_fixture *c, const struct hms_addr *to)
{
	struct hms_http_client_opts opts = {
		.to = *to,
		.connect_timeout_ms = 5000,
		.response_timeout_ms = 10000,
		.body_max_bytes = 1000,
	};

	c->client = hms_http_client_new(c->f->loop, &opts);
	assert_non_null(c->client);
}

static void request(struct client_fixture *c, const char *method, const char *body)
{
	struct hms_http_header header = { HMS_STR("X-Client"), HMS_STR("yes") };

	assert_int_equal(hms_http_client_request(c->client, hms_str(method), HMS_STR("acs.example"), HMS_STR("/cwmp?x"), &header, 1,
						 hms_str(body), on_response, &c->answer),
			 0);
}

static void await_answer(struct client_fixture *c, unsigned count)
{
	fixture_await(c->f, &c->answer.count, count);
	assert_int_equal(c->answer.count, count);
}

/* ---- against our own server ---- */

static void serve(struct client_fixture *c)
{
	c->f->headers[0] = (struct hms_http_header){ HMS_STR("X-Test"), HMS_STR("value") };
	c->f->header_count = 1;
	fixture_serve(c->f);
	make_client(c, hms_http_server_addr(c->f->server));
}

static void requests_share_a_kept_connection(void **state)
{
	struct client_fixture *c = *state;
	unsigned long accepted = metric("hms_http_connections_accepted_total");

	serve(c);
	request(c, "POST", "hello");
	assert_int_equal(c->answer.count, 0);
	assert_int_equal(hms_http_client_request(c->client, HMS_STR("GET"), HMS_STR("a"), HMS_STR("/"), NULL, 0, (struct hms_str){ 0 },
						 on_response, &c->answer),
			 HMS_EAGAIN);
	await_answer(c, 1);
	assert_int_equal(c->answer.status, 200);
	assert_true(c->answer.keep_alive);
	assert_string_equal(hms_buf_z(&c->answer.body), "ok");
	assert_string_equal(hms_buf_z(&c->answer.header), "value");
	assert_int_equal(c->answer.headers, 2);
	assert_string_equal(hms_buf_z(&c->f->body), "hello");
	request(c, "POST", NULL);
	await_answer(c, 2);
	assert_string_equal(hms_buf_z(&c->f->seen), "POST /cwmp?x\nPOST /cwmp?x\n");
	assert_int_equal(metric("hms_http_connections_accepted_total"), accepted + 1);
}

static void disconnect_makes_the_next_request_open_a_new_connection(void **state)
{
	struct client_fixture *c = *state;
	unsigned long accepted = metric("hms_http_connections_accepted_total");

	serve(c);
	request(c, "GET", NULL);
	await_answer(c, 1);
	hms_http_client_disconnect(c->client);
	request(c, "GET", NULL);
	await_answer(c, 2);
	assert_int_equal(metric("hms_http_connections_accepted_total"), accepted + 2);
}

static void connection_closed_by_the_server_is_opened_again(void **state)
{
	struct client_fixture *c = *state;

	c->f->conf.requests_per_connection = 1;
	serve(c);
	request(c, "GET", NULL);
	await_answer(c, 1);
	assert_false(c->answer.keep_alive);
	request(c, "GET", NULL);
	await_answer(c, 2);
	assert_int_equal(c->answer.code, 0);
}

static void head_and_empty_answers_have_no_body(void **state)
{
	struct client_fixture *c = *state;

	serve(c);
	request(c, "HEAD", NULL);
	await_answer(c, 1);
	assert_int_equal(c->answer.body.len, 0);
	c->f->status = 204;
	request(c, "GET", NULL);
	await_answer(c, 2);
	assert_int_equal(c->answer.status, 204);
	assert_int_equal(c->answer.body.len, 0);
}

static void ask_again(struct hms_http_client *client, struct answer *answer)
{
	answer->then = NULL;
	assert_int_equal(hms_http_client_request(client, HMS_STR("GET"), HMS_STR("a"), HMS_STR("/"), NULL, 0, (struct hms_str){ 0 },
						 on_response, answer),
			 0);
}

static void callback_may_ask_again(void **state)
{
	struct client_fixture *c = *state;

	c->answer.then = ask_again;
	serve(c);
	request(c, "GET", NULL);
	await_answer(c, 2);
	assert_int_equal(c->answer.code, 0);
}

static void free_it(struct hms_http_client *client, struct answer *answer)
{
	(void)answer;
	hms_http_client_free(&client);
}

static void callback_may_free_the_client(void **state)
{
	struct client_fixture *c = *state;

	c->answer.then = free_it;
	serve(c);
	request(c, "GET", NULL);
	await_answer(c, 1);
	c->client = NULL;
}

static void disconnect_cancels_a_running_request(void **state)
{
	struct client_fixture *c = *state;

	c->f->when = ANSWER_NEVER;
	serve(c);
	request(c, "GET", NULL);
	fixture_await(c->f, &c->f->completed, 1);
	hms_http_client_disconnect(c->client);
	assert_int_equal(c->answer.count, 1);
	assert_int_equal(c->answer.code, HMS_ECANCELED);
	fixture_await(c->f, &c->f->aborted, 1);
}

static void free_with_a_running_request_is_silent(void **state)
{
	struct client_fixture *c = *state;

	c->f->when = ANSWER_NEVER;
	serve(c);
	request(c, "GET", NULL);
	fixture_await(c->f, &c->f->completed, 1);
	hms_http_client_free(&c->client);
	fixture_await(c->f, &c->f->aborted, 1);
	assert_int_equal(c->answer.count, 0);
}

/* ---- against a server that answers what the test wants ---- */

static void listen_raw(struct client_fixture *c)
{
	struct hms_addr addr = { 0 };

	assert_int_equal(hms_addr_parse(HMS_STR("127.0.0.1:0"), &addr), 0);
	c->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(c->listener, (struct sockaddr *)&addr.ss, addr.len), 0);
	assert_int_equal(listen(c->listener, 8), 0);
	assert_int_equal(getsockname(c->listener, (struct sockaddr *)&addr.ss, &addr.len), 0);
	make_client(c, &addr);
}

static void answer_raw(struct client_fixture *c, const char *text, bool close_after)
{
	char sink[4096];

	listen_raw(c);
	request(c, "GET", NULL);
	c->peer = accept(c->listener, NULL, NULL);
	while (recv(c->peer, sink, sizeof(sink), MSG_DONTWAIT) <= 0) {
		hms_loop_run_once(c->f->loop, false);
	}
	raw_send(c->peer, text, strlen(text));
	if (close_after) {
		close(c->peer);
		c->peer = -1;
	}
	await_answer(c, 1);
}

static void body_without_length_ends_with_the_connection(void **state)
{
	struct client_fixture *c = *state;

	answer_raw(c, "HTTP/1.1 200 OK\r\nX-Test: \r\n\r\nall of it", true);
	assert_int_equal(c->answer.code, 0);
	assert_string_equal(hms_buf_z(&c->answer.body), "all of it");
	assert_int_equal(c->answer.headers, 1);
	assert_false(c->answer.keep_alive);
}

static void chunked_body_is_decoded(void **state)
{
	struct client_fixture *c = *state;

	answer_raw(c, "HTTP/1.1 200 OK\r\nX-Test:  a \r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", false);
	assert_string_equal(hms_buf_z(&c->answer.body), "abcde");
	assert_string_equal(hms_buf_z(&c->answer.header), "a");
	assert_true(c->answer.keep_alive);
}

static void interim_responses_are_skipped(void **state)
{
	struct client_fixture *c = *state;

	answer_raw(c, "HTTP/1.1 100 Continue\r\nX-Test: no\r\n\r\nHTTP/1.1 201 Created\r\nX-Test: yes\r\nContent-Length: 1\r\n\r\nx",
		   false);
	assert_int_equal(c->answer.status, 201);
	assert_string_equal(hms_buf_z(&c->answer.header), "yes");
	assert_int_equal(c->answer.headers, 2);
}

static void bytes_behind_the_response_end_the_connection(void **state)
{
	struct client_fixture *c = *state;

	answer_raw(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n", false);
	assert_int_equal(c->answer.code, 0);
	assert_false(c->answer.keep_alive);
}

static void check_failure(void **state, const char *text, bool close_after, int code)
{
	struct client_fixture *c = *state;

	answer_raw(c, text, close_after);
	assert_int_equal(c->answer.code, code);
}

static void nonsense_is_a_protocol_error(void **state) { check_failure(state, "SSH-2.0-OpenSSH\r\n", false, HMS_EPROTO); }

static void truncated_body_is_a_closed_connection(void **state)
{
	check_failure(state, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true, HMS_ECLOSED);
}

static void closed_without_an_answer_is_a_closed_connection(void **state) { check_failure(state, "", true, HMS_ECLOSED); }

static void body_over_the_limit_is_too_big(void **state)
{
	char text[2048];
	int n = snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");

	memset(text + n, 'x', 1001);
	text[n + 1001] = '\0';
	check_failure(state, text, false, HMS_ETOOBIG);
}

static void too_many_headers_are_a_protocol_error(void **state)
{
	struct hms_buf text = HMS_BUF_INIT(65536);

	hms_buf_strz(&text, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 65; i++) {
		hms_buf_printf(&text, "H%d: x\r\n", i);
	}
	hms_buf_strz(&text, "Content-Length: 0\r\n\r\n");
	check_failure(state, hms_buf_z(&text), false, HMS_EPROTO);
	hms_buf_fini(&text);
}

static void as_many_headers_as_allowed_are_told(void **state)
{
	struct client_fixture *c = *state;
	struct hms_buf text = HMS_BUF_INIT(65536);

	hms_buf_strz(&text, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 62; i++) {
		hms_buf_printf(&text, "H%d: x\r\n", i);
	}
	hms_buf_strz(&text, "Content-Length: 0\r\nX-Test: last\r\n\r\n");
	answer_raw(c, hms_buf_z(&text), false);
	assert_int_equal(c->answer.headers, 64);
	assert_string_equal(hms_buf_z(&c->answer.header), "last");
	hms_buf_fini(&text);
}

static void silent_server_times_out(void **state)
{
	struct client_fixture *c = *state;
	struct hms_http_client_opts opts = { .connect_timeout_ms = 20, .response_timeout_ms = 20, .body_max_bytes = 10 };
	struct hms_addr addr = { .len = sizeof(addr.ss) };

	listen_raw(c);
	hms_http_client_free(&c->client);
	assert_int_equal(getsockname(c->listener, (struct sockaddr *)&addr.ss, &addr.len), 0);
	opts.to = addr;
	c->client = hms_http_client_new(c->f->loop, &opts);
	request(c, "GET", NULL);
	await_answer(c, 1);
	assert_int_equal(c->answer.code, HMS_ETIMEOUT);
}

static void refused_connection_is_unavailable(void **state)
{
	struct client_fixture *c = *state;

	listen_raw(c);
	close(c->listener);
	c->listener = -1;
	request(c, "GET", NULL);
	assert_int_equal(c->answer.count, 0);
	await_answer(c, 1);
	assert_int_equal(c->answer.code, HMS_EUNAVAIL);
}

#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, client_setup, client_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(requests_share_a_kept_connection),
		CLIENT_TEST(disconnect_makes_the_next_request_open_a_new_connection),
		CLIENT_TEST(connection_closed_by_the_server_is_opened_again),
		CLIENT_TEST(head_and_empty_answers_have_no_body),
		CLIENT_TEST(callback_may_ask_again),
		CLIENT_TEST(callback_may_free_the_client),
		CLIENT_TEST(disconnect_cancels_a_running_request),
		CLIENT_TEST(free_with_a_running_request_is_silent),
		CLIENT_TEST(body_without_length_ends_with_the_connection),
		CLIENT_TEST(chunked_body_is_decoded),
		CLIENT_TEST(interim_responses_are_skipped),
		CLIENT_TEST(bytes_behind_the_response_end_the_connection),
		CLIENT_TEST(nonsense_is_a_protocol_error),
		CLIENT_TEST(truncated_body_is_a_closed_connection),
		CLIENT_TEST(closed_without_an_answer_is_a_closed_connection),
		CLIENT_TEST(body_over_the_limit_is_too_big),
		CLIENT_TEST(too_many_headers_are_a_protocol_error),
		CLIENT_TEST(as_many_headers_as_allowed_are_told),
		CLIENT_TEST(silent_server_times_out),
		CLIENT_TEST(refused_connection_is_unavailable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
