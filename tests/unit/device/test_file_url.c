/* Signed URLs: golden tokens, and that nothing but them is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/device/file_url.h"

#define NOW_US (1800000000LL * 1000000)

static const struct hms_file_grant upload = { .op = HMS_FILE_UPLOAD,
					      .kind = 1,
					      .device = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } } };
static const struct hms_file_grant download = { .op = HMS_FILE_DOWNLOAD,
						.kind = 4,
						.device = { { 0xff, 0xfe } },
						.command_id = 0x0123456789abcdef,
						.file_id = "0123456789abcde",
						.expires_us = NOW_US };

/* Made by Python's hmac and base64 from the layout in file_url.c. */
static const char golden_upload[] = "AQEBAQIDBAUGBwgJCgsMDQ4PEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-PrBMpXnfyft_qt7WZyEXw";
static const char golden_download[] = "AQIE__4AAAAAAAAAAAAAAAAAAAEjRWeJq83vMDEyMzQ1Njc4OWFiY2RlAAAGZRcomIAAuVyjvnH_XjApBIBKk6nm7g";

static struct hms_file_signer *signer_of(const char *secret_text)
{
	char path[] = "/tmp/hms-test-XXXXXX";
	int fd = mkstemp(path);
	struct hms_secret *secret;
	struct hms_file_signer *signer;

	assert_int_equal(write(fd, secret_text, 32), 32);
	close(fd);
	assert_int_equal(hms_secret_load(path, &secret, NULL), 0);
	unlink(path);
	signer = hms_file_signer_new(secret);
	hms_secret_free(&secret);
	return signer;
}

static int setup(void **state)
{
	*state = signer_of("0123456789abcdef0123456789abcdef");
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct hms_file_signer *signer = *state;

	hms_file_signer_free(&signer);
	return 0;
}

static void assert_same(const struct hms_file_grant *a, const struct hms_file_grant *b)
{
	assert_int_equal(a->op, b->op);
	assert_int_equal(a->kind, b->kind);
	assert_memory_equal(a->device.b, b->device.b, 16);
	assert_int_equal(a->command_id, b->command_id);
	assert_memory_equal(a->file_id, b->file_id, 16);
	assert_int_equal(a->expires_us, b->expires_us);
}

static void tokens_are_the_golden_ones(void **state)
{
	char token[HMS_FILE_TOKEN_MAX + 1];

	hms_file_token_make(*state, &upload, token);
	assert_string_equal(token, golden_upload);
	hms_file_token_make(*state, &download, token);
	assert_string_equal(token, golden_download);
}

static void a_grant_comes_back(void **state)
{
	struct hms_file_grant out;

	assert_int_equal(hms_file_token_check(*state, hms_str(golden_upload), NOW_US, &out), 0);
	assert_same(&out, &upload);
	assert_int_equal(hms_file_token_check(*state, hms_str(golden_download), NOW_US - 1, &out), 0);
	assert_same(&out, &download);
}

static void an_expired_token_says_so_and_what_it_granted(void **state)
{
	struct hms_file_grant out;

	assert_int_equal(hms_file_token_check(*state, hms_str(golden_download), NOW_US, &out), HMS_ETIMEOUT);
	assert_same(&out, &download);
}

static void every_flipped_bit_is_refused(void **state)
{
	uint8_t bytes[100];
	int len = hms_unbase64(hms_str(golden_download), bytes, sizeof(bytes));
	char text[HMS_BASE64_SIZE(100)];
	struct hms_file_grant out;

	assert_int_equal(len, 67);
	for (int bit = 0; bit < len * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		hms_base64url(bytes, (size_t)len, text);
		assert_int_equal(hms_file_token_check(*state, hms_str(text), 0, &out), HMS_ECRYPTO);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void every_other_character_and_length_is_refused(void **state)
{
	size_t len = strlen(golden_upload);
	char text[HMS_FILE_TOKEN_MAX + 8];
	struct hms_file_grant out;

	for (size_t i = 0; i < len; i++) {
		for (int c = 0; c < 256; c++) {
			strcpy(text, golden_upload);
			text[i] = (char)c;
			if (text[i] != golden_upload[i])
				assert_int_equal(hms_file_token_check(*state, hms_strn(text, len), 0, &out), HMS_ECRYPTO);
		}
		assert_int_equal(hms_file_token_check(*state, hms_strn(golden_upload, i), 0, &out), HMS_ECRYPTO);
	}
	snprintf(text, sizeof(text), "%s==", golden_upload);
	assert_int_equal(hms_file_token_check(*state, hms_str(text), 0, &out), HMS_ECRYPTO);
}

static void another_secret_refuses(void **state)
{
	struct hms_file_signer *other = signer_of("another secret of 32 bytes......");
	struct hms_file_grant out;

	(void)state;
	assert_int_equal(hms_file_token_check(other, hms_str(golden_upload), 0, &out), HMS_ECRYPTO);
	hms_file_signer_free(&other);
}

static void urls_are_built_from_base_token_and_name(void **state)
{
	struct hms_buf out = HMS_BUF_INIT(1024);
	char want[512];

	assert_int_equal(hms_file_url_make(*state, &upload, HMS_STR("http://files:8080/"), HMS_STR("x"), &out), 0);
	snprintf(want, sizeof(want), "http://files:8080/u/%s/", golden_upload);
	assert_string_equal(hms_buf_z(&out), want);
	hms_buf_reset(&out);
	assert_int_equal(hms_file_url_make(*state, &download, HMS_STR("http://files:8080"), HMS_STR("a b/\xc3\xa4.xml"), &out), 0);
	snprintf(want, sizeof(want), "http://files:8080/d/%s/a%%20b%%2F%%C3%%A4.xml", golden_download);
	assert_string_equal(hms_buf_z(&out), want);
	hms_buf_fini(&out);
	out = HMS_BUF_INIT(20);
	assert_int_equal(hms_file_url_make(*state, &upload, HMS_STR("http://files"), HMS_STR(""), &out), HMS_EFULL);
	hms_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_the_golden_ones),
		cmocka_unit_test(a_grant_comes_back),
		cmocka_unit_test(an_expired_token_says_so_and_what_it_granted),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(every_other_character_and_length_is_refused),
		cmocka_unit_test(another_secret_refuses),
		cmocka_unit_test(urls_are_built_from_base_token_and_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
