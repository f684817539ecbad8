/* The secret file's checks, and keys that other programs can derive as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/base/encode.h"
#include "secret_file.h"

static void assert_refused(int code, const char *word)
{
	struct hms_secret *secret;
	struct hms_err err;

	assert_int_equal(hms_secret_load(secret_path, &secret, &err), code);
	assert_null(secret);
	assert_non_null(strstr(err.text, secret_path));
	assert_non_null(strstr(err.text, word));
}

static void keys_are_those_of_hkdf_sha256(void **state)
{
	struct hms_secret *secret = secret_of_48_bytes();
	uint8_t key[32];
	char hex[65];

	(void)state;
	hms_secret_key(secret, "cookie", key);
	hms_hex(key, 32, hex);
	assert_string_equal(hex, "1c12fb61540304ff9998b434d0712e7c4833c8ab7910b06e1d866fb0a0308da5");
	hms_secret_epoch_key(secret, "cookie", 41234, key);
	hms_hex(key, 32, hex);
	assert_string_equal(hex, "cde11fd1f6ec6c576840b865a72f10b7919f238aa751b3b172fc76ac0f94154c");
	hms_secret_free(&secret);
	assert_null(secret);
}

static void keys_differ_by_purpose_and_epoch(void **state)
{
	struct hms_secret *secret = secret_of_48_bytes();
	uint8_t a[32], b[32];

	(void)state;
	hms_secret_key(secret, "cookie", a);
	hms_secret_key(secret, "nonce", b);
	assert_memory_not_equal(a, b, 32);
	hms_secret_epoch_key(secret, "cookie", 1, a);
	hms_secret_epoch_key(secret, "cookie", 2, b);
	assert_memory_not_equal(a, b, 32);
	hms_secret_free(&secret);
}

static void a_file_that_others_can_read_is_refused(void **state)
{
	(void)state;
	secret_file_write(48, 0604);
	assert_refused(HMS_EDENIED, "0604");
	if (geteuid() == 0) {
		secret_file_write(48, 0640);
		assert_refused(HMS_EDENIED, "0640");
	}
	unlink(secret_path);
}

static void a_short_or_long_file_is_refused(void **state)
{
	(void)state;
	secret_file_write(31, 0600);
	assert_refused(HMS_EINVAL, "32");
	secret_file_write(4097, 0600);
	assert_refused(HMS_EINVAL, "4096");
	unlink(secret_path);
}

static void a_missing_file_and_a_folder_are_told_apart(void **state)
{
	(void)state;
	secret_file_write(0, 0600);
	unlink(secret_path);
	assert_refused(HMS_ENOENT, "No such file");
	assert_int_equal(mkdir(secret_path, 0700), 0);
	assert_refused(HMS_EINVAL, "regular");
	rmdir(secret_path);
}

static void a_path_that_is_not_set_is_told_as_such(void **state)
{
	struct hms_secret *secret;
	struct hms_err err = { 0 };

	(void)state;
	assert_int_equal(hms_secret_load("", &secret, &err), HMS_EINVAL);
	assert_null(secret);
	assert_string_equal(err.text, "not set, but needed");
}

static void a_fifo_does_not_block_the_start(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(secret_path, 0600), 0);
	assert_refused(HMS_EINVAL, "regular");
	unlink(secret_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_those_of_hkdf_sha256),
		cmocka_unit_test(keys_differ_by_purpose_and_epoch),
		cmocka_unit_test(a_file_that_others_can_read_is_refused),
		cmocka_unit_test(a_short_or_long_file_is_refused),
		cmocka_unit_test(a_missing_file_and_a_folder_are_told_apart),
		cmocka_unit_test(a_path_that_is_not_set_is_told_as_such),
		cmocka_unit_test(a_fifo_does_not_block_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
