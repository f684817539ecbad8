/* Answers of requests, and what PostgreSQL's errors are for the caller. */
#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/base/encode.h"
#include "pool.h"
#include "request.h"

#define HEADERS_MAX 6
#define PROBLEM_MAX 8192

struct answer {
	struct hms_http_header headers[HEADERS_MAX];
	size_t count;
};

static void add(struct answer *a, struct hms_str name, struct hms_str value)
{
	a->headers[a->count++] = (struct hms_http_header){ name, value };
}

static void send_answer(struct nbi_req *r, unsigned status, struct answer *a, struct hms_str body)
{
	add(a, HMS_STR("Cache-Control"), HMS_STR("no-store"));
	add(a, HMS_STR("X-Content-Type-Options"), HMS_STR("nosniff"));
	r->answered = true;
	NBI_COUNT(r->nbi, requests, r->route ? r->route->path : "none");
	if (hms_http_reply(r->http, status, a->headers, a->count, body) == HMS_ENOMEM)
		hms_http_req_abort(r->http);
}

void nbi_reply(struct nbi_req *r, unsigned status, struct hms_str json, const char *location)
{
	struct answer a = { .count = 0 };

	if (!nbi_req_live(r))
		return;
	add(&a, HMS_STR("Content-Type"), HMS_STR("application/json"));
	if (location)
		add(&a, HMS_STR("Location"), hms_str(location));
	send_answer(r, status, &a, json);
}

/* An upload is a device's own: never anything that a browser would run. */
void nbi_reply_bytes(struct nbi_req *r, const char *type, struct hms_str bytes)
{
	struct answer a = { .count = 0 };

	if (!nbi_req_live(r))
		return;
	add(&a, HMS_STR("Content-Type"), hms_str(type));
	add(&a, HMS_STR("Content-Disposition"), HMS_STR("attachment"));
	send_answer(r, 200, &a, bytes);
}

static void add_problem_headers(struct nbi_req *r, struct answer *a, enum nbi_problem problem, struct hms_buf *allow)
{
	if (problem == NBI_PROBLEM_UNAUTHORIZED)
		add(a, HMS_STR("WWW-Authenticate"), HMS_STR("Bearer realm=\"hms\""));
	if (problem == NBI_PROBLEM_UNAVAILABLE || problem == NBI_PROBLEM_RATE)
		add(a, HMS_STR("Retry-After"), HMS_STR("2"));
	if (problem == NBI_PROBLEM_METHOD) {
		nbi_route_methods(hms_http_req_path(r->http), allow);
		add(a, HMS_STR("Allow"), hms_buf_view(allow));
	}
}

static void refuse(struct nbi_req *r, enum nbi_problem problem, const char *field, const char *detail, const struct nbi_place *place)
{
	struct hms_buf body = HMS_BUF_INIT(PROBLEM_MAX), allow = HMS_BUF_INIT(128);
	struct answer a = { .count = 0 };
	char needed[64];

	if (!nbi_req_live(r))
		return;
	if (problem == NBI_PROBLEM_FORBIDDEN) {
		snprintf(needed, sizeof(needed), "the role %s is needed", detail);
		detail = needed;
	}
	NBI_COUNT(r->nbi, problems, nbi_problem_info(problem)->name);
	nbi_problem_write(&body, problem, detail, field, place);
	add(&a, HMS_STR("Content-Type"), HMS_STR("application/problem+json"));
	add_problem_headers(r, &a, problem, &allow);
	hms_http_req_pause(r->http, false);
	send_answer(r, nbi_problem_info(problem)->status, &a, hms_buf_view(&body));
	hms_buf_fini(&body);
	hms_buf_fini(&allow);
}

void nbi_refuse(struct nbi_req *r, enum nbi_problem problem, const char *field, const char *detail)
{
	refuse(r, problem, field, detail, NULL);
}

void nbi_refuse_document(struct nbi_req *r, const char *detail)
{
	struct nbi_place place;

	refuse(r, NBI_PROBLEM_INVALID, NULL, detail, nbi_place_read(detail, &place) ? &place : NULL);
}

/* ---------------------------------------------------------------- PostgreSQL */

/* SQLSTATE, or its first two characters, and the problem that it is. HMxxx: api_v1.refuse(). */
static const struct {
	const char *state;
	enum nbi_problem problem;
} states[] = {
	{ "HM403", NBI_PROBLEM_FORBIDDEN },   { "HM404", NBI_PROBLEM_NOT_FOUND }, { "HM409", NBI_PROBLEM_CONFLICT },
	{ "HM422", NBI_PROBLEM_INVALID },     { "P0002", NBI_PROBLEM_NOT_FOUND }, { "22", NBI_PROBLEM_INVALID },
	{ "57014", NBI_PROBLEM_UNAVAILABLE },
};

