/* Sealed credentials and lists of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "hms/device/credential.h"

static const struct hms_device_id dev = { "0123456789abcde" };

struct fixture {
	struct hms_secret *secret;
	struct hms_sealer *sealer;
	struct hms_credential credential;
	struct hms_buf sealed;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[] = "/tmp/hms-test-XXXXXX";
	int fd = mkstemp(path);

	assert_int_equal(write(fd, "0123456789abcdef0123456789abcdef", 32), 32);
	close(fd);
	assert_int_equal(hms_secret_load(path, &f->secret, NULL), 0);
	unlink(path);
	f->sealer = hms_sealer_new(f->secret, HMS_CREDENTIAL_PURPOSE, 0);
	f->sealed = HMS_BUF_INIT(10000);
	f->credential.kind = HMS_CREDENTIAL_PENDING;
	strcpy(f->credential.username, "user");
	strcpy(f->credential.password, "p\xc3\xa4ssword");
	hms_credential_derive(&f->credential, HMS_STR("hms"));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	hms_buf_fini(&f->sealed);
	hms_sealer_free(&f->sealer);
	hms_secret_free(&f->secret);
	free(f);
	return 0;
}

static void derived_values_are_ha1_of_both_algorithms(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(f->credential.ha1_md5, "02ebce85ef41eff6f9fd9617a65f65d1");
	assert_string_equal(f->credential.ha1_sha256, "cdc29bfad48afb727befae595a76f5a83dc17217abbf2994e38723d7129f4503");
}

static void a_sealed_credential_comes_back(void **state)
{
	struct fixture *f = *state;
	struct hms_credential out;

	assert_int_equal(hms_credential_seal(f->sealer, dev, &f->credential, &f->sealed), 0);
	assert_null(memmem(f->sealed.p, f->sealed.len, "user", 4));
	assert_int_equal(hms_credential_unseal(f->sealer, dev, hms_buf_view(&f->sealed), &out), 0);
	assert_memory_equal(&out, &f->credential, sizeof(out));
}

static void the_longest_and_the_empty_texts_fit(void **state)
{
	struct fixture *f = *state;
	struct hms_credential out;

	memset(f->credential.username, 'u', 256);
	f->credential.password[0] = 0;
	memset(f->credential.password + 1, 0, 20);
	assert_int_equal(hms_credential_seal(f->sealer, dev, &f->credential, &f->sealed), 0);
	assert_int_equal(hms_credential_unseal(f->sealer, dev, hms_buf_view(&f->sealed), &out), 0);
	assert_string_equal(out.username, f->credential.username);
	assert_string_equal(out.password, "");
}

static void a_credential_of_another_device_is_refused_and_nothing_is_left(void **state)
{
	struct fixture *f = *state;
	struct hms_credential out, empty = { 0 };
	struct hms_device_id other = dev;

	other.b[15] ^= 1;
	hms_credential_seal(f->sealer, dev, &f->credential, &f->sealed);
	assert_int_equal(hms_credential_unseal(f->sealer, other, hms_buf_view(&f->sealed), &out), HMS_ECRYPTO);
	assert_memory_equal(&out, &empty, sizeof(out));
}

static int unseal_plain(struct fixture *f, const void *plain, size_t len)
{
	struct hms_credential out;

	hms_buf_reset(&f->sealed);
	assert_int_equal(hms_seal(f->sealer, 0, hms_strn((const char *)dev.b, 16), plain, len, &f->sealed), 0);
	return hms_credential_unseal(f->sealer, dev, hms_buf_view(&f->sealed), &out);
}

#define ENTRY(text) text, sizeof(text) - 1

static void sealed_nonsense_is_refused(void **state)
{
	struct fixture *f = *state;
	static const char too_long[9000];

	assert_int_equal(unseal_plain(f, ENTRY("\1\1\0\1u\0\1p\0\1a\0\1b")), 0);
	assert_int_equal(unseal_plain(f, ENTRY("\2\1\0\1u\0\1p\0\1a\0\1b")), HMS_EVERSION);
	assert_int_equal(unseal_plain(f, ENTRY("\1\4\0\1u\0\1p\0\1a\0\1b")), 0);
	assert_int_equal(unseal_plain(f, ENTRY("\1\5\0\1u\0\1p\0\1a\0\1b")), HMS_ESYNTAX);
	assert_int_equal(unseal_plain(f, ENTRY("\1\0\0\1u\0\1p\0\1a\0\1b")), HMS_ESYNTAX);
	assert_int_equal(unseal_plain(f, ENTRY("\1\1\0\1u\0\1p\0\1a\0\1b!")), HMS_ESYNTAX);
	assert_int_equal(unseal_plain(f, ENTRY("\1\1\0\1u\0\1p\0\1a\0\2b")), HMS_ESYNTAX);
	assert_int_equal(unseal_plain(f, ENTRY("\1\1\0\1u\0\1p\0\1a")), HMS_ESYNTAX);
	assert_int_equal(unseal_plain(f, ENTRY("\1\1\0\1\0\0\1p\0\1a\0\1b")), HMS_ESYNTAX);
	assert_int_equal(unseal_plain(f, ENTRY("\1")), HMS_ESYNTAX);
	assert_int_equal(unseal_plain(f, NULL, 0), HMS_ESYNTAX);
	assert_int_equal(unseal_plain(f, too_long, sizeof(too_long)), HMS_ESYNTAX);
}

static void a_text_is_for_its_device_alone_and_no_entry(void **state)
{
	struct fixture *f = *state;
	struct hms_device_id device = { { 1 } }, other = { { 2 } };
	struct hms_buf sealed = HMS_BUF_INIT(4096), text = HMS_BUF_INIT(4096);
	struct hms_credential c;

	assert_int_equal(hms_credential_text_seal(f->sealer, device, HMS_STR("pass"), &sealed), 0);
	assert_int_equal(hms_credential_text_unseal(f->sealer, device, hms_buf_view(&sealed), &text), 0);
	assert_true(hms_str_eqz(hms_buf_view(&text), "pass"));
	assert_int_equal(hms_credential_text_unseal(f->sealer, other, hms_buf_view(&sealed), &text), HMS_ECRYPTO);
	assert_int_equal(hms_credential_text_unseal(f->sealer, device, HMS_STR("%%%"), &text), HMS_ESYNTAX);
	assert_true(hms_credential_unseal(f->sealer, device, hms_buf_view(&sealed), &c) < 0);
	hms_buf_fini(&sealed);
	hms_buf_fini(&text);
}

static void random_letters_differ_and_are_all_of_the_alphabet(void **state)
{
	char one[65], other[65];

	(void)state;
	hms_credential_random(one, 64);
	hms_credential_random(other, 64);
	assert_int_equal(strlen(one), 64);
	assert_string_not_equal(one, other);
	assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), 64);
}

static void a_list_gives_its_entries_in_order(void **state)
{
	struct fixture *f = *state;
	struct hms_str rest, entry;

	hms_credential_list_add(&f->sealed, HMS_STR("first"));
	hms_credential_list_add(&f->sealed, HMS_STR(""));
	hms_credential_list_add(&f->sealed, HMS_STR("third"));
	rest = hms_buf_view(&f->sealed);
	assert_int_equal(hms_credential_list_next(&rest, &entry), 1);
	assert_true(hms_str_eqz(entry, "first"));
	assert_int_equal(hms_credential_list_next(&rest, &entry), 1);
	assert_int_equal(entry.len, 0);
	assert_int_equal(hms_credential_list_next(&rest, &entry), 1);
	assert_true(hms_str_eqz(entry, "third"));
	assert_int_equal(hms_credential_list_next(&rest, &entry), 0);
}

static void a_cut_list_is_refused(void **state)
{
	struct hms_str entry, rest;

	(void)state;
	rest = hms_strn("\0", 1);
	assert_int_equal(hms_credential_list_next(&rest, &entry), HMS_ESYNTAX);
	rest = hms_strn("\0\2x", 3);
	assert_int_equal(hms_credential_list_next(&rest, &entry), HMS_ESYNTAX);
	rest = hms_strn("\377\377x", 3);
	assert_int_equal(hms_credential_list_next(&rest, &entry), HMS_ESYNTAX);
}

static void an_entry_too_long_for_a_list_fails_the_buffer(void **state)
{
	static char big[70000];
	struct hms_buf list = HMS_BUF_INIT(100000);

	(void)state;
	hms_credential_list_add(&list, hms_strn(big, sizeof(big)));
	assert_int_equal(list.failed, HMS_EFULL);
	hms_buf_fini(&list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(derived_values_are_ha1_of_both_algorithms),
		TEST(a_sealed_credential_comes_back),
		TEST(the_longest_and_the_empty_texts_fit),
		TEST(a_credential_of_another_device_is_refused_and_nothing_is_left),
		TEST(sealed_nonsense_is_refused),
		TEST(a_text_is_for_its_device_alone_and_no_entry),
		TEST(random_letters_differ_and_are_all_of_the_alphabet),
		TEST(a_list_gives_its_entries_in_order),
		cmocka_unit_test(a_cut_list_is_refused),
		cmocka_unit_test(an_entry_too_long_for_a_list_fails_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
