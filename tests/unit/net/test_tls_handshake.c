/* TLS handshakes: refused, cut, slow. */
#include "tls_fixture.h"

#include <openssl/err.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define FAILED "hms_tls_handshakes_total{kind=\"failed\"}"

static void await_refusal(struct fixture *f)
{
	AWAIT(f, metric(f, FAILED) == 1);
	AWAIT(f, hms_listener_conns(f->listener) == 0);
	assert_int_equal(f->accepted, 0);
}

/* ---- refusals, by reason ---- */

static void an_old_version_is_refused(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	tls_serve(f);
	peer_init(f, &peer, TLS1_1_VERSION);
	assert_int_equal(peer_handshake(f, &peer), -SSL_ERROR_SSL);
	assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	await_refusal(f);
	assert_int_equal(REFUSED(f, "version"), 1);
	peer_fini(&peer);
}

static void tls_1_2_is_refused_where_1_3_is_the_least(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	f->conf.tls_min_version = HMS_TLS_1_3;
	tls_serve(f);
	peer_init(f, &peer, TLS1_2_VERSION);
	assert_int_equal(peer_handshake(f, &peer), -SSL_ERROR_SSL);
	await_refusal(f);
	assert_int_equal(REFUSED(f, "version"), 1);
	peer_fini(&peer);
}

static void no_shared_cipher_is_refused(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	f->conf.tls_ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384";
	tls_serve(f);
	peer_init(f, &peer, TLS1_2_VERSION);
	assert_int_equal(SSL_set_cipher_list(peer.ssl, "ECDHE-ECDSA-AES128-GCM-SHA256"), 1);
	assert_int_equal(peer_handshake(f, &peer), -SSL_ERROR_SSL);
	await_refusal(f);
	assert_int_equal(REFUSED(f, "no_shared_cipher"), 1);
	peer_fini(&peer);
}

static void no_shared_group_is_refused(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	f->conf.tls_groups = "P-256";
	tls_serve(f);
	peer_init(f, &peer, TLS1_3_VERSION);
	assert_int_equal(SSL_set1_groups_list(peer.ssl, "X25519"), 1);
	assert_int_equal(peer_handshake(f, &peer), -SSL_ERROR_SSL);
	await_refusal(f);
	assert_int_equal(REFUSED(f, "no_shared_group"), 1);
	peer_fini(&peer);
}

static void a_client_that_does_not_trust_us_is_counted(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	tls_serve(f);
	peer_init(f, &peer, TLS1_2_VERSION);
	SSL_set_verify(peer.ssl, SSL_VERIFY_PEER, NULL);
	assert_int_equal(peer_handshake(f, &peer), -SSL_ERROR_SSL);
	await_refusal(f);
	assert_int_equal(REFUSED(f, "refused_by_peer"), 1);
	peer_fini(&peer);
}

static void bytes_that_are_not_tls_are_refused(void **state)
{
	static const struct {
		const char *bytes, *sample;
	} cases[] = {
		{ "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "hms_tls_handshake_failures_total{reason=\"plain_http\"}" },
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "hms_tls_handshake_failures_total{reason=\"plain_http\"}" },
		{ "SSH-2.0-OpenSSH_9.2\r\n", "hms_tls_handshake_failures_total{reason=\"not_tls\"}" },
	};
	struct fixture *f = *state;

	tls_serve(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = tcp_connect(f);
		unsigned long before = metric(f, cases[i].sample);

		assert_true(send(fd, cases[i].bytes, strlen(cases[i].bytes), MSG_NOSIGNAL) > 0);
		AWAIT(f, metric(f, cases[i].sample) == before + 1);
		AWAIT(f, hms_listener_conns(f->listener) == 0);
		close(fd);
	}
	assert_int_equal(f->accepted, 0);
}

static void random_bytes_are_refused_without_harm(void **state)
{
	struct fixture *f = *state;

	tls_serve(f);
	srand(1);
	for (int i = 0; i < 300; i++) {
		int fd = tcp_connect(f);
		unsigned char bytes[600] = { 0x16, 3, (unsigned char)(rand() % 5), 2, 83, 1, 0, 2, 79, 3, 3 };

		for (size_t k = 11; k < sizeof(bytes); k++) { /* behind the framing of a ClientHello */
			bytes[k] = (unsigned char)(k < 48 || rand() % 3 ? rand() : 0);
		}
		send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		AWAIT(f, metric(f, FAILED) == (unsigned long)i + 1);
		close(fd);
	}
	AWAIT(f, hms_listener_conns(f->listener) == 0);
	assert_int_equal(f->accepted, 0);
}

/* ---- handshakes in pieces, through buffers in memory ---- */

struct relay {
	struct peer peer;
	size_t sent, limit; /* of the client's bytes */
};

