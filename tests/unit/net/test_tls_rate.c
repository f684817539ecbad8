/* Limits before any cost: connections that are accepted, and full handshakes. */
#include "tls_pki.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define FULL "hms_tls_handshakes_total{kind=\"full\"}"
#define FAILED "hms_tls_handshakes_total{kind=\"failed\"}"

enum { BURST = 5 }; /* of a rate of one a second; what comes back meanwhile is less than the attempts that follow */

/* Handshakes until one is refused. Returns how many were not. */
static unsigned come_until_refused(struct fixture *f, int version, const char *groups)
{
	unsigned long failed = metric(f, FAILED);

	for (unsigned count = 0;; count++) {
		unsigned before = f->accepted;
		struct peer peer;
		int rc;

		peer_init(f, &peer, version);
		if (groups) {
			assert_int_equal(SSL_set1_groups_list(peer.ssl, groups), 1);
		}
		rc = peer_handshake(f, &peer);
		AWAIT(f, f->accepted > before || metric(f, FAILED) > failed);
		peer_fini(&peer);
		AWAIT(f, hms_listener_conns(f->listener) == 0);
		if (f->accepted == before) {
			assert_int_not_equal(rc, 1);
			return count;
		}
	}
}

static void full_handshakes_of_a_source_have_a_rate(void **state)
{
	struct fixture *f = *state;

	f->limits.full_handshake_rate_per_source = 1;
	tls_serve(f);
	assert_true(come_until_refused(f, TLS1_2_VERSION, NULL) >= BURST);
	assert_int_equal(REFUSED(f, "rate"), 1);
}

static void full_handshakes_of_all_have_a_rate(void **state)
{
	struct fixture *f = *state;

	f->limits.full_handshake_rate = 1;
	tls_serve(f);
	assert_true(come_until_refused(f, TLS1_3_VERSION, NULL) >= BURST);
	assert_int_equal(REFUSED(f, "rate"), 1);
}

/* The client offers a key of another group first, and has to say hello twice. */
static void a_hello_that_is_retried_costs_one_token(void **state)
{
	struct fixture *f = *state;

	f->limits.full_handshake_rate = 1;
	f->conf.tls_groups = "P-384";
	tls_serve(f);
	assert_true(come_until_refused(f, TLS1_3_VERSION, "X25519:P-384") >= BURST);
}

static void resumed_handshakes_cost_none(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct fixture *f = *state;

	f->server.echo = true;
	f->limits.full_handshake_rate = 1;
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session;
		struct peer peer;
		char out[4];

		peer_open(f, &peer, versions[i]);
		peer_write(f, &peer, "x", 1);
		assert_int_equal(peer_read(f, &peer, out, sizeof(out)), 1);
		session = SSL_get1_session(peer.ssl);
		SSL_shutdown(peer.ssl);
		peer_fini(&peer);
		AWAIT(f, hms_listener_conns(f->listener) == 0);
		for (int k = 0; k < 4 * BURST; k++) {
			unsigned before = f->accepted;

			peer_init(f, &peer, versions[i]);
			SSL_set_session(peer.ssl, session);
			assert_int_equal(peer_handshake(f, &peer), 1);
			assert_true(SSL_session_reused(peer.ssl));
			AWAIT(f, f->accepted > before);
			SSL_shutdown(peer.ssl);
			peer_fini(&peer);
			AWAIT(f, hms_listener_conns(f->listener) == 0);
		}
		SSL_SESSION_free(session);
	}
	assert_int_equal(REFUSED(f, "rate"), 0);
}

/* ---- accepting ---- */

static void accept_with(struct fixture *f, const struct hms_listener_rates *rates, uint64_t *limited)
{
	struct hms_listener_opts opts = { .address = "127.0.0.1:0", .rates = *rates, .limited = limited, .tls = f->tls };

	f->listener = hms_listener_open(f->loop, &opts, NULL, NULL, NULL);
	assert_non_null(f->listener);
}

/* Connections, one after the other, until one is closed at once. Returns how many were not. */
static unsigned connect_until_limited(struct fixture *f, const uint64_t *limited)
{
	for (unsigned count = 0;; count++) {
		int fd = tcp_connect(f);
		char byte;

		AWAIT(f, hms_listener_conns(f->listener) == 1 || *limited);
		if (*limited) {
			AWAIT(f, recv(fd, &byte, 1, 0) >= 0 || errno == ECONNRESET);
			close(fd);
			return count;
		}
		close(fd);
		AWAIT(f, hms_listener_conns(f->listener) == 0);
	}
}

static void connections_have_a_rate_in_total_and_for_each_source(void **state)
{
	static const struct hms_listener_rates rates[] = { { .total = 1 }, { .per_source = 1 }, { .total = 1, .per_source = 1000 } };
	struct fixture *f = *state;

	tls_load(f);
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		uint64_t limited = 0;

		accept_with(f, &rates[i], &limited);
		assert_true(connect_until_limited(f, &limited) >= BURST);
		hms_listener_set_rates(f->listener, &(struct hms_listener_rates){ 0 });
		for (int k = 0; k < 4 * BURST; k++) {
			int fd = tcp_connect(f);

			AWAIT(f, hms_listener_conns(f->listener) == 1);
			close(fd);
			AWAIT(f, hms_listener_conns(f->listener) == 0);
		}
		assert_int_equal(limited, 1);
		hms_listener_close(&f->listener);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(full_handshakes_of_a_source_have_a_rate),
		TEST(full_handshakes_of_all_have_a_rate),
		TEST(a_hello_that_is_retried_costs_one_token),
		TEST(resumed_handshakes_cost_none),
		TEST(connections_have_a_rate_in_total_and_for_each_source),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
