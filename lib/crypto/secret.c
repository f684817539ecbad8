/* The secret file of an installation and the keys that derive from it: HKDF-SHA256 (RFC 5869). */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

#define SECRET_MIN 32
#define SECRET_MAX 4096

/* The rule of PostgreSQL's key files: ours for us alone; one of root's may be readable by a group. */
static bool too_open(const struct stat *st)
{
	mode_t forbidden = st->st_uid == 0 && geteuid() != 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;

	return (st->st_mode & forbidden) != 0;
}

static int check_file(int fd, const char *path, struct hms_err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return hms_err_set(err, HMS_EIO, "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return hms_err_set(err, HMS_EINVAL, "%s: not a regular file", path);
	if (too_open(&st))
		return hms_err_set(err, HMS_EDENIED, "%s: mode %04o lets others read the secret; set it to 0600", path,
				   (unsigned)(st.st_mode & 07777));
	return 0;
}

/* Returns the number of bytes, at most size, or a negative code. */
static int read_all(int fd, uint8_t *out, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, out + len, size - len);

		if (n == 0)
			break;
		if (n < 0 && errno != EINTR)
			return HMS_EIO;
		if (n > 0)
			len += (size_t)n;
	}
	return (int)len;
}

static int load(int fd, const char *path, struct hms_secret *secret, struct hms_err *err)
{
	static const uint8_t no_salt[32];
	uint8_t bytes[SECRET_MAX + 1];
	int len, rc = check_file(fd, path, err);

	if (rc != 0)
		return rc;
	len = read_all(fd, bytes, sizeof(bytes));
	if (len < 0)
		rc = hms_err_set(err, HMS_EIO, "%s: %m", path);
	else if (len < SECRET_MIN || len > SECRET_MAX)
		rc = hms_err_set(err, HMS_EINVAL, "%s: a secret has %d to %d bytes", path, SECRET_MIN, SECRET_MAX);
	else
		hms_hmac_sha256(no_salt, sizeof(no_salt), bytes, (size_t)len, secret->prk); /* RFC 5869 2.2 */
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return rc;
}

int hms_secret_load(const char *path, struct hms_secret **out, struct hms_err *err)
{
	struct hms_secret *secret;
	int fd, rc;

	*out = NULL;
	if (!*path)
		return hms_err_set(err, HMS_EINVAL, "not set, but needed");
	/* O_NONBLOCK: a FIFO in its place must not block the start */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return hms_err_set(err, errno == ENOENT ? HMS_ENOENT : errno == EACCES ? HMS_EDENIED : HMS_EIO, "%s: %m", path);
	secret = calloc(1, sizeof(*secret));
	rc = secret ? load(fd, path, secret, err) : hms_err_set(err, HMS_ENOMEM, "%s: out of memory", path);
	close(fd);
	if (rc != 0)
		hms_secret_free(&secret);
	*out = secret;
	return rc;
}

void hms_secret_free(struct hms_secret **secret)
{
	if (!*secret)
		return;
	OPENSSL_cleanse(*secret, sizeof(**secret));
	free(*secret);
	*secret = NULL;
}

/* RFC 5869 2.3 for one block of output: HMAC(PRK, info | 1). */
static void expand(const struct hms_secret *secret, const void *info, size_t len, uint8_t out[32])
{
	uint8_t block[HMS_PURPOSE_MAX + 1 + 8 + 1];

	memcpy(block, info, len);
	block[len] = 1;
	hms_hmac_sha256(secret->prk, sizeof(secret->prk), block, len + 1, out);
}

static size_t purpose_len(const char *purpose)
{
	size_t len = strlen(purpose);

	if (len > HMS_PURPOSE_MAX)
		hms_crypto_die("the purpose of a key is too long");
	return len;
}

void hms_secret_key(const struct hms_secret *secret, const char *purpose, uint8_t out[32])
{
	expand(secret, purpose, purpose_len(purpose), out);
}

void hms_secret_epoch_key(const struct hms_secret *secret, const char *purpose, int64_t epoch, uint8_t out[32])
{
	uint8_t info[HMS_PURPOSE_MAX + 1 + 8];
	size_t len = purpose_len(purpose);
	uint64_t be = htobe64((uint64_t)epoch);

	memcpy(info, purpose, len);
	info[len] = 0; /* no purpose holds a 0: epochs and purposes cannot run into each other */
	memcpy(info + len + 1, &be, sizeof(be));
	expand(secret, info, len + 1 + sizeof(be), out);
}
