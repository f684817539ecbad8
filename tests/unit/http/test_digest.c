/* HTTP authentication: published vectors, field clients' spellings, hostile headers, nonces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/base/err.h"
#include "hms/http/digest.h"

static struct hms_arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = hms_arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	return 0;
}

static struct hms_http_auth parse(const char *header)
{
	struct hms_http_auth auth;

	assert_int_equal(hms_http_auth_parse(arena, hms_str(header), &auth), 0);
	return auth;
}

static void assert_malformed(const char *header)
{
	struct hms_http_auth auth;

	assert_int_equal(hms_http_auth_parse(arena, hms_str(header), &auth), HMS_ESYNTAX);
}

static bool check(const struct hms_http_auth *auth, const char *password)
{
	char ha1[65];

	hms_digest_ha1(auth->alg, auth->username, auth->realm, hms_str(password), ha1);
	return hms_digest_check(auth, ha1, HMS_STR("GET"));
}

#define RFC7616(alg, response)                                                                                                           \
	"Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm=" alg ", "                      \
	"nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", " \
	"qop=auth, response=\"" response "\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

static void rfc_7616_example_with_md5(void **state)
{
	struct hms_http_auth auth = parse(RFC7616("MD5", "8ca523f5e9506fed4657c9700eebdbec"));

	(void)state;
	assert_int_equal(auth.scheme, HMS_AUTH_DIGEST);
	assert_int_equal(auth.alg, HMS_DIGEST_MD5);
	assert_int_equal(auth.nc_value, 1);
	assert_true(check(&auth, "Circle of Life"));
	assert_false(check(&auth, "Circle of life"));
}

static void rfc_7616_example_with_sha_256(void **state)
{
	struct hms_http_auth auth = parse(RFC7616("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"));

	(void)state;
	assert_int_equal(auth.alg, HMS_DIGEST_SHA256);
	assert_true(check(&auth, "Circle of Life"));
	assert_false(check(&auth, ""));
}

static void rfc_2617_example(void **state)
{
	struct hms_http_auth auth =
		parse("Digest username=\"Mufasa\",realm=\"testrealm@host.com\",nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\","
		      "uri=\"/dir/index.html\",qop=auth,nc=00000001,cnonce=\"0a4f113b\","
		      "response=\"6629fae49393a05397450978507c4ef1\",opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"");

	(void)state;
	assert_true(check(&auth, "Circle Of Life"));
}

/* [Q6] */
static void rfc_2069_example_without_qop(void **state)
{
	struct hms_http_auth auth =
		parse("Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", "
		      "uri=\"/dir/index.html\", response=\"1949323746fe6a43ef61f9606e7febea\"");

	(void)state;
	assert_int_equal(auth.qop.len, 0);
	assert_true(check(&auth, "CircleOfLife"));
}

static void every_part_of_the_response_counts(void **state)
{
	struct hms_http_auth good = parse(RFC7616("MD5", "8ca523f5e9506fed4657c9700eebdbec")), bad;
	struct hms_str *parts[] = { &bad.uri, &bad.nonce, &bad.nc, &bad.cnonce, &bad.qop };
	char ha1[65];

	(void)state;
	hms_digest_ha1(HMS_DIGEST_MD5, good.username, good.realm, HMS_STR("Circle of Life"), ha1);
	assert_true(hms_digest_check(&good, ha1, HMS_STR("GET")));
	assert_false(hms_digest_check(&good, ha1, HMS_STR("POST")));
	for (size_t i = 0; i < 5; i++) {
		bad = good;
		*parts[i] = HMS_STR("x");
		assert_false(hms_digest_check(&bad, ha1, HMS_STR("GET")));
	}
	bad = good;
	bad.response = hms_strn(good.response.p, 31);
	assert_false(hms_digest_check(&bad, ha1, HMS_STR("GET")));
	bad.response = HMS_STR("");
	assert_false(hms_digest_check(&bad, ha1, HMS_STR("GET")));
	bad.response = HMS_STR("8ca523f5e9506fed4657c9700eebdbeg");
	assert_false(hms_digest_check(&bad, ha1, HMS_STR("GET")));
	bad.alg = HMS_DIGEST_SHA256;
	bad.response = good.response;
	assert_false(hms_digest_check(&bad, ha1, HMS_STR("GET")));
}

