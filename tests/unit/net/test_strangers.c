/* Connections that have not shown who they are: who gives way, and to whom. */
#include "tls_pki.h"

#include <errno.h>
#include <unistd.h>

static uint64_t evicted, limited, refused;

enum { ROOM = 16 };
static struct hms_conn *taken[ROOM];

static void on_data(struct hms_conn *conn, const char *data, size_t len, void *arg)
{
	(void)conn;
	(void)data;
	(void)len;
	(void)arg;
}

static void on_closed(struct hms_conn *conn, enum hms_close_reason reason, void *arg)
{
	(void)reason;
	(void)arg;
	for (size_t i = 0; i < ROOM; i++) {
		taken[i] = taken[i] == conn ? NULL : taken[i];
	}
}

static void on_accept(struct hms_listener *listener, struct hms_conn *conn, void *arg)
{
	static const struct hms_conn_cb callbacks = { .data = on_data, .closed = on_closed };
	struct fixture *f = arg;

	(void)listener;
	taken[f->accepted++] = conn;
	hms_conn_set_cb(conn, &callbacks, f);
}

static void listen_with(struct fixture *f, unsigned max, unsigned max_per_source, unsigned max_conns)
{
	struct hms_listener_opts opts = {
		.address = "127.0.0.1:0",
		.tls = f->tls,
		.max_conns = max_conns,
		.refused = &refused,
		.strangers = { .max = max, .max_per_source = max_per_source, .evicted = &evicted, .limited = &limited },
	};

	evicted = limited = refused = 0;
	f->listener = hms_listener_open(f->loop, &opts, on_accept, f, NULL);
	assert_non_null(f->listener);
}

static int come(struct fixture *f)
{
	unsigned before = f->accepted;
	int fd = tcp_connect(f);

	AWAIT(f, f->accepted > before);
	return fd;
}

/* Whether the server has closed it. */
static bool is_closed(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

static void leave_all(struct fixture *f, const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		close(fds[i]);
	}
	AWAIT(f, hms_listener_conns(f->listener) == 0);
}

static void the_oldest_stranger_gives_way_to_a_new_one(void **state)
{
	struct fixture *f = *state;
	int fds[4];

	listen_with(f, 2, 0, 0);
	for (int i = 0; i < 4; i++) {
		fds[i] = come(f);
	}
	AWAIT(f, is_closed(fds[0]) && is_closed(fds[1]));
	assert_false(is_closed(fds[2]) || is_closed(fds[3]));
	assert_int_equal(evicted, 2);
	leave_all(f, fds, 4);
}

static void who_is_known_stays_whoever_comes(void **state)
{
	struct fixture *f = *state;
	int fds[4];

	listen_with(f, 1, 0, 0);
	fds[0] = come(f);
	hms_conn_known(taken[0]);
	hms_conn_known(taken[0]);
	for (int i = 1; i < 4; i++) {
		fds[i] = come(f);
	}
	AWAIT(f, is_closed(fds[1]) && is_closed(fds[2]));
	assert_false(is_closed(fds[0]) || is_closed(fds[3]));
	leave_all(f, fds, 4);
}

static void of_a_full_listener_a_stranger_gives_way_and_nobody_else(void **state)
{
	struct fixture *f = *state;
	int fds[3];

	listen_with(f, 5, 0, 2);
	fds[0] = come(f);
	hms_conn_known(taken[0]);
	fds[1] = come(f);
	fds[2] = come(f);
	AWAIT(f, is_closed(fds[1]));
	hms_conn_known(taken[2]);
	AWAIT(f, hms_listener_conns(f->listener) == 2);
	close(fds[1]);
	fds[1] = tcp_connect(f);
	AWAIT(f, refused == 1);
	AWAIT(f, is_closed(fds[1]));
	assert_false(is_closed(fds[0]) || is_closed(fds[2]));
	leave_all(f, fds, 3);
}

static void a_source_has_its_share_and_gets_it_back(void **state)
{
	struct fixture *f = *state;
	int fds[3];

	listen_with(f, 10, 2, 0);
	fds[0] = come(f);
	fds[1] = come(f);
	fds[2] = tcp_connect(f);
	AWAIT(f, limited == 1);
	AWAIT(f, is_closed(fds[2]));
	assert_false(is_closed(fds[0]) || is_closed(fds[1]));
	close(fds[2]);
	hms_conn_known(taken[0]);
	fds[2] = come(f);
	close(fds[1]);
	AWAIT(f, hms_listener_conns(f->listener) == 2);
	fds[1] = come(f);
	assert_int_equal(limited, 1);
	leave_all(f, fds, 3);
}

/* TLS half open: nobody's callbacks are set yet. */
static void who_does_not_end_its_handshake_gives_way_too(void **state)
{
	struct fixture *f = *state;
	int fds[3];

	tls_load(f);
	listen_with(f, 1, 0, 0);
	for (unsigned i = 0; i < 3; i++) {
		fds[i] = tcp_connect(f);
		AWAIT(f, evicted == i);
	}
	AWAIT(f, is_closed(fds[0]) && is_closed(fds[1]));
	AWAIT(f, hms_listener_conns(f->listener) == 1);
	assert_false(is_closed(fds[2]));
	leave_all(f, fds, 3);
}

static void where_nobody_asks_all_stay(void **state)
{
	struct fixture *f = *state;
	int fds[5];

	listen_with(f, 0, 1, 0);
	for (int i = 0; i < 5; i++) {
		fds[i] = come(f);
	}
	assert_int_equal(hms_listener_conns(f->listener), 5);
	hms_conn_known(taken[0]);
	leave_all(f, fds, 5);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)
	const struct CMUnitTest tests[] = {
		T(the_oldest_stranger_gives_way_to_a_new_one),
		T(who_is_known_stays_whoever_comes),
		T(of_a_full_listener_a_stranger_gives_way_and_nobody_else),
		T(a_source_has_its_share_and_gets_it_back),
		T(who_does_not_end_its_handshake_gives_way_too),
		T(where_nobody_asks_all_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
