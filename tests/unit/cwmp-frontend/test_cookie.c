/* The sealed session cookie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cookie.h"
#include "hms/cwmp/cwmp.h"
#include "secret.h"

#define TENANT HMS_STR("default")
#define NOW_US (1800000000LL * 1000000)
#define HOUR_US (3600LL * 1000000)

static struct hms_secret *secret;
static struct hms_sealer *sealer;
static struct hms_buf scratch = HMS_BUF_INIT(4096);

static const struct fe_session full = {
	.device = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } },
	.sid = 0x7fedcba987654321,
	.seq = 7,
	.s0 = 3,
	.n = 4,
	.classes = HMS_EVENT_BOOTSTRAP | HMS_EVENT_OTHER,
	.inform_us = NOW_US - 5,
	.hold_until_us = NOW_US + 20000000,
	.expiry_us = NOW_US + 300000000,
	.command = 0x0123456789abcdef,
	.method = HMS_CWMP_REBOOT,
	.follow = 2,
	.ns = HMS_CWMP_1_4,
	.role = FE_ROLE_SERVING,
	.stay = FE_STAY_HELD,
	.proof = FE_PROOF_DIGEST | FE_PROOF_GROUP,
	.begun = true,
	.open = true,
	.unsafe = true,
	.ended = true,
	.quirks = 3,
};

static int setup(void **state)
{
	(void)state;
	secret = make_secret();
	sealer = hms_sealer_new(secret, "cookie", FE_COOKIE_PERIOD_S);
	return sealer ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	hms_sealer_free(&sealer);
	hms_secret_free(&secret);
	hms_buf_fini(&scratch);
	return 0;
}

static void a_session_comes_back_as_it_was(void **state)
{
	char value[FE_COOKIE_SIZE];
	struct fe_session back;
	uint8_t was[FE_COOKIE_PLAIN], is[FE_COOKIE_PLAIN];

	(void)state;
	assert_int_equal(fe_cookie_seal(sealer, &full, TENANT, NOW_US, &scratch, value), 0);
	assert_int_equal(fe_cookie_open(sealer, hms_str(value), TENANT, NOW_US, &scratch, &back), 0);
	assert_memory_equal(&back.device, &full.device, sizeof(back.device));
	assert_int_equal(back.sid, full.sid);
	assert_int_equal(back.expiry_us, full.expiry_us);
	assert_int_equal(back.command, full.command);
	assert_int_equal(back.method, full.method);
	assert_true(back.ended);
	fe_cookie_encode(&full, was);
	fe_cookie_encode(&back, is);
	assert_memory_equal(was, is, sizeof(was));
}

/* [H9] A client need not store more than 512 bytes. */
static void a_cookie_fits_into_what_every_client_stores(void **state)
{
	(void)state;
	assert_true(FE_COOKIE_SIZE + sizeof(FE_COOKIE_NAME) < 512);
}

static void every_changed_byte_is_noticed(void **state)
{
	char value[FE_COOKIE_SIZE];
	struct fe_session back;

	(void)state;
	assert_int_equal(fe_cookie_seal(sealer, &full, TENANT, NOW_US, &scratch, value), 0);
	for (size_t i = 0; i < strlen(value); i++) {
		char was = value[i];

		value[i] = was == 'A' ? 'B' : 'A';
		assert_true(fe_cookie_open(sealer, hms_str(value), TENANT, NOW_US, &scratch, &back) < 0 || i == strlen(value) - 1);
		value[i] = was;
	}
}

static void garbage_and_cut_cookies_are_refused(void **state)
{
	char value[FE_COOKIE_SIZE], longer[2 * FE_COOKIE_SIZE];
	struct fe_session back;

	(void)state;
	assert_int_equal(fe_cookie_seal(sealer, &full, TENANT, NOW_US, &scratch, value), 0);
	for (size_t len = 0; len < strlen(value); len++)
		assert_true(fe_cookie_open(sealer, hms_strn(value, len), TENANT, NOW_US, &scratch, &back) < 0);
	assert_true(fe_cookie_open(sealer, HMS_STR("%%%"), TENANT, NOW_US, &scratch, &back) < 0);
	memset(longer, 'A', sizeof(longer));
	assert_true(fe_cookie_open(sealer, hms_strn(longer, sizeof(longer)), TENANT, NOW_US, &scratch, &back) < 0);
}

