/* The end of connections over TLS: close_notify, linger, truncation. */
#include "tls_fixture.h"

#include <signal.h>
#include <stdlib.h>

static void close_sends_the_queue_and_then_close_notify(void **state)
{
	enum { BYTES = 8 << 20 };
	struct fixture *f = *state;
	struct peer peer;
	char *data = calloc(1, BYTES);
	int n, got = 0;

	tls_serve(f);
	peer_open(f, &peer, 0);
	assert_int_equal(hms_conn_write(f->server.conn, data, BYTES), 0);
	assert_true(hms_conn_queued(f->server.conn) > 0);
	hms_conn_close(f->server.conn, HMS_CLOSE_DONE, 60000);
	while ((n = peer_read(f, &peer, data, BYTES)) > 0) {
		got += n;
	}
	assert_int_equal(got, BYTES);
	assert_int_equal(n, -SSL_ERROR_ZERO_RETURN);
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.reason, HMS_CLOSE_DONE);
	free(data);
	peer_fini(&peer);
}

static void an_idle_connection_is_closed_with_close_notify(void **state)
{
	struct fixture *f = *state;
	struct peer peer;
	char out[8];

	tls_serve(f);
	peer_open(f, &peer, 0);
	hms_conn_close(f->server.conn, HMS_CLOSE_IDLE, 1000);
	assert_int_equal(peer_read(f, &peer, out, sizeof(out)), -SSL_ERROR_ZERO_RETURN);
	peer_fini(&peer);
}

/* A cut is to be seen as one. */
static void an_abort_with_bytes_unsent_sends_no_close_notify(void **state)
{
	enum { BYTES = 8 << 20 };
	struct fixture *f = *state;
	struct peer peer;
	char *data = calloc(1, BYTES);
	int n;

	tls_serve(f);
	peer_open(f, &peer, 0);
	assert_int_equal(hms_conn_write(f->server.conn, data, BYTES), 0);
	hms_conn_abort(f->server.conn, HMS_CLOSE_TIMEOUT);
	while ((n = peer_read(f, &peer, data, BYTES)) > 0) {
	}
	assert_int_not_equal(n, -SSL_ERROR_ZERO_RETURN);
	free(data);
	peer_fini(&peer);
}

/* Without discard the unread bytes turn the close into a reset. */
static void discarding_close_lets_the_peer_read_the_answer(void **state)
{
	enum { BYTES = 1 << 20 };
	struct fixture *f = *state;
	struct peer peer;
	char *data = calloc(1, BYTES), out[8] = "";

	tls_serve(f);
	peer_open(f, &peer, 0);
	peer_write(f, &peer, data, 16384);
	AWAIT(f, f->server.pieces);
	assert_int_equal(hms_conn_write(f->server.conn, "no", 2), 0);
	hms_conn_discard(f->server.conn);
	hms_conn_close(f->server.conn, HMS_CLOSE_LIMIT, 60000);
	peer_write(f, &peer, data, BYTES);
	assert_int_equal(peer_read(f, &peer, out, sizeof(out)), 2);
	assert_int_equal(peer_read(f, &peer, out, sizeof(out)), -SSL_ERROR_ZERO_RETURN);
	assert_int_equal(f->server.closed, 0);
	SSL_shutdown(peer.ssl);
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.reason, HMS_CLOSE_LIMIT);
	free(data);
	peer_fini(&peer);
}

static void lingering_ends_after_its_time(void **state)
{
	enum { BYTES = 8 << 20 };
	struct fixture *f = *state;
	struct peer peer;
	char *data = calloc(1, BYTES);

	tls_serve(f);
	peer_open(f, &peer, 0);
	assert_int_equal(hms_conn_write(f->server.conn, data, BYTES), 0);
	hms_conn_close(f->server.conn, HMS_CLOSE_LIMIT, 20);
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.reason, HMS_CLOSE_LIMIT);
	free(data);
	peer_fini(&peer);
}

static void close_notify_of_the_peer_is_its_end_and_is_answered(void **state)
{
	struct fixture *f = *state;
	struct peer peer;
	char out[8];

	tls_serve(f);
	peer_open(f, &peer, 0);
	assert_int_equal(SSL_shutdown(peer.ssl), 0); /* the TCP connection stays */
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.reason, HMS_CLOSE_PEER);
	assert_int_equal(peer_read(f, &peer, out, sizeof(out)), -SSL_ERROR_ZERO_RETURN);
	peer_fini(&peer);
}

static void data_right_before_close_notify_is_delivered(void **state)
{
	struct fixture *f = *state;
	struct peer peer;
	char *data = calloc(1, 16384);

	f->keep_paused = true;
	tls_serve(f);
	peer_open(f, &peer, 0);
	peer_write(f, &peer, data, 16384);
	assert_int_equal(SSL_shutdown(peer.ssl), 0);
	hms_conn_pause(f->server.conn, false);
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.data.len, 16384);
	assert_int_equal(f->server.reason, HMS_CLOSE_PEER);
	free(data);
	peer_fini(&peer);
}

static void an_end_without_close_notify_is_a_truncation(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	tls_serve(f);
	peer_open(f, &peer, 0);
	peer_write(f, &peer, "half", 4);
	assert_int_equal(shutdown(peer.fd, SHUT_WR), 0);
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.data.len, 4);
	assert_int_equal(f->server.reason, HMS_CLOSE_TRUNCATED);
	peer_fini(&peer);
}

static void a_reset_is_told_apart(void **state)
{
	struct fixture *f = *state;
	struct linger reset = { .l_onoff = 1 };
	struct peer peer;

	tls_serve(f);
	peer_open(f, &peer, 0);
	assert_int_equal(setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	peer_fini(&peer);
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.reason, HMS_CLOSE_RESET);
}

static void a_write_to_a_reset_connection_closes_it_later(void **state)
{
	struct fixture *f = *state;
	struct linger reset = { .l_onoff = 1 };
	struct peer peer;

	f->keep_paused = true;
	tls_serve(f);
	peer_open(f, &peer, 0);
	assert_int_equal(setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	peer_fini(&peer);
	while (f->server.conn && hms_conn_write(f->server.conn, "x", 1) == 0) {
		loop_once(f);
	}
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.reason, HMS_CLOSE_RESET);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(close_sends_the_queue_and_then_close_notify),
		TEST(an_idle_connection_is_closed_with_close_notify),
		TEST(an_abort_with_bytes_unsent_sends_no_close_notify),
		TEST(discarding_close_lets_the_peer_read_the_answer),
		TEST(lingering_ends_after_its_time),
		TEST(close_notify_of_the_peer_is_its_end_and_is_answered),
		TEST(data_right_before_close_notify_is_delivered),
		TEST(an_end_without_close_notify_is_a_truncation),
		TEST(a_reset_is_told_apart),
		TEST(a_write_to_a_reset_connection_closes_it_later),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
