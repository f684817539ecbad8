/* RPCs inside a session: execution, answer, and the misbehaviour that options ask for. */
#include <stdio.h>

#include "hms/base/clock.h"
#include "session.h"

static const char *const answers[] = { "sent", "abandoned", "empty" };
enum answer { ANSWER_SENT, ANSWER_ABANDONED, ANSWER_EMPTY };

static enum answer choose_answer(struct sim *sim)
{
	if (rng_chance(&sim->rng, sim->opt->abandon_rate))
		return ANSWER_ABANDONED;
	return rng_chance(&sim->rng, sim->opt->no_answer_rate) ? ANSWER_EMPTY : ANSWER_SENT;
}

static struct hms_cwmp_msg *read_rpc(struct sim *sim, struct hms_str body)
{
	struct hms_cwmp_msg *msg;

	hms_arena_reset(sim->arena);
	hms_cwmp_reader_reset(sim->reader);
	if (hms_cwmp_reader_feed(sim->reader, body.p, body.len) != 0 || hms_cwmp_reader_end(sim->reader, &msg, NULL) != 0)
		return NULL;
	return msg->kind == HMS_CWMP_RPC ? msg : NULL;
}

static void execute(struct session *s, struct rpc_call *call)
{
	struct sim *sim = s->cell->sim;

	rpc_execute(call);
	sim->counts.rpcs++;
	sim->counts.rpc_faults += call->fault_code != 0;
	cell_rpc_done(s->cell, call);
	if (sim->watch && sim->watch->rpc)
		sim->watch->rpc(s->cell, s, call);
}

static void answer_rpc(struct session *s, enum answer answer, const struct hms_cwmp_msg *msg)
{
	int64_t think_ms = s->cell->sim->opt->answer_delay_ms;

	if (answer == ANSWER_ABANDONED) {
		session_finish(s, SESSION_ABANDONED);
		return;
	}
	if (answer == ANSWER_EMPTY)
		hms_buf_reset(&s->body);
	else
		snprintf(s->rpc_id, sizeof(s->rpc_id), "%.*s", HMS_STR_FMT(msg->id));
	if (think_ms > 0)
		hms_timer_start(&s->think, (uint64_t)think_ms);
	else
		session_post(s);
}

void session_rpc(struct session *s, struct hms_str body)
{
	struct sim *sim = s->cell->sim;
	struct tree_env env = cell_env(s->cell);
	struct rpc_call call = {
		.tree = &s->cell->tree, .env = &env, .arena = sim->arena, .out = &s->body, .transfers = &s->cell->transfers
	};
	enum answer answer = choose_answer(sim);
	bool execution = answer == ANSWER_SENT || !rng_chance(&sim->rng, sim->opt->no_execute_rate);

	call.msg = read_rpc(sim, body);
	if (!call.msg) {
		session_finish(s, SESSION_PROTOCOL);
		return;
	}
	s->rpcs++;
	if (s->first_rpc_us == 0)
		s->first_rpc_us = hms_mono_us();
	hms_buf_reset(&s->body);
	if (execution)
		execute(s, &call);
	else
		rpc_note_keys(&call);
	session_record_rpc(s, &call, answers[answer], execution);
	answer_rpc(s, answer, call.msg);
}
