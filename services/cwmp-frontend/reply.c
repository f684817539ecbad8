/* Answers to devices: each response of a session renews and carries the cookie (contracts 2). */
#include "reply.h"

#include <stdio.h>

#include "conn.h"
#include "cookie.h"
#include "hms/cwmp/writer.h"
#include "quirk.h"
#include "trace.h"

#define HEADERS_MAX 5

static const struct {
	unsigned status;
	const char *label, *text;
} reasons[] = {
#define FE_REASON(id, status, label, text) [FE_REASON_##id] = { status, label, text },
#include "reasons.def"
#undef FE_REASON
};

const char *fe_reason_label(enum fe_reason reason) { return reasons[reason].label; }

struct headers {
	struct hms_http_header at[HEADERS_MAX];
	size_t count;
};

static void add(struct headers *h, struct hms_str name, struct hms_str value)
{
	h->at[h->count++] = (struct hms_http_header){ name, value };
}

static void count_status(struct fe *fe, unsigned status)
{
	char label[8];

	snprintf(label, sizeof(label), "%u", status);
	FE_COUNT(&fe->m, responses, label);
}

/* The session lives on in the cookie and, for clients that return none, in the connection (device-quirks 2). */
static void keep_session(struct fe_post *p, struct headers *h, char *cookie, size_t size)
{
	int64_t now_us = hms_wall_us();
	struct fe_conn *conn = fe_conn_get(p->req, &p->fe->conns, true);
	char value[FE_COOKIE_SIZE];

	p->s.expiry_us = now_us + fe_session_timeout_us(p->fe->conf, &p->s);
	if (conn) {
		conn->has_session = true;
		conn->s = p->s;
	}
	if (fe_cookie_seal(p->fe->cookie_sealer, &p->s, hms_str(p->listener->conf->tenant), now_us, &p->fe->scratch, value))
		return;
	snprintf(cookie, size, FE_COOKIE_NAME "=%s; Path=/; HttpOnly", value);
	add(h, HMS_STR("Set-Cookie"), hms_str(cookie));
}

static void respond(struct fe_post *p, unsigned status, struct headers *h, struct hms_str body)
{
	char cookie[FE_COOKIE_SIZE + 64];

	if (!fe_post_is_live(p))
		return;
	if (p->trace)
		fe_trace_decide(p);
	if (p->has_session)
		keep_session(p, h, cookie, sizeof(cookie));
	count_status(p->fe, status);
	p->answered = true;
	if (p->trace)
		fe_trace_answer(p, status, body);
	/* Out of memory: the peer is told by the cut connection; a closed one tells itself by `ended`. */
	if (hms_http_reply(p->req, status, h->at, h->count, body) == HMS_ENOMEM)
		hms_http_req_abort(p->req);
}

static bool applies(struct fe_post *p, unsigned bit, enum hms_quirk quirk)
{
	if (!(p->s.quirks & bit))
		return false;
	FE_COUNT(&p->fe->m, quirks_applied, hms_quirk_info(quirk)->name);
	return true;
}

void fe_reply_soap(struct fe_post *p)
{
	struct headers h = { .count = 0 };

	if (applies(p, FE_QUIRK_XML_DECLARATION, HMS_QUIRK_XML_DECLARATION))
		fe_quirk_declare(&p->work->out);
	if (p->work->out.failed) {
		fe_refuse(p, FE_REASON_MEMORY);
		return;
	}
	add(&h, HMS_STR("Content-Type"), HMS_STR("text/xml; charset=utf-8"));
	respond(p, 200, &h, hms_buf_view(&p->work->out));
}

void fe_reply_fault(struct fe_post *p, uint32_t code)
{
	struct hms_cwmp_fault fault = { .code = code, .text = hms_str(hms_cwmp_fault_text(code)) };

	hms_cwmp_write_fault(&p->work->out, p->msg->ns, p->msg->id, &fault);
	fe_reply_soap(p);
}

void fe_reply_empty(struct fe_post *p)
{
	struct headers h = { .count = 0 };

	respond(p, applies(p, FE_QUIRK_EMPTY_200, HMS_QUIRK_EMPTY_200) ? 200 : 204, &h, HMS_STR(""));
}

void fe_reply_end(struct fe_post *p, const char *how)
{
	FE_COUNT(&p->fe->m, session_ends, how);
	p->s.ended = true;
	fe_reply_empty(p);
}

