/* Credentials: which are accepted, and what the refusal says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "hms/device/auth.h"
#include "hms/base/encode.h"
#include "../cwmp-frontend/secret.h"

#define NOW_US (1800000000LL * 1000000)
#define LIFE_MS 300000
#define REALM HMS_STR("hms")

static struct hms_secret *secret;
static struct hms_sealer *sealer;
static struct hms_nonce_key nonce_key;
static struct hms_arena *arena;
static struct hms_buf sealed_own = HMS_BUF_INIT(4096), sealed_pending = HMS_BUF_INIT(4096);
static struct hms_str sealed[2];
static struct hms_credential shared;
static const struct hms_device_id device = { { 9, 8, 7 } };

static struct hms_credential credential(enum hms_credential_kind kind, const char *username, const char *password)
{
	struct hms_credential c = { .kind = kind };

	snprintf(c.username, sizeof(c.username), "%s", username);
	snprintf(c.password, sizeof(c.password), "%s", password);
	hms_credential_derive(&c, REALM);
	return c;
}

static int setup(void **state)
{
	struct hms_credential own = credential(HMS_CREDENTIAL_OWN, "00256D-Cell-1", "own secret");
	struct hms_credential pending = credential(HMS_CREDENTIAL_PENDING, "00256D-Cell-1", "pending secret");

	(void)state;
	secret = make_secret();
	sealer = hms_sealer_new(secret, HMS_CREDENTIAL_PURPOSE, 0);
	hms_secret_key(secret, "nonce", nonce_key.key);
	arena = hms_arena_new(1 << 20);
	shared = credential(0, "factory", "bootstrap secret");
	if (hms_credential_seal(sealer, device, &own, &sealed_own) || hms_credential_seal(sealer, device, &pending, &sealed_pending))
		return -1;
	sealed[0] = hms_buf_view(&sealed_own);
	sealed[1] = hms_buf_view(&sealed_pending);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hms_buf_fini(&sealed_own);
	hms_buf_fini(&sealed_pending);
	hms_arena_free(&arena);
	hms_sealer_free(&sealer);
	hms_secret_free(&secret);
	return 0;
}

static struct hms_auth_input input(enum hms_auth_policy policy, const char *authorization)
{
	return (struct hms_auth_input){
		.policy = policy,
		.authorization = hms_str(authorization),
		.method = HMS_STR("POST"),
		.device = device,
		.sealed = sealed,
		.sealed_count = 2,
		.sealer = sealer,
		.nonce_key = &nonce_key,
		.nonce_life_ms = LIFE_MS,
		.now_us = NOW_US,
	};
}

static const char *basic(const char *user, const char *password)
{
	char clear[128], *out = hms_arena_alloc(arena, 256);
	int len = snprintf(clear, sizeof(clear), "%s:%s", user, password);

	memcpy(out, "Basic ", 6);
	hms_base64(clear, (size_t)len, out + 6);
	return out;
}

/* The header that a client with this password sends. */
static const char *digest(enum hms_digest_alg alg, const char *user, const char *password, const char *nonce, const char *nc)
{
	struct hms_http_auth auth = {
		.scheme = HMS_AUTH_DIGEST,
		.username = hms_str(user),
		.realm = REALM,
		.nonce = hms_str(nonce),
		.uri = HMS_STR("/"),
		.cnonce = HMS_STR("abcdef"),
		.qop = HMS_STR("auth"),
		.nc = hms_str(nc),
		.alg = alg,
	};
	char ha1[65], response[65];

	hms_digest_ha1(alg, hms_str(user), REALM, hms_str(password), ha1);
	hms_digest_response(&auth, ha1, HMS_STR("POST"), response);
	return hms_arena_printf(arena,
				"Digest username=\"%s\", realm=\"hms\", nonce=\"%s\", uri=\"/\", "
				"algorithm=%s, qop=auth, nc=%s, cnonce=\"abcdef\", response=\"%s\"",
				user, nonce, alg == HMS_DIGEST_MD5 ? "MD5" : "SHA-256", nc, response);
}

static const char *nonce_at(int64_t wall_us)
{
	char *out = hms_arena_alloc(arena, HMS_NONCE_SIZE);

	hms_nonce_make(&nonce_key, wall_us, out);
	return out;
}

static enum hms_auth_result check(struct hms_auth_input in) { return hms_auth_check(arena, &in); }

