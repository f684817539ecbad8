/* Connections and listeners over the loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "hms/base/buf.h"
#include "hms/net/net.h"

struct end {
	struct hms_conn *conn;
	struct hms_buf data;
	unsigned connected, drained, closed, pieces;
	enum hms_close_reason reason;
	bool pause_on_data, echo;
};

struct fixture {
	struct hms_loop *loop;
	struct hms_listener *listener;
	struct end server, client;
	uint64_t refused;
};

static void on_data(struct hms_conn *conn, const char *data, size_t len, void *arg)
{
	struct end *end = arg;

	end->pieces++;
	hms_buf_add(&end->data, data, len);
	if (end->echo) {
		assert_int_equal(hms_conn_write(conn, data, len), 0);
	}
	if (end->pause_on_data) {
		hms_conn_pause(conn, true);
	}
}

static void on_drained(struct hms_conn *conn, void *arg)
{
	(void)conn;
	((struct end *)arg)->drained++;
}

static void on_connected(struct hms_conn *conn, void *arg)
{
	(void)conn;
	((struct end *)arg)->connected++;
}

static void on_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg)
{
	struct end *end = arg;

	(void)conn;
	end->closed++;
	end->reason = reason;
	end->conn = NULL;
}

static const struct hms_conn_cb callbacks = { on_data, on_drained, on_connected, on_closed };

static void on_accept(struct hms_listener *listener, struct hms_conn *conn, void *arg)
{
	struct fixture *f = arg;

	(void)listener;
	f->server.conn = conn;
	hms_conn_set_cb(conn, &callbacks, &f->server);
}

static void listen_on(struct fixture *f, const struct hms_listener_opts *opts)
{
	struct hms_err err;

	f->listener = hms_listener_open(f->loop, opts, on_accept, f, &err);
	assert_non_null(f->listener);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->loop = hms_loop_new();
	hms_buf_init(&f->server.data, 64 << 20);
	hms_buf_init(&f->client.data, 64 << 20);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->client.conn) {
		hms_conn_abort(f->client.conn, HMS_CLOSE_DONE);
	}
	if (f->server.conn) {
		hms_conn_abort(f->server.conn, HMS_CLOSE_DONE);
	}
	hms_listener_close(&f->listener);
	hms_loop_free(&f->loop);
	hms_buf_fini(&f->server.data);
	hms_buf_fini(&f->client.data);
	free(f);
	return 0;
}

static void connect_to(struct fixture *f, const struct hms_addr *to, size_t write_cap)
{
	struct hms_conn_opts opts = { .write_cap_bytes = write_cap };

	assert_int_equal(hms_conn_connect(f->loop, to, NULL, 5000, &opts, &callbacks, &f->client, &f->client.conn), 0);
}

static void connect_both(struct fixture *f, size_t write_cap)
{
	listen_on(f, &(struct hms_listener_opts){ .address = "127.0.0.1:0", .conn = { .write_cap_bytes = write_cap } });
	connect_to(f, hms_listener_addr(f->listener), write_cap);
	while (!f->client.connected || !f->server.conn) {
		hms_loop_run_once(f->loop, true);
	}
}

static void bytes_travel_both_ways(void **state)
{
	struct fixture *f = *state;
	struct hms_str parts[] = { HMS_STR("he"), HMS_STR(""), HMS_STR("llo") };

	connect_both(f, 0);
	f->server.echo = true;
	assert_int_equal(hms_conn_writev(f->client.conn, parts, 3), 0);
	while (f->client.data.len < 5) {
		hms_loop_run_once(f->loop, true);
	}
	assert_string_equal(hms_buf_z(&f->client.data), "hello");
	assert_int_equal(hms_addr_port(hms_conn_peer(f->client.conn)), hms_addr_port(hms_listener_addr(f->listener)));
	assert_int_equal(hms_addr_port(hms_conn_peer(f->server.conn)), hms_addr_port(hms_conn_local(f->client.conn)));
	assert_int_equal(f->client.connected, 1);
	assert_int_equal(f->server.connected, 0);
}

static void write_before_the_connection_is_there_is_kept(void **state)
{
	struct fixture *f = *state;

	listen_on(f, &(struct hms_listener_opts){ .address = "127.0.0.1:0" });
	connect_to(f, hms_listener_addr(f->listener), 0);
	assert_int_equal(hms_conn_write(f->client.conn, "early", 5), 0);
	assert_int_equal(f->client.connected, 0);
	while (f->server.data.len < 5) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->client.connected, 1);
}

static void more_than_sixteen_parts_are_written(void **state)
{
	struct fixture *f = *state;
	struct hms_str parts[40];

	connect_both(f, 0);
	for (size_t i = 0; i < 40; i++) {
		parts[i] = hms_strn("0123456789012345678901234567890123456789" + i, 1);
	}
	assert_int_equal(hms_conn_writev(f->client.conn, parts, 40), 0);
	while (f->server.data.len < 40) {
		hms_loop_run_once(f->loop, true);
	}
	assert_string_equal(hms_buf_z(&f->server.data), "0123456789012345678901234567890123456789");
}

static void full_queue_takes_nothing_and_tells_when_there_is_room(void **state)
{
	enum { CAP = 256 * 1024, PIECE = 60000 };
	struct fixture *f = *state;
	char *piece = malloc(PIECE);
	size_t sent = 0;
	int rc;

	memset(piece, 'p', PIECE);
	connect_both(f, CAP);
	hms_conn_pause(f->server.conn, true);
	while ((rc = hms_conn_write(f->client.conn, piece, PIECE)) == 0) {
		sent += PIECE;
		hms_loop_run_once(f->loop, false);
	}
	assert_int_equal(rc, HMS_EFULL);
	assert_true(hms_conn_queued(f->client.conn) >= CAP);
	assert_true(hms_conn_queued(f->client.conn) < CAP + PIECE);
	assert_int_equal(f->client.drained, 0);
	hms_conn_pause(f->server.conn, false);
	while (f->server.data.len < sent) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->client.drained, 1);
	assert_int_equal(hms_conn_queued(f->client.conn), 0);
	for (size_t i = 0; i < sent; i++) {
		assert_int_equal(f->server.data.p[i], 'p');
	}
	free(piece);
}

static void pause_holds_data_back(void **state)
{
	struct fixture *f = *state;

	connect_both(f, 0);
	f->server.pause_on_data = true;
	assert_int_equal(hms_conn_write(f->client.conn, "a", 1), 0);
	while (f->server.data.len < 1) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(hms_conn_write(f->client.conn, "b", 1), 0);
	for (int i = 0; i < 20; i++) {
		hms_loop_run_once(f->loop, false);
	}
	assert_int_equal(f->server.pieces, 1);
	hms_conn_pause(f->server.conn, false);
	while (f->server.data.len < 2) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->server.pieces, 2);
}

static void close_sends_the_queue_first(void **state)
{
	enum { BYTES = 8 << 20 };
	struct fixture *f = *state;
	char *data = calloc(1, BYTES);

	connect_both(f, 0);
	assert_int_equal(hms_conn_write(f->server.conn, data, BYTES), 0);
	assert_true(hms_conn_queued(f->server.conn) > 0);
	hms_conn_close(f->server.conn, HMS_CLOSE_DONE, 60000);
	assert_int_equal(hms_conn_write(f->server.conn, "x", 1), HMS_ECLOSED);
	while (!f->client.closed || !f->server.closed) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->client.data.len, BYTES);
	assert_int_equal(f->client.reason, HMS_CLOSE_PEER);
	assert_int_equal(f->server.reason, HMS_CLOSE_DONE);
	free(data);
}

static void lingering_ends_after_its_time(void **state)
{
	enum { BYTES = 8 << 20 };
	struct fixture *f = *state;
	char *data = calloc(1, BYTES);

	connect_both(f, 0);
	hms_conn_pause(f->client.conn, true);
	assert_int_equal(hms_conn_write(f->server.conn, data, BYTES), 0);
	hms_conn_close(f->server.conn, HMS_CLOSE_LIMIT, 20);
	while (!f->server.closed) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->server.reason, HMS_CLOSE_LIMIT);
	free(data);
}

/* Without discard the unread bytes turn the close into a reset. */
static void discarding_close_lets_the_peer_read_the_answer(void **state)
{
	enum { BYTES = 4 << 20 };
	struct fixture *f = *state;
	char *data = calloc(1, BYTES);

	connect_both(f, 0);
	f->server.pause_on_data = true;
	assert_int_equal(hms_conn_write(f->client.conn, data, BYTES), 0);
	while (!f->server.pieces) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(hms_conn_write(f->server.conn, "no", 2), 0);
	hms_conn_discard(f->server.conn);
	hms_conn_close(f->server.conn, HMS_CLOSE_LIMIT, 60000);
	while (!f->client.closed || !f->server.closed) {
		hms_loop_run_once(f->loop, true);
	}
	assert_string_equal(hms_buf_z(&f->client.data), "no");
	assert_int_equal(f->client.reason, HMS_CLOSE_PEER);
	assert_int_equal(f->server.pieces, 1);
	free(data);
}

