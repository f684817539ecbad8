/* Statements about profiles, pools of ids, and who changed what. */
#include "sql.h"
#include "sql_page.h"

/* Laid out by hand: one filter a line. */
/* clang-format off */

#define PROFILE "tenant = $1 and name = " ARG("profile")

const struct hms_pg_stmt nbi_sql_profiles = {
	"nbi_profiles", PAGE("select *, name as key_ from api_v1.profile where tenant = $1" FILTER("cursor", "name > " ARG("cursor")), "name")
};

/* Without a version: the one that counts, or the newest. */
const struct hms_pg_stmt nbi_sql_profile = {
	"nbi_profile",
	"select (to_jsonb(p) - 'tenant' || jsonb_build_object('version', v.version, 'created', v.created, 'created_by', v.created_by, 'version_note', v.note,"
	" 'document', api_v1.document_shown(v.doc)))::text from api_v1.profile p join api_v1.profile_version v on v.tenant = p.tenant and v.name = p.name"
	" where p.tenant = $1 and p.name = " ARG("profile") " and v.version = coalesce(" ARG("version") "::int, p.active, p.newest)"
};

const struct hms_pg_stmt nbi_sql_profile_versions = {
	"nbi_profile_versions",
	PAGE_WHERE("select version, active, created, created_by, note, version as key_ from api_v1.profile_version where " PROFILE
		   FILTER("cursor", "version < " ARG("cursor") "::int"), "version desc",
		   " having exists (select 1 from api_v1.profile where " PROFILE ")")
};

const struct hms_pg_stmt nbi_sql_profile_diff = {
	"nbi_profile_diff", "select api_v1.profile_diff($1, " ARG("profile") ", " ARG("from") "::int, " ARG("to") "::int)::text"
};

const struct hms_pg_stmt nbi_sql_profile_status = { "nbi_profile_status", "select api_v1.profile_status($1, " ARG("profile") ")::text" };

const struct hms_pg_stmt nbi_sql_profile_devices = {
	"nbi_profile_devices",
	PAGE_WHERE("select x.device_id, x.serial, x.oui, x.software_version, x.\"group\", x.state, x.reason, x.since, x.retry, x.last_inform,"
		   " (p.value ->> 1)::int as version, x.device_id as key_"
		   " from api_v1.device_desired x cross join lateral jsonb_array_elements(x.profiles) p"
		   " where x.tenant = $1 and x.state <> 'none' and p.value ->> 0 = " ARG("profile")
		   FILTER("state", "x.state = " ARG("state"))
		   FILTER("reason", "x.reason like api_v1.like_of(" ARG("reason") ")")
		   FILTER("version", "(p.value ->> 1)::int = " ARG("version") "::int")
		   FILTER("cursor", "x.device_id > " ARG("cursor") "::uuid"), "device_id",
		   " having exists (select 1 from api_v1.profile where " PROFILE ")")
};

/* ---------------------------------------------------------------- pools */

const struct hms_pg_stmt nbi_sql_pools = {
	"nbi_pools", PAGE("select *, name as key_ from api_v1.pool where tenant = $1" FILTER("cursor", "name > " ARG("cursor")), "name")
};

const struct hms_pg_stmt nbi_sql_pool = {
	"nbi_pool", "select (to_jsonb(p) - 'tenant')::text from api_v1.pool p where tenant = $1 and name = " ARG("pool")
};

const struct hms_pg_stmt nbi_sql_pool_leases = {
	"nbi_pool_leases",
	PAGE_WHERE("select value, device_id, serial, state, last_inform, allotted, jsonb_build_array(value, device_id)::text as key_"
		   " from api_v1.pool_lease where tenant = $1 and pool = " ARG("pool")
		   FILTER("cursor", "(value, device_id) > (" CURSOR("0") ", " CURSOR("1") "::uuid)"), "value, device_id",
		   " having exists (select 1 from id_pool where tenant = $1 and name = " ARG("pool") ")")
};

/* ---------------------------------------------------------------- who changed what */

const struct hms_pg_stmt nbi_sql_parameter_history = {
	"nbi_parameter_history",
	DEVICE_PAGE("select at, name, old, new, source, who, command, jsonb_build_array(at, path_id, instances)::text as key_"
		    " from api_v1.param_history where " DEVICE
		    FILTER("name", "pattern = api_v1.path_pattern(" ARG("name") ") and instances = api_v1.path_instances(" ARG("name") ")")
		    FILTER("text", "position(lower(" ARG("text") ") in lower(name)) > 0")
		    FILTER("from", "at >= " ARG("from") "::timestamptz")
		    FILTER("to", "at < " ARG("to") "::timestamptz")
		    FILTER("cursor", "(at, path_id, instances) < (" CURSOR("0") "::timestamptz, " CURSOR("1") "::int,"
			   " array(select e::int from jsonb_array_elements_text((" ARG("cursor") ")::jsonb -> 2) e))"),
		    "at desc, path_id desc, instances desc")
};
