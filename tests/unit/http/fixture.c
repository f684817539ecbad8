/* See fixture.h. */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_S = 20 };

static const struct hms_http_conf defaults = {
	.header_max_bytes = 16384,
	.target_max_bytes = 4096,
	.headers_max = 64,
	.body_max_bytes = 1 << 20,
	.header_timeout = 10000,
	.body_timeout = 10000,
	.request_timeout = 60000,
	.idle_timeout = 10000,
	.write_timeout = 10000,
	.write_queue_bytes = 1 << 20,
	.request_memory_bytes = 8 << 20,
	.connections_max = 1000,
	.requests_per_connection = 1000,
	.h2_streams_max = 100,
	.h2_stream_window_bytes = 65535,
	.h2_window_bytes = 262144,
	.h2_stream_queue_bytes = 262144,
	.h2_frames_max = 2000,
	.h2_resets_max = 200,
};

void fixture_answer(struct fixture *f, struct hms_http_req *req)
{
	if (f->at_answer) {
		f->at_answer(f, req);
		return;
	}
	assert_int_equal(hms_http_reply(req, f->status, f->headers, f->header_count, hms_str(f->answer)), 0);
}

static void on_body(struct hms_http_req *req, const char *data, size_t len, void *arg)
{
	struct fixture *f = arg;

	hms_buf_add(&f->body, data, len);
	if (f->when == ANSWER_AT_BODY) {
		f->when = ANSWER_NEVER;
		fixture_answer(f, req);
	}
}

static void on_complete(struct hms_http_req *req, void *arg)
{
	struct fixture *f = arg;

	f->completed++;
	if (f->when == ANSWER_AT_COMPLETE) {
		fixture_answer(f, req);
	}
}

static void on_drained(struct hms_http_req *req, void *arg)
{
	(void)req;
	((struct fixture *)arg)->drained++;
}

static void on_ended(struct hms_http_req *req, bool aborted, void *arg)
{
	struct fixture *f = arg;

	assert_true(f->many || f->req == req);
	f->req = f->req == req ? NULL : f->req;
	f->ended++;
	f->aborted += aborted;
}

static void on_request(struct hms_http_req *req, void *arg)
{
	static const struct hms_http_req_cb callbacks = { on_body, on_complete, on_drained, on_ended };
	struct fixture *f = arg;
	struct hms_str method = hms_http_req_method(req), path = hms_http_req_path(req), query = hms_http_req_query(req);

	assert_true(f->many || !f->req); /* one at a time on a connection, and tests use one connection */
	f->req = req;
	f->handled++;
	hms_buf_printf(&f->seen, "%.*s %.*s?%.*s\n", HMS_STR_FMT(method), HMS_STR_FMT(path), HMS_STR_FMT(query));
	hms_buf_reset(&f->body);
	hms_http_req_set(req, &callbacks, f);
	if (f->body_max) {
		hms_http_req_body_max(req, f->body_max);
	}
	if (f->pause_at_headers) {
		hms_http_req_pause(req, true);
	}
	if (f->when == ANSWER_AT_HEADERS) {
		fixture_answer(f, req);
	}
}

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->loop = hms_loop_new();
	f->conf = defaults;
	f->status = 200;
	f->answer = "ok";
	hms_buf_init(&f->seen, 1 << 20);
	hms_buf_init(&f->body, 64 << 20);
	*state = f;
	return f->loop ? 0 : -1;
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	hms_http_server_close(&f->server);
	hms_loop_run_once(f->loop, false);
	hms_loop_free(&f->loop);
	hms_buf_fini(&f->seen);
	hms_buf_fini(&f->body);
	free(f);
	return 0;
}

void fixture_serve(struct fixture *f)
{
	struct hms_http_server_opts opts = {
		.name = "test",
		.address = "127.0.0.1:0",
		.conf = &f->conf,
		.handler = on_request,
		.arg = f,
	};
	struct hms_err err;

	f->server = hms_http_server_new(f->loop, &opts, &err);
	assert_non_null(f->server);
}

static bool overdue(time_t start) { return time(NULL) - start > DEADLINE_S; }

void fixture_await(struct fixture *f, const unsigned *flag, unsigned at_least)
{
	time_t start = time(NULL);

	while (*flag < at_least) {
		assert_false(overdue(start));
		hms_loop_run_once(f->loop, false);
	}
}

int raw_connect(struct fixture *f)
{
	const struct hms_addr *addr = hms_http_server_addr(f->server);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&addr->ss, addr->len), 0);
	return fd;
}

void raw_send(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0) {
			return; /* the server has answered and closed: the answer counts */
		}
		data += n;
		len -= (size_t)n;
	}
}

static bool ends_with(const struct hms_buf *buf, const char *end) { return end && hms_str_ends(hms_buf_view(buf), hms_str(end)); }

char *raw_read_until(struct fixture *f, int fd, const char *end)
{
	struct hms_buf got = HMS_BUF_INIT(64 << 20);
	time_t start = time(NULL);
	char chunk[65536], *out;
	ssize_t n = 1;

	while (n != 0 && !ends_with(&got, end)) {
		assert_false(overdue(start));
		hms_loop_run_once(f->loop, false);
		n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n > 0) {
			hms_buf_add(&got, chunk, (size_t)n);
		} else if (n < 0) {
			assert_int_equal(errno, EAGAIN); /* a reset would have lost the answer */
		}
	}
	out = strdup(hms_buf_z(&got));
	hms_buf_fini(&got);
	return out;
}

char *raw_exchange(struct fixture *f, const char *data, size_t len, size_t piece)
{
	int fd = raw_connect(f);
	char *answer;

	for (size_t at = 0; at < len; at += piece ? piece : len) {
		raw_send(fd, data + at, piece && len - at > piece ? piece : len - at);
		for (int i = 0; piece && i < 4; i++) {
			hms_loop_run_once(f->loop, false); /* so that each piece arrives alone */
		}
	}
	answer = raw_read_until(f, fd, NULL);
	close(fd);
	return answer;
}

unsigned long metric(const char *sample)
{
	static struct hms_metrics *metrics;
	struct hms_buf text = HMS_BUF_INIT(1 << 20);
	char line[128];
	const char *at;
	unsigned long value = 0;

	if (!metrics) {
		metrics = hms_metrics_new();
		assert_int_equal(hms_http_metrics_register(metrics), 0);
	}
	hms_metrics_render(metrics, &text);
	snprintf(line, sizeof(line), "\n%s ", sample);
	at = strstr(hms_buf_z(&text), line);
	if (at) {
		value = strtoul(at + strlen(line), NULL, 10);
	}
	hms_buf_fini(&text);
	return value;
}
