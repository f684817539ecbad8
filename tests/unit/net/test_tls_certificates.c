/* Which certificate a client gets, what is stapled to it, and old versions of TLS. */
#include "tls_pki.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Issues certificates for these names; the list of their files. */
static void serve_names(struct fixture *f, const char *const *names, size_t count)
{
	static char certificates[512], keys[512];

	pki_ca(f, "ca");
	certificates[0] = keys[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct hms_str host = hms_str_split(&(struct hms_str){ names[i], strlen(names[i]) }, '+');
		struct pki_leaf leaf = { .cn = { hms_str(names[i]) }, .dns = { host }, .rsa = strstr(names[i], "+rsa") != NULL };

		pki_issue(f, "ca", names[i], &leaf);
		snprintf(certificates + strlen(certificates), 128, "%s/%s.pem, ", f->dir, names[i]);
		snprintf(keys + strlen(keys), 128, "%s/%s.key,", f->dir, names[i]);
	}
	f->conf.tls_certificate = certificates;
	f->conf.tls_key = keys;
}

static void expect_cn(struct peer *peer, const char *expected)
{
	X509 *cert = SSL_get1_peer_certificate(peer->ssl);
	char name[64] = "";

	assert_non_null(cert);
	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof(name));
	X509_free(cert);
	assert_string_equal(name, expected);
}

/* sigalgs NULL: any. */
static void expect_name(struct fixture *f, int version, const char *server_name, const char *sigalgs, const char *expected)
{
	unsigned before = f->accepted;
	struct peer peer;

	peer_init(f, &peer, version);
	if (server_name) {
		SSL_set_tlsext_host_name(peer.ssl, server_name);
	}
	if (sigalgs) {
		assert_int_equal(SSL_set1_sigalgs_list(peer.ssl, sigalgs), 1);
	}
	assert_int_equal(peer_handshake(f, &peer), 1);
	AWAIT(f, f->accepted > before);
	expect_cn(&peer, expected);
	peer_fini(&peer);
	AWAIT(f, hms_listener_conns(f->listener) == 0);
}

#define RSA_ONLY "RSA-PSS+SHA256:RSA+SHA256"
#define ECDSA_ONLY "ECDSA+SHA256"

/* [A6]: SNI. */
static void the_name_asked_for_and_the_kind_understood_choose_the_certificate(void **state)
{
	static const char *const names[] = { "a.example+ec", "b.example+ec", "a.example+rsa", "b.example+rsa" };
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct fixture *f = *state;

	serve_names(f, names, 4);
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		expect_name(f, versions[i], NULL, ECDSA_ONLY, "a.example+ec");
		expect_name(f, versions[i], NULL, RSA_ONLY, "a.example+rsa");
		expect_name(f, versions[i], "b.example", ECDSA_ONLY, "b.example+ec");
		expect_name(f, versions[i], "b.example", RSA_ONLY, "b.example+rsa");
		expect_name(f, versions[i], "B.EXAMPLE", ECDSA_ONLY, "b.example+ec");
		expect_name(f, versions[i], "a.example", RSA_ONLY, "a.example+rsa");
		expect_name(f, versions[i], "c.example", RSA_ONLY, "a.example+rsa");
		expect_name(f, versions[i], "c.example", NULL, "a.example+ec");
	}
}

static void of_two_for_one_name_the_first_is_shown(void **state)
{
	static const char *const names[] = { "a.example+1", "b.example+1", "b.example+2" };
	struct fixture *f = *state;

	serve_names(f, names, 3);
	tls_serve(f);
	expect_name(f, 0, "b.example", NULL, "b.example+1");
}

static void lists_of_different_lengths_are_an_error(void **state)
{
	static const char *const names[] = { "a.example", "b.example" };
	struct fixture *f = *state;
	struct hms_tls_server *server;
	struct hms_err err;

	serve_names(f, names, 2);
	f->conf.tls_key = path_of(f, "a.example.key");
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "tls_key: 1 files for the 2"));
	f->conf.tls_certificate = path_of(f, "a.example.pem");
	f->conf.tls_ocsp_response = "-,-";
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "tls_ocsp_response"));
}

/* ---- OCSP ---- */

