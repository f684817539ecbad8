/* Live events. */
#include "events.h"

#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/base/map.h"
#include "pool.h"
#include "request.h"

#define ROWS_MAX 5000
#define SEEN_MAX 1000000
#define BEAT_MS 15000

static const struct hms_pg_stmt newer = { "nbi_events",
					  "select at, tenant, type, data::text from api_v1.event where at > $1 order by at limit $2" };

static const struct hms_pg_stmt valid_tokens = {
	"nbi_events_tokens", "select id from api_token where id = any($1) and revoked is null and (expires is null or expires > now())"
};

struct nbi_events {
	struct nbi *nbi;
	struct hms_list listeners; /* struct listener */
	size_t count;
	struct hms_timer timer, beat;
	struct hms_map *seen, *seen_before; /* digests of rows of this window and of the last one */
	uint64_t turned_ms;
	int64_t begin_us;  /* what is older is nobody's */
	int64_t newest_us; /* seen */
	int64_t low_us;	   /* from where the next look reads */
	bool asking, closed;
};

struct listener {
	struct hms_list node;
	struct nbi_req *r;
	bool doubted; /* whether its token still holds has been asked, and nothing heard */
};

/* ---------------------------------------------------------------- listeners */

static void on_ended(struct nbi_req *r)
{
	struct listener *l = r->extra;
	struct nbi_events *e = r->nbi->events;

	hms_list_remove(&l->node);
	if (e) {
		e->count--;
		hms_gauge_set(&r->nbi->m.listeners, (int64_t)e->count);
	}
	free(l);
	r->extra = NULL;
}

static void write_to(struct listener *l, struct hms_str text)
{
	if (l->r->http && hms_http_reply_write(l->r->http, text.p, text.len) == HMS_EFULL) {
		hms_counter_inc(&l->r->nbi->m.events_dropped);
		hms_http_req_abort(l->r->http);
	}
}

static bool wants(const struct nbi_req *r, struct hms_str tenant, struct hms_str type)
{
	const char *only = json_string_value(json_object_get(r->args, "type"));

	return hms_str_eqz(tenant, r->token.tenant) && (!only || hms_str_eqz(type, only));
}

static void tell(struct nbi_events *e, struct hms_str tenant, struct hms_str type, struct hms_str data)
{
	struct hms_buf out = HMS_BUF_INIT(1024 * 1024);
	struct hms_list *it, *next;

	hms_buf_strz(&out, "event: ");
	hms_buf_str(&out, type);
	hms_buf_strz(&out, "\ndata: ");
	hms_buf_str(&out, data);
	hms_buf_strz(&out, "\n\n");
	if (!out.failed)
		hms_list_foreach(it, next, &e->listeners) {
			struct listener *l = hms_container_of(it, struct listener, node);

			if (wants(l->r, tenant, type))
				write_to(l, hms_buf_view(&out));
		}
	hms_buf_fini(&out);
}

/* ---------------------------------------------------------------- looking */

/* Whether the row is new; it is seen from now on. */
static bool is_new(struct nbi_events *e, struct hms_str type, struct hms_str data)
{
	uint64_t key = hms_hash(data.p, data.len) ^ hms_hash(type.p, type.len);

	if (hms_map_get(e->seen, &key, sizeof(key)) || hms_map_get(e->seen_before, &key, sizeof(key)))
		return false;
	hms_map_put(e->seen, &key, sizeof(key), e); /* full: it may be told twice */
	return true;
}

static void turn(struct nbi_events *e)
{
	uint64_t now = hms_loop_now_ms(e->nbi->loop);
	struct hms_map *old = e->seen_before;

	if (now - e->turned_ms < 2 * (uint64_t)e->nbi->conf->events_window)
		return;
	e->turned_ms = now;
	e->seen_before = e->seen;
	e->seen = old;
	hms_map_clear(e->seen);
}

static void on_rows(const struct hms_pg_result *res, void *arg)
{
	struct nbi_events *e = arg;
	size_t count = hms_pg_rows(res);

	for (size_t i = 0; i < count; i++) {
		int64_t at = hms_pg_get_time_us(res, i, 0);
		struct hms_str type = hms_pg_get_str(res, i, 2), data = hms_pg_get_str(res, i, 3);

		if (at > e->newest_us)
			e->newest_us = at;
		if (!is_new(e, type, data) || at < e->begin_us)
			continue;
		hms_counter_inc(&e->nbi->m.events);
		tell(e, hms_pg_get_str(res, i, 1), type, data);
	}
	/* A full page is followed by the next one; else the window is looked at again. */
	e->low_us = e->newest_us - (count == ROWS_MAX ? 0 : e->nbi->conf->events_window * 1000);
}

/* ---------------------------------------------------------------- tokens: a stream ends with the one that has opened it */

static void on_tokens(const struct hms_pg_result *res, void *arg)
{
	struct nbi_events *e = arg;
	struct hms_list *it, *next;
	uint8_t id[16];

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		hms_pg_get_uuid(res, i, 0, id);
		hms_list_foreach(it, next, &e->listeners) {
			struct listener *l = hms_container_of(it, struct listener, node);

			l->doubted = l->doubted && memcmp(l->r->token.id, id, sizeof(id)) != 0;
		}
	}
}

static void ask_tokens(struct nbi_events *e, struct hms_pg_batch *batch)
{
	struct hms_pg_array *ids = hms_pg_array_new(batch, HMS_PG_UUID);
	struct hms_list *it, *next;

	hms_list_foreach(it, next, &e->listeners) {
		struct listener *l = hms_container_of(it, struct listener, node);

		l->doubted = true;
		hms_pg_a_uuid(ids, l->r->token.id);
	}
	hms_pg_stmt_begin(batch, &valid_tokens, on_tokens, e);
	hms_pg_p_array(batch, ids);
}

