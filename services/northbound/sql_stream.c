/* Statements about consumers: where they stand, and what they have set aside. */
#include "sql.h"

#include "sql_page.h"

/* clang-format off */

#define DEAD_ID "format('%s:%s:%s:%s', service, topic, part, off)"

/* Of all tenants: a record that could not be read has none. */
const struct hms_pg_stmt nbi_sql_dead_events = {
	"nbi_dead_events",
	PAGE("select " DEAD_ID " as id, service, topic, part as partition, off as \"offset\", reason, length(payload) as bytes, at,"
	     " jsonb_build_array(service, topic, part, off)::text as key_ from dead_event where $1 <> ''"
	     FILTER("service", "service = " ARG("service"))
	     FILTER("topic", "topic = " ARG("topic"))
	     FILTER("text", "position(lower(" ARG("text") ") in lower(reason)) > 0")
	     " and ($2 -> 'device' is null or uuid_send(api_v1.device_find($1, $2 -> 'device')) = key"
	     " or position(uuid_send(api_v1.device_find($1, $2 -> 'device')) in payload) > 0)"
	     FILTER("from", "at >= " ARG("from") "::timestamptz")
	     FILTER("to", "at < " ARG("to") "::timestamptz")
	     FILTER("cursor", "(service, topic, part, off) > (" CURSOR("0") ", " CURSOR("1") ","
		    " " CURSOR("2") "::int, " CURSOR("3") "::bigint)"),
	     "service, topic, part, off")
};

/* Its row, and the record's bytes. */
const struct hms_pg_stmt nbi_sql_dead_event = {
	"nbi_dead_event",
	"select jsonb_build_object('id', " DEAD_ID ", 'service', service, 'topic', topic, 'partition', part, 'offset', off, 'reason', reason,"
	" 'bytes', length(payload), 'at', at)::text, payload from dead_event where $1 <> '' and " DEAD_ID " = " ARG("dead")
};

const struct hms_pg_stmt nbi_sql_offsets = {
	"nbi_offsets",
	PAGE("select service, topic, part as partition, next as \"offset\", epoch, changed, jsonb_build_array(service, topic, part)::text as key_"
	     " from consumer_offset where $1 <> ''"
	     FILTER("service", "service = " ARG("service"))
	     FILTER("topic", "topic = " ARG("topic"))
	     FILTER("cursor", "(service, topic, part) > (" CURSOR("0") ", " CURSOR("1") ", " CURSOR("2") "::int)"),
	     "service, topic, part")
};
