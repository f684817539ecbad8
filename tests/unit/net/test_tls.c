/* Connections over TLS: OpenSSL's client against a listener of ours. */
#include "tls_fixture.h"

#include <openssl/err.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static void bytes_travel_both_ways_by_either_version(void **state)
{
	struct fixture *f = *state;
	struct hms_str parts[] = { HMS_STR("wor"), HMS_STR(""), HMS_STR("ld") };

	tls_serve(f);
	for (size_t i = 0; i < 2; i++) {
		struct peer peer;
		char out[16] = "";

		hms_buf_reset(&f->server.data);
		peer_open(f, &peer, versions[i]);
		assert_int_equal(SSL_version(peer.ssl), versions[i]);
		peer_write(f, &peer, "hello", 5);
		AWAIT(f, f->server.data.len == 5);
		assert_string_equal(hms_buf_z(&f->server.data), "hello");
		assert_int_equal(hms_conn_writev(f->server.conn, parts, 3), 0);
		assert_int_equal(peer_read(f, &peer, out, sizeof(out)), 5); /* one record */
		assert_string_equal(out, "world");
		assert_null(SSL_get_current_compression(peer.ssl));
		hms_conn_abort(f->server.conn, HMS_CLOSE_DONE);
		AWAIT(f, f->server.closed);
		peer_fini(&peer);
	}
	assert_int_equal(metric(f, "hms_tls_versions_total{version=\"TLSv1.2\"}"), 1);
	assert_int_equal(metric(f, "hms_tls_versions_total{version=\"TLSv1.3\"}"), 1);
}

