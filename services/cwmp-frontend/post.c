/* One POST of a device: headers, session, body, and what handles its message. */
#include "post.h"

#include "answer.h"
#include "charset.h"
#include "empty.h"
#include "head.h"
#include "hms/net/tls.h"
#include "inform.h"
#include "reply.h"
#include "request.h"
#include "trace.h"

/* While so many parts are not acknowledged no more of the body is read. */
#define PARTS_AHEAD 2
/* Of a packed body, before unpack_ratio_max counts. */
#define RATIO_FREE_BYTES (256 * 1024)

void fe_post_ref(struct fe_post *p) { p->refs++; }

void fe_post_unref(struct fe_post *p)
{
	struct fe *fe = p->fe;

	if (--p->refs > 0)
		return;
	if (p->trace)
		fe_trace_end(p);
	fe_post_drop_work(p);
	hms_unpack_free(&p->unpack);
	fe_budget_give(fe->budget, &p->share);
	hms_gauge_add(&fe->m.posts, -1);
	fe_pool_put(&fe->posts, p);
}

bool fe_post_is_live(const struct fe_post *p) { return p->req && !p->answered && !p->fe->closing; }

enum hms_auth_policy fe_post_auth_policy(const struct fe_post *p)
{
	enum hms_auth_policy policy = fe_auth_http(p->auth);

	if (p->auth == HMS_POLICY_NONE && p->lookup.sealed_count > 0 &&
	    hms_auth_has_own(p->fe->credential_sealer, p->s.device, p->lookup.sealed, p->lookup.sealed_count))
		return HMS_POLICY_ANY;
	return policy;
}

bool fe_post_need_work(struct fe_post *p)
{
	if (!p->work)
		p->work = fe_works_get(p->works);
	if (!p->work)
		fe_refuse(p, FE_REASON_MEMORY);
	return p->work;
}

void fe_post_drop_work(struct fe_post *p)
{
	if (p->work)
		fe_works_put(p->works, p->work);
	p->work = NULL;
	p->msg = NULL;
	p->grant = NULL;
}

void fe_post_failed(struct fe_post *p, int code)
{
	static const struct {
		int code;
		enum fe_reason reason;
	} reasons[] = {
		{ HMS_ESYNTAX, FE_REASON_MALFORMED }, { HMS_EDENIED, FE_REASON_STRANGERS }, { HMS_ECHARSET, FE_REASON_CHARSET },
		{ HMS_ETOOBIG, FE_REASON_TOO_LARGE }, { HMS_EPROTO, FE_REASON_UNEXPECTED }, { HMS_ENOMEM, FE_REASON_MEMORY },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].code == code) {
			fe_refuse(p, reasons[i].reason);
			return;
		}
	}
	fe_refuse(p, FE_REASON_KAFKA);
}

/* ---- the message ---- */

static void handle(struct fe_post *p)
{
	static void (*const handlers[])(struct fe_post *) = {
		[HMS_CWMP_EMPTY] = fe_empty,	 [HMS_CWMP_INFORM] = fe_inform, [HMS_CWMP_REQUEST] = fe_request,
		[HMS_CWMP_RESPONSE] = fe_answer, [HMS_CWMP_FAULT] = fe_answer,
	};
	enum hms_cwmp_kind kind = p->msg ? p->msg->kind : HMS_CWMP_EMPTY;

	p->empty = kind == HMS_CWMP_EMPTY;
	if (kind == HMS_CWMP_INFORM && fe_head_redirect(p))
		return;
	if (kind != HMS_CWMP_INFORM && p->missing != FE_MISSING_NOTHING) { /* only an Inform can be of a group that asks for less */
		fe_head_ask(p);
		return;
	}
	if (p->has_session)
		fe_hold_drop(p->fe->waiters, p->s.device, p->s.sid);
	if (p->msg && kind != HMS_CWMP_INFORM)
		p->s.hold_requests = p->msg->hold_requests;
	if ((size_t)kind >= sizeof(handlers) / sizeof(handlers[0]))
		fe_refuse(p, FE_REASON_MALFORMED); /* what only an ACS sends */
	else if (!p->has_session && kind != HMS_CWMP_EMPTY && kind != HMS_CWMP_INFORM)
		fe_refuse(p, FE_REASON_NO_SESSION);
	else
		handlers[kind](p);
}

