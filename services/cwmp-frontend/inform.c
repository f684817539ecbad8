/* The Inform: an answered Inform is a kept Inform (contracts 4 and 5). */
#include "inform.h"

#include "certificate.h"
#include "conn.h"
#include "group.h"
#include "guess.h"
#include "hms/base/failpoint.h"
#include "hms/cwmp/writer.h"
#include "inform_record.h"
#include "lag.h"
#include "parameter_key.h"
#include "quiet.h"
#include "quirk.h"
#include "reply.h"
#include "shed.h"
#include "version.h"

enum { FAULT_DENIED = 8001, FAULT_ARGUMENTS = 8003, FAULT_VERSION = 8006 };

static void result(struct fe_post *p, const char *label) { FE_COUNT(&p->fe->m, inform_results, label); }

static void refuse(struct fe_post *p, enum fe_reason reason)
{
	result(p, fe_reason_label(reason));
	fe_refuse(p, reason);
}

static void fault(struct fe_post *p, const char *label, uint32_t code)
{
	result(p, label);
	fe_reply_fault(p, code);
}

/* ---- the response ---- */
static void kept(struct fe_post *p, int code)
{
	struct fe *fe = p->fe;
	uint64_t took_us = hms_mono_us() - p->complete_us;

	fe_shed_kept(fe->shed, took_us);
	if (code) {
		result(p, "not_kept");
		fe_post_failed(p, code);
		return;
	}
	(void)HMS_FAILPOINT("fe.inform.acked");
	log_debug("Inform kept", KV_B("device", p->s.device.b, sizeof(p->s.device.b)), KV_U("sid", p->s.sid),
		  KV_U("classes", p->s.classes));
	p->has_session = true;
	hms_http_req_known(p->req);
	hms_cwmp_write_inform_response(&p->work->out, p->msg->ns, p->msg->id, fe_version_choose(p->msg->supported_versions));
	hms_histogram_observe_us(&fe->m.inform_seconds, took_us);
	fe_reply_soap(p);
}

/* ---- classification and record ---- */
static bool is_quiet(struct fe_post *p)
{
	struct fe_quiet_input in = {
		.has_entry = p->lookup.hit,
		.entry_flags = p->lookup.flags,
		.entry_key = p->lookup.key,
		.retry_count = p->msg->retry_count,
		.classes = p->s.classes,
		.event_count = p->msg->event_count,
	};

	in.has_key = fe_parameter_key(p->msg, &in.key);
	return fe_quiet(&in);
}

static void record(struct fe_post *p, enum fe_admission admission)
{
	static const char *const labels[] = { [FE_STAY_QUIET] = "quiet", [FE_STAY_HELD] = "held", [FE_STAY_UNHELD] = "unheld" };

	/* That a device has taken its new credential is news. */
	if (p->credential != HMS__INFORM__CREDENTIAL__PENDING && is_quiet(p))
		p->s.stay = FE_STAY_QUIET;
	else
		p->s.stay = admission == FE_ADMIT_HOLD ? FE_STAY_HELD : FE_STAY_UNHELD;
	result(p, labels[p->s.stay]);
	fe_inform_record(p, kept);
}

/* ---- admission and unknown devices ---- */

static int64_t lag_ms(const struct fe_post *p) { return fe_lag_ms(p->fe->lag, hms_device_partition(p->s.device, p->fe->partitions)); }

/* Before it costs more than its reading. What may come later is also told to stay away for longer. */
static bool shed(struct fe_post *p)
{
	enum fe_turn turn;

	if (!fe_sheds(p->fe->shed, p->s.classes, p->msg->retry_count, lag_ms(p), &turn))
		return false;
	refuse(p, turn == FE_TURN_URGENT ? FE_REASON_OVERLOAD : FE_REASON_LATER);
	return true;
}

/* Returns whether the Inform may go on; else it is refused. */
static bool admit(struct fe_post *p, enum fe_admission *admission)
{
	*admission = fe_admit(p->fe->conf, p->s.classes, lag_ms(p));
	if (*admission != FE_ADMIT_REFUSE)
		return true;
	refuse(p, FE_REASON_LAG);
	return false;
}

/* Returns whether the Inform may go on; else it is answered. */
static bool accept_unknown(struct fe_post *p)
{
	struct fe *fe = p->fe;

	hms_counter_inc(&fe->m.unknown_devices);
	if (!hms_rate_take(fe->unknown_rate, hms_http_req_peer(p->req), fe->conf->unknown_rate_per_source, hms_loop_now_ms(fe->loop))) {
		refuse(p, FE_REASON_UNKNOWN_RATE);
		return false;
	}
	if (fe->conf->unknown_devices != FE_UNKNOWN_REFUSE)
		return true;
	fault(p, "unknown", FAULT_DENIED);
	return false;
}

