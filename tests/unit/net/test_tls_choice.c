/* TLS handshakes: resumption, and the choice of the protocol. */
#include "tls_fixture.h"

#include <signal.h>

#define FULL "hms_tls_handshakes_total{kind=\"full\"}"
#define RESUMED "hms_tls_handshakes_total{kind=\"resumed\"}"

static void resume(struct fixture *f, int version)
{
	struct peer peer;
	SSL_SESSION *session;
	char out[8];

	tls_serve(f);
	f->server.echo = true;
	peer_open(f, &peer, version);
	peer_write(f, &peer, "x", 1);
	assert_int_equal(peer_read(f, &peer, out, sizeof(out)), 1); /* with 1.3, tickets come before it */
	session = SSL_get1_session(peer.ssl);
	SSL_shutdown(peer.ssl);
	AWAIT(f, f->server.closed);
	peer_fini(&peer);
	peer_init(f, &peer, version);
	SSL_set_session(peer.ssl, session);
	assert_int_equal(peer_handshake(f, &peer), 1);
	AWAIT(f, f->accepted == 2);
	assert_int_equal(SSL_session_reused(peer.ssl), 1);
	assert_int_equal(metric(f, FULL), 1);
	assert_int_equal(metric(f, RESUMED), 1);
	assert_int_equal(SSL_SESSION_get_max_early_data(session), 0); /* no 0-RTT */
	SSL_SESSION_free(session);
	peer_fini(&peer);
}

static void a_session_of_1_2_is_resumed_by_its_ticket(void **state) { resume(*state, TLS1_2_VERSION); }

static void a_session_of_1_3_is_resumed_by_its_ticket(void **state) { resume(*state, TLS1_3_VERSION); }

static void offer(struct fixture *f, struct peer *peer, struct hms_str alpn)
{
	peer_init(f, peer, 0);
	if (alpn.len) {
		assert_int_equal(SSL_set_alpn_protos(peer->ssl, (const unsigned char *)alpn.p, (unsigned)alpn.len), 0);
	}
}

static void the_protocol_is_chosen_by_our_preference(void **state)
{
	static const struct {
		struct hms_str ours, theirs;
		const char *chosen;
	} cases[] = {
		{ HMS_STR("\x02h2\x08http/1.1"), HMS_STR("\x08http/1.1\x02h2"), "h2" },
		{ HMS_STR("\x08http/1.1"), HMS_STR("\x02h2\x08http/1.1"), "http/1.1" },
		{ HMS_STR("\x08http/1.1"), HMS_STR(""), "" },
		{ HMS_STR(""), HMS_STR("\x02h2"), "" },
	};
	struct fixture *f = *state;

	tls_load(f);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer peer;
		const unsigned char *name;
		unsigned len;

		tls_listen(f, cases[i].ours, 0);
		offer(f, &peer, cases[i].theirs);
		assert_int_equal(peer_handshake(f, &peer), 1);
		AWAIT(f, f->accepted == i + 1);
		assert_string_equal(hms_conn_alpn(f->server.conn), cases[i].chosen);
		SSL_get0_alpn_selected(peer.ssl, &name, &len);
		assert_int_equal(len, strlen(cases[i].chosen));
		hms_conn_abort(f->server.conn, HMS_CLOSE_DONE);
		AWAIT(f, f->server.closed);
		hms_listener_close(&f->listener);
		peer_fini(&peer);
	}
}

/* RFC 7301 3.2. */
static void no_shared_protocol_is_refused_unless_alpn_is_off(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	tls_serve(f);
	offer(f, &peer,
	      HMS_STR("\x03"
		      "ftp"));
	assert_int_equal(peer_handshake(f, &peer), -SSL_ERROR_SSL);
	AWAIT(f, hms_listener_conns(f->listener) == 0);
	assert_int_equal(f->accepted, 0);
	assert_int_equal(REFUSED(f, "no_shared_protocol"), 1);
	peer_fini(&peer);
	f->conf.tls_alpn = false;
	assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), 0);
	offer(f, &peer,
	      HMS_STR("\x03"
		      "ftp"));
	assert_int_equal(peer_handshake(f, &peer), 1);
	AWAIT(f, f->accepted == 1);
	assert_string_equal(hms_conn_alpn(f->server.conn), "");
	peer_fini(&peer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session_of_1_2_is_resumed_by_its_ticket),
		TEST(a_session_of_1_3_is_resumed_by_its_ticket),
		TEST(the_protocol_is_chosen_by_our_preference),
		TEST(no_shared_protocol_is_refused_unless_alpn_is_off),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