static void end_doubted(struct nbi_events *e)
{
	struct hms_list *it, *next;

	hms_list_foreach(it, next, &e->listeners) {
		struct listener *l = hms_container_of(it, struct listener, node);

		if (l->doubted && l->r->http)
			hms_http_reply_end(l->r->http);
	}
}

static size_t count_of_token(const struct nbi_events *e, const struct nbi_token *token)
{
	struct hms_list *it, *next;
	size_t n = 0;

	hms_list_foreach(it, next, &e->listeners)
		n += memcmp(hms_container_of(it, struct listener, node)->r->token.id, token->id, sizeof(token->id)) == 0;
	return n;
}

/* ---------------------------------------------------------------- the look */

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct nbi_events *e = arg;

	if (err && err->code == HMS_ECANCELED)
		return;
	e->asking = false;
	if (err && hms_log_allow(&e->nbi->sql_log, 1, hms_loop_now_ms(e->nbi->loop)))
		log_warn("events cannot be read", KV_Z("reason", err->text));
	if (!err && !e->closed)
		end_doubted(e);
	if (e->count && !e->closed)
		hms_timer_start(&e->timer, (uint64_t)e->nbi->conf->events_poll);
}

static void look(struct hms_timer *timer, void *arg)
{
	struct nbi_events *e = arg;
	struct hms_pg *pg = nbi_pool_take(e->nbi->pool);
	struct hms_pg_batch *batch = pg ? hms_pg_batch_new(pg) : NULL;

	(void)timer;
	turn(e);
	if (!batch) {
		hms_timer_start(&e->timer, (uint64_t)e->nbi->conf->events_poll);
		return;
	}
	hms_pg_stmt_begin(batch, &newer, on_rows, e);
	hms_pg_p_time_us(batch, e->low_us);
	hms_pg_p_int4(batch, ROWS_MAX);
	ask_tokens(e, batch);
	e->asking = true;
	hms_pg_batch_send(batch, on_done, e);
}

/* So that a proxy or a client finds out that the other side is gone. */
static void beat(struct hms_timer *timer, void *arg)
{
	struct nbi_events *e = arg;
	struct hms_list *it, *next;

	hms_list_foreach(it, next, &e->listeners)
		write_to(hms_container_of(it, struct listener, node), HMS_STR(": still here\n\n"));
	if (e->count)
		hms_timer_start(timer, BEAT_MS);
}

static void begin(struct nbi_events *e)
{
	e->begin_us = e->newest_us = hms_wall_us();
	e->low_us = e->begin_us - e->nbi->conf->events_window * 1000;
	if (!e->asking)
		hms_timer_start(&e->timer, 0);
	hms_timer_start(&e->beat, BEAT_MS);
}

/* ---------------------------------------------------------------- the route */

void nbi_run_events(struct nbi_req *r)
{
	static const struct hms_http_header headers[] = { { HMS_STR("Content-Type"), HMS_STR("text/event-stream") },
							  { HMS_STR("Cache-Control"), HMS_STR("no-store") } };
	struct nbi_events *e = r->nbi->events;
	struct listener *l;

	if (e->closed || e->count >= (size_t)r->nbi->conf->events_max || !(l = calloc(1, sizeof(*l)))) {
		nbi_refuse(r, NBI_PROBLEM_UNAVAILABLE, NULL, "too many listen already");
		return;
	}
	if (count_of_token(e, &r->token) >= (size_t)r->nbi->conf->events_per_token) {
		free(l);
		nbi_refuse(r, NBI_PROBLEM_RATE, NULL, "this token listens already, as often as it may");
		return;
	}
	r->answered = true;
	NBI_COUNT(r->nbi, requests, r->route->path);
	if (hms_http_reply_begin(r->http, 200, headers, 2, -1)) {
		free(l);
		hms_http_req_abort(r->http);
		return;
	}
	l->r = r;
	r->extra = l;
	r->ended = on_ended;
	hms_list_push_back(&e->listeners, &l->node);
	hms_gauge_set(&r->nbi->m.listeners, (int64_t)++e->count);
	write_to(l, HMS_STR(": listening\n\n"));
	if (e->count == 1)
		begin(e);
}

struct nbi_events *nbi_events_new(struct nbi *nbi)
{
	struct nbi_events *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->nbi = nbi;
	hms_list_init(&e->listeners);
	hms_timer_init(&e->timer, nbi->loop, look, e);
	hms_timer_init(&e->beat, nbi->loop, beat, e);
	e->seen = hms_map_new(SEEN_MAX);
	e->seen_before = hms_map_new(SEEN_MAX);
	if (!e->seen || !e->seen_before)
		nbi_events_free(&e);
	return e;
}

void nbi_events_close(struct nbi_events *events)
{
	struct hms_list *it, *next;

	events->closed = true;
	hms_list_foreach(it, next, &events->listeners) {
		struct listener *l = hms_container_of(it, struct listener, node);

		if (l->r->http)
			hms_http_reply_end(l->r->http);
	}
}

void nbi_events_free(struct nbi_events **events)
{
	struct nbi_events *e = *events;

	struct hms_list *it, *next;

	if (!e)
		return;
	hms_list_foreach(it, next, &e->listeners)
		hms_list_remove(it); /* they end with their connections */
	hms_timer_stop(&e->timer);
	hms_timer_stop(&e->beat);
	hms_map_free(&e->seen);
	hms_map_free(&e->seen_before);
	free(e);
	*events = NULL;
}
