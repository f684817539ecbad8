/* Certificates of clients: who is let in, who it is, and whose certificates are hostile. */
#include "tls_pki.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void ask(struct fixture *f, int auth)
{
	pki_ca(f, "ca");
	f->conf.tls_client_auth = auth;
	f->conf.tls_client_ca = path_of(f, "ca.pem");
}

/* A handshake of a client with that certificate, and what the server makes of it. */
static int come(struct fixture *f, struct peer *peer, int version, const char *name)
{
	unsigned before = f->accepted;
	int rc;

	peer_init(f, peer, version);
	if (name) {
		pki_show(f, peer, name);
	}
	rc = peer_handshake(f, peer);
	AWAIT(f, f->accepted > before || metric(f, "hms_tls_handshakes_total{kind=\"failed\"}"));
	return f->accepted > before ? rc : -1;
}

static void leave(struct fixture *f, struct peer *peer)
{
	peer_fini(peer);
	AWAIT(f, hms_listener_conns(f->listener) == 0);
}

/* [A7]: identity by certificate. */
static void the_names_of_a_certificate_are_known(void **state)
{
	struct fixture *f = *state;
	const struct pki_leaf leaf = { .cn = { HMS_STR("0200F0-HeNB-1") }, .dns = { HMS_STR("a.hnb.example"), HMS_STR("b.example") } };
	const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	static struct hms_tls_identity who;
	struct peer peer;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	pki_issue(f, "ca", "leaf", &leaf);
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(come(f, &peer, versions[i], "leaf"), 1);
		assert_true(hms_conn_tls_verified(f->server.conn));
		assert_true(hms_conn_tls_identity(f->server.conn, &who));
		assert_true(hms_str_eqz(who.cn, "0200F0-HeNB-1"));
		assert_int_equal(who.dns_count, 2);
		assert_true(hms_str_eqz(who.dns[0], "a.hnb.example") && hms_str_eqz(who.dns[1], "b.example"));
		leave(f, &peer);
	}
}

static void a_request_may_stay_unanswered(void **state)
{
	struct fixture *f = *state;
	static struct hms_tls_identity who;
	struct peer peer;

	ask(f, HMS_TLS_CLIENT_REQUEST);
	tls_serve(f);
	assert_int_equal(come(f, &peer, 0, NULL), 1);
	assert_false(hms_conn_tls_verified(f->server.conn));
	assert_false(hms_conn_tls_identity(f->server.conn, &who));
	leave(f, &peer);
}

static void without_a_certificate_there_is_no_connection_where_one_is_required(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	tls_serve(f);
	assert_int_equal(come(f, &peer, 0, NULL), -1);
	assert_int_equal(REFUSED(f, "no_certificate"), 1);
	leave(f, &peer);
}

static void expect_refused(struct fixture *f, const char *name, const char *sample)
{
	unsigned long before = metric(f, sample);
	unsigned accepted = f->accepted;
	struct peer peer;

	peer_init(f, &peer, 0);
	pki_show(f, &peer, name);
	peer_handshake(f, &peer);
	AWAIT(f, metric(f, sample) > before);
	assert_int_equal(f->accepted, accepted);
	leave(f, &peer);
}

#define FAILURE(why) "hms_tls_handshake_failures_total{reason=\"" why "\"}"

static void certificates_that_do_not_hold_are_refused(void **state)
{
	struct fixture *f = *state;

	ask(f, HMS_TLS_CLIENT_REQUEST);
	pki_ca(f, "stranger");
	pki_issue(f, "stranger", "strange", &(struct pki_leaf){ .cn = { HMS_STR("0200F0-HeNB-1") } });
	pki_issue(f, "ca", "expired", &(struct pki_leaf){ .cn = { HMS_STR("0200F0-HeNB-1") }, .to_days = -1 });
	tls_serve(f);
	expect_refused(f, "strange", FAILURE("certificate"));
	expect_refused(f, "expired", FAILURE("certificate"));
}