static void closed_comes_once_and_not_inside_abort(void **state)
{
	struct fixture *f = *state;

	connect_both(f, 0);
	hms_conn_abort(f->client.conn, HMS_CLOSE_LIMIT);
	assert_int_equal(f->client.closed, 0);
	while (!f->client.closed || !f->server.closed) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->client.closed, 1);
	assert_int_equal(f->client.reason, HMS_CLOSE_LIMIT);
	assert_int_equal(f->server.reason, HMS_CLOSE_PEER);
}

static void write_to_a_reset_connection_closes_it_later(void **state)
{
	struct fixture *f = *state;
	struct linger reset = { .l_onoff = 1 };

	connect_both(f, 0);
	assert_int_equal(setsockopt(hms_conn_fd(f->client.conn), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	hms_conn_abort(f->client.conn, HMS_CLOSE_DONE);
	hms_conn_pause(f->server.conn, true);
	while (!f->client.closed) {
		hms_loop_run_once(f->loop, true);
	}
	while (f->server.conn && hms_conn_write(f->server.conn, "x", 1) == 0) {
		hms_loop_run_once(f->loop, false);
	}
	while (!f->server.closed) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->server.reason, HMS_CLOSE_RESET);
}

static void refused_connection_is_told_later(void **state)
{
	struct fixture *f = *state;
	struct hms_addr gone;

	listen_on(f, &(struct hms_listener_opts){ .address = "127.0.0.1:0" });
	gone = *hms_listener_addr(f->listener);
	hms_listener_close(&f->listener);
	hms_loop_run_once(f->loop, false);
	connect_to(f, &gone, 0);
	assert_int_equal(f->client.closed, 0);
	while (!f->client.closed) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->client.reason, HMS_CLOSE_REFUSED);
	assert_int_equal(f->client.connected, 0);
}