/* Whoever computes with the empty HA1 knows nothing that others do not. */
static void a_hash_that_is_not_stored_is_proven_by_nobody(void **state)
{
	struct hms_http_auth auth = {
		.username = HMS_STR("factory"),
		.nonce = hms_str(nonce_at(NOW_US)),
		.uri = HMS_STR("/"),
		.cnonce = HMS_STR("a"),
		.qop = HMS_STR("auth"),
		.nc = HMS_STR("00000001"),
		.alg = HMS_DIGEST_SHA256,
	};
	struct hms_credential half = shared;
	struct hms_auth_input in;
	char response[65];

	(void)state;
	half.ha1_sha256[0] = '\0';
	hms_digest_response(&auth, "", HMS_STR("POST"), response);
	in = input(HMS_POLICY_DIGEST,
		   hms_arena_printf(arena,
				    "Digest username=\"factory\", realm=\"hms\", nonce=\"%.*s\", uri=\"/\", algorithm=SHA-256, qop=auth, "
				    "nc=00000001, cnonce=\"a\", response=\"%s\"",
				    HMS_STR_FMT(auth.nonce), response));
	in.sealed_count = 0;
	in.bootstrap = &half;
	assert_int_equal(check(in), HMS_AUTH_IS_PASSWORD);
}

/* [A2] */
static void md5_is_offered_first_and_sha256_where_it_is_set(void **state)
{
	struct hms_challenge ask = { .policy = HMS_POLICY_ANY, .realm = REALM, .nonce_key = &nonce_key, .now_us = NOW_US, .sha256 = true };
	struct hms_buf out[HMS_AUTH_CHALLENGES];

	(void)state;
	assert_int_equal(hms_auth_challenge(&ask, out), 3);
	assert_non_null(strstr(hms_buf_z(&out[0]), "algorithm=MD5, qop=\"auth\""));
	assert_non_null(strstr(hms_buf_z(&out[1]), "algorithm=SHA-256, qop=\"auth\""));
	assert_true(hms_str_starts(hms_buf_view(&out[2]), HMS_STR("Basic ")));
	for (size_t i = 0; i < HMS_AUTH_CHALLENGES; i++)
		hms_buf_fini(&out[i]);
	ask.sha256 = false;
	ask.policy = HMS_POLICY_DIGEST;
	assert_int_equal(hms_auth_challenge(&ask, out), 1);
	assert_non_null(strstr(hms_buf_z(&out[0]), "algorithm=MD5"));
	for (size_t i = 0; i < HMS_AUTH_CHALLENGES; i++)
		hms_buf_fini(&out[i]);
}

static void own_and_pending_passwords_are_accepted(void **state)
{
	const char *nonce = nonce_at(NOW_US - 1000000);

	(void)state;
	for (enum hms_digest_alg alg = HMS_DIGEST_MD5; alg <= HMS_DIGEST_SHA256; alg++) {
		assert_int_equal(check(input(HMS_POLICY_DIGEST, digest(alg, "00256D-Cell-1", "own secret", nonce, "00000001"))),
				 HMS_AUTH_IS_OK);
		assert_int_equal(check(input(HMS_POLICY_ANY, digest(alg, "00256D-Cell-1", "pending secret", nonce, "00000001"))),
				 HMS_AUTH_IS_OK);
	}
	assert_int_equal(check(input(HMS_POLICY_BASIC, basic("00256D-Cell-1", "own secret"))), HMS_AUTH_IS_OK);
	assert_int_equal(check(input(HMS_POLICY_ANY, basic("00256D-Cell-1", "pending secret"))), HMS_AUTH_IS_OK);
}

static void wrong_names_and_passwords_are_told_apart_in_the_counters_only(void **state)
{
	const char *nonce = nonce_at(NOW_US);

	(void)state;
	assert_int_equal(check(input(HMS_POLICY_DIGEST, digest(HMS_DIGEST_MD5, "00256D-Cell-1", "wrong", nonce, "00000001"))),
			 HMS_AUTH_IS_PASSWORD);
	assert_int_equal(check(input(HMS_POLICY_DIGEST, digest(HMS_DIGEST_MD5, "00256D-Cell-2", "own secret", nonce, "00000001"))),
			 HMS_AUTH_IS_USERNAME);
	assert_int_equal(check(input(HMS_POLICY_BASIC, basic("00256D-Cell-1", "own secret "))), HMS_AUTH_IS_PASSWORD);
	assert_int_equal(check(input(HMS_POLICY_BASIC, basic("00256D-Cell-1", ""))), HMS_AUTH_IS_PASSWORD);
	assert_int_equal(check(input(HMS_POLICY_BASIC, basic("factory", "bootstrap secret"))), HMS_AUTH_IS_USERNAME);
}

