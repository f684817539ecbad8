/* Every route of the API. proto/openapi.yaml describes them; a test holds the two together. */
#include "route.h"
#include "sql.h"

/* ---- parameters of queries ---- */
#define PAGE_OF(most) \
	{ "limit", NBI_INT, .min = 1, .max = (most), .def = 100 }, { "cursor", NBI_TEXT, .min = 1, .max = 1024 }
#define UUID_PAGE_OF(most) \
	{ "limit", NBI_INT, .min = 1, .max = (most), .def = 100 }, { "cursor", NBI_UUID }
#define ID_PAGE_OF(most) \
	{ "limit", NBI_INT, .min = 1, .max = (most), .def = 100 }, { "cursor", NBI_ID }
#define END                  \
	{                    \
		.name = NULL \
	}

static const struct nbi_param q_page[] = { PAGE_OF(1000), END };
static const struct nbi_param q_uuid_page[] = { UUID_PAGE_OF(1000), END };
static const struct nbi_param q_id_page[] = { ID_PAGE_OF(1000), END };
static const struct nbi_param q_devices[] = {
	UUID_PAGE_OF(1000),
	{ "state", NBI_CHOICE,
	  .choices = "HELD|ALLOWED|DISCOVERING|ASSIGNED|REGISTERING|PROVISIONED|IN_SERVICE|SETTLED|FAILED|LOCATION_REJECTED|BLOCKED" },
	{ "kind", NBI_CHOICE, .choices = "unknown|hnb|henb|generic" },
	{ "serial", NBI_TEXT, .min = 1, .max = 256 },
	{ "oui", NBI_TEXT, .min = 1, .max = 256 },
	{ "product_class", NBI_TEXT, .max = 256 },
	{ "site", NBI_TEXT, .max = 256 },
	{ "software_version", NBI_TEXT, .max = 256 },
	{ "group", NBI_TEXT, .max = 64 },
	{ "region", NBI_TEXT, .max = 128 },
	{ "tag", NBI_TEXT, .min = 1, .max = 64 },
	{ "text", NBI_TEXT, .min = 1, .max = 256 },
	{ "parameter", NBI_TEXT, .min = 1, .max = 256 },
	{ "value", NBI_TEXT, .max = 200 },
	END,
};
static const struct nbi_param q_parameters[] = {
	{ "limit", NBI_INT, .min = 1, .max = 10000, .def = 1000 },
	{ "cursor", NBI_TEXT, .min = 1, .max = 1024 },
	{ "prefix", NBI_TEXT, .min = 1, .max = 256 },
	{ "text", NBI_TEXT, .min = 1, .max = 256 },
	END,
};
static const struct nbi_param q_parameter_history[] = {
	PAGE_OF(1000),
	{ "name", NBI_TEXT, .min = 1, .max = 256 },
	{ "text", NBI_TEXT, .min = 1, .max = 256 },
	{ "from", NBI_TIME },
	{ "to", NBI_TIME },
	END,
};
static const struct nbi_param q_commands[] = {
	ID_PAGE_OF(1000),
	{ "state", NBI_CHOICE, .choices = "queued|granted|running|doubt|done|faulted|expired|cancelled|unknown" },
	END,
};
static const struct nbi_param q_wait[] = { { "wait", NBI_INT, .min = 0, .max = 600 }, END };
static const struct nbi_param q_uploads[] = { PAGE_OF(1000), { "kind", NBI_CHOICE, .choices = "pm|log|configuration|other" }, END };
static const struct nbi_param q_files[] = { UUID_PAGE_OF(1000), { "kind", NBI_CHOICE, .choices = "cm|firmware|other" }, END };
static const struct nbi_param q_file_put[] = {
	{ "kind", NBI_CHOICE, true, .choices = "cm|firmware|other" },
	{ "name", NBI_TEXT, true, .min = 1, .max = 128 },
	{ "device", NBI_DEVICE },
	END,
};
#define SEVERITIES "Critical|Major|Minor|Warning|Indeterminate|Cleared"
static const struct nbi_param q_alarms[] = {
	PAGE_OF(1000),
	{ "severity", NBI_CHOICE, .choices = SEVERITIES },
	{ "state", NBI_CHOICE, .choices = "ACTIVE_UNACK|ACTIVE_ACK|CLEARED_UNACK" },
	{ "device", NBI_DEVICE },
	END,
};
static const struct nbi_param q_alarm_history[] = {
	PAGE_OF(1000),	      { "device", NBI_DEVICE }, { "severity", NBI_CHOICE, .choices = SEVERITIES },
	{ "from", NBI_TIME }, { "to", NBI_TIME },	END,
};
static const struct nbi_param q_pm_series[] = {
	{ "limit", NBI_INT, .min = 1, .max = 10000, .def = 1000 },
	{ "cursor", NBI_TEXT, .min = 1, .max = 1024 },
	{ "counter", NBI_TEXT, true, .min = 1, .max = 256 },
	{ "object", NBI_TEXT, .min = 1, .max = 1024 },
	{ "from", NBI_TIME },
	{ "to", NBI_TIME },
	END,
};
static const struct nbi_param q_pm_counters[] = { PAGE_OF(1000), { "from", NBI_TIME }, { "to", NBI_TIME }, END };
static const struct nbi_param q_pm_days[] = {
	PAGE_OF(1000), { "device", NBI_DEVICE }, { "from", NBI_TIME }, { "to", NBI_TIME }, { "missing", NBI_CHOICE, .choices = "yes" }, END,
};
static const struct nbi_param q_events[] = { { "type", NBI_CHOICE, .choices = "device|command|alarm" }, END };

