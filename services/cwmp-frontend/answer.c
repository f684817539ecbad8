/* The answer of a device to an RPC: matched by its cwmp:ID, kept, and followed by the next one (contracts 2 and 3). */
#include "answer.h"

#include "empty.h"
#include "fields.h"
#include "grant.pb-c.h"
#include "hms/base/failpoint.h"
#include "hms/device/command.h"
#include "reply.h"
#include "rpc.h"
#include "take.h"

enum { FAULT_RETRY = 8005 };

/* ---- parameters, as they are read ---- */

/* The parts that leave before the message is complete are those of the open RPC; fe_answer() sees whether that was
 * right. */
static struct fe_record *record_of(struct fe_post *p)
{
	struct fe_record *r = p->work->record;

	if (r)
		return r;
	r = fe_record_new(p, FE_RECORD_RESULT, p->s.s0 + p->s.n);
	if (!r)
		return NULL;
	r->streams = p->s.open;
	r->result.command_id = p->s.command;
	r->result.n = p->s.n;
	r->result.outcome = HMS__RPC_RESULT__OUTCOME__RESPONSE;
	r->result.method = (char *)fe_rpc_method_name(p->s.method);
	p->work->record = r;
	return r;
}

int fe_answer_param(const struct hms_cwmp_param *param, void *arg)
{
	struct fe_record *r = record_of(arg);

	return r ? fe_record_param(r, param) : HMS_ENOMEM;
}

/* ---- whose answer it is ---- */
enum match { MATCH_NONE, MATCH_CURRENT, MATCH_OLDER };

static enum match match(const struct fe_post *p, uint64_t *command, uint32_t *n)
{
	const struct fe_session *s = &p->s;

	if (hms_rpc_id_parse(p->msg->id, command, n)) {
		/* A device that does not echo IDs answers what is open. */
		*command = s->command;
		*n = s->n;
		return s->open ? MATCH_CURRENT : MATCH_NONE;
	}
	if (*n == s->n && *command == s->command)
		return *n > 0 ? MATCH_CURRENT : MATCH_NONE;
	return *n > 0 && *n <= s->n ? MATCH_OLDER : MATCH_NONE;
}

/* ---- what was answered ---- */
static bool is_other_method(const struct fe_post *p, enum match m)
{
	return m == MATCH_CURRENT && p->msg->kind == HMS_CWMP_RESPONSE && p->s.method != HMS_CWMP_NONE && p->msg->method != p->s.method;
}

/* Returns whether memory sufficed. */
static bool fill_response(struct fe_post *p, Hms__RpcResult *result, enum match m)
{
	const struct hms_cwmp_msg *msg = p->msg;

	result->outcome = HMS__RPC_RESULT__OUTCOME__RESPONSE;
	result->fields = fe_fields(p->work->arena, msg);
	result->n_fields = msg->field_count;
	if (m == MATCH_CURRENT && p->s.method != HMS_CWMP_NONE)
		return result->fields;
	if (msg->method != HMS_CWMP_NONE) {
		result->method = (char *)fe_rpc_method_name(msg->method);
		return result->fields;
	}
	return result->fields && fe_text(p->work->arena, msg->name, &result->method);
}

static bool fill_unreadable(struct fe_post *p, Hms__RpcResult *result)
{
	struct hms_cwmp_fault fault = { .text = p->msg->name };

	result->outcome = HMS__RPC_RESULT__OUTCOME__UNREADABLE;
	result->fault = fe_fault(p->work->arena, &fault);
	return result->fault;
}