static void nothing_shown_or_another_scheme_asks_for_a_challenge(void **state)
{
	(void)state;
	assert_int_equal(check(input(HMS_POLICY_DIGEST, NULL)), HMS_AUTH_IS_ABSENT);
	assert_int_equal(check(input(HMS_POLICY_ANY, "Basic Og==")), HMS_AUTH_IS_ABSENT);
	assert_int_equal(check(input(HMS_POLICY_DIGEST, basic("00256D-Cell-1", "own secret"))), HMS_AUTH_IS_ABSENT);
	assert_int_equal(
		check(input(HMS_POLICY_BASIC, digest(HMS_DIGEST_MD5, "00256D-Cell-1", "own secret", nonce_at(NOW_US), "00000001"))),
		HMS_AUTH_IS_ABSENT);
	assert_int_equal(check(input(HMS_POLICY_ANY, "Bearer xyz")), HMS_AUTH_IS_ABSENT);
}

static void the_bootstrap_credential_counts_where_it_is_allowed(void **state)
{
	struct hms_auth_input in = input(HMS_POLICY_BASIC, basic("factory", "bootstrap secret"));

	(void)state;
	in.bootstrap = &shared;
	assert_int_equal(check(in), HMS_AUTH_IS_USERNAME);
	in.bootstrap_always = true;
	assert_int_equal(check(in), HMS_AUTH_IS_OK);
	in.bootstrap_always = false;
	/* What is only pending may never have come to the device. */
	in.sealed = &sealed[1];
	in.sealed_count = 1;
	assert_int_equal(check(in), HMS_AUTH_IS_OK);
	assert_false(hms_auth_has_own(sealer, device, &sealed[1], 1));
	assert_true(hms_auth_has_own(sealer, device, sealed, 2));
	in.sealed_count = 0;
	assert_int_equal(check(in), HMS_AUTH_IS_OK);
	in.bootstrap = NULL;
	assert_int_equal(check(in), HMS_AUTH_IS_NO_CREDENTIALS);
	in = input(HMS_POLICY_BASIC, basic("factory", "wrong"));
	in.bootstrap = &shared;
	in.bootstrap_always = true;
	assert_int_equal(check(in), HMS_AUTH_IS_PASSWORD);
}

static void credentials_of_another_device_or_key_are_never_accepted(void **state)
{
	struct hms_auth_input in = input(HMS_POLICY_BASIC, basic("00256D-Cell-1", "own secret"));

	(void)state;
	in.device.b[0]++;
	assert_int_equal(check(in), HMS_AUTH_IS_SEALED);
}

/* Only who knows the password is told that its nonce is stale (RFC 7616 3.3). */
static void an_old_nonce_is_stale_for_the_right_password_only(void **state)
{
	const char *old = nonce_at(NOW_US - (LIFE_MS + 1000) * 1000LL);

	(void)state;
	assert_int_equal(check(input(HMS_POLICY_DIGEST, digest(HMS_DIGEST_MD5, "00256D-Cell-1", "own secret", old, "00000001"))),
			 HMS_AUTH_IS_STALE);
	assert_int_equal(check(input(HMS_POLICY_DIGEST, digest(HMS_DIGEST_MD5, "00256D-Cell-1", "wrong", old, "00000001"))),
			 HMS_AUTH_IS_PASSWORD);
	assert_int_equal(check(input(HMS_POLICY_DIGEST, digest(HMS_DIGEST_MD5, "00256D-Cell-1", "own secret", "made up", "00000001"))),
			 HMS_AUTH_IS_STALE);
}

/* [Q6] As a client in many home routers computes: RFC 2069, for an empty uri. It is still the right password only. */
static void a_digest_for_an_empty_uri_is_accepted(void **state)
{
	struct hms_http_auth auth = { .nonce = hms_str(nonce_at(NOW_US)), .uri = HMS_STR("") };
	static const char *const passwords[] = { "own secret", "wrong" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hms_auth_input in;
		char ha1[65], response[65];

		hms_digest_ha1(HMS_DIGEST_MD5, HMS_STR("00256D-Cell-1"), REALM, hms_str(passwords[i]), ha1);
		hms_digest_response(&auth, ha1, HMS_STR("POST"), response);
		in = input(HMS_POLICY_DIGEST,
			   hms_arena_printf(arena,
					    "Digest username=\"00256D-Cell-1\", realm=\"hms\", nonce=\"%.*s\", uri=\"\", "
					    "response=\"%s\"",
					    HMS_STR_FMT(auth.nonce), response));
		in.target = HMS_STR("/acs");
		assert_int_equal(check(in), i == 0 ? HMS_AUTH_IS_OK : HMS_AUTH_IS_PASSWORD);
		in.authorization = hms_str(digest(HMS_DIGEST_MD5, "00256D-Cell-1", "own secret", nonce_at(NOW_US), "00000001"));
		assert_int_equal(check(in), HMS_AUTH_IS_MALFORMED); /* made for another target */
	}
}

