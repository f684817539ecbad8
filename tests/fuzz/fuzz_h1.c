/* Fuzzes the HTTP/1 server through one end of a socketpair. The first two bytes choose how the rest is cut into
 * pieces and what the handler does. Checked besides what the sanitizers see: each request ends exactly once, the
 * connection does end, and all that is sent begins like an answer. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hms/http/server.h"
#include "hms/log/log.h"

enum {
	ROUNDS_MAX = 100000,
	MODE_EARLY = 1,	 /* answers at the headers */
	MODE_STREAM = 2, /* answers in pieces */
	MODE_PAUSE = 4,	 /* pauses at each piece of the body; goes on later */
	MODE_LATE = 8,	 /* answers from outside of the callbacks */
	MODE_ABORT = 16, /* aborts when the body is complete */
};

struct run {
	unsigned mode, handled, ended;
	struct hms_http_req *paused, *late;
};

static struct hms_loop *loop;
static struct hms_http_server *server;
static struct run run;

static void check(bool ok)
{
	if (!ok) {
		abort();
	}
}

static void answer(struct hms_http_req *req)
{
	struct hms_str path = hms_http_req_path(req);

	if (!(run.mode & MODE_STREAM)) {
		hms_http_reply(req, 200, NULL, 0, path);
		return;
	}
	if (hms_http_reply_begin(req, 200, NULL, 0, -1) == 0) {
		hms_http_reply_write(req, path.p, path.len);
		hms_http_reply_end(req);
	}
}

static void on_body(struct hms_http_req *req, const char *data, size_t len, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < len; i++) {
		*(volatile const char *)&data[i]; /* all of it must be readable */
	}
	if (run.mode & MODE_PAUSE) {
		hms_http_req_pause(req, true);
		run.paused = req;
	}
}

static void on_complete(struct hms_http_req *req, void *arg)
{
	(void)arg;
	if (run.mode & MODE_ABORT) {
		hms_http_req_abort(req);
	} else if (run.mode & MODE_LATE) {
		run.late = req;
	} else {
		answer(req);
	}
}

static void on_ended(struct hms_http_req *req, bool aborted, void *arg)
{
	(void)aborted;
	(void)arg;
	run.ended++;
	run.paused = run.paused == req ? NULL : run.paused;
	run.late = run.late == req ? NULL : run.late;
}

static void on_request(struct hms_http_req *req, void *arg)
{
	static const struct hms_http_req_cb callbacks = { .body = on_body, .complete = on_complete, .ended = on_ended };

	(void)arg;
	check(run.handled == run.ended); /* one at a time */
	run.handled++;
	check(hms_http_req_path(req).len > 0);
	hms_http_req_set(req, &callbacks, NULL);
	if (run.mode & MODE_EARLY) {
		answer(req);
	}
}

static void start(void)
{
	static struct hms_http_conf conf = {
		.header_max_bytes = 1024,
		.target_max_bytes = 256,
		.headers_max = 16,
		.body_max_bytes = 4096,
		.header_timeout = 10000,
		.body_timeout = 10000,
		.request_timeout = 60000,
		.idle_timeout = 10000,
		.write_timeout = 10000,
		.write_queue_bytes = 16384,
		.request_memory_bytes = 65536,
		.connections_max = 1000,
		.requests_per_connection = 100,
		.h2_streams_max = 10,
		.h2_stream_window_bytes = 65535,
		.h2_window_bytes = 65535,
		.h2_stream_queue_bytes = 16384,
		.h2_frames_max = 100,
		.h2_resets_max = 10,
	};
	struct hms_http_server_opts opts = { .name = "fuzz", .address = "127.0.0.1:0", .conf = &conf, .handler = on_request };
	struct hms_err err;

	hms_log_init("fuzz", HMS_LOG_ERROR);
	loop = hms_loop_new();
	check(loop != NULL);
	server = hms_http_server_new(loop, &opts, &err);
	check(server != NULL);
}

/* What the server has sent so far is thrown away; the first bytes must be an answer's. */
static void read_answers(int fd, size_t *total)
{
	static const char prefix[] = "HTTP/1.1 ";
	char buf[16384];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		for (size_t i = 0; i < (size_t)n && *total + i < sizeof(prefix) - 1; i++) {
			check(buf[i] == prefix[*total + i]);
		}
		*total += (size_t)n;
	}
}

static void turn(int fd, size_t *total)
{
	struct hms_http_req *late = run.late, *paused = run.paused;

	hms_loop_run_once(loop, false);
	read_answers(fd, total);
	if (late && late == run.late) {
		run.late = NULL;
		answer(late);
	}
	if (paused && paused == run.paused) {
		run.paused = NULL;
		hms_http_req_pause(paused, false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char http2[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"; /* fuzz_h2 sees to that */
	size_t piece, total = 0;
	int fds[2], rounds = 0;

	if (size < 2 || (size >= 2 + sizeof(http2) - 1 && memcmp(data + 2, http2, sizeof(http2) - 1) == 0)) {
		return 0;
	}
	if (!loop) {
		start();
	}
	run = (struct run){ .mode = data[0] };
	piece = data[1] ? data[1] : size;
	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
	hms_http_server_adopt(server, hms_conn_adopt(loop, fds[0], NULL, NULL, NULL));
	for (size_t at = 2; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;

		if (send(fds[1], data + at, n, MSG_NOSIGNAL) < 0) {
			break; /* closed, or full because of a pause */
		}
		turn(fds[1], &total);
	}
	for (int i = 0; i < 8; i++) {
		turn(fds[1], &total);
	}
	shutdown(fds[1], SHUT_WR);
	while (run.handled != run.ended && rounds++ < ROUNDS_MAX) {
		turn(fds[1], &total);
	}
	check(run.handled == run.ended);
	close(fds[1]);
	for (int i = 0; i < 3; i++) {
		hms_loop_run_once(loop, false);
	}
	return 0;
}
