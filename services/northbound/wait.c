/* A command or a group, and the wait for its end: the request looks again and again, no connection to PostgreSQL is held meanwhile. */
#include "request.h"

static void look(struct nbi_req *r);

static void on_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	look(arg);
}

static bool has_ended(const struct nbi_req *r)
{
	json_t *root = json_loadb(r->result.p, r->result.len, 0, NULL);
	bool ended = json_is_true(json_object_get(root, "ended"));

	json_decref(root);
	return ended;
}

static void refuse_not_found(struct nbi_req *r)
{
	bool group = strstr(r->route->path, "{command_group}");

	nbi_refuse(r, NBI_PROBLEM_NOT_FOUND, group ? "command_group" : "command", group ? "no such group" : "no such command");
}

static void on_looked(struct nbi_req *r, const struct hms_pg_error *err)
{
	uint64_t now = hms_loop_now_ms(r->nbi->loop);

	if (err)
		nbi_refuse_sql(r, err);
	else if (!r->rows)
		refuse_not_found(r);
	else if (now >= r->wait_until_ms || has_ended(r))
		nbi_reply(r, 200, r->result, NULL);
	else
		hms_timer_start(&r->timer, (uint64_t)r->nbi->conf->wait_poll);
}

static void look(struct nbi_req *r)
{
	struct nbi *nbi = r->nbi;

	/* Each look leaves its row in the arena: what it holds is bounded by the wait and by request_memory_bytes. */
	if (hms_arena_used(r->arena) > (size_t)nbi->conf->request_memory_bytes / 2)
		r->wait_until_ms = 1;
	nbi_ask(r, r->route->stmt, on_looked);
}

static void on_ended(struct nbi_req *r) { hms_gauge_add(&r->nbi->m.waiting, -1); }

static size_t waiting_with(const struct nbi *nbi, const struct nbi_token *token)
{
	struct hms_list *it, *next;
	size_t n = 0;

	hms_list_foreach(it, next, &nbi->requests) {
		const struct nbi_req *r = hms_container_of(it, struct nbi_req, node);

		n += r->ended == on_ended && memcmp(r->token.id, token->id, sizeof(token->id)) == 0;
	}
	return n;
}

void nbi_run_command(struct nbi_req *r)
{
	uint64_t wait_ms = (uint64_t)json_integer_value(json_object_get(r->args, "wait")) * 1000;
	uint64_t most = (uint64_t)r->nbi->conf->wait_max;

	if (wait_ms && waiting_with(r->nbi, &r->token) >= (size_t)r->nbi->conf->waits_per_token) {
		nbi_refuse(r, NBI_PROBLEM_RATE, "wait", "this token waits already, as often as it may");
		return;
	}
	hms_timer_init(&r->timer, r->nbi->loop, on_timer, r);
	r->wait_until_ms = r->nbi->draining ? 1 : hms_loop_now_ms(r->nbi->loop) + (wait_ms < most ? wait_ms : most);
	if (wait_ms) {
		hms_gauge_add(&r->nbi->m.waiting, 1);
		r->ended = on_ended;
	}
	look(r);
}
