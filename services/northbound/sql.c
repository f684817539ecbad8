/* Statements about devices, commands and files. */
#include "sql.h"

#include "sql_page.h"

/* Laid out by hand: one filter a line. */
/* clang-format off */

const struct hms_pg_stmt nbi_sql_devices = {
	"nbi_devices",
	PAGE("select *, device_id as key_ from api_v1.device where tenant = $1"
	     FILTER("state", "state = " ARG("state"))
	     FILTER("kind", "kind = " ARG("kind"))
	     FILTER("serial", "serial like api_v1.like_of(" ARG("serial") ")")
	     FILTER("oui", "oui = upper(" ARG("oui") ")")
	     FILTER("product_class", "product_class like api_v1.like_of(" ARG("product_class") ")")
	     FILTER("site", "site = " ARG("site"))
	     FILTER("software_version", "software_version like api_v1.like_of(" ARG("software_version") ")")
	     FILTER("group", "\"group\" = " ARG("group"))
	     FILTER("region", "region like api_v1.like_of(" ARG("region") ")")
	     FILTER("tag", "tags <> '{}' and tags @> array[" ARG("tag") "]")
	     /* an array, not a subselect: behind the "or" of FILTER PostgreSQL would not see that an index serves it */
	     FILTER("parameter", "device_id = any (array(select a.device_id from device_attr a where a.path_id = any"
		    " (array(select p.id from param_path p where p.path in (select api_v1.path_pattern(e) from jsonb_array_elements_text($2 -> 'paths') e)))"
		    " and (" ARG("value") " is null or a.value like api_v1.like_of(" ARG("value") "))))")
	     FILTER("text", "position(lower(" ARG("text") ") in lower(concat_ws(' ', serial, manufacturer, model, site, peer_addr))) > 0")
	     FILTER("cursor", "device_id > " ARG("cursor") "::uuid"), "device_id")
};

const struct hms_pg_stmt nbi_sql_device = {
	"nbi_device", "select (to_jsonb(d) - 'tenant' || jsonb_build_object('methods', api_v1.methods(d.device_id), 'desired', api_v1.desired(d.device_id), 'call', api_v1.call(d.device_id)))::text from api_v1.device d where " DEVICE
};

/* A cursor is a JSON array of what orders the rows: several may have one time. */
const struct hms_pg_stmt nbi_sql_history = {
	"nbi_history",
	DEVICE_PAGE("select at, kind, state, detail, jsonb_build_array(at, kind, state)::text as key_ from device_history where " DEVICE
		    FILTER("cursor", "(at, kind, state) < (" CURSOR("0") "::timestamptz, " CURSOR("1") ", " CURSOR("2") ")"), "at desc, kind desc, state desc")
};

const struct hms_pg_stmt nbi_sql_commands = {
	"nbi_commands",
	DEVICE_PAGE("select c.*, api_v1.command_waits(c.device_id, c.key_) as waits from api_v1.command c where " DEVICE
		    FILTER("state", "state = " ARG("state"))
		    FILTER("cursor", "key_ < " ARG("cursor") "::bigint"), "key_ desc")
};

const struct hms_pg_stmt nbi_sql_command = {
	"nbi_command", "select (to_jsonb(c) - 'key_' || jsonb_build_object('waits', api_v1.command_waits(c.device_id, c.key_)))::text from api_v1.command c where " DEVICE " and key_ = " ARG("command") "::bigint"
};

const struct hms_pg_stmt nbi_sql_command_groups = {
	"nbi_command_groups",
	DEVICE_PAGE("select * from api_v1.command_group where " DEVICE
		    FILTER("cursor", "key_ < " ARG("cursor") "::bigint"), "key_ desc")
};

