/* Sealing: what is accepted, for how long, and that nothing changed, moved or foreign is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "secret_file.h"

#define HOUR_US (3600 * 1000000LL)
#define PERIOD_S (12 * 3600)
#define NOON (20000 * 24 * HOUR_US)

static const struct hms_str aad = { "device", 6 };

struct fixture {
	struct hms_secret *secret;
	struct hms_sealer *rolling, *fixed;
	struct hms_buf sealed, plain;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->secret = secret_of_48_bytes();
	f->rolling = hms_sealer_new(f->secret, "cookie", PERIOD_S);
	f->fixed = hms_sealer_new(f->secret, "credential", 0);
	f->sealed = HMS_BUF_INIT(1000);
	f->plain = HMS_BUF_INIT(1000);
	*state = f;
	return f->rolling && f->fixed ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	hms_buf_fini(&f->sealed);
	hms_buf_fini(&f->plain);
	hms_sealer_free(&f->rolling);
	hms_sealer_free(&f->fixed);
	hms_secret_free(&f->secret);
	free(f);
	return 0;
}

static int unseal(struct fixture *f, struct hms_sealer *sealer, int64_t wall_us)
{
	hms_buf_reset(&f->plain);
	return hms_unseal(sealer, wall_us, aad, f->sealed.p, f->sealed.len, &f->plain);
}

static void what_was_sealed_comes_back(void **state)
{
	struct fixture *f = *state;

	for (size_t len = 0; len < 300; len += 23) {
		char text[300];

		memset(text, 'x', sizeof(text));
		hms_buf_reset(&f->sealed);
		assert_int_equal(hms_seal(f->rolling, NOON, aad, text, len, &f->sealed), 0);
		assert_int_equal(f->sealed.len, len + HMS_SEAL_OVERHEAD);
		assert_int_equal(unseal(f, f->rolling, NOON), 0);
		assert_int_equal(f->plain.len, len);
		assert_memory_equal(len ? f->plain.p : "", text, len);
	}
}

static void an_empty_text_fits_into_an_empty_buffer(void **state)
{
	struct fixture *f = *state;
	struct hms_buf none = HMS_BUF_INIT(0);

	assert_int_equal(hms_seal(f->fixed, 0, aad, NULL, 0, &f->sealed), 0);
	assert_int_equal(hms_unseal(f->fixed, 0, aad, f->sealed.p, f->sealed.len, &none), 0);
	assert_int_equal(none.len, 0);
	hms_buf_fini(&none);
}

static void both_append_to_what_is_there(void **state)
{
	struct fixture *f = *state;

	hms_buf_strz(&f->sealed, "head");
	assert_int_equal(hms_seal(f->fixed, 0, aad, "text", 4, &f->sealed), 0);
	hms_buf_strz(&f->plain, "before:");
	assert_int_equal(hms_unseal(f->fixed, 0, aad, f->sealed.p + 4, f->sealed.len - 4, &f->plain), 0);
	assert_string_equal(hms_buf_z(&f->plain), "before:text");
}

static void the_same_text_never_looks_the_same(void **state)
{
	struct fixture *f = *state;

	hms_seal(f->fixed, 0, aad, "text", 4, &f->sealed);
	hms_seal(f->fixed, 0, aad, "text", 4, &f->plain);
	assert_memory_not_equal(f->sealed.p + 2, f->plain.p + 2, 12);
	assert_memory_not_equal(f->sealed.p + 14, f->plain.p + 14, 4);
}

static void previous_and_next_period_are_accepted_and_no_others(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(hms_seal(f->rolling, NOON, aad, "text", 4, &f->sealed), 0);
	for (int periods = -3; periods <= 3; periods++) {
		int expected = periods >= -1 && periods <= 1 ? 0 : HMS_ECRYPTO;

		assert_int_equal(unseal(f, f->rolling, NOON + periods * 12 * HOUR_US), expected);
	}
	/* 256 periods later the key id is the same, the key is not */
	assert_int_equal(unseal(f, f->rolling, NOON + 256 * 12 * HOUR_US), HMS_ECRYPTO);
	assert_int_equal(f->plain.len, 0);
	assert_int_equal(unseal(f, f->rolling, NOON), 0);
}

