/* Outgoing TCP connections. */
#include "conn_internal.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* The port is chosen at connect(), by the whole address pair: else one source address would have 28,000
 * connections at most. */
static int connect_bind(int fd, const struct hms_addr *local)
{
	int on = 1;

	if (hms_addr_port(local) == 0 && setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on))) {
		return HMS_EIO;
	}
	return bind(fd, (const struct sockaddr *)&local->ss, local->len) ? HMS_EIO : 0;
}

static int connect_socket(const struct hms_addr *to, const struct hms_addr *local)
{
	int on = 1, fd = socket(to->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return HMS_EIO;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* without it only slower */
	if (local && local->len && connect_bind(fd, local)) {
		close(fd);
		return HMS_EIO;
	}
	return fd;
}

int hms_conn_connect(struct hms_loop *loop, const struct hms_addr *to, const struct hms_addr *local, uint64_t timeout_ms,
		     const struct hms_conn_opts *opts, const struct hms_conn_cb *cb, void *arg, struct hms_conn **out)
{
	struct hms_conn *conn;
	int rc, fd = connect_socket(to, local);

	if (fd < 0) {
		return fd;
	}
	conn = conn_new(loop, fd, CONN_CONNECTING, opts);
	if (!conn) {
		close(fd);
		return HMS_ENOMEM;
	}
	conn->peer = *to;
	rc = opts && opts->tls ? conn_tls_connect(conn, opts) : 0;
	if (rc) {
		conn_finish(conn, rc == HMS_ENOMEM ? HMS_CLOSE_MEMORY : HMS_CLOSE_IO);
		return rc;
	}
	hms_conn_set_cb(conn, cb, arg);
	*out = conn;
	if (connect(fd, (const struct sockaddr *)&to->ss, to->len) && errno != EINPROGRESS) {
		conn_fail(conn, conn_reason_of(errno));
		return 0;
	}
	hms_timer_start(&conn->timer, timeout_ms);
	conn_update_io(conn);
	return 0;
}