static void more_than_sixteen_parts_arrive_in_order(void **state)
{
	enum { PARTS = 40, BYTES = 3000 };
	struct fixture *f = *state;
	struct hms_str parts[PARTS];
	struct peer peer;
	char *data = malloc(PARTS * BYTES), *out = malloc(PARTS * BYTES);
	size_t got = 0;

	for (size_t i = 0; i < PARTS * BYTES; i++) {
		data[i] = (char)(i * 7 + i / 256);
	}
	for (size_t i = 0; i < PARTS; i++) {
		parts[i] = hms_strn(data + i * BYTES, BYTES);
	}
	tls_serve(f);
	peer_open(f, &peer, 0);
	assert_int_equal(hms_conn_writev(f->server.conn, parts, PARTS), 0);
	while (got < PARTS * BYTES) {
		int n = peer_read(f, &peer, out + got, PARTS * BYTES - got);

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_memory_equal(out, data, PARTS * BYTES);
	free(data);
	free(out);
	peer_fini(&peer);
}

/* The peer reads nothing until we have stopped taking more, and sends all the while. */
static void large_transfers_both_ways_keep_to_the_cap(void **state)
{
	enum { TOTAL = 6 << 20, PIECE = 60000, CAP = 256 * 1024 };
	struct fixture *f = *state;
	struct peer peer;
	char *piece = malloc(PIECE), *out = malloc(PIECE);
	size_t sent = 0, received = 0, posted = 0;
	bool full = false;

	memset(piece, 'p', PIECE);
	tls_load(f);
	tls_listen(f, ALPN_HTTP1, CAP);
	peer_open(f, &peer, 0);
	while (received < TOTAL || f->server.data.len < TOTAL) {
		size_t n;

		while (sent < TOTAL && hms_conn_write(f->server.conn, piece, PIECE) == 0) {
			sent += PIECE;
		}
		full = full || sent < TOTAL;
		assert_true(hms_conn_queued(f->server.conn) < CAP + PIECE);
		ERR_clear_error();
		if (posted < TOTAL && SSL_write_ex(peer.ssl, piece, PIECE, &n)) {
			posted += n;
		}
		ERR_clear_error();
		if (full && SSL_read_ex(peer.ssl, out, PIECE, &n)) {
			assert_memory_equal(out, piece, n);
			received += n;
		}
		loop_once(f);
	}
	assert_true(full && f->server.drained > 0);
	assert_int_equal(hms_conn_queued(f->server.conn), 0);
	free(piece);
	free(out);
	peer_fini(&peer);
}

static void pause_holds_data_back_that_has_arrived(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	f->keep_paused = true;
	tls_serve(f);
	peer_open(f, &peer, 0);
	peer_write(f, &peer, "early", 5);
	for (int i = 0; i < 20; i++) {
		loop_once(f);
	}
	assert_int_equal(f->server.pieces, 0);
	hms_conn_pause(f->server.conn, false);
	AWAIT(f, f->server.data.len == 5);
	peer_fini(&peer);
}

static void one_turn_reads_a_bounded_number_of_bytes(void **state)
{
	enum { BYTES = 512 * 1024, TURN = 4 * 16384 };
	struct fixture *f = *state;
	struct peer peer;
	char *data = calloc(1, BYTES);
	size_t n, sent = 0, before;

	f->keep_paused = true;
	tls_serve(f);
	peer_open(f, &peer, 0);
	SSL_set_mode(peer.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
	while (SSL_write_ex(peer.ssl, data, 16384, &n)) {
		sent += n;
	}
	assert_true(sent > TURN);
	hms_conn_pause(f->server.conn, false);
	while (f->server.data.len < sent) {
		before = f->server.data.len;
		loop_once(f);
		assert_true(f->server.data.len - before <= TURN);
	}
	free(data);
	peer_fini(&peer);
}

/* Records of one byte: many reads of the socket, little data. */
static void one_turn_reads_a_bounded_number_of_records(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	f->keep_paused = true;
	tls_serve(f);
	peer_open(f, &peer, 0);
	for (int i = 0; i < 500; i++) {
		peer_write(f, &peer, "x", 1);
	}
	hms_conn_pause(f->server.conn, false);
	while (f->server.data.len < 500) {
		unsigned before = f->server.pieces;

		loop_once(f);
		assert_true(f->server.pieces - before <= 4);
	}
	peer_fini(&peer);
}

/* ---- closing ---- */

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

/* ---- peers that do what they may not, or rarely do ---- */

static void bytes_that_are_no_record_are_a_protocol_violation(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	tls_serve(f);
	peer_open(f, &peer, 0);
	assert_int_equal(send(peer.fd,
			      "\x17\x03\x03\x00\x20"
			      "forged forged forged forged forged",
			      37, 0),
			 37);
	AWAIT(f, f->server.closed);
	assert_int_equal(f->server.reason, HMS_CLOSE_PROTOCOL);
	assert_int_equal(f->server.data.len, 0);
	peer_fini(&peer);
}

static void renegotiation_is_refused(void **state)
{
	struct fixture *f = *state;
	struct peer peer;
	char out[8];

	tls_serve(f);
	peer_open(f, &peer, TLS1_2_VERSION);
	f->server.echo = true;
	assert_int_equal(SSL_renegotiate(peer.ssl), 1);
	SSL_do_handshake(peer.ssl);
	/* OpenSSL's client takes the refusal as fatal. */
	assert_true(peer_read(f, &peer, out, sizeof(out)) < 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
	assert_int_equal(metric(f, "hms_tls_handshakes_total{kind=\"full\"}"), 1);
	peer_fini(&peer);
}

static void key_updates_in_both_directions_go_unnoticed(void **state)
{
	struct fixture *f = *state;
	struct peer peer;
	char out[8] = "";

	tls_serve(f);
	peer_open(f, &peer, TLS1_3_VERSION);
	f->server.echo = true;
	for (int i = 0; i < 50; i++) {
		assert_int_equal(SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
		peer_write(f, &peer, "again", 5);
		assert_int_equal(peer_read(f, &peer, out, sizeof(out)), 5);
		assert_string_equal(out, "again");
	}
	peer_fini(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_travel_both_ways_by_either_version),
		TEST(more_than_sixteen_parts_arrive_in_order),
		TEST(large_transfers_both_ways_keep_to_the_cap),
		TEST(pause_holds_data_back_that_has_arrived),
		TEST(one_turn_reads_a_bounded_number_of_bytes),
		TEST(one_turn_reads_a_bounded_number_of_records),
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
		TEST(bytes_that_are_no_record_are_a_protocol_violation),
		TEST(renegotiation_is_refused),
		TEST(key_updates_in_both_directions_go_unnoticed),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
