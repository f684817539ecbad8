/* One request: who asks, what is asked, and the way to the route's own code. */
#include "request.h"

#include <stdlib.h>

#include "hms/base/encode.h"
#include "pool.h"

/* Room for what the server has read beyond our limit before it asks. */
#define BODY_SLACK (1024 * 1024)

/* ---------------------------------------------------------------- life */

void nbi_req_ref(struct nbi_req *r) { r->refs++; }

void nbi_req_unref(struct nbi_req *r)
{
	if (--r->refs)
		return;
	hms_timer_stop(&r->timer);
	hms_buf_fini(&r->body);
	json_decref(r->args);
	hms_arena_free(&r->arena);
	free(r);
}

static void on_ended(struct hms_http_req *http, bool aborted, void *arg)
{
	struct nbi_req *r = arg;

	(void)http;
	(void)aborted;
	r->http = NULL;
	hms_timer_stop(&r->timer);
	hms_list_remove(&r->node);
	r->nbi->request_count--;
	hms_gauge_set(&r->nbi->m.active, (int64_t)r->nbi->request_count);
	if (r->ended)
		r->ended(r);
	nbi_req_unref(r);
}

void nbi_req_end_all(struct nbi *nbi)
{
	struct hms_list *it, *next;

	hms_list_foreach(it, next, &nbi->requests) {
		struct nbi_req *r = hms_container_of(it, struct nbi_req, node);

		if (nbi_req_live(r) && r->wait_until_ms) {
			r->wait_until_ms = 1;
			hms_timer_start(&r->timer, 0);
		}
	}
}

/* ---------------------------------------------------------------- what is asked */

static void refuse_field(struct nbi_req *r, int rc, bool in_body, const char *field, const struct hms_err *err)
{
	enum nbi_problem problem = rc == HMS_ESYNTAX  ? (in_body ? NBI_PROBLEM_BAD_JSON : NBI_PROBLEM_BAD_REQUEST)
				   : rc == HMS_ENOENT ? NBI_PROBLEM_UNKNOWN_FIELD
				   : rc == HMS_ENOMEM ? NBI_PROBLEM_UNAVAILABLE
						      : NBI_PROBLEM_INVALID;

	nbi_refuse(r, problem, field, err->text);
}

static bool has_json_type(const struct nbi_req *r)
{
	struct hms_str type = hms_http_req_header(r->http, "content-type");

	return hms_str_caseeq(hms_str_trim(hms_str_split(&type, ';')), HMS_STR("application/json"));
}

/* A body that is absent has no members. */
static int read_body(struct nbi_req *r, char field[64], struct hms_err *err)
{
	return nbi_body_read(r->route->body, r->body.len ? hms_buf_view(&r->body) : HMS_STR("{}"), r->args, field, err);
}

static void start(struct nbi_req *r)
{
	struct hms_err err = { 0 };
	char field[64] = "";
	int rc;

	r->started = true;
	if (r->route->body && r->body.len && !has_json_type(r)) {
		nbi_refuse(r, NBI_PROBLEM_MEDIA_TYPE, "Content-Type", "application/json is needed");
		return;
	}
	rc = nbi_query_read(r->route->query, hms_http_req_query(r->http), r->args, field, &err);
	if (!rc && r->route->body)
		if ((rc = read_body(r, field, &err))) {
			refuse_field(r, rc, true, field, &err);
			return;
		}
	if (!rc)
		rc = nbi_route_captures(r->route, hms_http_req_path(r->http), r->args, field, &err);
	if (!rc && r->route->check)
		rc = r->route->check(r->args, field, &err);
	if (rc)
		refuse_field(r, rc, false, field, &err);
	else
		r->route->run(r);
}

static void proceed(struct nbi_req *r)
{
	if (r->authenticated && r->complete && !r->started && nbi_req_live(r))
		start(r);
}

static size_t body_limit(const struct nbi_req *r)
{
	if (r->route->raw)
		return (size_t)r->nbi->conf->file_max_bytes;
	return r->route->body ? (size_t)r->nbi->conf->json_max_bytes : 0;
}

static void refuse_length(struct nbi_req *r, size_t limit)
{
	char text[96];

	if (!limit) {
		nbi_refuse(r, NBI_PROBLEM_BAD_REQUEST, NULL, "this request has no body");
		return;
	}
	snprintf(text, sizeof(text), "at most %zu bytes are taken", limit);
	nbi_refuse(r, NBI_PROBLEM_TOO_LARGE, NULL, text);
}

static void on_body(struct hms_http_req *http, const char *data, size_t len, void *arg)
{
	struct nbi_req *r = arg;

	(void)http;
	if (!nbi_req_live(r))
		return;
	hms_buf_add(&r->body, data, len);
	if (r->body.failed == HMS_EFULL)
		refuse_length(r, body_limit(r));
	else if (r->body.failed)
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "out of memory");
}

static void on_complete(struct hms_http_req *http, void *arg)
{
	struct nbi_req *r = arg;

	(void)http;
	r->complete = true;
	proceed(r);
}

/* ---------------------------------------------------------------- who asks */

static void on_audited(const struct hms_pg_error *err, void *arg)
{
	struct nbi_req *r = arg;

	if (err)
		log_warn("a refusal was not written to the audit", KV_Z("reason", err->text));
	nbi_req_unref(r);
}