/* ---- authentication ---- */
static enum hms_auth_result authenticate(struct fe_post *p)
{
	static const uint8_t credentials[] = {
		[0] = HMS__INFORM__CREDENTIAL__SHARED,
		[HMS_CREDENTIAL_OWN] = HMS__INFORM__CREDENTIAL__OWN,
		[HMS_CREDENTIAL_PENDING] = HMS__INFORM__CREDENTIAL__PENDING,
	};
	const struct fe_listener *l = p->listener;
	enum hms_auth_result auth;
	struct fe_conn *conn = fe_conn_get(p->req, &p->fe->conns, true);
	struct hms_auth_input in = {
		.policy = fe_post_auth_policy(p),
		.authorization = hms_http_req_header(p->req, "Authorization"),
		.method = HMS_STR("POST"),
		.device = p->s.device,
		.sealed = p->lookup.sealed,
		.sealed_count = p->lookup.sealed_count,
		.bootstrap = l->bootstrap.username[0] ? &l->bootstrap : NULL,
		.bootstrap_always = l->conf->bootstrap_after_reset && (p->s.classes & HMS_EVENT_BOOTSTRAP),
		.sealer = p->fe->credential_sealer,
		.nonce_key = &p->fe->nonce_key,
		.nonce_life_ms = p->fe->conf->nonce_life,
		.now_us = hms_wall_us(),
		.seen = conn ? &conn->nonce : NULL,
	};

	auth = hms_auth_check(p->work->arena, &in);
	if (auth == HMS_AUTH_IS_OK) {
		p->credential = credentials[in.shown];
		p->s.proof |= in.by_digest ? FE_PROOF_DIGEST : FE_PROOF_BASIC;
	}
	return auth;
}

/* Nothing wrong is counted for who has shown nothing yet, or a nonce of yesterday. */
static void count_failure(struct fe_post *p, enum hms_auth_result auth)
{
	struct fe *fe = p->fe;
	uint64_t now_ms = hms_loop_now_ms(fe->loop);
	const struct hms_addr *peer = hms_http_req_peer(p->req);

	FE_COUNT(&fe->m, auth_failures, hms_auth_label(auth));
	hms_rate_charge(fe->auth_rate, peer, fe->conf->auth_failure_rate_per_source, now_ms);
	fe_guess_wrong(fe->guesses, p->s.device, peer, fe->conf->auth_failure_rate_per_device, now_ms);
	if (hms_log_allow(&fe->peers_log, 5, now_ms))
		log_info("credentials not accepted", KV_B("device", p->s.device.b, sizeof(p->s.device.b)),
			 KV_Z("reason", hms_auth_label(auth)));
}

/* Returns whether the device has shown by HTTP who it is, where it has to; else it is answered 401. Never 8001: the device would not ask for the
 * password again. */
static bool knows_password(struct fe_post *p)
{
	struct fe *fe = p->fe;
	uint64_t now_ms = hms_loop_now_ms(fe->loop);
	enum hms_auth_result auth;

	if (fe_post_auth_policy(p) == HMS_POLICY_NONE)
		return true;
	if (!fe_guess_ok(fe->guesses, p->s.device, hms_http_req_peer(p->req), fe->conf->auth_failure_rate_per_device, now_ms)) {
		refuse(p, FE_REASON_DEVICE_AUTH_RATE);
		return false;
	}
	auth = authenticate(p);
	if (auth == HMS_AUTH_IS_OK) {
		fe_guess_right(fe->guesses, p->s.device, hms_http_req_peer(p->req), now_ms);
		return true;
	}
	if (auth != HMS_AUTH_IS_ABSENT && auth != HMS_AUTH_IS_STALE)
		count_failure(p, auth);
	result(p, "challenged");
	fe_reply_challenge(p, auth == HMS_AUTH_IS_STALE);
	return false;
}

static bool authenticated(struct fe_post *p)
{
	if (!fe_certificate_fits(p) || !knows_password(p))
		return false;
	p->s.proof |= p->auth_of_group ? FE_PROOF_GROUP : 0;
	return true;
}

/* ---- the group ---- */

