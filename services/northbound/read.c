/* Routes that read: one statement, one JSON text; and the bytes of files. */
#include "request.h"

static void on_read(struct nbi_req *r, const struct hms_pg_error *err)
{
	if (err)
		nbi_refuse_sql(r, err);
	else if (!r->rows)
		nbi_refuse(r, NBI_PROBLEM_NOT_FOUND, NULL, "there is no such thing, or it is another tenant's");
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