static bool fill(struct fe_post *p, struct fe_record *r, enum match m)
{
	static const char *const labels[] = {
		[HMS__RPC_RESULT__OUTCOME__RESPONSE] = "response",
		[HMS__RPC_RESULT__OUTCOME__FAULT] = "fault",
		[HMS__RPC_RESULT__OUTCOME__UNREADABLE] = "unreadable",
	};
	Hms__RpcResult *result = &r->result;
	bool ok;

	if (p->msg->kind == HMS_CWMP_FAULT) {
		result->outcome = HMS__RPC_RESULT__OUTCOME__FAULT;
		result->fault = fe_fault(p->work->arena, &p->msg->fault);
		ok = result->fault;
	} else if (is_other_method(p, m)) {
		ok = fill_unreadable(p, result);
	} else {
		ok = fill_response(p, result, m);
	}
	r->event.flags = p->msg->truncated ? HMS__DEVICE_EVENT__FLAG__TRUNCATED : 0;
	FE_COUNT(&p->fe->m, answers, labels[result->outcome]);
	return ok;
}

/* ---- what follows ---- */
static void go_on(struct fe_post *p, bool success)
{
	p->need_decided = !success || p->s.follow != HMS__GRANT__FOLLOW__NEXT;
	if (success && p->s.follow == HMS__GRANT__FOLLOW__END)
		fe_reply_end(p, "end");
	else
		fe_take(p);
}

static void current_kept(struct fe_post *p, int code)
{
	const struct fe_record *r = p->work->record;

	if (code) {
		fe_post_failed(p, code);
		return;
	}
	(void)HMS_FAILPOINT("fe.result.acked");
	fe_session_answered(&p->s);
	if (p->s.ended)
		fe_reply_empty(p);
	else
		go_on(p, r->result.outcome == HMS__RPC_RESULT__OUTCOME__RESPONSE);
}

/* It stands where the answer to the open RPC belongs. */
static void older_kept(struct fe_post *p, int code)
{
	if (code) {
		fe_post_failed(p, code);
	} else if (p->s.ended) {
		fe_reply_empty(p);
	} else if (p->s.open) {
		fe_take_after_no_answer(p);
	} else {
		p->need_decided = true;
		fe_take(p);
	}
}

/* TR-069 3.7.1.4: "Retry request". It is not what the RPC has led to, so nothing is recorded. */
static bool wants_again(const struct fe_post *p, enum match m)
{
	return m == MATCH_CURRENT && p->msg->kind == HMS_CWMP_FAULT && p->msg->fault.code == FAULT_RETRY && p->s.open &&
	       p->s.retries < FE_RETRIES_MAX;
}

/* A fault that names no RPC of ours while none is open is about a response of ours: some clients do not know
 * TransferCompleteResponse and answer it with 9000. It says no more than an empty POST: refused, they would come back
 * with the same transfer for ever, and never get to what waits for them. */
static bool is_about_response(const struct fe_post *p)
{
	uint64_t command;
	uint32_t n;

	return p->msg->kind == HMS_CWMP_FAULT && !p->s.open && !p->work->record && hms_rpc_id_parse(p->msg->id, &command, &n) != 0;
}

static void answer_rpc(struct fe_post *p)
{
	struct fe_record *r = record_of(p);
	uint64_t command;
	uint32_t n;
	enum match m = match(p, &command, &n);

	if (!r) {
		fe_post_failed(p, HMS_ENOMEM);
		return;
	}
	if (m == MATCH_NONE || (m == MATCH_OLDER && r->parts.made > 0)) {
		fe_refuse(p, FE_REASON_UNEXPECTED);
		return;
	}
	if (wants_again(p, m)) {
		fe_take_again(p);
		return;
	}
	r->event.seq = p->s.s0 + n;
	r->result.command_id = command;
	r->result.n = n;
	if (!fill(p, r, m))
		fe_post_failed(p, HMS_ENOMEM);
	else
		fe_record_send(r, m == MATCH_CURRENT ? current_kept : older_kept);
}

void fe_answer(struct fe_post *p)
{
	if (!is_about_response(p)) {
		answer_rpc(p);
		return;
	}
	FE_COUNT(&p->fe->m, answers, "unasked");
	fe_empty(p);
}