static void a_chain_may_end_at_a_root_or_at_an_intermediate_ca(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	pki_sub_ca(f, "ca", "maker");
	pki_issue(f, "maker", "leaf", &(struct pki_leaf){ .cn = { HMS_STR("x") } });
	pki_issue(f, "maker", "chain", &(struct pki_leaf){ .cn = { HMS_STR("x") } });
	pki_append(f, "chain", "maker");
	tls_serve(f);
	peer_open_as(f, &peer, 0, "chain");
	leave(f, &peer);
	expect_refused(f, "leaf", FAILURE("certificate")); /* how it comes to the root is not said */
	f->conf.tls_client_ca = path_of(f, "maker.pem");
	assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), 0);
	peer_open_as(f, &peer, 0, "leaf");
	leave(f, &peer);
}

static void a_huge_certificate_is_refused(void **state)
{
	struct fixture *f = *state;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	pki_issue(f, "ca", "huge", &(struct pki_leaf){ .cn = { HMS_STR("0200F0-HeNB-1") }, .ballast_bytes = 60000 });
	tls_serve(f);
	expect_refused(f, "huge", FAILURE("too_large"));
}

/* What some read as one name and others as another names nobody. */
static void names_that_are_none_are_left_out(void **state)
{
	static char long_name[HMS_TLS_IDENTITY_BYTES + 1];
	const struct pki_leaf hostile[] = {
		{ .cn = { HMS_STR("0200F0-HeNB-1\0.example") } },
		{ .cn = { HMS_STR("0200F0-HeNB-1"), HMS_STR("0200F0-HeNB-2") } },
		{ .cn = { HMS_STR("0200F0-HeNB-1\n") } },
		{ .cn = { hms_strn(long_name, sizeof(long_name)) } },
		{ .cn = { HMS_STR("") } },
		{ .dns = { HMS_STR("a.example\0.b.example"), HMS_STR(""), hms_strn(long_name, sizeof(long_name)) } },
	};
	struct fixture *f = *state;
	static struct hms_tls_identity who;

	memset(long_name, 'x', sizeof(long_name));
	ask(f, HMS_TLS_CLIENT_REQUIRE);
	tls_serve(f);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct peer peer;

		pki_issue(f, "ca", "hostile", &hostile[i]);
		assert_int_equal(come(f, &peer, 0, "hostile"), 1);
		assert_true(hms_conn_tls_identity(f->server.conn, &who));
		assert_null(who.cn.p);
		assert_int_equal(who.dns_count, 0);
		leave(f, &peer);
	}
}

static void only_so_many_names_are_looked_at(void **state)
{
	struct fixture *f = *state;
	struct pki_leaf leaf = { .cn = { HMS_STR("x") } };
	static struct hms_tls_identity who;
	struct peer peer;

	for (int i = 0; i < PKI_NAMES; i++) {
		leaf.dns[i] = HMS_STR("a.example");
	}
	ask(f, HMS_TLS_CLIENT_REQUIRE);
	pki_issue(f, "ca", "leaf", &leaf);
	tls_serve(f);
	assert_int_equal(come(f, &peer, 0, "leaf"), 1);
	assert_true(hms_conn_tls_identity(f->server.conn, &who));
	assert_int_equal(who.dns_count, HMS_TLS_DNS_NAMES_MAX);
	leave(f, &peer);
}

/* ---- revocation (SEC-04) ---- */

static void a_revoked_certificate_is_refused_and_another_is_not(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	pki_issue(f, "ca", "bad", &(struct pki_leaf){ .cn = { HMS_STR("bad") }, .serial = 7 });
	pki_issue(f, "ca", "fine", &(struct pki_leaf){ .cn = { HMS_STR("fine") }, .serial = 8 });
	pki_crl(f, "ca", "crl.pem", 7, 1);
	f->conf.tls_client_crl = path_of(f, "crl.pem");
	tls_serve(f);
	expect_refused(f, "bad", FAILURE("revoked"));
	peer_open_as(f, &peer, 0, "fine");
	leave(f, &peer);
}