/* Some clients use one nonce for ever with nc=00000001 (device-quirks 6). */
static void a_count_that_does_not_rise_within_a_connection_is_stale(void **state)
{
	struct hms_nonce_seen seen = { 0 };
	const char *nonce = nonce_at(NOW_US), *other = nonce_at(NOW_US - 2000000);
	struct hms_auth_input in = input(HMS_POLICY_DIGEST, digest(HMS_DIGEST_MD5, "00256D-Cell-1", "own secret", nonce, "00000001"));

	(void)state;
	in.seen = &seen;
	assert_int_equal(check(in), HMS_AUTH_IS_OK);
	assert_int_equal(check(in), HMS_AUTH_IS_STALE);
	in.authorization = hms_str(digest(HMS_DIGEST_MD5, "00256D-Cell-1", "own secret", nonce, "00000002"));
	assert_int_equal(check(in), HMS_AUTH_IS_OK);
	in.authorization = hms_str(digest(HMS_DIGEST_MD5, "00256D-Cell-1", "own secret", other, "00000001"));
	assert_int_equal(check(in), HMS_AUTH_IS_OK);
}

static void garbage_is_malformed_or_asks_for_a_challenge(void **state)
{
	static const char *const bad[] = { "", "Digest", "Digest ,,,=", "Basic !!!", "Digest username=\"x", "\xff\xfe" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(check(input(HMS_POLICY_ANY, bad[i])), HMS_AUTH_IS_OK);
}

/* What shows nothing is challenged before its body is read. */
static void what_shows_nothing_to_check_is_known_from_the_header_alone(void **state)
{
	static const struct {
		enum hms_auth_policy policy;
		const char *header;
		bool shown;
	} rows[] = {
		{ HMS_POLICY_ANY, "Basic Og==", false },
		{ HMS_POLICY_DIGEST, "Basic YTpi", false },
		{ HMS_POLICY_BASIC, "Basic YTpi", true },
		{ HMS_POLICY_ANY, "Basic YTpi", true },
		{ HMS_POLICY_ANY, "Bearer x", false },
		{ HMS_POLICY_ANY, "Basic !!!", true },
		{ HMS_POLICY_DIGEST, "Digest username=\"\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"0\"", false },
		{ HMS_POLICY_DIGEST, "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"0\"", true },
	};

	(void)state;
	assert_false(hms_auth_shown(arena, HMS_POLICY_ANY, (struct hms_str){ NULL, 0 }));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(hms_auth_shown(arena, rows[i].policy, hms_str(rows[i].header)), rows[i].shown);
		if (!rows[i].shown)
			assert_int_equal(check(input(rows[i].policy, rows[i].header)), HMS_AUTH_IS_ABSENT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hash_that_is_not_stored_is_proven_by_nobody),
		cmocka_unit_test(md5_is_offered_first_and_sha256_where_it_is_set),
		cmocka_unit_test(own_and_pending_passwords_are_accepted),
		cmocka_unit_test(wrong_names_and_passwords_are_told_apart_in_the_counters_only),
		cmocka_unit_test(nothing_shown_or_another_scheme_asks_for_a_challenge),
		cmocka_unit_test(the_bootstrap_credential_counts_where_it_is_allowed),
		cmocka_unit_test(credentials_of_another_device_or_key_are_never_accepted),
		cmocka_unit_test(an_old_nonce_is_stale_for_the_right_password_only),
		cmocka_unit_test(a_digest_for_an_empty_uri_is_accepted),
		cmocka_unit_test(a_count_that_does_not_rise_within_a_connection_is_stale),
		cmocka_unit_test(garbage_is_malformed_or_asks_for_a_challenge),
		cmocka_unit_test(what_shows_nothing_to_check_is_known_from_the_header_alone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
