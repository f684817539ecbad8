/* What a request's head decides: its session, what its sender shows, and whether its body is read. */
#include "head.h"

#include "conn.h"
#include "cookie.h"
#include "hms/http/server.h"
#include "hms/net/tls.h"
#include "reply.h"

/* ---- the session ---- */

/* A session that began with less than what is asked for here is of no use. */
static bool is_usable(const struct fe_post *p, const struct fe_session *s)
{
	return fe_proof_suffices(s->proof, (unsigned)p->listener->conf->auth);
}

static bool find_by_cookie(struct fe_post *p, int64_t now_us)
{
	struct hms_str header, value;

	for (size_t i = 0; (header = hms_http_req_header_at(p->req, "Cookie", i)).p; i++) {
		while (fe_cookie_next(&header, &value)) {
			if (fe_cookie_open(p->fe->cookie_sealer, value, hms_str(p->listener->conf->tenant), now_us, &p->fe->scratch,
					   &p->s) == 0 &&
			    is_usable(p, &p->s))
				return true;
			p->lost_cookie = true;
		}
	}
	return false;
}

/* By the cookie or, for clients that return none or an old one, by the connection (device-quirks 2). */
void fe_head_find_session(struct fe_post *p)
{
	int64_t now_us = hms_wall_us();
	const struct fe_conn *conn = fe_conn_get(p->req, &p->fe->conns, false);

	p->has_session = find_by_cookie(p, now_us);
	if (!conn || !conn->has_session || conn->s.expiry_us <= now_us || !is_usable(p, &conn->s))
		return;
	if (p->has_session && (conn->s.sid != p->s.sid || !fe_session_newer(&conn->s, &p->s)))
		return;
	p->has_session = true;
	p->s = conn->s;
}

/* ---- what is missing ---- */

bool fe_head_redirect(struct fe_post *p)
{
	const char *url = p->listener->conf->redirect_url;

	if (!*url)
		return false;
	p->has_session = false;
	if (fe_reply_was_redirected(p, FE_REDIRECT_LISTENER))
		return false;
	fe_reply_redirect(p, FE_REDIRECT_LISTENER, url);
	return true;
}

void fe_head_ask(struct fe_post *p)
{
	if (p->missing == FE_MISSING_CERTIFICATE)
		fe_refuse(p, FE_REASON_CERTIFICATE);
	else
		fe_reply_challenge(p, false);
}

static enum fe_missing find_missing(struct fe_post *p)
{
	enum hms_auth_policy policy = fe_auth_http(p->auth);

	if (p->has_session)
		return FE_MISSING_NOTHING;
	if (fe_auth_wants_certificate(p->auth) && !hms_conn_tls_verified(hms_http_req_conn(p->req)))
		return FE_MISSING_CERTIFICATE;
	if (policy == HMS_POLICY_NONE || hms_auth_shown(hms_http_req_arena(p->req), policy, hms_http_req_header(p->req, "Authorization")))
		return FE_MISSING_NOTHING;
	return FE_MISSING_CREDENTIALS;
}

/* Whether a group of the tenant asks for something else than what is missing, so that only the Inform can tell what its device must be asked for. */
static bool a_group_asks_otherwise(const struct fe_post *p)
{
	bool verified = hms_conn_tls_verified(hms_http_req_conn(p->req));

	for (unsigned auth = 0; p->listener->group_rules >> auth; auth++) {
		if (!(p->listener->group_rules >> auth & 1) || (fe_auth_wants_certificate(auth) && !verified))
			continue;
		if (p->missing == FE_MISSING_CERTIFICATE || fe_auth_http(auth) != fe_auth_http(p->auth))
			return true;
	}
	return false;
}

static bool expects_continue(const struct fe_post *p) { return hms_http_req_header(p->req, "Expect").p; }

/* RFC 9110 10.1.1: who waits for leave to send its body is answered at once, where the body cannot change the answer. Where a group asks for something
 * else it can: the body says whose it is, so it is let in as any stranger's. */
static bool answer_unread(struct fe_post *p)
{
	if (p->missing != FE_MISSING_CERTIFICATE && !expects_continue(p))
		return false;
	if (p->missing == FE_MISSING_CERTIFICATE || hms_http_req_content_length(p->req) == 0 || !fe_head_redirect(p))
		fe_head_ask(p);
	return true;
}

bool fe_head_admits(struct fe_post *p)
{
	const struct fe *fe = p->fe;

	p->missing = find_missing(p);
	p->unread = p->missing != FE_MISSING_NOTHING && !a_group_asks_otherwise(p);
	if (p->unread)
		return !answer_unread(p);
	if (p->has_session || p->listener->conf->auth == HMS_POLICY_NONE ||
	    hms_rate_ok(fe->auth_rate, hms_http_req_peer(p->req), fe->conf->auth_failure_rate_per_source, hms_loop_now_ms(fe->loop)))
		return true;
	fe_refuse(p, FE_REASON_AUTH_RATE);
	return false;
}
