/* Rules of a session that need no I/O: classes, waits, numbers (contracts 2 and 4). */
#include "session.h"

#include "hms/cwmp/cwmp.h"
#include "hms/device/auth.h"

enum fe_rank fe_session_rank(uint32_t classes)
{
	if (classes & HMS_EVENT_BOOTSTRAP)
		return FE_RANK_BOOTSTRAP;
	if (classes & HMS_EVENT_BOOT)
		return FE_RANK_BOOT;
	if (classes & (HMS_EVENT_REPROVISION_SEGW | HMS_EVENT_REPROVISION_FAPGW))
		return FE_RANK_REPROVISION;
	return FE_RANK_OTHER;
}

bool fe_proof_suffices(unsigned proof, unsigned auth)
{
	enum hms_auth_policy http = (enum hms_auth_policy)(auth & 3);
	bool certificate = auth & 4, own = proof & FE_PROOF_OWN_CERTIFICATE;
	unsigned enough = http == HMS_POLICY_DIGEST ? FE_PROOF_DIGEST : FE_PROOF_DIGEST | FE_PROOF_BASIC;

	if (proof & FE_PROOF_GROUP)
		return true;
	if (certificate && http != HMS_POLICY_NONE)
		return (proof & FE_PROOF_CERTIFICATE) && (proof & enough);
	if (certificate)
		return own;
	return http == HMS_POLICY_NONE || own || (proof & enough);
}

const char *fe_rank_label(enum fe_rank rank)
{
	static const char *const labels[FE_RANK_COUNT] = {
		[FE_RANK_OTHER] = "other",
		[FE_RANK_REPROVISION] = "reprovision",
		[FE_RANK_BOOT] = "boot",
		[FE_RANK_BOOTSTRAP] = "bootstrap",
	};

	return labels[rank];
}

int64_t fe_session_hold_us(const struct fe_conf *conf, uint32_t classes)
{
	const int64_t hold_ms[FE_RANK_COUNT] = {
		[FE_RANK_OTHER] = conf->hold_other,
		[FE_RANK_REPROVISION] = conf->hold_reprovision,
		[FE_RANK_BOOT] = conf->hold_boot,
		[FE_RANK_BOOTSTRAP] = conf->hold_bootstrap,
	};

	return hold_ms[fe_session_rank(classes)] * 1000;
}

int64_t fe_session_timeout_us(const struct fe_conf *conf, const struct fe_session *s)
{
	enum { LEAST_S = 30, MOST_S = 24 * 3600 };
	uint32_t asked = s->timeout_s < LEAST_S ? LEAST_S : s->timeout_s;

	if (s->timeout_s == 0)
		return conf->session_timeout * 1000;
	return (asked < MOST_S ? asked : MOST_S) * INT64_C(1000000);
}

int64_t fe_session_promise_us(const struct fe_conf *conf, const struct fe_session *s, int64_t now_us)
{
	int64_t hold_us = fe_session_hold_us(conf, s->classes);
	int64_t most_us = s->timeout_s * INT64_C(1000000) / 3 * 2; /* a third is left for the way */

	if (s->timeout_s > 0 && most_us < hold_us)
		hold_us = most_us;
	return s->stay == FE_STAY_HELD ? now_us + hold_us : 0;
}

bool fe_session_must_return(const struct fe_session *s) { return fe_session_rank(s->classes) != FE_RANK_OTHER || s->n > 0; }

void fe_session_begin(struct fe_session *s)
{
	if (s->begun)
		return;
	s->begun = true;
	s->s0 = s->seq;
}

/* While RPC n is open the number s0 + n belongs to its answer: the request takes it, and the answer moves up. */
uint32_t fe_session_request_seq(const struct fe_session *s) { return s->seq + 1; }

void fe_session_requested(struct fe_session *s)
{
	s->seq++;
	if (s->begun)
		s->s0++;
}

void fe_session_answered(struct fe_session *s)
{
	s->open = false;
	s->seq = s->s0 + s->n;
}

bool fe_session_newer(const struct fe_session *a, const struct fe_session *b)
{
	if (a->seq != b->seq)
		return a->seq > b->seq;
	return a->n > b->n || (a->n == b->n && a->ended && !b->ended);
}
