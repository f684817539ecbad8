/* A secret of its own for a test. */
#ifndef FE_TEST_SECRET_H
#define FE_TEST_SECRET_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/crypto/crypto.h"

static inline struct hms_secret *make_secret(void)
{
	char path[] = "/tmp/hms-test-secret-XXXXXX";
	struct hms_secret *secret = NULL;
	struct hms_err err;
	uint8_t bytes[48];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	hms_random(bytes, sizeof(bytes));
	assert_int_equal(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	close(fd);
	assert_int_equal(hms_secret_load(path, &secret, &err), 0);
	unlink(path);
	return secret;
}

#endif
