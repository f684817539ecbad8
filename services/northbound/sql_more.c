/* Statements about tokens, audit, alarms and PM. */
#include "sql.h"
#include "sql_page.h"

/* Laid out by hand: one filter a line. */
/* clang-format off */

const struct hms_pg_stmt nbi_sql_tokens = {
	"nbi_tokens",
	PAGE("select id, name, role, created, expires, revoked, id as key_ from api_token where tenant = $1"
	     FILTER("cursor", "id > " ARG("cursor") "::uuid"), "id")
};

const struct hms_pg_stmt nbi_sql_audit = {
	"nbi_audit_list",
	PAGE("select id, at, who, role, peer, action, args as arguments, status, detail, id as key_ from api_audit where tenant = $1"
	     FILTER("cursor", "id < " ARG("cursor") "::bigint"), "id desc")
};

/* ---------------------------------------------------------------- alarms; an id is "<device id>.<number>" */

#define FROM_TO(column) \
	FILTER("from", column " >= " ARG("from") "::timestamptz") FILTER("to", column " < " ARG("to") "::timestamptz")
#define OF_DEVICE(column) FILTER("device", column " = api_v1.device_need($1, $2 -> 'device')")

const struct hms_pg_stmt nbi_sql_alarms = {
	"nbi_alarms",
	PAGE("select a.device_id || '.' || a.id as id, a.device_id, d.serial, d.oui, a.internal, a.state, a.perceived_severity as severity, a.identifier,"
	     " a.managed_object_instance, a.event_type, a.probable_cause, a.specific_problem, a.additional_text, a.additional_information, a.raised,"
	     " a.changed, a.cleared, a.acknowledged, a.acked, a.ack_user, a.clear_user, a.comment, a.comment_user, a.commented, a.updated,"
	     " a.potentially_faulty, jsonb_build_array(a.updated, a.device_id, a.id)::text as key_"
	     " from api_v1.alarms a left join device d on d.device_id = a.device_id where a.tenant = $1"
	     FILTER("severity", "a.perceived_severity = " ARG("severity"))
	     FILTER("state", "a.state = " ARG("state"))
	     OF_DEVICE("a.device_id")
	     FILTER("cursor", "(a.updated, a.device_id, a.id) < (" CURSOR("0") "::timestamptz, " CURSOR("1") "::uuid, " CURSOR("2") "::bigint)"),
	     "a.updated desc, a.device_id desc, a.id desc")
};

const struct hms_pg_stmt nbi_sql_alarm_history = {
	"nbi_alarm_history",
	PAGE("select a.at, a.device_id, d.serial, a.device_id || '.' || a.alarm_id as alarm, a.transition as kind, a.reason, a.event_at,"
	     " a.identifier, a.managed_object_instance, a.event_type, a.probable_cause, a.specific_problem, a.perceived_severity as severity,"
	     " a.additional_text, a.additional_information, a.acknowledged, a.user_name as who, a.system,"
	     " jsonb_build_array(a.at, a.device_id, a.alarm_id, a.transition, a.acknowledged, a.reason)::text as key_"
	     " from api_v1.alarm_history a left join device d on d.device_id = a.device_id where a.tenant = $1"
	     FILTER("severity", "a.perceived_severity = " ARG("severity"))
	     OF_DEVICE("a.device_id")
	     FROM_TO("a.at")
	     FILTER("cursor", "(a.at, a.device_id, a.alarm_id, a.transition, a.acknowledged, a.reason) < (" CURSOR("0") "::timestamptz, "
		    CURSOR("1") "::uuid, " CURSOR("2") "::bigint, " CURSOR("3") ", " CURSOR("4") "::boolean, " CURSOR("5") ")"),
	     "a.at desc, a.device_id desc, a.alarm_id desc, a.transition desc, a.acknowledged desc, a.reason desc")
};

/* ---------------------------------------------------------------- PM */

/* A series goes forward in time; without from: the last day. */
const struct hms_pg_stmt nbi_sql_pm_series = {
	"nbi_pm_series",
	DEVICE_PAGE("select period_end as at, duration_ms, object, counter, grp as \"group\", value, text, suspect,"
		    " jsonb_build_array(period_end, object, grp)::text as key_ from api_v1.pm_series where " DEVICE " and counter = " ARG("counter")
		    FILTER("object", "object = " ARG("object"))
		    " and period_end >= coalesce((" ARG("from") ")::timestamptz, now() - interval '1 day')"
		    FILTER("to", "period_end < " ARG("to") "::timestamptz")
		    FILTER("cursor", "(period_end, object, grp) > (" CURSOR("0") "::timestamptz, " CURSOR("1") ", " CURSOR("2") ")"),
		    "period_end, object, grp")
};

const struct hms_pg_stmt nbi_sql_pm_counters = {
	"nbi_pm_counters",
	DEVICE_PAGE("select counter, object, max(period_end) as last, count(*) as periods, jsonb_build_array(counter, object)::text as key_"
		    " from api_v1.pm_series where " DEVICE
		    " and period_end >= coalesce((" ARG("from") ")::timestamptz, now() - interval '1 day')"
		    FILTER("to", "period_end < " ARG("to") "::timestamptz")
		    FILTER("cursor", "(counter, object) > (" CURSOR("0") ", " CURSOR("1") ")")
		    " group by counter, object", "counter, object")
};

/* Without from: yesterday and today. */
const struct hms_pg_stmt nbi_sql_pm_days = {
	"nbi_pm_days",
	PAGE("select p.day, p.device_id, d.serial, p.expected, p.received, p.missing_count, p.missing, p.late, p.suspect, p.unexpected,"
	     " jsonb_build_array(p.day, p.device_id)::text as key_ from api_v1.pm_days p join device d on d.device_id = p.device_id where d.tenant = $1"
	     OF_DEVICE("p.device_id")
	     " and p.day >= coalesce((" ARG("from") ")::timestamptz at time zone 'UTC', (now() at time zone 'UTC') - interval '1 day')::date"
	     FILTER("to", "p.day < (" ARG("to") "::timestamptz at time zone 'UTC')")
	     FILTER("missing", "p.missing_count > 0")
	     FILTER("cursor", "(p.day, p.device_id) < (" CURSOR("0") "::date, " CURSOR("1") "::uuid)"),
	     "p.day desc, p.device_id desc")
};
