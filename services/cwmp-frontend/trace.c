/* Flight recorder: what one POST says and is answered. */
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>

#include "charset.h"
#include "grant.pb-c.h"
#include "hms/cwmp/redact.h"
#include "trace_internal.h"

enum { NAMES_MAX_BYTES = 16384, REFUSED_PER_SECOND = 10 };

static bool in_traced_session(const struct fe_post *p) { return p->has_session && (p->s.quirks & FE_SESSION_TRACED); }

static void free_bytes(char **p, size_t len)
{
	if (*p)
		explicit_bzero(*p, len);
	free(*p);
	*p = NULL;
}

static struct fe_trace_post *post_trace(struct fe_post *p)
{
	if (p->trace)
		return p->trace;
	p->trace = calloc(1, sizeof(*p->trace));
	if (!p->trace) {
		FE_COUNT(&p->fe->m, trace_dropped, "memory");
		return NULL;
	}
	hms_buf_init(&p->trace->body, (size_t)p->fe->conf->trace_message_bytes);
	p->trace->at_us = hms_wall_us();
	p->trace->offset = p->trace->dispatched = -1;
	return p->trace;
}

/* ---- the request ---- */

/* An Inform says whose it is only when it is whole. */
void fe_trace_read(struct fe_post *p, const char *data, size_t len)
{
	struct fe_trace_post *t = !p->has_session || in_traced_session(p) ? post_trace(p) : NULL;
	size_t room;

	if (!t)
		return;
	room = t->body.cap - t->body.len;
	hms_buf_add(&t->body, data, len < room ? len : room);
	t->bytes += len;
}

/* While the request is there. */
static void look_at_head(struct fe_post *p)
{
	struct hms_str charset = fe_charset(hms_http_req_header(p->req, "Content-Type"));

	snprintf(p->trace->charset, sizeof(p->trace->charset), "%.*s", HMS_STR_FMT(charset));
	hms_addr_text(hms_http_req_peer(p->req), false, p->trace->peer, sizeof(p->trace->peer));
}

void fe_trace_begin(struct fe_post *p)
{
	struct fe_trace_post *t = p->trace || in_traced_session(p) ? post_trace(p) : NULL;

	if (!t)
		return;
	t->at_us = hms_wall_us();
	t->recorded = in_traced_session(p) && !(p->msg && p->msg->kind == HMS_CWMP_INFORM);
	if (t->recorded)
		look_at_head(p);
	t->fault = p->msg && p->msg->kind == HMS_CWMP_FAULT;
	if (t->recorded && p->s.open && !(p->msg && p->msg->kind == HMS_CWMP_REQUEST)) {
		t->n = p->s.n;
		t->command = p->s.command;
	}
}

void fe_trace_record(struct fe_post *p, enum fe_record_kind kind, uint32_t seq)
{
	struct fe_trace_post *t = p->trace;

	t->kind = kind;
	if (kind != FE_RECORD_DISPATCHED)
		t->seq = seq;
}

void fe_trace_kept(struct fe_post *p, int64_t offset)
{
	struct fe_trace_post *t = p->trace;

	if (t->kind == FE_RECORD_DISPATCHED)
		t->dispatched = offset;
	else if (t->offset < 0)
		t->offset = offset;
}

/* ---- the answer ---- */
void fe_trace_grant(struct fe_post *p)
{
	struct hms_buf names = HMS_BUF_INIT(NAMES_MAX_BYTES);
	struct fe_trace_post *t = p->trace;

	for (size_t i = 0; i < p->grant->n_args; i++)
		for (size_t k = 0; k < p->grant->args[i]->n_params; k++) {
			const Hms__Param *param = p->grant->args[i]->params[k];

			if (param->sealed)
				hms_buf_add(&names, param->name, strlen(param->name) + 1);
		}
	free_bytes(&t->names, t->names_len);
	if (names.failed) { /* its RPC cannot be kept without them */
		FE_COUNT(&p->fe->m, trace_dropped, "memory");
		hms_buf_fini(&names);
		t->recorded = false;
		return;
	}
	t->names = names.p;
	t->names_len = names.len;
}