static void field_clients_spellings_are_read(void **state)
{
	struct hms_http_auth auth;

	(void)state;
	auth = parse(
		"digest\t username = \"u\" ,, REALM=\"r\",nonce=n-_1,uri=/cwmp?a=b, response=AB, qop=\"auth\", nc=\"2a\", cnonce=\"\",x-vendor=\"a,b\" , ");
	assert_true(hms_str_eqz(auth.username, "u") && hms_str_eqz(auth.realm, "r") && hms_str_eqz(auth.uri, "/cwmp?a=b"));
	assert_int_equal(auth.nc_value, 42);
	assert_true(auth.cnonce.p && auth.cnonce.len == 0);
	auth = parse("Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"8CA5\", algorithm=\"md5\", qop=\"\"");
	assert_int_equal(auth.scheme, HMS_AUTH_DIGEST);
	auth = parse(RFC7616("MD5", "8CA523F5E9506FED4657C9700EEBDBEC"));
	assert_true(check(&auth, "Circle of Life"));
}

static void quoted_strings_are_unescaped(void **state)
{
	struct hms_http_auth auth =
		parse("Digest username=\"a\\\"b\\\\c\", realm=\"x, nonce=\\\"evil\\\"\", nonce=\"\xc3\xbc\", uri=\"/\", response=\"\"");

	(void)state;
	assert_true(hms_str_eqz(auth.username, "a\"b\\c"));
	assert_true(hms_str_eqz(auth.realm, "x, nonce=\"evil\""));
	assert_true(hms_str_eqz(auth.nonce, "\xc3\xbc"));
}

#define FULL "username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"x\""

static void malformed_digest_headers_are_refused(void **state)
{
	(void)state;
	parse("Digest " FULL);
	assert_malformed("");
	assert_malformed(" ");
	assert_malformed("Digest");
	assert_malformed("Digest ");
	assert_malformed("Digest\"x\"");
	assert_malformed("Digest realm=\"r\", nonce=\"n\", uri=\"/\", response=\"x\"");
	assert_malformed("Digest " FULL ", username=\"v\"");
	assert_malformed("Digest " FULL ", Nonce=\"n\"");
	assert_malformed("Digest " FULL ", opaque=\"unfinished");
	assert_malformed("Digest " FULL ", opaque=\"unfinished\\");
	assert_malformed("Digest " FULL ", opaque=\"a\" b");
	assert_malformed("Digest " FULL ", opaque=\"a\"\"b\"");
	assert_malformed("Digest " FULL ", opaque=a\"b");
	assert_malformed("Digest " FULL ", opaque");
	assert_malformed("Digest " FULL ", =x");
	assert_malformed("Digest " FULL ", opaque=\"a\nb\"");
	assert_malformed("Digest " FULL ", opaque=\"a\\\nb\"");
	assert_malformed("Digest " FULL ", opaque=\x7f");
	assert_malformed("Digest " FULL ", Basic dTpw");
	assert_malformed("Digest " FULL ", qop=auth, nc=00000001");
	assert_malformed("Digest " FULL ", qop=auth, cnonce=\"c\"");
	assert_malformed("Digest " FULL ", qop=auth, cnonce=\"c\", nc=");
	assert_malformed("Digest " FULL ", qop=auth, cnonce=\"c\", nc=000000001");
	assert_malformed("Digest " FULL ", qop=auth, cnonce=\"c\", nc=0000000g");
	assert_malformed("Digest " FULL ", qop=auth, cnonce=\"c\", nc=-1");
}

static void a_nul_inside_a_header_is_refused(void **state)
{
	static const char header[] = "Digest " FULL ", opaque=\"a\0b\"";
	struct hms_http_auth auth;

	(void)state;
	assert_int_equal(hms_http_auth_parse(arena, hms_strn(header, sizeof(header) - 1), &auth), HMS_ESYNTAX);
}

static void what_is_never_offered_is_other(void **state)
{
	(void)state;
	assert_int_equal(parse("Digest " FULL ", algorithm=MD5-sess").scheme, HMS_AUTH_OTHER);
	assert_int_equal(parse("Digest " FULL ", qop=auth-int, nc=1, cnonce=\"c\"").scheme, HMS_AUTH_OTHER);
	assert_int_equal(parse("Bearer abc").scheme, HMS_AUTH_OTHER);
	assert_int_equal(parse("Negotiate").scheme, HMS_AUTH_OTHER);
}

static void an_absent_header_is_absent(void **state)
{
	struct hms_http_auth auth;

	(void)state;
	assert_int_equal(hms_http_auth_parse(arena, (struct hms_str){ NULL, 0 }, &auth), 0);
	assert_int_equal(auth.scheme, HMS_AUTH_ABSENT);
}