/* A listener with a full backlog answers no SYN: the connect can only time out. */
static void connect_times_out(void **state)
{
	struct fixture *f = *state;
	struct hms_addr addr = { .len = sizeof(addr.ss) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fillers[8];

	assert_int_equal(hms_addr_parse(HMS_STR("127.0.0.1:0"), &addr), 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&addr.ss, addr.len), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&addr.ss, &addr.len), 0);
	for (int i = 0; i < 8; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(fillers[i], (struct sockaddr *)&addr.ss, addr.len);
	}
	assert_int_equal(hms_conn_connect(f->loop, &addr, NULL, 30, NULL, &callbacks, &f->client, &f->client.conn), 0);
	while (!f->client.closed) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->client.reason, HMS_CLOSE_TIMEOUT);
	for (int i = 0; i < 8; i++) {
		close(fillers[i]);
	}
	close(listener);
}

static void source_address_is_bound(void **state)
{
	struct fixture *f = *state;
	struct hms_addr local;
	char text[64];

	listen_on(f, &(struct hms_listener_opts){ .address = "127.0.0.1:0" });
	assert_int_equal(hms_addr_parse(HMS_STR("127.0.0.77:0"), &local), 0);
	assert_int_equal(
		hms_conn_connect(f->loop, hms_listener_addr(f->listener), &local, 5000, NULL, &callbacks, &f->client, &f->client.conn), 0);
	while (!f->server.conn) {
		hms_loop_run_once(f->loop, true);
	}
	assert_string_equal(hms_addr_text(hms_conn_peer(f->server.conn), false, text, sizeof(text)), "127.0.0.77");
}

