/* Routes that read: one statement, one JSON text; and the bytes of files. */
#include <stdio.h>

#include "request.h"

/* What the path names; another tenant's is none. */
static void refuse_not_found(struct nbi_req *r)
{
	static const char *const names[] = { "job", "profile", "pool", "group" };
	bool device = strstr(r->route->path, "{device}"), id = strstr(r->route->path, "{id}");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[32];

		if (!json_object_get(r->args, names[i]))
			continue;
		snprintf(text, sizeof(text), "no such %s%s", names[i], json_object_get(r->args, "version") ? " or version" : "");
		nbi_refuse(r, NBI_PROBLEM_NOT_FOUND, names[i], text);
		return;
	}
	if (strstr(r->route->path, "/traces/")) {
		nbi_refuse(r, NBI_PROBLEM_NOT_FOUND, device ? "session" : "trace",
			   device ? "no such device, or no such session of it" : "no such recording");
		return;
	}
	nbi_refuse(r, NBI_PROBLEM_NOT_FOUND, id ? "id" : "device",
		   !device ? "no such file"
		   : id	   ? "no such device or file"
			   : "no such device");
}

/* The text of a cursor is this service's own: it is not looked at before PostgreSQL does. */
static void refuse_sql(struct nbi_req *r, const struct hms_pg_error *err)
{
	if (strcmp(err->sqlstate, "22P02") == 0 && json_object_get(r->args, "cursor"))
		nbi_refuse(r, NBI_PROBLEM_INVALID, "cursor", "the next of an earlier page of this list is needed");
	else
		nbi_refuse_sql(r, err);
}

static void on_read(struct nbi_req *r, const struct hms_pg_error *err)
{
	if (err)
		refuse_sql(r, err);
	else if (!r->rows)
		refuse_not_found(r);
	else
		nbi_reply(r, r->route->status, r->result, NULL);
}

void nbi_run_read(struct nbi_req *r) { nbi_ask(r, r->route->stmt, on_read); }

static void on_content(struct nbi_req *r, const struct hms_pg_error *err)
{
	if (err || !r->rows)
		on_read(r, err);
	else if (hms_str_eqz(r->second, "elsewhere"))
		nbi_refuse(r, NBI_PROBLEM_CONFLICT, NULL, "the file lies in the file servers' storage, not in the database");
	else
		nbi_reply_bytes(r, "application/octet-stream", r->result);
}

void nbi_run_content(struct nbi_req *r) { nbi_ask(r, r->route->stmt, on_content); }