static void relay_init(struct fixture *f, struct relay *relay, int version, size_t limit)
{
	peer_init(NULL, &relay->peer, version);
	SSL_set_bio(relay->peer.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(relay->peer.ssl);
	relay->peer.fd = tcp_connect(f);
	relay->sent = 0;
	relay->limit = limit;
}

/* Passes on what there is, at most `step` bytes of the client's. Returns whether the limit is reached. */
static bool relay_turn(struct fixture *f, struct relay *relay, size_t step)
{
	char bytes[16384];
	ssize_t n;
	int rc;

	ERR_clear_error();
	SSL_do_handshake(relay->peer.ssl);
	step = step < relay->limit - relay->sent ? step : relay->limit - relay->sent;
	rc = BIO_read(SSL_get_wbio(relay->peer.ssl), bytes, (int)step);
	if (rc > 0) {
		assert_int_equal(send(relay->peer.fd, bytes, (size_t)rc, MSG_NOSIGNAL), rc);
		relay->sent += (size_t)rc;
	}
	loop_once(f);
	n = recv(relay->peer.fd, bytes, sizeof(bytes), 0);
	if (n > 0) {
		BIO_write(SSL_get_rbio(relay->peer.ssl), bytes, (int)n);
	}
	return relay->sent == relay->limit;
}

/* The client's bytes of a whole handshake. */
static size_t handshake_bytes(struct fixture *f, int version)
{
	struct relay relay;

	relay_init(f, &relay, version, SIZE_MAX);
	while (!f->accepted) {
		relay_turn(f, &relay, 1);
	}
	hms_conn_abort(f->server.conn, HMS_CLOSE_DONE);
	AWAIT(f, f->server.closed);
	peer_fini(&relay.peer);
	f->accepted = 0;
	return relay.sent;
}

static void cut_everywhere(struct fixture *f, int version)
{
	size_t whole;

	tls_serve(f);
	whole = handshake_bytes(f, version);
	assert_true(whole > 150);
	for (size_t cut = 0; cut < whole; cut++) {
		unsigned long before = metric(f, FAILED);
		struct relay relay;

		relay_init(f, &relay, version, cut);
		while (!relay_turn(f, &relay, SIZE_MAX)) {
		}
		close(relay.peer.fd);
		relay.peer.fd = -1;
		AWAIT(f, metric(f, FAILED) == before + 1);
		AWAIT(f, hms_listener_conns(f->listener) == 0);
		peer_fini(&relay.peer);
	}
	assert_int_equal(f->accepted, 0);
	assert_true(REFUSED(f, "closed") + REFUSED(f, "io") == whole);
}

static void a_1_2_handshake_cut_after_every_byte_leaves_nothing_behind(void **state) { cut_everywhere(*state, TLS1_2_VERSION); }

static void a_1_3_handshake_cut_after_every_byte_leaves_nothing_behind(void **state) { cut_everywhere(*state, TLS1_3_VERSION); }

static void slow_handshakes_time_out_wherever_they_stop(void **state)
{
	struct fixture *f = *state;
	size_t stops[] = { 0, 3, 100 };

	f->limits.handshake_timeout = 20;
	tls_serve(f);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		struct relay relay;

		relay_init(f, &relay, 0, stops[i]);
		while (!relay_turn(f, &relay, SIZE_MAX)) {
		}
		AWAIT(f, REFUSED(f, "timeout") == i + 1);
		AWAIT(f, hms_listener_conns(f->listener) == 0);
		peer_fini(&relay.peer);
	}
	assert_int_equal(f->accepted, 0);
}

static void closing_the_listener_ends_handshakes_under_way_only(void **state)
{
	struct fixture *f = *state;
	struct relay relay;
	struct peer peer;
	char byte, out[8] = "";

	tls_serve(f);
	peer_open(f, &peer, 0);
	relay_init(f, &relay, 0, 50);
	while (!relay_turn(f, &relay, SIZE_MAX)) {
	}
	hms_listener_close(&f->listener);
	AWAIT(f, recv(relay.peer.fd, &byte, 1, 0) == 0);
	assert_int_equal(REFUSED(f, "listener_closed"), 1);
	f->server.echo = true;
	peer_write(f, &peer, "still", 5);
	assert_int_equal(peer_read(f, &peer, out, sizeof(out)), 5);
	assert_int_equal(f->accepted, 1);
	peer_fini(&peer);
	peer_fini(&relay.peer);
}

static void handshakes_count_towards_the_limit_of_connections(void **state)
{
	struct fixture *f = *state;
	struct hms_listener_opts opts = { .address = "127.0.0.1:0", .max_conns = 1 };
	uint64_t refused = 0;
	int first, second;

	tls_load(f);
	opts.tls = f->tls;
	opts.refused = &refused;
	f->listener = hms_listener_open(f->loop, &opts, NULL, NULL, NULL);
	first = tcp_connect(f);
	AWAIT(f, hms_listener_conns(f->listener) == 1);
	second = tcp_connect(f);
	AWAIT(f, refused == 1);
	close(first);
	AWAIT(f, hms_listener_conns(f->listener) == 0);
	close(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_old_version_is_refused),
		TEST(tls_1_2_is_refused_where_1_3_is_the_least),
		TEST(no_shared_cipher_is_refused),
		TEST(no_shared_group_is_refused),
		TEST(a_client_that_does_not_trust_us_is_counted),
		TEST(bytes_that_are_not_tls_are_refused),
		TEST(random_bytes_are_refused_without_harm),
		TEST(a_1_2_handshake_cut_after_every_byte_leaves_nothing_behind),
		TEST(a_1_3_handshake_cut_after_every_byte_leaves_nothing_behind),
		TEST(slow_handshakes_time_out_wherever_they_stop),
		TEST(closing_the_listener_ends_handshakes_under_way_only),
		TEST(handshakes_count_towards_the_limit_of_connections),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