static void basic_credentials_are_split_at_the_first_colon(void **state)
{
	struct hms_http_auth auth = parse("Basic dXNlcjpwYTpzcw==");

	(void)state;
	assert_int_equal(auth.scheme, HMS_AUTH_BASIC);
	assert_true(hms_str_eqz(auth.username, "user") && hms_str_eqz(auth.password, "pa:ss"));
	auth = parse("bAsIc   Og==  ");
	assert_int_equal(auth.scheme, HMS_AUTH_BASIC);
	assert_true(auth.username.len == 0 && auth.password.len == 0);
}

static void malformed_basic_credentials_are_refused(void **state)
{
	(void)state;
	assert_malformed("Basic");
	assert_malformed("Basic dXNlcg=="); /* no colon */
	assert_malformed("Basic dXNlcjpwYQ*=");
	assert_malformed("Basic dXNlcjpwYQ== x");
	assert_malformed("Basic dQA6cA=="); /* u NUL : p */
}

static void a_full_arena_is_told(void **state)
{
	struct hms_arena *small = hms_arena_new(16);
	struct hms_http_auth auth;

	(void)state;
	assert_int_equal(hms_http_auth_parse(small, HMS_STR("Digest " FULL), &auth), HMS_ENOMEM);
	hms_arena_free(&small);
}

/* ---- nonces ---- */

#define NOW_US 1790000000000000LL
#define LIFE_MS 300000
static const struct hms_nonce_key key = { "0123456789abcdef0123456789abcde" };

static void a_nonce_is_good_for_its_life_and_then_stale(void **state)
{
	char nonce[HMS_NONCE_SIZE];

	(void)state;
	hms_nonce_make(&key, NOW_US, nonce);
	assert_int_equal(hms_nonce_check(&key, hms_str(nonce), NOW_US, LIFE_MS), 0);
	assert_int_equal(hms_nonce_check(&key, hms_str(nonce), NOW_US + LIFE_MS * 1000LL, LIFE_MS), 0);
	assert_int_equal(hms_nonce_check(&key, hms_str(nonce), NOW_US + LIFE_MS * 1000LL + 1, LIFE_MS), HMS_ESTALE);
	assert_int_equal(hms_nonce_check(&key, hms_str(nonce), NOW_US + 365 * 86400 * 1000000LL, LIFE_MS), HMS_ESTALE);
}

static void a_nonce_of_a_front_end_whose_clock_is_a_little_ahead_is_good(void **state)
{
	char nonce[HMS_NONCE_SIZE];

	(void)state;
	hms_nonce_make(&key, NOW_US + 2000000, nonce);
	assert_int_equal(hms_nonce_check(&key, hms_str(nonce), NOW_US, LIFE_MS), 0);
	hms_nonce_make(&key, NOW_US + LIFE_MS * 2000LL, nonce);
	assert_int_equal(hms_nonce_check(&key, hms_str(nonce), NOW_US, LIFE_MS), HMS_ESTALE);
}

/* [Q6] A client in many home routers keeps 32 characters of a nonce, and answers with those. */
static void a_nonce_is_no_longer_than_32_characters(void **state)
{
	char nonce[HMS_NONCE_SIZE];

	(void)state;
	hms_nonce_make(&key, NOW_US, nonce);
	assert_true(strlen(nonce) <= 32);
}

static void foreign_and_changed_nonces_are_refused(void **state)
{
	struct hms_nonce_key other = key;
	char nonce[HMS_NONCE_SIZE];

	(void)state;
	hms_nonce_make(&key, NOW_US, nonce);
	for (size_t i = 0; nonce[i]; i++) {
		char kept = nonce[i];

		nonce[i] = kept == 'A' ? 'B' : 'A';
		assert_int_equal(hms_nonce_check(&key, hms_str(nonce), NOW_US, LIFE_MS), HMS_ECRYPTO);
		nonce[i] = kept;
		assert_int_equal(hms_nonce_check(&key, hms_strn(nonce, i), NOW_US, LIFE_MS), HMS_ECRYPTO);
	}
	other.key[31] ^= 1;
	assert_int_equal(hms_nonce_check(&other, hms_str(nonce), NOW_US, LIFE_MS), HMS_ECRYPTO);
	assert_int_equal(hms_nonce_check(&key, HMS_STR("dcd98b7102dd2f0e8b11d0f600bfb0c093"), NOW_US, LIFE_MS), HMS_ECRYPTO);
}

/* ---- challenges and the client half ---- */