static enum nbi_problem problem_of(const struct hms_pg_error *err)
{
	if (err->retriable || err->code != HMS_ESQL)
		return NBI_PROBLEM_UNAVAILABLE;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strncmp(err->sqlstate, states[i].state, strlen(states[i].state)) == 0)
			return states[i].problem;
	return NBI_PROBLEM_INTERNAL;
}

void nbi_refuse_sql(struct nbi_req *r, const struct hms_pg_error *err)
{
	enum nbi_problem problem = problem_of(err);
	const char *detail = err->text;

	if (problem == NBI_PROBLEM_INTERNAL || problem == NBI_PROBLEM_UNAVAILABLE) {
		if (hms_log_allow(&r->nbi->sql_log, 1, hms_loop_now_ms(r->nbi->loop)))
			log_warn("a request has failed in PostgreSQL", KV_Z("reason", err->text), KV_Z("sqlstate", err->sqlstate),
				 KV_Z("statement", err->stmt ? err->stmt : ""));
		detail = problem == NBI_PROBLEM_INTERNAL ? "see the service's log" : "PostgreSQL is away or too slow";
	}
	nbi_refuse(r, problem, NULL, detail);
}

void nbi_rows(const struct hms_pg_result *res, void *arg)
{
	struct nbi_req *r = arg;
	bool second;

	r->rows = hms_pg_rows(res);
	if (!r->rows || hms_pg_is_null(res, 0, 0)) {
		r->rows = 0;
		return;
	}
	r->result = hms_arena_str(r->arena, hms_pg_get_str(res, 0, 0));
	second = r->route && (r->route->run == nbi_run_content || r->route->run == nbi_run_dead);
	r->second = second ? hms_arena_str(r->arena, hms_pg_get_str(res, 0, 1)) : (struct hms_str){ NULL, 0 };
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct nbi_sent sent = *(struct nbi_sent *)arg; /* lies in the request's arena */
	struct nbi_req *r = sent.r;

	hms_histogram_observe_us(&r->nbi->m.sql_time, hms_mono_us() - r->asked_us);
	nbi_pool_busy(r->nbi->pool, sent.pg, -1);
	if (nbi_req_live(r))
		r->then(r, err);
	nbi_req_unref(r);
}

struct hms_pg_batch *nbi_batch(struct nbi_req *r)
{
	struct hms_pg *pg = nbi_pool_take(r->nbi->pool);
	struct nbi_sent *sent = hms_arena_alloc(r->arena, sizeof(*sent));
	struct hms_pg_batch *batch = pg && sent ? hms_pg_batch_new(pg) : NULL;

	if (!batch) {
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, pg ? "out of memory" : "PostgreSQL is away");
		return NULL;
	}
	*sent = (struct nbi_sent){ .r = r, .pg = pg };
	r->sent = sent;
	r->rows = 0;
	return batch;
}

void nbi_send(struct nbi_req *r, struct hms_pg_batch *batch, void (*then)(struct nbi_req *r, const struct hms_pg_error *err))
{
	r->then = then;
	r->asked_us = hms_mono_us();
	nbi_req_ref(r);
	nbi_pool_busy(r->nbi->pool, r->sent->pg, 1);
	hms_pg_batch_send(batch, on_done, r->sent);
}

static struct hms_str args_text(struct nbi_req *r)
{
	char *text = json_dumps(r->args, JSON_COMPACT);
	struct hms_str out = text ? hms_arena_str(r->arena, hms_str(text)) : (struct hms_str){ NULL, 0 };

	free(text);
	return out;
}

void nbi_p_args(struct nbi_req *r, struct hms_pg_batch *batch) { hms_pg_p_json(batch, args_text(r)); }

void nbi_ask(struct nbi_req *r, const struct hms_pg_stmt *stmt, void (*then)(struct nbi_req *r, const struct hms_pg_error *err))
{
	struct hms_pg_batch *batch = nbi_batch(r);

	if (!batch)
		return;
	hms_pg_stmt_begin(batch, stmt, nbi_rows, r);
	hms_pg_p_text(batch, hms_str(r->token.tenant));
	nbi_p_args(r, batch);
	nbi_send(r, batch, then);
}

struct hms_str nbi_caller_json(struct nbi_req *r)
{
	struct hms_buf out = HMS_BUF_INIT(4096);
	struct hms_str json;
	char id[37];

	hms_uuid_text(r->token.id, id);
	hms_buf_printf(&out, "{\"id\":\"%s\",\"role\":\"%s\",\"peer\":\"%s\",\"name\":", id, nbi_role_names[r->token.role], r->peer);
	nbi_json_string(&out, hms_str(r->token.name));
	hms_buf_strz(&out, ",\"tenant\":");
	nbi_json_string(&out, hms_str(r->token.tenant));
	hms_buf_char(&out, '}');
	json = hms_arena_str(r->arena, hms_buf_view(&out));
	hms_buf_fini(&out);
	return json;
}