/* A change that somebody's role does not allow is worth a row. */
static void audit_refusal(struct nbi_req *r)
{
	static const struct hms_pg_stmt audit = { "nbi_audit", "select api_v1.audit($1, $2, '{}', 403, $3)" };
	struct hms_pg *pg = nbi_pool_take(r->nbi->pool);
	struct hms_pg_batch *batch = pg ? hms_pg_batch_new(pg) : NULL;
	struct hms_str path = hms_http_req_path(r->http);

	if (!batch)
		return;
	hms_pg_stmt_begin(batch, &audit, NULL, NULL);
	hms_pg_p_json(batch, nbi_caller_json(r));
	hms_pg_p_text(batch, hms_str(r->route->action));
	hms_pg_p_text(batch, path);
	nbi_req_ref(r);
	hms_pg_batch_send(batch, on_audited, r);
}

static void authenticated(struct nbi_req *r)
{
	const struct nbi_conf *conf = r->nbi->conf;
	uint64_t key;

	memcpy(&key, r->token.id, sizeof(key));
	if (!hms_rate_take_key(r->nbi->token_rate, key, conf->rate_per_token, hms_loop_now_ms(r->nbi->loop))) {
		nbi_refuse(r, NBI_PROBLEM_RATE, NULL, "this token has asked too often");
		return;
	}
	if (r->token.role < r->route->role) {
		if (r->route->action)
			audit_refusal(r);
		nbi_refuse(r, NBI_PROBLEM_FORBIDDEN, NULL, nbi_role_names[r->route->role]);
		return;
	}
	r->authenticated = true;
	hms_http_req_pause(r->http, false);
	proceed(r);
}

static void refuse_token(struct nbi_req *r, const char *label, const char *detail)
{
	NBI_COUNT(r->nbi, tokens, label);
	hms_rate_charge(r->nbi->failure_rate, hms_http_req_peer(r->http), r->nbi->conf->auth_failure_rate_per_source,
			hms_loop_now_ms(r->nbi->loop));
	nbi_refuse(r, NBI_PROBLEM_UNAUTHORIZED, NULL, detail);
}

static void on_token(const struct hms_pg_result *res, void *arg)
{
	struct nbi_req *r = arg;

	r->rows = nbi_token_row(r->nbi, res, r->token.hash, &r->token);
}

static void on_asked(struct nbi_req *r, const struct hms_pg_error *err)
{
	if (err) {
		NBI_COUNT(r->nbi, tokens, "failed");
		nbi_refuse_sql(r, err);
	} else if (!r->rows) {
		refuse_token(r, "unknown", "the token is unknown, revoked or expired");
	} else {
		NBI_COUNT(r->nbi, tokens, "found");
		authenticated(r);
	}
}

static void authenticate(struct nbi_req *r)
{
	struct hms_str header = hms_http_req_header(r->http, "authorization");
	struct hms_pg_batch *batch;

	if (!hms_rate_ok(r->nbi->failure_rate, hms_http_req_peer(r->http), r->nbi->conf->auth_failure_rate_per_source,
			 hms_loop_now_ms(r->nbi->loop))) {
		nbi_refuse(r, NBI_PROBLEM_RATE, NULL, "too many wrong tokens from this address");
		return;
	}
	if (nbi_token_hash(header, r->token.hash)) {
		refuse_token(r, "none", header.p ? "Authorization is not a bearer token" : "there is no token");
		return;
	}
	if (nbi_token_cached(r->nbi, r->token.hash, &r->token)) {
		NBI_COUNT(r->nbi, tokens, "cached");
		authenticated(r);
		return;
	}
	batch = nbi_batch(r);
	if (!batch)
		return;
	hms_http_req_pause(r->http, true); /* nobody's body is read before we know who it is */
	nbi_token_ask(batch, r->token.hash, on_token, r);
	nbi_send(r, batch, on_asked);
}

/* ---------------------------------------------------------------- a request arrives */

static struct nbi_req *req_new(struct nbi *nbi, struct hms_http_req *http)
{
	struct nbi_req *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->nbi = nbi;
	r->http = http;
	r->refs = 1;
	r->arena = hms_arena_new((size_t)nbi->conf->request_memory_bytes);
	r->args = json_object();
	hms_timer_init(&r->timer, nbi->loop, NULL, r);
	if (!r->arena || !r->args) {
		nbi_req_unref(r);
		return NULL;
	}
	hms_addr_text(hms_http_req_peer(http), false, r->peer, sizeof(r->peer));
	hms_list_push_back(&nbi->requests, &r->node);
	nbi->request_count++;
	hms_gauge_set(&nbi->m.active, (int64_t)nbi->request_count);
	return r;
}

static bool body_allowed(struct nbi_req *r)
{
	size_t limit = body_limit(r);
	int64_t length = hms_http_req_content_length(r->http);

	r->body = HMS_BUF_INIT(limit ? limit : 1);
	if (length > 0 && (uint64_t)length > limit) {
		refuse_length(r, limit);
		return false;
	}
	hms_http_req_body_max(r->http, limit + BODY_SLACK);
	return true;
}

void nbi_handle(struct hms_http_req *http, void *arg)
{
	static const struct hms_http_req_cb cb = { on_body, on_complete, NULL, on_ended };
	struct nbi *nbi = arg;
	struct nbi_req *r = req_new(nbi, http);
	struct hms_str path = hms_http_req_path(http);
	int rc;

	if (!r) {
		hms_http_reply_text(http, 503, "out of memory");
		return;
	}
	hms_http_req_set(http, &cb, r);
	rc = nbi_route_find(hms_http_req_method(http), path, &r->route);
	if (nbi->request_count > (size_t)nbi->conf->requests_max)
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "too many requests are under way");
	else if (rc == HMS_ENOENT)
		nbi_refuse(r, NBI_PROBLEM_NOT_FOUND, NULL, "there is no such path");
	else if (rc)
		nbi_refuse(r, NBI_PROBLEM_METHOD, NULL, "Allow names the methods of this path");
	else if (body_allowed(r))
		authenticate(r);
}
