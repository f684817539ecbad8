/* Certificates and settings of TLS: what is wrong with them, reload, and outgoing connections. */
#include "tls_fixture.h"

#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* ---- mistakes ---- */

static void expect_error(struct fixture *f, const char *setting, const char *file)
{
	struct hms_tls_server *server;
	struct hms_err err = { 0 };

	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_null(server);
	if (!strstr(err.text, setting) || !strstr(err.text, file)) {
		fail_msg("the error names not both %s and %s: %s", setting, file, err.text);
	}
}

static void a_listener_without_a_certificate_is_plain(void **state)
{
	struct fixture *f = *state;
	struct hms_tls_server *server = (void *)1;

	f->conf.tls_certificate = f->conf.tls_key = "";
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, NULL), 0);
	assert_null(server);
}

static void a_mistake_in_the_files_names_setting_and_file(void **state)
{
	struct fixture *f = *state;

	f->conf.tls_certificate = "/nowhere/a.pem";
	expect_error(f, "tls_certificate", "/nowhere/a.pem: No such file");
	f->conf.tls_certificate = f->dir;
	expect_error(f, "tls_certificate", f->dir);
	write_file(f, "text", "this is no certificate\n");
	f->conf.tls_certificate = path_of(f, "text");
	expect_error(f, "tls_certificate", "text");
	f->conf.tls_certificate = f->cert;
	f->conf.tls_key = "/nowhere/a.key";
	expect_error(f, "tls_key", "/nowhere/a.key: No such file");
	f->conf.tls_key = f->cert;
	expect_error(f, "tls_key", f->cert);
	f->conf.tls_key = ""; /* then it has to be with the certificate */
	expect_error(f, "tls_key", f->cert);
	f->conf.tls_certificate = "";
	f->conf.tls_key = f->key;
	expect_error(f, "tls_certificate", f->key);
}

static void a_key_of_another_certificate_is_an_error(void **state)
{
	struct fixture *f = *state;

	make_certificate(f, "other", -1, 30);
	f->conf.tls_key = path_of(f, "other.key");
	expect_error(f, "tls_key", "other.key: not the key of the certificate in");
}

/* And is not asked for at the terminal. */
static void an_encrypted_key_is_an_error(void **state)
{
	struct fixture *f = *state;
	FILE *in = fopen(f->key, "r"), *out = fopen(path_of(f, "locked.key"), "w");
	EVP_PKEY *key = PEM_read_PrivateKey(in, NULL, NULL, NULL);

	assert_int_equal(PEM_write_PKCS8PrivateKey(out, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL), 1);
	fclose(in);
	fclose(out);
	EVP_PKEY_free(key);
	f->conf.tls_key = path_of(f, "locked.key");
	expect_error(f, "tls_key", "locked.key");
}

static void a_mistake_in_the_policy_names_the_setting(void **state)
{
	struct fixture *f = *state;
	const struct hms_tls_server_conf good = f->conf;

	f->conf.tls_ciphers = "NO-SUCH-CIPHER";
	expect_error(f, "tls_ciphers", "NO-SUCH-CIPHER");
	f->conf = good;
	f->conf.tls_ciphersuites = "TLS_NO_SUCH";
	expect_error(f, "tls_ciphersuites", "TLS_NO_SUCH");
	f->conf = good;
	f->conf.tls_groups = "no-such-group";
	expect_error(f, "tls_groups", "no-such-group");
}

static void an_expired_certificate_serves_all_the_same(void **state)
{
	struct fixture *f = *state;
	struct peer peer;

	make_certificate(f, "old", -30, -1);
	f->conf.tls_certificate = path_of(f, "old.pem");
	f->conf.tls_key = path_of(f, "old.key");
	tls_serve(f);
	peer_open(f, &peer, 0);
	peer_fini(&peer);
}

static void certificate_and_key_may_be_one_file(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	size_t n = 0;
	const char *files[] = { f->cert, f->key };

	for (int i = 0; i < 2; i++) {
		FILE *in = fopen(files[i], "r");

		n += fread(text + n, 1, sizeof(text) - 1 - n, in);
		fclose(in);
	}
	text[n] = '\0';
	write_file(f, "both.pem", text);
	f->conf.tls_certificate = path_of(f, "both.pem");
	f->conf.tls_key = "";
	tls_load(f);
}