/* Whether a response came with the handshake, which must be about the certificate. */
static bool stapled(struct fixture *f, int version, const char *server_name)
{
	unsigned before = f->accepted;
	const unsigned char *der;
	struct peer peer;
	long len;

	peer_init(f, &peer, version);
	SSL_set_tlsext_status_type(peer.ssl, TLSEXT_STATUSTYPE_ocsp);
	SSL_set_tlsext_host_name(peer.ssl, server_name);
	assert_int_equal(peer_handshake(f, &peer), 1);
	AWAIT(f, f->accepted > before);
	len = SSL_get_tlsext_status_ocsp_resp(peer.ssl, &der);
	if (len > 0) {
		OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &der, len);

		assert_non_null(response);
		OCSP_RESPONSE_free(response);
	}
	peer_fini(&peer);
	AWAIT(f, hms_listener_conns(f->listener) == 0);
	return len > 0;
}

static void a_response_is_stapled_to_its_certificate_until_it_expires(void **state)
{
	static const char *const names[] = { "a.example", "b.example" };
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct fixture *f = *state;
	char list[256];

	serve_names(f, names, 2);
	pki_ocsp(f, "ca", "b.example", "b.ocsp", 1);
	snprintf(list, sizeof(list), "-, %s", path_of(f, "b.ocsp"));
	f->conf.tls_ocsp_response = list;
	tls_serve(f);
	for (int i = 0; i < 2; i++) {
		assert_false(stapled(f, versions[i], "a.example"));
		assert_true(stapled(f, versions[i], "b.example"));
	}
	pki_ocsp(f, "ca", "b.example", "b.ocsp", -1);
	tls_look_again(f);
	assert_false(stapled(f, 0, "b.example"));
	pki_ocsp(f, "ca", "b.example", "b.ocsp", 2);
	tls_look_again(f);
	assert_true(stapled(f, 0, "b.example"));
	write_file(f, "b.ocsp", "broken");
	tls_look_again(f);
	assert_true(stapled(f, 0, "b.example"));
}

static void a_response_that_is_none_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct hms_tls_server *server;
	struct hms_err err;

	write_file(f, "broken", "not DER");
	f->conf.tls_ocsp_response = path_of(f, "broken");
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "tls_ocsp_response"));
	f->conf.tls_ocsp_response = "/nowhere/a.ocsp";
	assert_int_equal(hms_tls_server_new("test", &f->conf, &f->limits, NULL, &server, &err), HMS_EINVAL);
	assert_non_null(strstr(err.text, "/nowhere/a.ocsp"));
}

/* ---- old versions ---- */

/* [A6]: SSL 3 and TLS 1.0 were what the first devices had; only where it is said. */
static void old_versions_are_spoken_where_a_listener_is_set_to_them(void **state)
{
	static const struct {
		int least, version;
		bool good;
	} cases[] = {
		{ HMS_TLS_1_0, TLS1_VERSION, true },   { HMS_TLS_1_0, TLS1_1_VERSION, true }, { HMS_TLS_1_0, TLS1_3_VERSION, true },
		{ HMS_TLS_1_1, TLS1_1_VERSION, true }, { HMS_TLS_1_1, TLS1_VERSION, false },  { HMS_TLS_1_2, TLS1_1_VERSION, false },
		{ HMS_TLS_1_2, TLS1_2_VERSION, true },
	};
	static const char *const names[] = { "a.example+ec", "a.example+rsa" };
	struct fixture *f = *state;

	serve_names(f, names, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct peer peer;

		f->conf.tls_min_version = cases[i].least;
		tls_serve(f);
		peer_init(f, &peer, cases[i].version);
		assert_int_equal(peer_handshake(f, &peer) == 1, cases[i].good);
		peer_fini(&peer);
		AWAIT(f, hms_listener_conns(f->listener) == 0);
		hms_listener_close(&f->listener);
		hms_tls_server_free(&f->tls);
	}
	assert_int_equal(REFUSED(f, "version"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tls_setup, tls_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_name_asked_for_and_the_kind_understood_choose_the_certificate),
		TEST(of_two_for_one_name_the_first_is_shown),
		TEST(lists_of_different_lengths_are_an_error),
		TEST(a_response_is_stapled_to_its_certificate_until_it_expires),
		TEST(a_response_that_is_none_is_an_error),
		TEST(old_versions_are_spoken_where_a_listener_is_set_to_them),
	};

	signal(SIGPIPE, SIG_IGN); /* OpenSSL's own sockets raise it */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