/* [A2] */
static void a_challenge_names_all_that_a_client_needs(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(1000);

	(void)state;
	hms_digest_challenge(&out, HMS_STR("h\"m\\s\r\nX: y"), "abc", HMS_DIGEST_MD5, false);
	assert_string_equal(hms_buf_z(&out), "Digest realm=\"h\\\"m\\\\sX: y\", nonce=\"abc\", algorithm=MD5, qop=\"auth\"");
	hms_buf_reset(&out);
	hms_digest_challenge(&out, HMS_STR("hms"), "abc", HMS_DIGEST_SHA256, true);
	assert_string_equal(hms_buf_z(&out), "Digest realm=\"hms\", nonce=\"abc\", algorithm=SHA-256, qop=\"auth\", stale=true");
	hms_buf_fini(&out);
}

static void client_and_server_agree(enum hms_digest_alg alg, const char *challenge)
{
	struct hms_buf header = HMS_BUF_INIT(2000);
	struct hms_http_auth client, server;
	char ha1[65], response[65];

	assert_int_equal(hms_digest_parse_challenge(arena, hms_str(challenge), &client), 0);
	assert_int_equal(client.alg, alg);
	client.username = HMS_STR("00\"05B9-\\-1");
	client.uri = HMS_STR("/cwmp");
	client.nc = HMS_STR("0000000b");
	client.cnonce = HMS_STR("c");
	hms_digest_ha1(alg, client.username, client.realm, HMS_STR("pw"), ha1);
	hms_digest_response(&client, ha1, HMS_STR("POST"), response);
	hms_digest_authorization(&header, &client, response);
	server = parse(hms_buf_z(&header));
	assert_true(hms_str_eq(server.username, client.username));
	assert_true(hms_str_eq(server.opaque, client.opaque));
	assert_int_equal(server.nc_value, client.qop.len ? 11 : 0);
	assert_true(hms_digest_check(&server, ha1, HMS_STR("POST")));
	hms_buf_fini(&header);
}

static void a_client_answers_a_challenge_with_and_without_qop(void **state)
{
	(void)state;
	client_and_server_agree(HMS_DIGEST_MD5,
				"Digest realm=\"h\\\"ms\", nonce=\"abc\", algorithm=MD5, qop=\"auth-int, auth\", opaque=\"o\"");
	client_and_server_agree(HMS_DIGEST_MD5, "Digest nonce=\"abc\",realm=\"hms\"");
	client_and_server_agree(HMS_DIGEST_SHA256,
				"Digest realm=\"hms\", nonce=\"abc\", algorithm=SHA-256, qop=\"auth\", stale=true, Basic realm=\"x\"");
}

static void challenges_that_cannot_be_answered_are_refused(void **state)
{
	static const char *const headers[] = {
		"",
		"Digest",
		"Basic realm=\"x\"",
		"Digest realm=\"x\"",
		"Digest nonce=\"x\"",
		"Digest realm=\"a\", nonce=\"b\", qop=\"auth-int\"",
		"Digest realm=\"a\", nonce=\"b\", algorithm=MD5-sess",
		"Digest realm=\"a\", realm=\"b\", nonce=\"c\"",
		"Digest realm=\"a\", nonce=\"b",
	};
	struct hms_http_auth auth;

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		assert_int_equal(hms_digest_parse_challenge(arena, hms_str(headers[i]), &auth), HMS_ESYNTAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rfc_7616_example_with_md5),
		TEST(rfc_7616_example_with_sha_256),
		TEST(rfc_2617_example),
		TEST(rfc_2069_example_without_qop),
		TEST(every_part_of_the_response_counts),
		TEST(field_clients_spellings_are_read),
		TEST(quoted_strings_are_unescaped),
		TEST(malformed_digest_headers_are_refused),
		TEST(a_nul_inside_a_header_is_refused),
		TEST(what_is_never_offered_is_other),
		TEST(an_absent_header_is_absent),
		TEST(basic_credentials_are_split_at_the_first_colon),
		TEST(malformed_basic_credentials_are_refused),
		TEST(a_full_arena_is_told),
		TEST(a_nonce_is_good_for_its_life_and_then_stale),
		TEST(a_nonce_of_a_front_end_whose_clock_is_a_little_ahead_is_good),
		TEST(a_nonce_is_no_longer_than_32_characters),
		TEST(foreign_and_changed_nonces_are_refused),
		TEST(a_challenge_names_all_that_a_client_needs),
		TEST(a_client_answers_a_challenge_with_and_without_qop),
		TEST(challenges_that_cannot_be_answered_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