static void count_quirks(struct fe *fe, unsigned warnings)
{
	for (unsigned w = 0; w < HMS_CWMP_WARN_COUNT && warnings >> w; w++)
		if (warnings >> w & 1)
			FE_COUNT(&fe->m, quirks, hms_cwmp_warning_label((enum hms_cwmp_warning)w));
}

static void log_unreadable(const struct fe_post *p, const char *text)
{
	uint64_t now_ms = hms_loop_now_ms(p->fe->loop);
	char peer[64];

	if (hms_log_allow(&p->fe->peers_log, 5, now_ms))
		log_info("message cannot be read", KV_Z("peer", hms_addr_text(hms_http_req_peer(p->req), false, peer, sizeof(peer))),
			 KV_Z("error", text));
}

static void end_message(struct fe_post *p)
{
	struct hms_cwmp_msg *msg;
	struct hms_err err;
	int rc;

	if (p->work) {
		rc = p->unpack ? hms_unpack_end(p->unpack) : 0;
		if (rc)
			hms_err_set(&err, rc, "the packed body breaks off");
		else
			rc = hms_cwmp_reader_end(p->work->reader, &msg, &err);
		if (rc) {
			log_unreadable(p, err.text);
			if (p->fe->trace_on)
				fe_trace_begin(p);
			fe_post_failed(p, rc);
			return;
		}
		p->msg = msg;
		count_quirks(p->fe, msg->warnings);
	}
	if (p->fe->trace_on)
		fe_trace_begin(p);
	handle(p);
}

/* ---- the body ---- */
static bool begin_message(struct fe_post *p)
{
	struct hms_str charset;

	if (p->work)
		return true;
	if (!fe_post_need_work(p))
		return false;
	charset = fe_charset(hms_http_req_header(p->req, "Content-Type"));
	if (charset.p)
		hms_cwmp_reader_set_charset(p->work->reader, charset);
	hms_cwmp_reader_set_sink(p->work->reader, p->has_session ? fe_answer_param : NULL, p);
	return true;
}

/* HMS_EAGAIN: it was read, but no more now. */
static int read_piece(const char *data, size_t len, void *arg)
{
	struct fe_post *p = arg;
	const struct fe_conf *conf = p->fe->conf;
	int rc;

	if (!p->has_session && !fe_budget_take(p->fe->budget, &p->share, hms_http_req_peer(p->req), len, conf->strangers_bytes,
					       conf->strangers_bytes_per_source))
		return HMS_EDENIED;
	if (p->fe->trace_on)
		fe_trace_read(p, data, len);
	rc = hms_cwmp_reader_feed(p->work->reader, data, len);

	return rc == 0 && p->acks.pending >= PARTS_AHEAD ? HMS_EAGAIN : rc;
}

static void read_some(struct fe_post *p, const char *data, size_t len)
{
	int rc;

	if (!begin_message(p))
		return;
	rc = p->unpack ? hms_unpack_feed(p->unpack, data, len) : read_piece(data, len, p);
	if (rc == HMS_EAGAIN) {
		p->paused = true;
		hms_http_req_pause(p->req, true);
	} else if (rc) {
		log_unreadable(p, hms_strerror(rc));
		fe_post_failed(p, rc);
	} else if (p->paused) {
		p->paused = false;
		hms_http_req_pause(p->req, false);
	}
}

void fe_post_resume(struct fe_post *p)
{
	if (p->unpack) {
		read_some(p, NULL, 0);
		return;
	}
	p->paused = false;
	hms_http_req_pause(p->req, false);
}

