/* What is bound to a connection. */
#include "conn.h"

static void conn_free(void *data)
{
	struct fe_conn *conn = data;

	fe_pool_put(conn->pool, conn);
}

struct fe_conn *fe_conn_get(struct hms_http_req *req, struct fe_pool *pool, bool make)
{
	struct fe_conn *conn = hms_http_req_conn_data(req);

	if (conn || !make)
		return conn;
	conn = fe_pool_get(pool);
	if (!conn)
		return NULL;
	conn->pool = pool;
	hms_http_req_set_conn_data(req, conn, conn_free);
	return conn;
}
