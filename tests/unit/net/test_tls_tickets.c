/* Resumption: tickets under keys of the installation's secret, which any process opens; what they may not let through. */
#include "tls_pki.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define FULL "hms_tls_handshakes_total{kind=\"full\"}"
#define RESUMED "hms_tls_handshakes_total{kind=\"resumed\"}"

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static struct hms_secret *secret_of(struct fixture *f, const char *text)
{
	struct hms_secret *secret;

	write_file(f, "secret", text);
	assert_int_equal(hms_secret_load(path_of(f, "secret"), &secret, NULL), 0);
	return secret;
}

static int setup(void **state)
{
	struct fixture *f;

	tls_setup(state);
	f = *state;
	f->secret = secret_of(f, "0123456789abcdef0123456789abcdef");
	f->server.echo = true;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	struct hms_secret *secret = f->secret;

	tls_teardown(state);
	hms_secret_free(&secret);
	return 0;
}

/* In TLS 1.3 tickets come behind the handshake. */
static SSL_SESSION *take_session(struct fixture *f, struct peer *peer)
{
	char out[8];

	peer_write(f, peer, "x", 1);
	assert_int_equal(peer_read(f, peer, out, sizeof(out)), 1);
	return SSL_get1_session(peer->ssl);
}

/* Of a connection that was cut OpenSSL's client does not use the session again. */
static void leave(struct fixture *f, struct peer *peer)
{
	SSL_shutdown(peer->ssl);
	peer_fini(peer);
	AWAIT(f, hms_listener_conns(f->listener) == 0);
}

/* A session of a client that shows <dir>/<name>.pem, if that is given. */
static SSL_SESSION *begin(struct fixture *f, int version, const char *name)
{
	SSL_SESSION *session;
	struct peer peer;

	if (name) {
		peer_open_as(f, &peer, version, name);
	} else {
		peer_open(f, &peer, version);
	}
	session = take_session(f, &peer);
	leave(f, &peer);
	return session;
}

/* Comes back with it. Returns whether it was resumed; a new session takes its place. */
static bool again(struct fixture *f, int version, SSL_SESSION **session, struct peer *peer)
{
	unsigned before = f->accepted;
	SSL_SESSION *old;
	bool reused;

	peer_init(f, peer, version);
	assert_int_equal(SSL_set_session(peer->ssl, *session), 1);
	assert_int_equal(peer_handshake(f, peer), 1);
	AWAIT(f, f->accepted > before);
	reused = SSL_session_reused(peer->ssl);
	old = *session;
	*session = take_session(f, peer);
	assert_true(SSL_version(peer->ssl) != TLS1_3_VERSION || *session != old); /* RFC 8446 C.4: a ticket for the next time */
	SSL_SESSION_free(old);
	return reused;
}

/* What a restart does, or another front end. */
static void another_server(struct fixture *f, const char *name)
{
	hms_listener_close(&f->listener);
	hms_tls_server_free(&f->tls);
	assert_int_equal(hms_tls_server_new(name, &f->conf, &f->limits, f->secret, &f->tls, NULL), 0);
	tls_listen(f, ALPN_HTTP1, 0);
}

static void another_process_with_the_secret_resumes_a_session(void **state)
{
	struct fixture *f = *state;

	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session = begin(f, versions[i], NULL);
		struct peer peer;

		for (int k = 0; k < 3; k++) {
			another_server(f, "test");
			assert_true(again(f, versions[i], &session, &peer));
			leave(f, &peer);
		}
		SSL_SESSION_free(session);
	}
	assert_int_equal(metric(f, FULL), 2);
	assert_int_equal(metric(f, RESUMED), 6);
}

static void a_reload_keeps_sessions(void **state)
{
	struct fixture *f = *state;
	SSL_SESSION *session;
	struct peer peer;

	tls_serve(f);
	session = begin(f, 0, NULL);
	assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), 0);
	assert_true(again(f, 0, &session, &peer));
	leave(f, &peer);
	SSL_SESSION_free(session);
}

static void another_secret_or_listener_means_a_full_handshake(void **state)
{
	struct fixture *f = *state;

	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session = begin(f, versions[i], NULL);
		struct hms_secret *ours = f->secret;
		struct peer peer;

		another_server(f, "other");
		assert_false(again(f, versions[i], &session, &peer));
		leave(f, &peer);
		f->secret = secret_of(f, "fedcba9876543210fedcba9876543210");
		another_server(f, "other");
		assert_false(again(f, versions[i], &session, &peer));
		leave(f, &peer);
		hms_listener_close(&f->listener);
		hms_tls_server_free(&f->tls);
		hms_secret_free(&f->secret);
		f->secret = ours;
		tls_serve(f);
		SSL_SESSION_free(session);
	}
}