/* ---- reload ---- */

static void peer_name(struct fixture *f, struct peer *peer, char out[64])
{
	X509 *cert;

	(void)f;
	cert = SSL_get1_peer_certificate(peer->ssl);
	assert_non_null(cert);
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, out, 64);
	X509_free(cert);
}

static void a_reload_changes_new_connections_and_keeps_the_old(void **state)
{
	struct fixture *f = *state;
	struct peer old, new;
	struct hms_conn *first;
	char name[64], out[8] = "";

	tls_serve(f);
	f->server.echo = true;
	peer_open(f, &old, 0);
	first = f->server.conn;
	make_certificate(f, "renewed", -1, 60);
	f->conf.tls_certificate = path_of(f, "renewed.pem");
	f->conf.tls_key = path_of(f, "renewed.key");
	assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), 0);
	peer_open(f, &new, 0);
	peer_name(f, &new, name);
	assert_string_equal(name, "renewed");
	peer_write(f, &old, "still", 5);
	assert_int_equal(peer_read(f, &old, out, sizeof(out)), 5);
	hms_conn_abort(first, HMS_CLOSE_DONE);
	AWAIT(f, hms_listener_conns(f->listener) == 1);
	f->server.conn = NULL;
	peer_fini(&new);
	AWAIT(f, hms_listener_conns(f->listener) == 0);
	peer_fini(&old);
}

static void a_reload_that_fails_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct hms_err err = { 0 };
	struct peer peer;
	char name[64];

	tls_serve(f);
	write_file(f, "good.key", "overwritten\n");
	assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "good.key"));
	peer_open(f, &peer, 0);
	peer_name(f, &peer, name);
	assert_string_equal(name, "good");
	peer_fini(&peer);
}

static void a_reload_turns_tls_neither_on_nor_off(void **state)
{
	struct fixture *f = *state;
	const struct hms_tls_server_conf good = f->conf;

	assert_int_equal(hms_tls_server_reload(NULL, &good, &f->limits, NULL), HMS_EINVAL);
	tls_load(f);
	f->conf.tls_certificate = f->conf.tls_key = "";
	assert_int_equal(hms_tls_server_reload(f->tls, &f->conf, &f->limits, NULL), HMS_EINVAL);
	assert_int_equal(hms_tls_server_reload(NULL, &f->conf, &f->limits, NULL), 0);
}

static void connections_outlive_listener_and_server(void **state)
{
	struct fixture *f = *state;
	struct peer peer;
	char out[8] = "";

	tls_serve(f);
	f->server.echo = true;
	peer_open(f, &peer, 0);
	hms_listener_close(&f->listener);
	hms_tls_server_free(&f->tls);
	peer_write(f, &peer, "still", 5);
	assert_int_equal(peer_read(f, &peer, out, sizeof(out)), 5);
	peer_fini(&peer);
}

/* ---- outgoing ---- */

static struct hms_tls_client *client_of(const char *ca_file, bool insecure)
{
	struct hms_tls_client_opts opts = { .ca_file = ca_file, .insecure = insecure, .handshake_timeout_ms = 60000 };
	struct hms_err err = { 0 };
	struct hms_tls_client *client = hms_tls_client_new(&opts, &err);

	assert_non_null(client);
	return client;
}

static void connect_with(struct fixture *f, struct hms_tls_client *tls, const char *name)
{
	struct hms_conn_opts opts = { .tls = tls, .tls_name = name, .alpn = ALPN_BOTH };

	assert_int_equal(
		hms_conn_connect(f->loop, hms_listener_addr(f->listener), NULL, 60000, &opts, &end_callbacks, &f->client, &f->client.conn),
		0);
}

