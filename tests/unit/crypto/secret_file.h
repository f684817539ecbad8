/* A secret file in a temporary folder, for the tests of this folder. */
#ifndef TEST_SECRET_FILE_H
#define TEST_SECRET_FILE_H

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hms/crypto/crypto.h"

static char secret_path[64];

/* A file of bytes 0, 1, 2, ... */
static inline void secret_file_write(size_t len, mode_t mode)
{
	int fd;

	snprintf(secret_path, sizeof(secret_path), "/tmp/hms-test-secret-%d", (int)getpid());
	fd = open(secret_path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	assert_true(fd >= 0);
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)i;

		assert_int_equal(write(fd, &byte, 1), 1);
	}
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static inline struct hms_secret *secret_of_48_bytes(void)
{
	struct hms_secret *secret;
	struct hms_err err;

	secret_file_write(48, 0600);
	assert_int_equal(hms_secret_load(secret_path, &secret, &err), 0);
	unlink(secret_path);
	return secret;
}

#endif
