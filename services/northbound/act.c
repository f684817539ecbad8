/* Routes that change something: one call of api_v1.act(), which is one transaction with its audit row. */
#include <stdlib.h>

#include "doorbell.h"
#include "hms/crypto/crypto.h"
#include "request.h"

#define KEY_MAX 128

static const struct hms_pg_stmt act = { "nbi_act", "select status, body from api_v1.act($1, $2, $3, $4, $5, $6, $7)" };

static void on_row(const struct hms_pg_result *res, void *arg)
{
	struct nbi_req *r = arg;

	r->rows = hms_pg_rows(res);
	if (!r->rows)
		return;
	r->status = (int)hms_pg_get_int(res, 0, 0);
	r->result = hms_arena_str(r->arena, hms_pg_get_str(res, 0, 1));
}

static const char *member(json_t *root, const char *name) { return json_string_value(json_object_get(root, name)); }

static void answer(struct nbi_req *r)
{
	json_t *root = json_loadb(r->result.p ? r->result.p : "", r->result.len, 0, NULL);

	if (r->status >= 400) {
		const char *detail = member(root, "detail");

		nbi_refuse(r, nbi_problem_of(r->status), member(root, "field"), detail ? detail : "");
	} else {
		NBI_COUNT(r->nbi, changes, r->route->action);
		nbi_doorbell_ring(r->nbi->doorbell, member(root, "href"));
		nbi_reply(r, (unsigned)r->status, r->result, member(root, "href"));
	}
	json_decref(root);
}

static void on_acted(struct nbi_req *r, const struct hms_pg_error *err)
{
	if (err)
		nbi_refuse_sql(r, err);
	else if (!r->rows)
		nbi_refuse(r, NBI_PROBLEM_INTERNAL, NULL, "see the service's log");
	else
		answer(r);
}

/* What the key stands for: a repeat has the same method, path, query and body. */
static void digest(const struct nbi_req *r, uint8_t out[32])
{
	const struct hms_str parts[] = { hms_http_req_method(r->http), HMS_STR(" "),  hms_http_req_path(r->http), HMS_STR("?"),
					 hms_http_req_query(r->http),  HMS_STR("\n"), hms_buf_view(&r->body) };

	hms_hash_parts(HMS_HASH_SHA256, parts, sizeof(parts) / sizeof(parts[0]), out);
}

static void add_key(const struct nbi_req *r, struct hms_pg_batch *batch)
{
	struct hms_str key = hms_http_req_header(r->http, "idempotency-key");
	uint8_t request[32];

	hms_pg_p_text(batch, key);
	if (!key.p) {
		hms_pg_p_null(batch, HMS_PG_BYTEA);
		return;
	}
	digest(r, request);
	hms_pg_p_bytea(batch, hms_strn((const char *)request, sizeof(request)));
}

void nbi_run_act(struct nbi_req *r)
{
	struct hms_str key = hms_http_req_header(r->http, "idempotency-key");
	struct hms_pg_batch *batch;

	if (key.p && (key.len == 0 || key.len > KEY_MAX || !hms_utf8_valid(key))) {
		nbi_refuse(r, NBI_PROBLEM_INVALID, "Idempotency-Key", "1 to 128 characters are allowed");
		return;
	}
	batch = nbi_batch(r);
	if (!batch)
		return;
	hms_pg_stmt_begin(batch, &act, on_row, r);
	hms_pg_p_json(batch, nbi_caller_json(r));
	hms_pg_p_text(batch, hms_str(r->route->action));
	nbi_p_args(r, batch);
	add_key(r, batch);
	if (r->route->raw)
		hms_pg_p_bytea(batch, r->body.p ? hms_buf_view(&r->body) : HMS_STR(""));
	else
		hms_pg_p_null(batch, HMS_PG_BYTEA);
	hms_pg_p_int4(batch, (int32_t)r->route->status);
	nbi_send(r, batch, on_acted);
}
