/* OpenSSL's way to the socket: never blocks, raises no SIGPIPE, and reads a bounded number of times a call. */
#include "tls_internal.h"

#include <errno.h>

static int bio_read(BIO *bio, char *out, int size)
{
	struct hms_conn *conn = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (conn->tls->reads_left == 0) {
		BIO_set_retry_read(bio); /* others have their turn; the socket stays readable */
		return -1;
	}
	conn->tls->reads_left--;
	n = recv(conn->fd, out, (size_t)size, 0);
	if (n == 0) {
		conn->tls->eof = true;
	} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		BIO_set_retry_read(bio);
	} else if (n < 0) {
		conn->tls->errnum = errno;
	}
	return (int)n;
}

static int bio_write(BIO *bio, const char *data, int len)
{
	struct hms_conn *conn = BIO_get_data(bio);
	ssize_t n = send(conn->fd, data, (size_t)len, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		BIO_set_retry_write(bio);
	} else if (n < 0) {
		conn->tls->errnum = errno;
	}
	return (int)n;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	const struct hms_conn *conn = BIO_get_data(bio);

	(void)num;
	(void)ptr;
	if (cmd == BIO_CTRL_EOF) {
		return conn->tls->eof;
	}
	return cmd == BIO_CTRL_FLUSH; /* nothing is held back */
}

/* Made at first use, for the life of the process. */
static const BIO_METHOD *bio_method(void)
{
	static BIO_METHOD *method;

	if (!method) {
		method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "hms_conn");
		if (!method) {
			return NULL;
		}
		BIO_meth_set_read(method, bio_read);
		BIO_meth_set_write(method, bio_write);
		BIO_meth_set_ctrl(method, bio_ctrl);
	}
	return method;
}

BIO *tls_bio_new(struct hms_conn *conn)
{
	const BIO_METHOD *method = bio_method();
	BIO *bio = method ? BIO_new(method) : NULL;

	if (bio) {
		BIO_set_data(bio, conn);
		BIO_set_init(bio, 1);
	}
	return bio;
}