static void a_cookie_is_none_at_a_listener_of_another_tenant(void **state)
{
	char value[FE_COOKIE_SIZE];
	struct fe_session back;

	(void)state;
	assert_int_equal(fe_cookie_seal(sealer, &full, TENANT, NOW_US, &scratch, value), 0);
	assert_int_equal(fe_cookie_open(sealer, hms_str(value), HMS_STR("other"), NOW_US, &scratch, &back), HMS_ECRYPTO);
	assert_int_equal(fe_cookie_open(sealer, hms_str(value), HMS_STR(""), NOW_US, &scratch, &back), HMS_ECRYPTO);
}

static void an_expired_session_is_stale(void **state)
{
	char value[FE_COOKIE_SIZE];
	struct fe_session back;

	(void)state;
	assert_int_equal(fe_cookie_seal(sealer, &full, TENANT, NOW_US, &scratch, value), 0);
	assert_int_equal(fe_cookie_open(sealer, hms_str(value), TENANT, full.expiry_us, &scratch, &back), HMS_ESTALE);
}

static void a_key_of_long_ago_is_forgotten(void **state)
{
	struct fe_session s = full, back;
	char value[FE_COOKIE_SIZE];

	(void)state;
	s.expiry_us = NOW_US + 1000 * HOUR_US;
	assert_int_equal(fe_cookie_seal(sealer, &s, TENANT, NOW_US, &scratch, value), 0);
	assert_int_equal(fe_cookie_open(sealer, hms_str(value), TENANT, NOW_US + 12 * HOUR_US, &scratch, &back), 0);
	assert_true(fe_cookie_open(sealer, hms_str(value), TENANT, NOW_US + 25 * HOUR_US, &scratch, &back) < 0);
}

static void another_version_or_an_impossible_number_is_not_read(void **state)
{
	uint8_t plain[FE_COOKIE_PLAIN];
	struct fe_session s = full, back;

	(void)state;
	fe_cookie_encode(&s, plain);
	plain[0]++;
	assert_int_equal(fe_cookie_decode(hms_strn((char *)plain, sizeof(plain)), &back), HMS_EVERSION);
	s.method = 255;
	fe_cookie_encode(&s, plain);
	assert_int_equal(fe_cookie_decode(hms_strn((char *)plain, sizeof(plain)), &back), HMS_ESYNTAX);
	s = full;
	s.ns = HMS_CWMP_NS_COUNT;
	fe_cookie_encode(&s, plain);
	assert_int_equal(fe_cookie_decode(hms_strn((char *)plain, sizeof(plain)), &back), HMS_ESYNTAX);
	assert_int_equal(fe_cookie_decode(HMS_STR(""), &back), HMS_ESYNTAX);
}

static void expect_cookies(const char *text, const char *const *values)
{
	struct hms_str header = hms_str(text), value;

	for (; *values; values++) {
		assert_true(fe_cookie_next(&header, &value));
		assert_true(hms_str_eqz(value, *values));
	}
	assert_false(fe_cookie_next(&header, &value));
}

/* [H9] */
static void ours_is_found_among_other_cookies(void **state)
{
	(void)state;
	expect_cookies("HMSSESSION=abc", (const char *[]){ "abc", NULL });
	expect_cookies("a=1; HMSSESSION=x-_y ;b=2", (const char *[]){ "x-_y", NULL });
	expect_cookies("$Version=\"1\"; HMSSESSION=\"q\"; $Path=\"/\"", (const char *[]){ "q", NULL });
	expect_cookies("HMSSESSION=1; HMSSESSION=2", (const char *[]){ "1", "2", NULL });
	expect_cookies("XHMSSESSION=1; HMSSESSIONX=2; HMSSESSION", (const char *[]){ "", NULL });
	expect_cookies("", (const char *[]){ NULL });
	expect_cookies(";;=;", (const char *[]){ NULL });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_comes_back_as_it_was),
		cmocka_unit_test(a_cookie_fits_into_what_every_client_stores),
		cmocka_unit_test(every_changed_byte_is_noticed),
		cmocka_unit_test(garbage_and_cut_cookies_are_refused),
		cmocka_unit_test(a_cookie_is_none_at_a_listener_of_another_tenant),
		cmocka_unit_test(an_expired_session_is_stale),
		cmocka_unit_test(a_key_of_long_ago_is_forgotten),
		cmocka_unit_test(another_version_or_an_impossible_number_is_not_read),
		cmocka_unit_test(ours_is_found_among_other_cookies),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