/* Its members in their order, then what undid them. */
const struct hms_pg_stmt nbi_sql_command_group = {
	"nbi_command_group",
	"select (to_jsonb(g) - 'key_' || jsonb_build_object('commands', (select coalesce(jsonb_agg(jsonb_build_object('id', c.id::text, 'kind', c.kind,"
	" 'purpose', c.purpose, 'state', c.state, 'fault', nullif(c.fault, 0), 'note', c.note, 'ended_at', c.ended) order by c.grp_pos), '[]')"
	" from command_all c where c.device_id = g.device_id and c.grp = g.key_)))::text"
	" from api_v1.command_group g where " DEVICE " and key_ = " ARG("command_group") "::bigint"
};

const struct hms_pg_stmt nbi_sql_jobs = {
	"nbi_jobs",
	PAGE("select * from api_v1.job where tenant = $1"
	     FILTER("state", "state = " ARG("state"))
	     FILTER("cursor", "key_ < " ARG("cursor") "::bigint"), "key_ desc")
};

const struct hms_pg_stmt nbi_sql_job = {
	"nbi_job",
	"select (to_jsonb(j) - '{key_,tenant}'::text[] || jsonb_build_object('counts', api_v1.job_counts(j.key_)))::text"
	" from api_v1.job j where tenant = $1 and key_ = " ARG("job") "::bigint"
};

/* The second column says that there is a device, where it has no document. */
const struct hms_pg_stmt nbi_sql_parameters = {
	"nbi_parameters", "select coalesce(p.doc, ''), p.changed from api_v1.device d left join device_param p on p.device_id = d.device_id where d." DEVICE
};

/* ---------------------------------------------------------------- groups */

const struct hms_pg_stmt nbi_sql_groups = {
	"nbi_groups",
	PAGE("select g.*, g.name as key_ from api_v1.device_group g where g.tenant = $1" FILTER("cursor", "g.name > " ARG("cursor")), "name")
};

const struct hms_pg_stmt nbi_sql_group = {
	"nbi_group", "select (to_jsonb(g) - 'tenant')::text from api_v1.device_group g where g.tenant = $1 and g.name = " ARG("group")
};

/* ---------------------------------------------------------------- files */

const struct hms_pg_stmt nbi_sql_device_files = {
	"nbi_device_files",
	DEVICE_PAGE("select *, jsonb_build_array(received, id)::text as key_ from api_v1.file where " DEVICE
		    FILTER("kind", "kind = " ARG("kind"))
		    FILTER("cursor", "(received, id) < (" CURSOR("0") "::timestamptz, " CURSOR("1") "::uuid)"), "received desc, id desc")
};

const struct hms_pg_stmt nbi_sql_device_file = {
	"nbi_device_file", "select (to_jsonb(f) - 'tenant')::text from api_v1.file f where " DEVICE " and id = " ARG("id") "::uuid"
};

const struct hms_pg_stmt nbi_sql_device_file_content = {
	"nbi_device_file_content", "select coalesce(body, ''), case when body is null then 'elsewhere' else 'application/octet-stream' end"
	" from upload where " DEVICE " and id = " ARG("id") "::uuid"
};

const struct hms_pg_stmt nbi_sql_files = {
	"nbi_files",
	PAGE("select id, kind, name, type, size, encode(sha256, 'hex') as sha256, device_id, created, expires, body is not null as in_database,"
	     " id as key_ from file where tenant = $1"
	     FILTER("kind", "kind = " ARG("kind"))
	     FILTER("cursor", "id > " ARG("cursor") "::uuid"), "id")
};

const struct hms_pg_stmt nbi_sql_file = {
	"nbi_file", "select jsonb_build_object('id', id, 'kind', kind, 'name', name, 'type', type, 'size', size, 'sha256', encode(sha256, 'hex'),"
	" 'device_id', device_id, 'created', created, 'expires', expires, 'in_database', body is not null)::text"
	" from file where tenant = $1 and id = " ARG("id") "::uuid"
};

const struct hms_pg_stmt nbi_sql_file_content = {
	"nbi_file_content", "select coalesce(body, ''), case when body is null then 'elsewhere' else type end"
	" from file where tenant = $1 and id = " ARG("id") "::uuid"
};
