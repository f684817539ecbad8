/* Fuzzes the HTTP/2 server through one end of a socketpair: the preface, then the input as frames. Its first two bytes
 * choose how the rest is cut into pieces and what the handler does. Checked besides what the sanitizers see: each
 * request ends exactly once, no callback follows its end, the connection does end, and all that is sent is frames. */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hms/http/server.h"
#include "hms/log/log.h"

enum {
	ROUNDS_MAX = 100000,
	REQS_MAX = 64,
	FRAME_TYPES = 10, /* of RFC 9113: nothing else may be sent */
	PREFACE_BYTES = 24,
	MODE_EARLY = 1,	 /* answers at the headers */
	MODE_STREAM = 2, /* answers in pieces, the second when the queue has room */
	MODE_PAUSE = 4,	 /* pauses at each piece of the body; goes on later */
	MODE_LATE = 8,	 /* answers from outside of the callbacks */
	MODE_ABORT = 16, /* aborts when the body is complete */
	MODE_DRAIN = 32, /* the handler says "Connection: close" */
};

struct slot {
	struct hms_http_req *req;
	bool paused, late, tail;
};

static struct hms_loop *loop;
static struct hms_http_server *server;
static struct slot slots[REQS_MAX];
static unsigned mode, handled, ended;

static void check(bool ok)
{
	if (!ok) {
		abort();
	}
}

static void answer_rest(struct slot *slot)
{
	static const char piece[20000];
	int rc = hms_http_reply_write(slot->req, piece, sizeof(piece));

	slot->tail = rc == HMS_EFULL;
	if (rc == 0) {
		hms_http_reply_end(slot->req);
	}
}

static void answer(struct slot *slot)
{
	static const struct hms_http_header close_field = { HMS_STR("Connection"), HMS_STR("close") };
	struct hms_str path = hms_http_req_path(slot->req);
	size_t fields = mode & MODE_DRAIN ? 1 : 0;

	if (!(mode & MODE_STREAM)) {
		hms_http_reply(slot->req, 200, &close_field, fields, path);
	} else if (hms_http_reply_begin(slot->req, 200, &close_field, fields, -1) == 0) {
		hms_http_reply_write(slot->req, path.p, path.len);
		answer_rest(slot);
	}
}

static void on_body(struct hms_http_req *req, const char *data, size_t len, void *arg)
{
	struct slot *slot = arg;

	check(slot->req == req && !slot->paused);
	for (size_t i = 0; i < len; i++) {
		*(volatile const char *)&data[i]; /* all of it must be readable */
	}
	if (mode & MODE_PAUSE) {
		hms_http_req_pause(req, true);
		slot->paused = true;
	}
}

static void on_complete(struct hms_http_req *req, void *arg)
{
	struct slot *slot = arg;

	check(slot->req == req && !slot->paused);
	if (mode & MODE_ABORT) {
		hms_http_req_abort(req);
	} else if (mode & MODE_LATE) {
		slot->late = true;
	} else {
		answer(slot);
	}
}

static void on_drained(struct hms_http_req *req, void *arg)
{
	struct slot *slot = arg;

	check(slot->req == req);
	if (slot->tail) {
		answer_rest(slot);
	}
}

static void on_ended(struct hms_http_req *req, bool aborted, void *arg)
{
	struct slot *slot = arg;

	(void)aborted;
	check(slot->req == req);
	*slot = (struct slot){ 0 };
	ended++;
}

static void on_request(struct hms_http_req *req, void *arg)
{
	static const struct hms_http_req_cb callbacks = { on_body, on_complete, on_drained, on_ended };
	struct slot *slot = slots;

	(void)arg;
	while (slot->req) {
		check(++slot < slots + REQS_MAX); /* h2_streams_max */
	}
	slot->req = req;
	handled++;
	check(hms_http_req_path(req).len > 0 && hms_http_req_method(req).len > 0);
	check(hms_http_req_header(req, "Host").p != NULL);
	hms_http_req_set(req, &callbacks, slot);
	if (mode & MODE_EARLY) {
		answer(slot);
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
		.write_queue_bytes = 32768,
		.request_memory_bytes = 65536,
		.connections_max = 1000,
		.requests_per_connection = 50,
		.h2_streams_max = 8,
		.h2_stream_window_bytes = 65535,
		.h2_window_bytes = 65535,
		.h2_stream_queue_bytes = 16384,
		.h2_frames_max = 200,
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

struct reader {
	unsigned char head[9];
	size_t head_bytes, payload;
};

static void read_frames(int fd, struct reader *reader)
{
	unsigned char buf[16384];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (reader->payload) {
				reader->payload--;
				continue;
			}
			reader->head[reader->head_bytes++] = buf[i];
			if (reader->head_bytes == sizeof(reader->head)) {
				check(reader->head[3] < FRAME_TYPES);
				reader->head_bytes = 0;
				reader->payload = (size_t)reader->head[0] << 16 | (size_t)reader->head[1] << 8 | reader->head[2];
			}
		}
	}
}

static void turn(int fd, struct reader *reader)
{
	hms_loop_run_once(loop, false);
	read_frames(fd, reader);
	for (struct slot *slot = slots; slot < slots + REQS_MAX; slot++) {
		if (slot->late) {
			slot->late = false;
			answer(slot);
		}
		if (slot->paused) {
			slot->paused = false;
			hms_http_req_pause(slot->req, false);
		}
	}
}

static void feed(int fd, struct reader *reader, const uint8_t *data, size_t size, size_t piece)
{
	for (size_t at = 0; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;

		if (send(fd, data + at, n, MSG_NOSIGNAL) < 0) {
			break; /* closed */
		}
		turn(fd, reader);
	}
	for (int i = 0; i < 8; i++) {
		turn(fd, reader);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader reader = { 0 };
	int fds[2], rounds = 0;

	if (size < 2) {
		return 0;
	}
	if (!loop) {
		start();
	}
	mode = data[0];
	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
	hms_http_server_adopt(server, hms_conn_adopt(loop, fds[0], NULL, NULL, NULL));
	check(send(fds[1], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", PREFACE_BYTES, MSG_NOSIGNAL) == PREFACE_BYTES);
	feed(fds[1], &reader, data + 2, size - 2, data[1] ? data[1] : size);
	close(fds[1]);
	while (handled != ended && rounds++ < ROUNDS_MAX) {
		hms_loop_run_once(loop, false);
	}
	check(handled == ended);
	for (int i = 0; i < 3; i++) {
		hms_loop_run_once(loop, false);
	}
	return 0;
}
