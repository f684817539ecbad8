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
		TEST(bytes_travel_both_ways_by_either_version),		 TEST(more_than_sixteen_parts_arrive_in_order),
		TEST(large_transfers_both_ways_keep_to_the_cap),	 TEST(pause_holds_data_back_that_has_arrived),
		TEST(one_turn_reads_a_bounded_number_of_bytes),		 TEST(one_turn_reads_a_bounded_number_of_records),
		TEST(bytes_that_are_no_record_are_a_protocol_violation), TEST(renegotiation_is_refused),
		TEST(key_updates_in_both_directions_go_unnoticed),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