/* ---- keys and time ---- */

/* A ticket of so many half days ago. */
static bool opens_ticket_of(struct fixture *f, int64_t epochs)
{
	SSL_SESSION *session;
	struct peer peer;
	bool resumed;

	tls_tickets_shift(f, -epochs);
	session = begin(f, TLS1_2_VERSION, NULL);
	tls_tickets_shift(f, 0);
	resumed = again(f, TLS1_2_VERSION, &session, &peer);
	leave(f, &peer);
	SSL_SESSION_free(session);
	return resumed;
}

/* Contracts 9: as cookies. */
static void keys_of_the_previous_and_the_next_period_open_tickets(void **state)
{
	struct fixture *f = *state;

	tls_serve(f);
	assert_true(opens_ticket_of(f, 0));
	assert_true(opens_ticket_of(f, 1));
	assert_true(opens_ticket_of(f, -1));
	assert_false(opens_ticket_of(f, 2));
	assert_false(opens_ticket_of(f, -2));
}

static void clients_are_told_the_life_of_a_session(void **state)
{
	struct fixture *f = *state;

	f->limits.session_life = 7000000;
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session = begin(f, versions[i], NULL);

		assert_int_equal(SSL_SESSION_get_ticket_lifetime_hint(session), 7000);
		SSL_SESSION_free(session);
	}
}

/* ---- tickets that are none ---- */

static void a_ticket_that_was_tampered_with_means_a_full_handshake(void **state)
{
	struct fixture *f = *state;
	SSL_SESSION *session;
	const unsigned char *ticket;
	size_t len;

	tls_serve(f);
	session = begin(f, TLS1_2_VERSION, NULL);
	SSL_SESSION_get0_ticket(session, &ticket, &len);
	for (size_t i = 0; i < len; i += 7) {
		SSL_SESSION *forged = SSL_SESSION_dup(session);
		const unsigned char *bytes;
		struct peer peer;

		SSL_SESSION_get0_ticket(forged, &bytes, &len);
		((unsigned char *)(uintptr_t)bytes)[i] ^= 1;
		assert_false(again(f, TLS1_2_VERSION, &forged, &peer));
		leave(f, &peer);
		SSL_SESSION_free(forged);
	}
	SSL_SESSION_free(session);
}

/* ---- certificates of clients ---- */

static void ask(struct fixture *f)
{
	pki_ca(f, "ca");
	pki_issue(f, "ca", "leaf", &(struct pki_leaf){ .cn = { HMS_STR("0200F0-HeNB-1") }, .serial = 7 });
	pki_crl(f, "ca", "crl.pem", 0, 1);
	f->conf.tls_client_auth = HMS_TLS_CLIENT_REQUIRE;
	f->conf.tls_client_ca = path_of(f, "ca.pem");
	f->conf.tls_client_crl = path_of(f, "crl.pem");
}

static void a_resumed_session_says_whose_certificate_it_began_with(void **state)
{
	struct fixture *f = *state;
	static struct hms_tls_identity who;

	ask(f);
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session = begin(f, versions[i], "leaf");
		struct peer peer;

		for (int k = 0; k < 3; k++) {
			another_server(f, "test");
			assert_true(again(f, versions[i], &session, &peer));
			assert_true(hms_conn_tls_identity(f->server.conn, &who));
			assert_true(hms_str_eqz(who.cn, "0200F0-HeNB-1"));
			leave(f, &peer);
		}
		SSL_SESSION_free(session);
	}
}

/* Comes back with it and is refused. */
static void refused_again(struct fixture *f, int version, SSL_SESSION *session)
{
	unsigned long failed = metric(f, "hms_tls_handshakes_total{kind=\"failed\"}"), resumed = metric(f, RESUMED);
	unsigned accepted = f->accepted;
	struct peer peer;

	peer_init(f, &peer, version);
	pki_show(f, &peer, "leaf");
	SSL_set_session(peer.ssl, session);
	peer_handshake(f, &peer);
	AWAIT(f, metric(f, "hms_tls_handshakes_total{kind=\"failed\"}") > failed);
	assert_int_equal(f->accepted, accepted);
	assert_int_equal(metric(f, RESUMED), resumed);
	leave(f, &peer);
}

static void a_session_is_not_resumed_when_its_certificate_has_been_revoked(void **state)
{
	struct fixture *f = *state;

	ask(f);
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session;

		pki_crl(f, "ca", "crl.pem", 0, 1);
		tls_look_again(f);
		session = begin(f, versions[i], "leaf");
		pki_crl(f, "ca", "crl.pem", 7, 1);
		tls_look_again(f);
		refused_again(f, versions[i], session);
		assert_int_equal(REFUSED(f, "revoked"), i + 1);
		SSL_SESSION_free(session);
	}
}