/* ---- members of bodies ---- */
#define MEMBERSHIP \
	{ "group", NBI_TEXT, .max = 64 }, { "region", NBI_TEXT, .max = 128 }, { "tags", NBI_TEXTS, .min = 1, .max = 64 }

static const struct nbi_param b_identity[] = {
	{ "oui", NBI_TEXT, true, .min = 1, .max = 64 },
	{ "product_class", NBI_TEXT, .max = 64 },
	{ "serial", NBI_TEXT, true, .min = 1, .max = 64 },
	MEMBERSHIP,
	END,
};
static const struct nbi_param b_membership[] = { MEMBERSHIP, END };
static const struct nbi_param b_group[] = {
	{ "auth", NBI_CHOICE, .choices = "none|basic|digest|any|certificate|certificate+basic|certificate+digest|certificate+any" },
	{ "redirect_url", NBI_TEXT, .max = 1024 },
	END,
};
static const struct nbi_param b_nothing[] = { END };
static const struct nbi_param b_reason[] = { { "reason", NBI_TEXT, .max = 1024 }, END };
static const struct nbi_param b_comment[] = { { "text", NBI_TEXT, true, .min = 1, .max = 1024 }, END };
static const struct nbi_param b_command[] = {
	{ "kind", NBI_TEXT, true, .min = 1, .max = 64 },
	{ "arguments", NBI_OBJECT },
	{ "reason", NBI_TEXT, .max = 1024 },
	{ "priority", NBI_INT, .min = 1, .max = 1000 },
	{ "expires_in_s", NBI_INT, .min = 1, .max = 2592000 },
	{ "replace_key", NBI_TEXT, .min = 1, .max = 64 },
	{ "not_before", NBI_TIME },
	END,
};

static const struct nbi_param b_command_group[] = {
	{ "mode", NBI_CHOICE, true, .choices = "all|independent|undo" },
	{ "commands", NBI_LIST, true },
	{ "reason", NBI_TEXT, .max = 1024 },
	{ "priority", NBI_INT, .min = 1, .max = 1000 },
	{ "expires_in_s", NBI_INT, .min = 1, .max = 2592000 },
	END,
};
static const struct nbi_param b_job[] = {
	{ "kind", NBI_TEXT, true, .min = 1, .max = 64 },
	{ "arguments", NBI_OBJECT },
	{ "selection", NBI_OBJECT, true },
	{ "rate", NBI_INT, .min = 1, .max = 10000 },
	{ "reason", NBI_TEXT, .max = 1024 },
	{ "priority", NBI_INT, .min = 1, .max = 1000 },
	{ "expires_in_s", NBI_INT, .min = 1, .max = 2592000 },
	{ "replace_key", NBI_TEXT, .min = 1, .max = 64 },
	END,
};
static const struct nbi_param q_jobs[] = {
	ID_PAGE_OF(1000),
	{ "state", NBI_CHOICE, .choices = "running|paused|cancelling|cancelled|done" },
	END,
};

