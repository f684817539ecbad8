/* Statements about recorded sessions. */
#include "sql.h"

#include "sql_page.h"

/* clang-format off */

const struct hms_pg_stmt nbi_sql_traces = {
	"nbi_traces",
	PAGE("select * from api_v1.trace where tenant = $1"
	     FILTER("cursor", "key_ < " ARG("cursor") "::bigint"), "key_ desc")
};

const struct hms_pg_stmt nbi_sql_trace = {
	"nbi_trace", "select (to_jsonb(t) - '{key_,tenant}'::text[])::text from api_v1.trace t where tenant = $1 and key_ = " ARG("trace") "::bigint"
};

/* Newest first. */
const struct hms_pg_stmt nbi_sql_trace_sessions = {
	"nbi_trace_sessions",
	DEVICE_PAGE("select device_id, session, started, ended, messages, bytes, methods, faults, status, jsonb_build_array(started, sid)::text as key_"
		    " from api_v1.trace_session where " DEVICE
		    FILTER("cursor", "(started, sid) < (" CURSOR("0") "::timestamptz, " CURSOR("1") "::bigint)"), "started desc, sid desc")
};

const struct hms_pg_stmt nbi_sql_trace_session = {
	"nbi_trace_session",
	"select jsonb_build_object('device_id', d.id, 'session', " ARG("session") ", 'messages', m.list)::text"
	" from (select api_v1.device_find($1, $2 -> 'device') as id) d, lateral (select api_v1.trace_session_messages(d.id, (" ARG("session") ")::bigint) as list) m"
	" where m.list is not null"
};
