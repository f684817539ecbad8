/* Looks into the mailbox of a session: an RPC to send, nothing left, nothing yet, or the limit. */
#include "take.h"

#include "answer.h"
#include "hms/base/failpoint.h"
#include "hms/cwmp/cwmp.h"
#include "hms/redis/mailbox.h"
#include "reply.h"
#include "rpc.h"
#include "send.h"

static const char *const result_labels[] = {
	[HMS_TAKE_ITEM] = "item",
	[HMS_TAKE_DECIDED] = "decided",
	[HMS_TAKE_NONE] = "none",
	[HMS_TAKE_WAIT] = "wait",
};

/* ---- the end without a decision ---- */

/* A 204 would strand a device whose BOOTSTRAP is cleared and whom nobody can call (contracts 4). */
static void end_at_limit(struct fe_post *p, enum fe_reason reason)
{
	if (!fe_session_must_return(&p->s)) {
		fe_reply_end(p, "limit_204");
		return;
	}
	FE_COUNT(&p->fe->m, session_ends, "limit_503");
	fe_refuse(p, reason);
}

/* ---- an RPC that will not be answered ---- */
static void no_answer_kept(struct fe_post *p, int code)
{
	if (code) {
		fe_post_failed(p, code);
		return;
	}
	fe_session_answered(&p->s);
	p->need_decided = true;
	fe_take(p);
}

void fe_take_after_no_answer(struct fe_post *p)
{
	struct fe_record *r;

	if (!fe_post_need_work(p))
		return;
	r = fe_record_new(p, FE_RECORD_RESULT, p->s.s0 + p->s.n);
	if (!r) {
		fe_post_failed(p, HMS_ENOMEM);
		return;
	}
	FE_COUNT(&p->fe->m, answers, "no_answer");
	r->result.command_id = p->s.command;
	r->result.n = p->s.n;
	r->result.outcome = HMS__RPC_RESULT__OUTCOME__NO_ANSWER;
	r->result.method = (char *)fe_rpc_method_name(p->s.method);
	fe_record_send(r, no_answer_kept);
}

/* ---- what the mailbox says ---- */
static void on_item(struct fe_post *p, const struct hms_take *take)
{
	const Hms__Grant *grant;

	(void)HMS_FAILPOINT("fe.take.item");
	if (!fe_post_need_work(p))
		return;
	grant = fe_rpc_grant(p->work->arena, take->grant);
	if (!grant || grant->n != take->n) {
		log_error("an item of a mailbox cannot be read", KV_B("device", p->s.device.b, sizeof(p->s.device.b)), KV_U("n", take->n));
		fe_refuse(p, FE_REASON_MAILBOX);
		return;
	}
	p->s.n = take->n;
	p->s.command = grant->command_id;
	p->s.method = (uint8_t)hms_cwmp_method_find(hms_str(grant->method));
	p->s.follow = (uint8_t)grant->follow;
	p->s.unsafe = grant->unsafe;
	if (!p->again)
		p->s.retries = 0;
	p->grant = grant;
	/* The device says that it did nothing. */
	if (p->again) {
		hms_counter_inc(&p->fe->m.rpcs_again);
		fe_send_rpc(p);
		return;
	}
	/* Taken before: whether it reached the device is not known, so it is not handed out again. */
	if (grant->unsafe && take->n <= take->old_t)
		fe_take_after_no_answer(p);
	else
		fe_send_rpc(p);
}

static void on_wait(struct fe_post *p)
{
	if (!p->waiter.again) {
		fe_hold_park(p);
		return;
	}
	p->waiter.again = false;
	fe_take(p);
}

static void on_result(struct fe_post *p, const struct hms_take *take)
{
	FE_COUNT(&p->fe->m, takes, result_labels[take->result]);
	if (p->again && (take->result != HMS_TAKE_ITEM || take->n != p->s.n)) {
		p->again = false;
		p->s.retries = FE_RETRIES_MAX;
		fe_answer(p);
		return;
	}
	if (take->result == HMS_TAKE_WAIT) {
		on_wait(p);
		return;
	}
	fe_hold_leave(p);
	p->waiter.again = false;
	if (take->result == HMS_TAKE_ITEM)
		on_item(p, take);
	else if (take->result == HMS_TAKE_DECIDED)
		fe_reply_end(p, "decided");
	else
		end_at_limit(p, FE_REASON_LIMIT);
}

static void on_take(int code, const struct hms_take *take, void *arg)
{
	struct fe_post *p = arg;

	p->waiter.asking = false;
	if (fe_post_is_live(p)) {
		if (code == 0) {
			on_result(p, take);
		} else {
			FE_COUNT(&p->fe->m, takes, "failed");
			fe_hold_leave(p);
			end_at_limit(p, FE_REASON_REDIS);
		}
	}
	fe_post_unref(p);
}

void fe_take_again(struct fe_post *p)
{
	p->s.retries++;
	p->again = true;
	fe_take(p);
}

void fe_take(struct fe_post *p)
{
	struct fe *fe = p->fe;
	int64_t left_ms = (p->s.hold_until_us - hms_wall_us()) / 1000;
	uint64_t hold_ms = left_ms > 0 && !p->at_limit && !fe->draining ? (uint64_t)left_ms : 0;

	/* Not while an answer of the device is in hand: it would be sent once more. */
	if (fe->draining && *fe->conf->drain_url && p->empty && !p->s.redirected) {
		fe_hold_leave(p);
		fe_reply_redirect(p, FE_REDIRECT_DRAIN, fe->conf->drain_url);
		return;
	}
	if (p->s.hold_requests) {
		fe_hold_leave(p);
		fe_reply_end(p, "hold_requests");
		return;
	}
	p->waiter.asking = true;
	fe_post_ref(p);
	hms_mail_take(fe->redis, p->s.device, p->s.sid, p->s.seq, p->again ? p->s.n - 1 : p->s.n, p->need_decided, fe->instance, hold_ms,
		      on_take, p);
}