/* Who was not let in does not fill the recorder. */
static bool may_record(struct fe_post *p)
{
	return p->has_session || hms_rate_take_total(p->fe->trace->refused, REFUSED_PER_SECOND, hms_loop_now_ms(p->fe->loop));
}

void fe_trace_decide(struct fe_post *p)
{
	const struct fe_trace_rules *rules = p->fe->trace->rules;

	if (!p->msg || p->msg->kind != HMS_CWMP_INFORM || !p->s.sid || !rules)
		return;
	if (!fe_trace_rules_match(rules, p, hms_wall_us()))
		return;
	p->s.quirks |= FE_SESSION_TRACED;
	p->trace->recorded = may_record(p);
}

static struct fe_trace_msg *msg_new(struct fe_post *p, struct hms_str body, size_t bytes)
{
	size_t max = (size_t)p->fe->conf->trace_message_bytes, len = body.len < max ? body.len : max;
	struct fe_trace_msg *m = calloc(1, sizeof(*m) + len);

	if (!m) {
		FE_COUNT(&p->fe->m, trace_dropped, "memory");
		return NULL;
	}
	memcpy(m->body, body.p ? body.p : "", len);
	m->body_len = len;
	m->bytes = bytes;
	m->cut = len < bytes;
	m->device = p->s.device;
	m->sid = p->s.sid;
	m->partition = (int32_t)hms_device_partition(p->s.device, p->fe->partitions);
	m->offset = m->dispatched = -1;
	m->ord = p->fe->trace->ord++;
	return m;
}

static void tell_request(struct fe_post *p, const char *note)
{
	struct fe_trace_post *t = p->trace;
	struct fe_trace_msg *m = msg_new(p, hms_buf_view(&t->body), t->bytes);

	t->told = true;
	if (!m)
		return;
	m->from_device = true;
	m->at_us = t->at_us;
	m->seq = t->seq;
	m->n = t->n;
	m->command = t->command;
	m->fault = t->fault;
	m->offset = t->offset;
	m->note = note;
	if (p->req && !*t->peer)
		look_at_head(p);
	memcpy(m->peer, t->peer, sizeof(m->peer));
	memcpy(m->charset, t->charset, sizeof(m->charset));
	fe_trace_put(p->fe->trace, m);
}

static void tell_answer(struct fe_post *p, unsigned status, struct hms_str body)
{
	struct fe_trace_post *t = p->trace;
	bool soap = status == 200 && body.len;
	struct fe_trace_msg *m = msg_new(p, soap ? body : HMS_STR(""), soap ? body.len : 0);

	if (!m)
		return;
	m->at_us = hms_wall_us();
	m->status = status;
	m->note = soap ? NULL : body.len ? body.p : NULL; /* texts of reasons are static */
	m->dispatched = t->dispatched;
	if (soap && p->grant) {
		m->n = p->s.n;
		m->command = p->s.command;
		m->xid = p->grant->xid;
		m->names = t->names;
		m->names_len = t->names_len;
		t->names = NULL;
	}
	fe_trace_put(p->fe->trace, m);
}

void fe_trace_answer(struct fe_post *p, unsigned status, struct hms_str body)
{
	if (!p->trace->recorded || p->trace->told)
		return;
	tell_request(p, NULL);
	tell_answer(p, status, body);
}

void fe_trace_end(struct fe_post *p)
{
	struct fe_trace_post *t = p->trace;

	if (t->recorded && !t->told && p->fe->trace)
		tell_request(p, "not answered: the connection was gone");
	if (t->body.p)
		explicit_bzero(t->body.p, t->body.len);
	hms_buf_fini(&t->body);
	free_bytes(&t->names, t->names_len);
	free(t);
	p->trace = NULL;
}