static void a_clock_before_1970_works_as_well(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(hms_seal(f->rolling, -HOUR_US, aad, "text", 4, &f->sealed), 0);
	assert_int_equal(unseal(f, f->rolling, HOUR_US), 0);
	assert_int_equal(unseal(f, f->rolling, 13 * HOUR_US), HMS_ECRYPTO);
}

static void any_changed_bit_is_refused(void **state)
{
	struct fixture *f = *state;

	hms_seal(f->fixed, 0, aad, "text", 4, &f->sealed);
	for (size_t bit = 0; bit < f->sealed.len * 8; bit++) {
		f->sealed.p[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(unseal(f, f->fixed, 0), bit < 8 ? HMS_EVERSION : HMS_ECRYPTO);
		assert_int_equal(f->plain.len, 0);
		f->sealed.p[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_int_equal(unseal(f, f->fixed, 0), 0);
}

static void any_truncation_is_refused(void **state)
{
	struct fixture *f = *state;
	size_t len;

	hms_seal(f->fixed, 0, aad, "text", 4, &f->sealed);
	for (len = 0; len < f->sealed.len; len++)
		assert_int_equal(hms_unseal(f->fixed, 0, aad, f->sealed.p, len, &f->plain), HMS_ECRYPTO);
	assert_int_equal(hms_unseal(f->fixed, 0, aad, NULL, 0, &f->plain), HMS_ECRYPTO);
}

static void other_additional_data_and_other_purposes_are_refused(void **state)
{
	struct fixture *f = *state;
	struct hms_sealer *other = hms_sealer_new(f->secret, "other", 0);

	hms_seal(f->fixed, 0, aad, "text", 4, &f->sealed);
	assert_int_equal(hms_unseal(f->fixed, 0, HMS_STR("devicf"), f->sealed.p, f->sealed.len, &f->plain), HMS_ECRYPTO);
	assert_int_equal(hms_unseal(f->fixed, 0, HMS_STR(""), f->sealed.p, f->sealed.len, &f->plain), HMS_ECRYPTO);
	assert_int_equal(unseal(f, other, 0), HMS_ECRYPTO);
	hms_sealer_free(&other);
	assert_null(other);
}

static void the_sealer_outlives_its_secret(void **state)
{
	struct fixture *f = *state;

	hms_secret_free(&f->secret);
	assert_int_equal(hms_seal(f->rolling, NOON, aad, "text", 4, &f->sealed), 0);
	assert_int_equal(unseal(f, f->rolling, NOON), 0);
}

static void a_full_buffer_is_told_and_left_alone(void **state)
{
	struct fixture *f = *state;
	struct hms_buf small = HMS_BUF_INIT(HMS_SEAL_OVERHEAD + 3);

	assert_int_equal(hms_seal(f->fixed, 0, aad, "text", 4, &small), HMS_EFULL);
	assert_int_equal(small.len, 0);
	hms_buf_fini(&small);
	small = HMS_BUF_INIT(3);
	hms_seal(f->fixed, 0, aad, "text", 4, &f->sealed);
	assert_int_equal(hms_unseal(f->fixed, 0, aad, f->sealed.p, f->sealed.len, &small), HMS_EFULL);
	hms_buf_fini(&small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_sealed_comes_back),
		TEST(an_empty_text_fits_into_an_empty_buffer),
		TEST(both_append_to_what_is_there),
		TEST(the_same_text_never_looks_the_same),
		TEST(previous_and_next_period_are_accepted_and_no_others),
		TEST(a_clock_before_1970_works_as_well),
		TEST(any_changed_bit_is_refused),
		TEST(any_truncation_is_refused),
		TEST(other_additional_data_and_other_purposes_are_refused),
		TEST(the_sealer_outlives_its_secret),
		TEST(a_full_buffer_is_told_and_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
