/* From a TCP connection to the transport's: the state HANDSHAKE. */
#include "conn_internal.h"

void conn_handshake_start(struct hms_conn *conn)
{
	conn->state = CONN_HANDSHAKE;
	hms_timer_start(&conn->timer, conn->handshake_timeout_ms);
	if (conn->listener) {
		conn_update_io(conn); /* the client speaks first */
	} else {
		conn_handshake_step(conn);
	}
}

static void conn_handshake_done(struct hms_conn *conn)
{
	hms_list_remove(&conn->shaking);
	conn_established(conn);
	if (conn->listener) {
		listener_hand_over(conn->listener, conn);
		return;
	}
	conn_announce(conn);
	if (conn->state == CONN_OPEN && hms_conn_queued(conn)) {
		conn_flush(conn);
	}
}

void conn_handshake_step(struct hms_conn *conn)
{
	int rc = conn->transport->handshake(conn);

	if (rc == 0) {
		conn_handshake_done(conn);
	} else if (rc == HMS_EAGAIN) {
		conn_update_io(conn);
	} else {
		conn_finish(conn, HMS_CLOSE_HANDSHAKE);
	}
}
