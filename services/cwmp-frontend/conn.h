/** What is bound to a connection: the session of a client that returns no cookie, and the last use of a nonce. */
#ifndef FE_CONN_H
#define FE_CONN_H

#include "hms/device/auth.h"
#include "hms/http/server.h"
#include "pool.h"
#include "session.h"

struct fe_conn {
	struct fe_pool *pool;
	bool has_session;
	struct fe_session s;
	struct hms_nonce_seen nonce;
};

/** The connection's, made when there is none and `make` is set; NULL otherwise and when out of memory. Lives as long
 *  as the connection. */
struct fe_conn *fe_conn_get(struct hms_http_req *req, struct fe_pool *pool, bool make);

#endif