void fe_reply_challenge(struct fe_post *p, bool stale)
{
	struct hms_buf challenges[HMS_AUTH_CHALLENGES];
	struct headers h = { .count = 0 };
	struct hms_challenge ask = {
		.policy = fe_post_auth_policy(p),
		.realm = hms_str(p->listener->conf->realm),
		.nonce_key = &p->fe->nonce_key,
		.now_us = hms_wall_us(),
		.sha256 = p->listener->conf->digest_sha256,
		.stale = stale,
	};
	size_t count = hms_auth_challenge(&ask, challenges);

	for (size_t i = 0; i < count; i++)
		add(&h, HMS_STR("WWW-Authenticate"), hms_buf_view(&challenges[i]));
	respond(p, 401, &h, HMS_STR(""));
	for (size_t i = 0; i < HMS_AUTH_CHALLENGES; i++)
		hms_buf_fini(&challenges[i]);
}

/* Before there is a session only a cookie can say so. */
static const struct {
	const char *label, *mark;
} redirects[] = {
	[FE_REDIRECT_LISTENER] = { "listener", "HMSREDIRECTED=1" },
	[FE_REDIRECT_GROUP] = { "group", "HMSREDIRECTED=2" },
	[FE_REDIRECT_DRAIN] = { "drain", NULL },
};

static bool has_mark(const struct fe_post *p, const char *mark)
{
	struct hms_str header;

	for (size_t i = 0; (header = hms_http_req_header_at(p->req, "Cookie", i)).p; i++)
		while (header.p)
			if (hms_str_eqz(hms_str_trim(hms_str_split(&header, ';')), mark))
				return true;
	return false;
}

bool fe_reply_was_redirected(const struct fe_post *p, enum fe_redirect why)
{
	if (p->has_session)
		return p->s.redirected;
	return has_mark(p, redirects[FE_REDIRECT_GROUP].mark) ||
	       (why == FE_REDIRECT_LISTENER && has_mark(p, redirects[FE_REDIRECT_LISTENER].mark));
}

/* [H10] Empty, and all cookies go with the device. */
void fe_reply_redirect(struct fe_post *p, enum fe_redirect why, const char *url)
{
	static const unsigned statuses[] = { 307, 302 }; /* of redirect_status */
	struct headers h = { .count = 0 };
	char cookie[64];

	FE_COUNT(&p->fe->m, redirects, redirects[why].label);
	add(&h, HMS_STR("Location"), hms_str(url));
	if (p->has_session) {
		p->s.redirected = true;
	} else {
		snprintf(cookie, sizeof(cookie), "%s; Path=/; HttpOnly", redirects[why].mark);
		add(&h, HMS_STR("Set-Cookie"), hms_str(cookie));
	}
	respond(p, statuses[p->listener->conf->redirect_status], &h, HMS_STR(""));
}

/* Spread, so that devices that were refused together do not come back together. */
static void retry_after(const struct fe_conf *conf, enum fe_reason reason, char *out, size_t size)
{
	int64_t max = reason == FE_REASON_LATER ? conf->retry_after_later : conf->retry_after_max;
	uint64_t span = (uint64_t)(max - conf->retry_after_min) + 1;
	uint64_t seconds = (uint64_t)conf->retry_after_min + hms_random_u64() % span;

	snprintf(out, size, "%llu", (unsigned long long)seconds);
}

static void add_reason(struct fe *fe, enum fe_reason reason, struct headers *h, char *wait, size_t size)
{
	FE_COUNT(&fe->m, refusals, reasons[reason].label);
	add(h, HMS_STR("Content-Type"), HMS_STR("text/plain"));
	if (reasons[reason].status == 415)
		add(h, HMS_STR("Accept-Encoding"), HMS_STR(HMS_CODINGS));
	if (reasons[reason].status == 405)
		add(h, HMS_STR("Allow"), HMS_STR("POST"));
	if (reasons[reason].status == 503) {
		retry_after(fe->conf, reason, wait, size);
		add(h, HMS_STR("Retry-After"), hms_str(wait));
	}
}

void fe_refuse(struct fe_post *p, enum fe_reason reason)
{
	struct headers h = { .count = 0 };
	char wait[24];

	if (!fe_post_is_live(p))
		return;
	add_reason(p->fe, reason, &h, wait, sizeof(wait));
	respond(p, reasons[reason].status, &h, hms_str(reasons[reason].text));
}

void fe_refuse_request(struct fe *fe, struct hms_http_req *req, enum fe_reason reason)
{
	struct headers h = { .count = 0 };
	char wait[24];

	add_reason(fe, reason, &h, wait, sizeof(wait));
	count_status(fe, reasons[reason].status);
	if (hms_http_reply(req, reasons[reason].status, h.at, h.count, hms_str(reasons[reason].text)) == HMS_ENOMEM)
		hms_http_req_abort(req);
}