static void without_a_valid_list_of_the_issuer_nobody_is_let_in(void **state)
{
	struct fixture *f = *state;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	pki_issue(f, "ca", "fine", &(struct pki_leaf){ .cn = { HMS_STR("fine") }, .serial = 8 });
	pki_crl(f, "ca", "crl.pem", 7, -1);
	f->conf.tls_client_crl = path_of(f, "crl.pem");
	tls_serve(f);
	expect_refused(f, "fine", FAILURE("certificate"));
}

static void a_list_that_has_changed_is_read_again(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	pki_issue(f, "ca", "leaf", &(struct pki_leaf){ .cn = { HMS_STR("x") }, .serial = 7 });
	pki_crl(f, "ca", "crl.pem", 0, 1);
	f->conf.tls_client_crl = path_of(f, "crl.pem");
	tls_serve(f);
	peer_open_as(f, &peer, 0, "leaf");
	leave(f, &peer);
	pki_crl(f, "ca", "crl.pem", 7, 1);
	tls_look_again(f);
	expect_refused(f, "leaf", FAILURE("revoked"));
	write_file(f, "crl.pem", "broken\n");
	tls_look_again(f);
	expect_refused(f, "leaf", FAILURE("revoked"));
}

/* ---- mistakes ---- */

static void mistakes_name_the_setting(void **state)
{
	struct fixture *f = *state;
	struct hms_tls_server *server;
	struct hms_err err;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	f->conf.tls_client_ca = "";
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "tls_client_ca"));
	f->conf.tls_client_ca = "/nowhere/ca.pem";
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "/nowhere/ca.pem"));
	write_file(f, "text", "nothing\n");
	f->conf.tls_client_ca = path_of(f, "text");
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	f->conf.tls_client_ca = path_of(f, "ca.pem");
	f->conf.tls_client_crl = path_of(f, "text");
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "tls_client_crl"));
	f->conf.tls_client_auth = HMS_TLS_CLIENT_NONE;
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "tls_client_auth"));
}

/* ---- outgoing ---- */

static void connect_as(struct fixture *f, struct hms_tls_client *tls, const char *cert, const char *key, int expected)
{
	struct hms_conn_opts opts = { .tls = tls, .tls_name = "localhost", .tls_certificate = cert, .tls_key = key };

	assert_int_equal(
		hms_conn_connect(f->loop, hms_listener_addr(f->listener), NULL, 60000, &opts, &end_callbacks, &f->client, &f->client.conn),
		expected);
}

static void an_outgoing_connection_shows_its_certificate(void **state)
{
	struct hms_tls_client_opts opts = { .insecure = true, .handshake_timeout_ms = 60000 };
	struct hms_tls_client *tls = hms_tls_client_new(&opts, NULL);
	struct fixture *f = *state;
	static struct hms_tls_identity who;

	ask(f, HMS_TLS_CLIENT_REQUIRE);
	pki_issue(f, "ca", "leaf", &(struct pki_leaf){ .cn = { HMS_STR("cell") } });
	tls_serve(f);
	connect_as(f, tls, "/nowhere/a.pem", "/nowhere/a.key", HMS_EIO);
	connect_as(f, tls, path_of(f, "leaf.pem"), path_of(f, "leaf.key"), 0);
	AWAIT(f, f->client.connected && f->accepted);
	assert_true(hms_conn_tls_identity(f->server.conn, &who));
	assert_true(hms_str_eqz(who.cn, "cell"));
	assert_false(hms_conn_tls_verified(f->client.conn));
	hms_tls_client_free(&tls);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_names_of_a_certificate_are_known),
		TEST(a_request_may_stay_unanswered),
		TEST(without_a_certificate_there_is_no_connection_where_one_is_required),
		TEST(certificates_that_do_not_hold_are_refused),
		TEST(a_chain_may_end_at_a_root_or_at_an_intermediate_ca),
		TEST(a_huge_certificate_is_refused),
		TEST(names_that_are_none_are_left_out),
		TEST(only_so_many_names_are_looked_at),
		TEST(a_revoked_certificate_is_refused_and_another_is_not),
		TEST(without_a_valid_list_of_the_issuer_nobody_is_let_in),
		TEST(a_list_that_has_changed_is_read_again),
		TEST(mistakes_name_the_setting),
		TEST(an_outgoing_connection_shows_its_certificate),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