static void connections_over_the_limit_are_closed_and_counted(void **state)
{
	struct fixture *f = *state;
	struct end second = { .data = HMS_BUF_INIT(1024) };

	listen_on(f, &(struct hms_listener_opts){ .address = "127.0.0.1:0", .max_conns = 1, .refused = &f->refused });
	connect_to(f, hms_listener_addr(f->listener), 0);
	while (!f->server.conn) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(hms_conn_connect(f->loop, hms_listener_addr(f->listener), NULL, 5000, NULL, &callbacks, &second, &second.conn), 0);
	while (!second.closed) {
		hms_loop_run_once(f->loop, true);
	}
	assert_int_equal(f->refused, 1);
	assert_int_equal(hms_listener_conns(f->listener), 1);
	hms_buf_fini(&second.data);
}

static void port_in_use_is_an_error_with_a_reason(void **state)
{
	struct fixture *f = *state;
	struct hms_err err = { 0 };
	char text[64];
	struct hms_listener_opts opts = { .address = text };

	listen_on(f, &(struct hms_listener_opts){ .address = "127.0.0.1:0" });
	hms_addr_text(hms_listener_addr(f->listener), true, text, sizeof(text));
	assert_null(hms_listener_open(f->loop, &opts, on_accept, f, &err));
	assert_int_equal(err.code, HMS_EIO);
	assert_non_null(strstr(err.text, text));
	assert_null(hms_listener_open(f->loop, &(struct hms_listener_opts){ .address = "nonsense" }, on_accept, f, &err));
	assert_int_equal(err.code, HMS_ESYNTAX);
}

static void two_listeners_share_a_port_with_reuse_port(void **state)
{
	struct fixture *f = *state;
	struct hms_err err;
	struct hms_listener *second;
	char text[64];

	listen_on(f, &(struct hms_listener_opts){ .address = "127.0.0.1:0", .reuse_port = true });
	hms_addr_text(hms_listener_addr(f->listener), true, text, sizeof(text));
	second = hms_listener_open(f->loop, &(struct hms_listener_opts){ .address = text, .reuse_port = true }, on_accept, f, &err);
	assert_non_null(second);
	hms_listener_close(&second);
}

static void connections_outlive_their_listener(void **state)
{
	struct fixture *f = *state;

	connect_both(f, 0);
	hms_listener_close(&f->listener);
	hms_loop_run_once(f->loop, false);
	f->server.echo = true;
	assert_int_equal(hms_conn_write(f->client.conn, "x", 1), 0);
	while (f->client.data.len < 1) {
		hms_loop_run_once(f->loop, true);
	}
}

static void accepting_rests_when_descriptors_run_out(void **state)
{
	enum { DESCRIPTORS = 256 };
	struct fixture *f = *state;
	struct rlimit old, low = { DESCRIPTORS, DESCRIPTORS };
	int spare[DESCRIPTORS], count = 0;

	if (getenv("HMS_TEST_MEMCHECK")) /* valgrind keeps the limit itself: it accepts, and closes */
		skip();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low.rlim_max = old.rlim_max;
	listen_on(f, &(struct hms_listener_opts){ .address = "127.0.0.1:0" });
	connect_to(f, hms_listener_addr(f->listener), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	while (count < DESCRIPTORS && (spare[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) {
		count++;
	}
	for (int i = 0; i < 10; i++) {
		hms_loop_run_once(f->loop, false);
	}
	assert_null(f->server.conn);
	while (count) {
		close(spare[--count]);
	}
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	while (!f->server.conn) {
		hms_loop_run_once(f->loop, true);
	}
}

static void reasons_have_texts(void **state)
{
	(void)state;
	assert_string_equal(hms_close_reason_text(HMS_CLOSE_IDLE), "idle timeout");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_travel_both_ways),
		TEST(write_before_the_connection_is_there_is_kept),
		TEST(more_than_sixteen_parts_are_written),
		TEST(full_queue_takes_nothing_and_tells_when_there_is_room),
		TEST(pause_holds_data_back),
		TEST(close_sends_the_queue_first),
		TEST(lingering_ends_after_its_time),
		TEST(discarding_close_lets_the_peer_read_the_answer),
		TEST(closed_comes_once_and_not_inside_abort),
		TEST(write_to_a_reset_connection_closes_it_later),
		TEST(refused_connection_is_told_later),
		TEST(connect_times_out),
		TEST(source_address_is_bound),
		TEST(connections_over_the_limit_are_closed_and_counted),
		TEST(port_in_use_is_an_error_with_a_reason),
		TEST(two_listeners_share_a_port_with_reuse_port),
		TEST(connections_outlive_their_listener),
		TEST(accepting_rests_when_descriptors_run_out),
		TEST(reasons_have_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