static const struct nbi_param q_dead[] = {
	PAGE_OF(1000),
	{ "service", NBI_TEXT, .min = 1, .max = 64 },
	{ "topic", NBI_TEXT, .min = 1, .max = 128 },
	{ "text", NBI_TEXT, .min = 1, .max = 256 },
	{ "device", NBI_DEVICE },
	{ "from", NBI_TIME },
	{ "to", NBI_TIME },
	END,
};
static const struct nbi_param q_offsets[] = {
	PAGE_OF(1000),
	{ "service", NBI_TEXT, .min = 1, .max = 64 },
	{ "topic", NBI_TEXT, .min = 1, .max = 128 },
	END,
};
static const struct nbi_param b_replay[] = {
	{ "ids", NBI_TEXTS, .min = 1, .max = 512 },
	{ "service", NBI_TEXT, .min = 1, .max = 64 },
	{ "topic", NBI_TEXT, .min = 1, .max = 128 },
	{ "text", NBI_TEXT, .min = 1, .max = 256 },
	{ "device", NBI_DEVICE },
	{ "from", NBI_TIME },
	{ "to", NBI_TIME },
	{ "limit", NBI_INT, .min = 1, .max = 1000, .def = 100 },
	{ "reason", NBI_TEXT, .max = 1024 },
	END,
};
static const struct nbi_param b_reset[] = {
	{ "service", NBI_TEXT, true, .min = 1, .max = 64 },
	{ "topic", NBI_TEXT, true, .min = 1, .max = 128 },
	{ "partition", NBI_INT, true, .min = 0, .max = 100000 },
	{ "from_offset", NBI_INT, true, .min = 0, .max = INT64_MAX },
	{ "offset", NBI_INT, true, .min = 0, .max = INT64_MAX },
	{ "reason", NBI_TEXT, .max = 1024 },
	END,
};
static const struct nbi_param b_trace[] = {
	{ "device", NBI_DEVICE },
	{ "product_class", NBI_TEXT, .min = 1, .max = 256 },
	{ "sample", NBI_INT, .min = 1, .max = 1000000000 },
	{ "for_s", NBI_INT, .min = 1, .max = 604800 },
	{ "reason", NBI_TEXT, .max = 1024 },
	END,
};
/* ---- profiles and pools ---- */
#define VERSION(name_, required_)                                         \
	{                                                                 \
		(name_), NBI_INT, (required_), .min = 1, .max = INT32_MAX \
	}
static const struct nbi_param q_version[] = { VERSION("version", false), END };
static const struct nbi_param q_diff[] = { VERSION("from", false), VERSION("to", false), END };
static const struct nbi_param q_note[] = { { "note", NBI_TEXT, .max = 1024 }, END };
static const struct nbi_param q_profile_devices[] = {
	UUID_PAGE_OF(1000),
	{ "state", NBI_CHOICE, .choices = "pending|in_sync|failing|drifted|unsupported" },
	{ "reason", NBI_TEXT, .min = 1, .max = 512 },
	VERSION("version", false),
	END,
};
static const struct nbi_param q_plan[] = {
	VERSION("version", false),
	{ "device", NBI_DEVICE },
	{ "samples", NBI_INT, .min = 1, .max = 100, .def = 3 },
	END,
};
static const struct nbi_param b_activate[] = { VERSION("version", true), { "note", NBI_TEXT, .max = 1024 }, END };
static const struct nbi_param b_note[] = { { "note", NBI_TEXT, .max = 1024 }, END };
static const struct nbi_param b_pool[] = {
	{ "scope", NBI_CHOICE, true, .choices = "tenant|neighbourhood" },
	{ "from", NBI_INT, .min = 0, .max = 999999999999999 },
	{ "to", NBI_INT, .min = 0, .max = 999999999999999 },
	{ "values", NBI_LIST },
	{ "radius_m", NBI_INT, .min = 1, .max = 9999999 },
	END,
};
static const struct nbi_param b_values[] = { { "values", NBI_OBJECT, true }, END };

#define READ(path_, query_, stmt_)                                                                                            \
	{                                                                                                                     \
		.method = "GET", .path = path_, .run = nbi_run_read, .query = query_, .stmt = &nbi_sql_##stmt_, .status = 200 \
	}
#define ACT(method_, path_, role_, body_, action_, status_)                                                                              \
	{                                                                                                                                \
		.method = method_, .path = path_, .role = role_, .run = nbi_run_act, .body = body_, .action = action_, .status = status_ \
	}

