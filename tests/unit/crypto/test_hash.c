/* Hashes, HMAC, HA1 and constant-time comparison against published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"

static void assert_hex(const uint8_t *bytes, size_t len, const char *hex)
{
	char text[65];

	hms_hex(bytes, len, text);
	assert_string_equal(text, hex);
}

static void sha256_and_md5_give_the_published_values(void **state)
{
	uint8_t out[32];

	(void)state;
	hms_sha256("abc", 3, out);
	assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hms_sha256(NULL, 0, out);
	assert_hex(out, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	hms_md5("abc", 3, out);
	assert_hex(out, 16, "900150983cd24fb0d6963f7d28e17f72");
	hms_md5(NULL, 0, out);
	assert_hex(out, 16, "d41d8cd98f00b204e9800998ecf8427e");
}

static void hmac_gives_the_values_of_rfc_4231(void **state)
{
	uint8_t key[131], out[32];

	(void)state;
	hms_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, out);
	assert_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hms_hmac_sha256(key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
	assert_hex(out, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void an_empty_key_is_not_the_key_of_before(void **state)
{
	uint8_t out[32];

	(void)state;
	hms_hmac_sha256("Jefe", 4, "x", 1, out);
	hms_hmac_sha256(NULL, 0, NULL, 0, out);
	assert_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void ha1_covers_user_realm_and_password(void **state)
{
	struct hms_str user = HMS_STR("user"), realm = HMS_STR("hms"), password = HMS_STR("p\xc3\xa4ssword");
	char hex[65];

	(void)state;
	hms_ha1_hex(HMS_HASH_MD5, user, realm, password, hex);
	assert_string_equal(hex, "02ebce85ef41eff6f9fd9617a65f65d1");
	hms_ha1_hex(HMS_HASH_SHA256, user, realm, password, hex);
	assert_string_equal(hex, "cdc29bfad48afb727befae595a76f5a83dc17217abbf2994e38723d7129f4503");
}

static void pieces_hash_like_the_whole_and_end_begins_anew(void **state)
{
	struct hms_hasher *hasher = hms_hasher_new(HMS_HASH_SHA256);
	uint8_t out[32];

	(void)state;
	for (int i = 0; i < 2; i++) {
		hms_hasher_add(hasher, "a", 1);
		hms_hasher_add(hasher, NULL, 0);
		hms_hasher_add(hasher, "bc", 2);
		hms_hasher_end(hasher, out);
		assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	}
	hms_hasher_free(&hasher);
	assert_null(hasher);
	hms_hasher_free(&hasher);
}

static void an_unfinished_hash_of_the_thread_does_not_leak_into_the_next(void **state)
{
	uint8_t out[32];

	(void)state;
	hms_hasher_add(hms_hasher_thread(HMS_HASH_SHA256), "left over", 9);
	hms_sha256("abc", 3, out);
	assert_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void comparison_sees_every_byte(void **state)
{
	uint8_t a[16] = { 0 }, b[16] = { 0 };

	(void)state;
	assert_true(hms_equal_ct(a, b, 16));
	for (size_t i = 0; i < 16; i++) {
		b[i] = 1;
		assert_false(hms_equal_ct(a, b, 16));
		b[i] = 0;
	}
	assert_true(hms_equal_ct(NULL, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_and_md5_give_the_published_values),
		cmocka_unit_test(hmac_gives_the_values_of_rfc_4231),
		cmocka_unit_test(an_empty_key_is_not_the_key_of_before),
		cmocka_unit_test(ha1_covers_user_realm_and_password),
		cmocka_unit_test(pieces_hash_like_the_whole_and_end_begins_anew),
		cmocka_unit_test(an_unfinished_hash_of_the_thread_does_not_leak_into_the_next),
		cmocka_unit_test(comparison_sees_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