static void a_trusted_server_of_that_name_is_connected_to(void **state)
{
	static const char *const names[] = { "localhost", "127.0.0.1" };
	struct fixture *f = *state;
	struct hms_tls_client *tls = client_of(f->cert, false);

	tls_serve(f);
	f->server.echo = true;
	for (unsigned i = 0; i < 2; i++) {
		hms_buf_reset(&f->client.data);
		connect_with(f, tls, names[i]);
		assert_int_equal(hms_conn_write(f->client.conn, "early", 5), 0); /* kept until the handshake is over */
		AWAIT(f, f->client.data.len == 5);
		assert_int_equal(f->client.connected, i + 1);
		assert_string_equal(hms_conn_alpn(f->client.conn), "http/1.1");
		hms_conn_close(f->client.conn, HMS_CLOSE_DONE, 1000);
		AWAIT(f, f->server.closed && !f->client.conn);
		assert_int_equal(f->server.reason, HMS_CLOSE_PEER);
	}
	hms_tls_client_free(&tls);
}

static void a_server_that_is_not_the_right_one_is_left(void **state)
{
	struct fixture *f = *state;
	struct hms_tls_client *clients[3];
	const char *names[] = { "localhost", "hms.example", "127.0.0.2" };

	make_certificate(f, "stranger", -1, 30);
	clients[0] = client_of(path_of(f, "stranger.pem"), false);
	clients[1] = clients[2] = client_of(f->cert, false);
	tls_serve(f);
	for (int i = 0; i < 3; i++) {
		f->client.closed = 0;
		connect_with(f, clients[i], names[i]);
		AWAIT(f, f->client.closed);
		assert_int_equal(f->client.reason, HMS_CLOSE_HANDSHAKE);
		assert_int_equal(f->client.connected, 0);
		if (f->server.conn) { /* with 1.3 it may have thought that all was well */
			AWAIT(f, f->server.closed);
		}
	}
	hms_tls_client_free(&clients[0]);
	hms_tls_client_free(&clients[1]);
}

static void insecure_takes_any_certificate(void **state)
{
	struct fixture *f = *state;
	struct hms_tls_client *tls = client_of(NULL, true);

	tls_serve(f);
	connect_with(f, tls, "hms.example");
	hms_tls_client_free(&tls); /* the connection has what it needs */
	AWAIT(f, f->client.connected && f->accepted);
}

static void a_server_that_says_nothing_times_out(void **state)
{
	struct fixture *f = *state;
	struct hms_tls_client_opts opts = { .insecure = true, .handshake_timeout_ms = 20 };
	struct hms_tls_client *tls = hms_tls_client_new(&opts, NULL);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct hms_addr addr = { .len = sizeof(addr.ss) };

	assert_int_equal(hms_addr_parse(HMS_STR("127.0.0.1:0"), &addr), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr.ss, addr.len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr.ss, &addr.len), 0);
	assert_int_equal(hms_conn_connect(f->loop, &addr, NULL, 60000, &(struct hms_conn_opts){ .tls = tls }, &end_callbacks, &f->client,
					  &f->client.conn),
			 0);
	AWAIT(f, f->client.closed);
	assert_int_equal(f->client.reason, HMS_CLOSE_TIMEOUT);
	hms_tls_client_free(&tls);
	close(fd);
}

static void a_ca_file_that_is_none_is_an_error_with_its_name(void **state)
{
	struct fixture *f = *state;
	struct hms_tls_client_opts opts = { .ca_file = "/nowhere/ca.pem" };
	struct hms_err err = { 0 };

	(void)f;
	assert_null(hms_tls_client_new(&opts, &err));
	assert_non_null(strstr(err.text, "/nowhere/ca.pem"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_listener_without_a_certificate_is_plain),  TEST(a_mistake_in_the_files_names_setting_and_file),
		TEST(a_key_of_another_certificate_is_an_error),	  TEST(an_encrypted_key_is_an_error),
		TEST(a_mistake_in_the_policy_names_the_setting),  TEST(an_expired_certificate_serves_all_the_same),
		TEST(certificate_and_key_may_be_one_file),	  TEST(a_reload_changes_new_connections_and_keeps_the_old),
		TEST(a_reload_that_fails_changes_nothing),	  TEST(a_reload_turns_tls_neither_on_nor_off),
		TEST(connections_outlive_listener_and_server),	  TEST(a_trusted_server_of_that_name_is_connected_to),
		TEST(a_server_that_is_not_the_right_one_is_left), TEST(insecure_takes_any_certificate),
		TEST(a_server_that_says_nothing_times_out),	  TEST(a_ca_file_that_is_none_is_an_error_with_its_name),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