const struct nbi_route nbi_routes[] = {
	{ .method = "GET", .path = "/devices", .run = nbi_run_devices, .query = q_devices, .stmt = &nbi_sql_devices, .status = 200 },
	ACT("PUT", "/devices", NBI_OPERATOR, b_identity, "device_put", 200),
	READ("/devices/{device}", NULL, device),
	ACT("PATCH", "/devices/{device}", NBI_OPERATOR, b_membership, "device_set", 200),
	READ("/devices/{device}/history", q_page, history),
	{ .method = "GET", .path = "/devices/{device}/parameters", .run = nbi_run_parameters, .query = q_parameters, .status = 200 },
	READ("/devices/{device}/parameters/history", q_parameter_history, parameter_history),
	READ("/devices/{device}/commands", q_commands, commands),
	{ .method = "POST",
	  .path = "/devices/{device}/commands",
	  .role = NBI_OPERATOR,
	  .run = nbi_run_act,
	  .body = b_command,
	  .action = "command_add",
	  .status = 202,
	  .check = nbi_check_command },
	{ .method = "GET",
	  .path = "/devices/{device}/commands/{command}",
	  .run = nbi_run_command,
	  .query = q_wait,
	  .stmt = &nbi_sql_command,
	  .status = 200 },
	ACT("DELETE", "/devices/{device}/commands/{command}", NBI_OPERATOR, NULL, "command_cancel", 202),
	READ("/devices/{device}/command-groups", q_id_page, command_groups),
	{ .method = "POST",
	  .path = "/devices/{device}/command-groups",
	  .role = NBI_OPERATOR,
	  .run = nbi_run_act,
	  .body = b_command_group,
	  .action = "command_group_add",
	  .status = 202,
	  .check = nbi_check_group },
	{ .method = "GET",
	  .path = "/devices/{device}/command-groups/{command_group}",
	  .run = nbi_run_command,
	  .query = q_wait,
	  .stmt = &nbi_sql_command_group,
	  .status = 200 },
	ACT("DELETE", "/devices/{device}/command-groups/{command_group}", NBI_OPERATOR, NULL, "command_group_cancel", 202),
	ACT("POST", "/devices/{device}/allow", NBI_OPERATOR, b_nothing, "device_allow", 200),
	ACT("POST", "/devices/{device}/block", NBI_OPERATOR, b_reason, "device_block", 200),
	ACT("POST", "/devices/{device}/unblock", NBI_OPERATOR, b_reason, "device_unblock", 200),
	READ("/devices/{device}/files", q_uploads, device_files),
	READ("/devices/{device}/files/{id}", NULL, device_file),
	{ .method = "GET",
	  .path = "/devices/{device}/files/{id}/content",
	  .run = nbi_run_content,
	  .stmt = &nbi_sql_device_file_content,
	  .status = 200 },
	READ("/groups", q_page, groups),
	READ("/groups/{group}", NULL, group),
	ACT("PUT", "/groups/{group}", NBI_ADMIN, b_group, "group_put", 200),
	ACT("DELETE", "/groups/{group}", NBI_ADMIN, NULL, "group_delete", 200),
	ACT("PUT", "/groups/{group}/values", NBI_OPERATOR, b_values, "group_values", 200),
	READ("/profiles", q_page, profiles),
	READ("/profiles/{profile}", q_version, profile),
	{ .method = "PUT",
	  .path = "/profiles/{profile}",
	  .role = NBI_OPERATOR,
	  .run = nbi_run_profile_put,
	  .query = q_note,
	  .raw = true,
	  .action = "profile_put",
	  .status = 200 },
	READ("/profiles/{profile}/versions", q_page, profile_versions),
	READ("/profiles/{profile}/diff", q_diff, profile_diff),
	READ("/profiles/{profile}/status", NULL, profile_status),
	READ("/profiles/{profile}/devices", q_profile_devices, profile_devices),
	{ .method = "POST",
	  .path = "/profiles/{profile}/plan",
	  .role = NBI_OPERATOR,
	  .run = nbi_run_plan,
	  .query = q_plan,
	  .raw = true,
	  .status = 200 },
	ACT("POST", "/profiles/{profile}/activate", NBI_OPERATOR, b_activate, "profile_activate", 200),
	ACT("POST", "/profiles/{profile}/off", NBI_OPERATOR, b_note, "profile_off", 200),
	READ("/pools", q_page, pools),
	READ("/pools/{pool}", NULL, pool),
	{ .method = "PUT",
	  .path = "/pools/{pool}",
	  .role = NBI_OPERATOR,
	  .run = nbi_run_act,
	  .body = b_pool,
	  .action = "pool_put",
	  .status = 200,
	  .check = nbi_check_pool },
	READ("/pools/{pool}/leases", q_page, pool_leases),
	ACT("DELETE", "/pools/{pool}/leases/{device}", NBI_OPERATOR, NULL, "pool_release", 200),
	READ("/files", q_files, files),
	{ .method = "POST",
	  .path = "/files",
	  .role = NBI_OPERATOR,
	  .run = nbi_run_act,
	  .query = q_file_put,
	  .raw = true,
	  .action = "file_put",
	  .status = 201 },
	READ("/files/{id}", NULL, file),
	{ .method = "GET", .path = "/files/{id}/content", .run = nbi_run_content, .stmt = &nbi_sql_file_content, .status = 200 },
	ACT("DELETE", "/files/{id}", NBI_OPERATOR, NULL, "file_delete", 200),
	READ("/jobs", q_jobs, jobs),
	{ .method = "POST",
	  .path = "/jobs",
	  .role = NBI_OPERATOR,
	  .run = nbi_run_act,
	  .body = b_job,
	  .action = "job_add",
	  .status = 202,
	  .check = nbi_check_job },
	READ("/jobs/{job}", NULL, job),
	ACT("POST", "/jobs/{job}/pause", NBI_OPERATOR, b_nothing, "job_pause", 200),
	ACT("POST", "/jobs/{job}/resume", NBI_OPERATOR, b_nothing, "job_resume", 200),
	ACT("POST", "/jobs/{job}/cancel", NBI_OPERATOR, b_nothing, "job_cancel", 202),
	READ("/alarms", q_alarms, alarms),
	READ("/alarms/history", q_alarm_history, alarm_history),
	ACT("POST", "/alarms/{alarm}/ack", NBI_OPERATOR, b_nothing, "alarm_ack", 202),
	ACT("POST", "/alarms/{alarm}/unack", NBI_OPERATOR, b_nothing, "alarm_unack", 202),
	ACT("POST", "/alarms/{alarm}/clear", NBI_OPERATOR, b_reason, "alarm_clear", 202),
	ACT("POST", "/alarms/{alarm}/comment", NBI_OPERATOR, b_comment, "alarm_comment", 202),
	READ("/devices/{device}/pm", q_pm_series, pm_series),
	READ("/devices/{device}/pm/counters", q_pm_counters, pm_counters),
	READ("/pm/days", q_pm_days, pm_days),
	{ .method = "GET", .path = "/events", .run = nbi_run_events, .query = q_events, .status = 200 },
	{ .method = "GET", .path = "/status", .run = nbi_run_status, .status = 200 },
	READ("/traces", q_id_page, traces),
	ACT("POST", "/traces", NBI_OPERATOR, b_trace, "trace_start", 201),
	READ("/traces/{trace}", NULL, trace),
	ACT("DELETE", "/traces/{trace}", NBI_OPERATOR, NULL, "trace_stop", 200),
	READ("/devices/{device}/traces", q_page, trace_sessions),
	READ("/devices/{device}/traces/{session}", NULL, trace_session),
	{ .method = "GET",
	  .path = "/stream/dead",
	  .role = NBI_ADMIN,
	  .run = nbi_run_read,
	  .query = q_dead,
	  .stmt = &nbi_sql_dead_events,
	  .status = 200 },
	{ .method = "GET",
	  .path = "/stream/dead/{dead}",
	  .role = NBI_ADMIN,
	  .run = nbi_run_dead,
	  .stmt = &nbi_sql_dead_event,
	  .status = 200 },
	{ .method = "GET",
	  .path = "/stream/offsets",
	  .role = NBI_ADMIN,
	  .run = nbi_run_read,
	  .query = q_offsets,
	  .stmt = &nbi_sql_offsets,
	  .status = 200 },
	ACT("POST", "/stream/replay", NBI_ADMIN, b_replay, "stream_replay", 202),
	ACT("POST", "/stream/reset", NBI_ADMIN, b_reset, "stream_reset", 200),
	{ .method = "GET",
	  .path = "/tokens",
	  .role = NBI_ADMIN,
	  .run = nbi_run_read,
	  .query = q_uuid_page,
	  .stmt = &nbi_sql_tokens,
	  .status = 200 },
	ACT("DELETE", "/tokens/{id}", NBI_ADMIN, NULL, "token_revoke", 200),
	{ .method = "GET",
	  .path = "/audit",
	  .role = NBI_ADMIN,
	  .run = nbi_run_read,
	  .query = q_id_page,
	  .stmt = &nbi_sql_audit,
	  .status = 200 },
};
const size_t nbi_route_count = sizeof(nbi_routes) / sizeof(nbi_routes[0]);