static void on_body(struct hms_http_req *req, const char *data, size_t len, void *arg)
{
	struct fe_post *p = arg;

	(void)req;
	p->has_body = true;
	if (p->unread || p->answered)
		return;
	fe_post_ref(p);
	read_some(p, data, len);
	fe_post_unref(p);
}

static void on_complete(struct hms_http_req *req, void *arg)
{
	struct fe_post *p = arg;

	(void)req;
	if (p->answered)
		return;
	p->complete_us = hms_mono_us();
	fe_post_ref(p);
	if (!p->unread)
		end_message(p);
	else if (!p->has_body || !fe_head_redirect(p))
		fe_head_ask(p);
	fe_post_unref(p);
}

static void on_ended(struct hms_http_req *req, bool aborted, void *arg)
{
	struct fe_post *p = arg;

	(void)req;
	(void)aborted;
	p->req = NULL;
	fe_hold_leave(p);
	fe_post_unref(p);
}

/* ---- the headers ---- */

/* [H12] False: out of memory. */
static bool set_coding(struct fe_post *p, enum hms_coding coding)
{
	struct hms_unpack_limits limits = { .free_bytes = RATIO_FREE_BYTES, .ratio = (uint64_t)p->fe->conf->unpack_ratio_max };

	if (coding == HMS_CODING_IDENTITY)
		return true;
	FE_COUNT(&p->fe->m, codings, coding == HMS_CODING_GZIP ? "gzip" : "deflate");
	p->unpack = hms_unpack_new(coding, &limits, read_piece, p);
	return p->unpack;
}

static struct fe_post *post_new(const struct fe_listener *l, struct hms_http_req *req)
{
	struct fe_post *p = fe_pool_get(&l->fe->posts);

	if (!p)
		return NULL;
	p->fe = l->fe;
	p->listener = l;
	p->req = req;
	p->refs = 1;
	p->auth = (uint8_t)l->conf->auth;
	hms_gauge_add(&l->fe->m.posts, 1);
	return p;
}

/* Several lines are one list (RFC 9110 5.3). */
static enum hms_coding coding_of(const struct hms_http_req *req)
{
	enum hms_coding found = hms_coding_find(hms_http_req_header(req, "Content-Encoding"));
	struct hms_str line;

	for (size_t i = 1; (line = hms_http_req_header_at(req, "Content-Encoding", i)).p; i++) {
		enum hms_coding next = hms_coding_find(line);

		if (next != HMS_CODING_IDENTITY)
			found = found == HMS_CODING_IDENTITY ? next : HMS_CODING_OTHER;
	}
	return found;
}

void fe_post_accept(struct hms_http_req *req, void *arg)
{
	static const struct hms_http_req_cb callbacks = { .body = on_body, .complete = on_complete, .ended = on_ended };
	const struct fe_listener *l = arg;
	enum hms_coding coding = coding_of(req);
	struct fe *fe = l->fe;
	struct fe_post *p;

	if (!hms_str_eqz(hms_http_req_method(req), "POST")) {
		fe_refuse_request(fe, req, FE_REASON_METHOD);
		return;
	}
	if (coding == HMS_CODING_OTHER) {
		fe_refuse_request(fe, req, FE_REASON_ENCODING);
		return;
	}
	p = post_new(l, req);
	if (!p) {
		fe_refuse_request(fe, req, FE_REASON_MEMORY);
		return;
	}
	hms_http_req_set(req, &callbacks, p);
	fe_head_find_session(p);
	p->works = p->has_session ? &fe->inside : &fe->outside;
	if (p->has_session || hms_conn_tls_verified(hms_http_req_conn(req)))
		hms_http_req_known(req);
	if (!fe_head_admits(p))
		return;
	if (p->unread || set_coding(p, coding))
		hms_http_req_body_max(req, (size_t)(p->has_session ? fe->conf->answer_max_bytes : fe->conf->inform_max_bytes));
	else
		fe_refuse(p, FE_REASON_MEMORY);
}
