/* Answers to HTTP challenges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth.h"

#define USER HMS_STR("0200F0-HNB-1")
#define PASSWORD HMS_STR("secret")
#define POST HMS_STR("POST")
#define PATH HMS_STR("/cwmp")

static struct hms_arena *arena;

static int make_arena(void **state)
{
	(void)state;
	arena = hms_arena_new(65536);
	return arena ? 0 : -1;
}

static int free_arena(void **state)
{
	(void)state;
	hms_arena_free(&arena);
	return 0;
}

static bool is_right(struct auth *auth, struct hms_buf *header)
{
	struct hms_http_auth parsed;
	char ha1[65];

	hms_buf_reset(header);
	auth_header(auth, USER, PASSWORD, POST, PATH, 42, header);
	if (hms_http_auth_parse(arena, hms_buf_view(header), &parsed) != 0 || parsed.scheme != HMS_AUTH_DIGEST)
		return false;
	hms_digest_ha1(parsed.alg, USER, HMS_STR("hms"), PASSWORD, ha1);
	return hms_digest_check(&parsed, ha1, POST);
}

static void a_digest_challenge_is_answered_rightly(void **state)
{
	static const enum hms_digest_alg algs[] = { HMS_DIGEST_MD5, HMS_DIGEST_SHA256 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct hms_buf challenge = HMS_BUF_INIT(1024), header = HMS_BUF_INIT(2048);
		struct auth auth = { 0 };

		hms_digest_challenge(&challenge, HMS_STR("hms"), "a-nonce", algs[i], false);
		assert_true(auth_challenge(&auth, arena, hms_buf_view(&challenge)));
		assert_true(is_right(&auth, &header));
		assert_true(is_right(&auth, &header)); /* nc counts on */
		assert_int_equal(auth.nc, 2);
		hms_buf_fini(&challenge);
		hms_buf_fini(&header);
	}
}

static void a_challenge_without_qop_is_answered(void **state)
{
	struct hms_buf header = HMS_BUF_INIT(2048);
	struct auth auth = { 0 };

	(void)state;
	assert_true(auth_challenge(&auth, arena, HMS_STR("Digest realm=\"hms\", nonce=\"n\"")));
	assert_true(is_right(&auth, &header));
	hms_buf_fini(&header);
}

static void digest_is_preferred_to_basic_in_either_order(void **state)
{
	const struct hms_str basic = HMS_STR("Basic realm=\"hms\""), digest = HMS_STR("Digest realm=\"hms\", nonce=\"n\", qop=\"auth\"");
	struct auth one = { 0 }, two = { 0 };

	(void)state;
	auth_challenge(&one, arena, basic);
	auth_challenge(&one, arena, digest);
	auth_challenge(&two, arena, digest);
	auth_challenge(&two, arena, basic);
	assert_int_equal(one.scheme, AUTH_SCHEME_DIGEST);
	assert_int_equal(two.scheme, AUTH_SCHEME_DIGEST);
}

static void a_new_nonce_replaces_the_old(void **state)
{
	struct hms_buf header = HMS_BUF_INIT(2048);
	struct auth auth = { 0 };

	(void)state;
	auth_challenge(&auth, arena, HMS_STR("Digest realm=\"hms\", nonce=\"first\", qop=\"auth\""));
	assert_true(is_right(&auth, &header));
	auth_challenge(&auth, arena, HMS_STR("Digest realm=\"hms\", nonce=\"second\", qop=\"auth\", stale=true"));
	assert_true(is_right(&auth, &header));
	assert_string_equal(auth.nonce, "second");
	assert_int_equal(auth.nc, 1);
	hms_buf_fini(&header);
}

static void unknown_schemes_cannot_be_answered(void **state)
{
	struct hms_buf header = HMS_BUF_INIT(2048);
	struct auth auth = { 0 };

	(void)state;
	assert_false(auth_challenge(&auth, arena, HMS_STR("Bearer realm=\"hms\"")));
	assert_false(auth_challenge(&auth, arena, HMS_STR("")));
	auth_header(&auth, USER, PASSWORD, POST, PATH, 1, &header);
	assert_int_equal(header.len, 0);
	hms_buf_fini(&header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_challenge_is_answered_rightly),	cmocka_unit_test(a_challenge_without_qop_is_answered),
		cmocka_unit_test(digest_is_preferred_to_basic_in_either_order), cmocka_unit_test(a_new_nonce_replaces_the_old),
		cmocka_unit_test(unknown_schemes_cannot_be_answered),
	};

	return cmocka_run_group_tests(tests, make_arena, free_arena);
}