/* Nothing of the Inform is believed before. A rule that is not known may be stricter than the listener's: 503, and the device comes again. */
static bool take_group(struct fe_post *p, const char **redirect_url)
{
	const struct fe_group *group;

	if (p->lookup.group.len == 0)
		return true;
	group = fe_group_find(p->fe->groups, hms_str(p->listener->conf->tenant), p->lookup.group);
	if (!group) {
		refuse(p, FE_REASON_GROUP);
		return false;
	}
	p->auth_of_group = group->auth != FE_AUTH_LISTENER;
	if (p->auth_of_group)
		p->auth = (uint8_t)group->auth;
	*redirect_url = group->redirect_url;
	return true;
}

/* Whether that is where the device has come to: to send it there would cost every session a round. */
static bool is_here(const struct fe_post *p, struct hms_str url)
{
	struct hms_str rest = url, path = HMS_STR("/");
	const char *slash;

	if (hms_str_eqz(url, p->listener->conf->public_url))
		return true;
	hms_str_split(&rest, '/'); /* "http:" */
	hms_str_split(&rest, '/');
	slash = rest.len ? memchr(rest.p, '/', rest.len) : NULL;
	if (slash) {
		path = hms_strn(slash, rest.len - (size_t)(slash - rest.p));
		rest.len = (size_t)(slash - rest.p);
	}
	return hms_str_caseeq(rest, hms_http_req_header(p->req, "Host")) && hms_str_eq(path, hms_http_req_path(p->req));
}

/* [H10] To its group's own HMS, once a session, and only who has shown to be of the group. */
static bool redirected(struct fe_post *p, const char *url)
{
	if (!url || !*url || is_here(p, hms_str(url)) || fe_reply_was_redirected(p, FE_REDIRECT_GROUP))
		return false;
	result(p, "redirected");
	fe_reply_redirect(p, FE_REDIRECT_GROUP, url);
	return true;
}

/* ---- the device is looked up ---- */
static void found(struct fe_post *p, int code)
{
	enum fe_admission admission;
	const char *redirect_url = NULL;

	if (code == HMS_EFULL)
		refuse(p, FE_REASON_MISS_RATE);
	else if (code == HMS_ENOMEM)
		refuse(p, FE_REASON_MEMORY);
	else if (code)
		refuse(p, FE_REASON_POSTGRES);
	/* An alias may lie in another partition than the name that was admitted. */
	else if (take_group(p, &redirect_url) && authenticated(p) && !redirected(p, redirect_url) &&
		 (p->lookup.known || accept_unknown(p)) && admit(p, &admission))
		record(p, admission);
}

/* ---- the Inform as it came ---- */
static uint64_t new_sid(void)
{
	uint64_t sid;

	do
		sid = hms_random_u64() >> 1;
	while (sid == 0);
	return sid;
}

static void begin_session(struct fe_post *p)
{
	const struct hms_cwmp_msg *m = p->msg;

	p->has_session = false; /* an older one of this connection or cookie is over */
	p->s = (struct fe_session){
		.device = hms_device_id(hms_str(p->listener->conf->tenant), m->device.oui, m->device.product_class, m->device.serial),
		.sid = new_sid(),
		.seq = 1,
		.classes = hms_cwmp_event_bits(m->events, m->event_count),
		.inform_us = hms_wall_us(),
		.timeout_s = m->session_timeout_s,
		.ns = (uint8_t)m->ns,
		.role = (uint8_t)p->listener->conf->role,
		.hold_requests = m->hold_requests,
		.quirks = fe_quirks_find(p->fe->quirks, m),
	};
}

void fe_inform(struct fe_post *p)
{
	const struct hms_cwmp_msg *m = p->msg;
	struct fe *fe = p->fe;
	enum fe_admission admission;

	begin_session(p);
	FE_COUNT(&fe->m, informs, fe_rank_label(fe_session_rank(p->s.classes)));
	if (!hms_device_identity_ok(m->device.oui, m->device.product_class, m->device.serial))
		fault(p, "identity", FAULT_ARGUMENTS);
	else if (m->supported_versions.len > 0 && !fe_version_choose(m->supported_versions))
		fault(p, "version", FAULT_VERSION);
	else if (!hms_rate_ok(fe->auth_rate, hms_http_req_peer(p->req), fe->conf->auth_failure_rate_per_source, hms_loop_now_ms(fe->loop)))
		refuse(p, FE_REASON_AUTH_RATE);
	else if (fe_certificate_look(p) && !shed(p) && admit(p, &admission))
		fe_entry_find(p, found);
}
