/* The plain TCP transport. */
#include "conn_internal.h"

#include <errno.h>

static ssize_t tcp_result(ssize_t n)
{
	if (n >= 0) {
		return n;
	}
	return errno == EAGAIN || errno == EINTR ? HMS_EAGAIN : HMS_EIO;
}

static ssize_t tcp_read(struct hms_conn *conn, void *buf, size_t size) { return tcp_result(recv(conn->fd, buf, size, 0)); }

static ssize_t tcp_writev(struct hms_conn *conn, const struct iovec *iov, int count)
{
	struct msghdr msg = { .msg_iov = (struct iovec *)iov, .msg_iovlen = (size_t)count };

	return tcp_result(sendmsg(conn->fd, &msg, MSG_NOSIGNAL));
}

const struct conn_transport conn_tcp = { .read = tcp_read, .writev = tcp_writev };