static void a_session_is_not_resumed_when_its_ca_is_not_trusted_any_more(void **state)
{
	struct fixture *f = *state;

	ask(f);
	f->conf.tls_client_crl = "";
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session = begin(f, versions[i], "leaf");

		pki_ca(f, "successor");
		f->conf.tls_client_ca = path_of(f, "successor.pem");
		assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), 0);
		refused_again(f, versions[i], session);
		f->conf.tls_client_ca = path_of(f, "ca.pem");
		assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), 0);
		SSL_SESSION_free(session);
	}
}

static void a_session_without_a_certificate_does_not_pass_where_one_is_required(void **state)
{
	struct fixture *f = *state;

	ask(f);
	f->conf.tls_client_auth = HMS_TLS_CLIENT_REQUEST;
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *session = begin(f, versions[i], NULL);
		struct peer peer;
		unsigned long before = REFUSED(f, "no_certificate");

		f->conf.tls_client_auth = HMS_TLS_CLIENT_REQUIRE;
		assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), 0);
		peer_init(f, &peer, versions[i]);
		SSL_set_session(peer.ssl, session);
		peer_handshake(f, &peer);
		AWAIT(f, REFUSED(f, "no_certificate") > before);
		leave(f, &peer);
		f->conf.tls_client_auth = HMS_TLS_CLIENT_REQUEST;
		assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), 0);
		SSL_SESSION_free(session);
	}
}

/* ---- a client of ours ---- */

/* Connects, hears an echo, and cuts the connection. Returns whether the server found the session resumed. */
static bool visit(struct fixture *f, struct hms_tls_client *tls, struct hms_tls_memory *memory)
{
	struct hms_conn_opts opts = { .tls = tls, .tls_name = "localhost", .tls_memory = memory };
	unsigned accepted = f->accepted;
	unsigned long before = metric(f, RESUMED);

	hms_buf_reset(&f->client.data);
	f->client.connected = f->client.closed = 0;
	assert_int_equal(
		hms_conn_connect(f->loop, hms_listener_addr(f->listener), NULL, 60000, &opts, &end_callbacks, &f->client, &f->client.conn),
		0);
	AWAIT(f, f->client.connected && f->accepted == accepted + 1);
	assert_int_equal(hms_conn_write(f->client.conn, "x", 1), 0);
	AWAIT(f, f->client.data.len == 1);
	hms_conn_abort(f->client.conn, HMS_CLOSE_DONE);
	AWAIT(f, f->client.closed && hms_listener_conns(f->listener) == 0);
	return metric(f, RESUMED) == before + 1;
}

static void an_outgoing_connection_resumes_what_it_remembers(void **state)
{
	struct fixture *f = *state;

	tls_serve(f);
	for (int version = HMS_TLS_1_2; version <= HMS_TLS_1_3; version++) {
		struct hms_tls_client_opts opts = { .insecure = true, .max_version = version, .handshake_timeout_ms = 60000 };
		struct hms_tls_client *tls = hms_tls_client_new(&opts, NULL);
		struct hms_tls_memory memory = { 0 };

		assert_false(visit(f, tls, &memory));
		for (int i = 0; i < 3; i++) {
			assert_true(visit(f, tls, &memory));
		}
		assert_false(visit(f, tls, NULL));
		assert_int_equal(memory.full, 1);
		assert_int_equal(memory.resumed, 3);
		hms_tls_memory_fini(&memory);
		hms_tls_client_free(&tls);
	}
	assert_int_equal(metric(f, "hms_tls_versions_total{version=\"TLSv1.2\"}"), 5);
	assert_int_equal(metric(f, "hms_tls_versions_total{version=\"TLSv1.3\"}"), 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_process_with_the_secret_resumes_a_session),
		TEST(a_reload_keeps_sessions),
		TEST(another_secret_or_listener_means_a_full_handshake),
		TEST(keys_of_the_previous_and_the_next_period_open_tickets),
		TEST(clients_are_told_the_life_of_a_session),
		TEST(a_ticket_that_was_tampered_with_means_a_full_handshake),
		TEST(a_resumed_session_says_whose_certificate_it_began_with),
		TEST(a_session_is_not_resumed_when_its_certificate_has_been_revoked),
		TEST(a_session_is_not_resumed_when_its_ca_is_not_trusted_any_more),
		TEST(a_session_without_a_certificate_does_not_pass_where_one_is_required),
		TEST(an_outgoing_connection_resumes_what_it_remembers),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
