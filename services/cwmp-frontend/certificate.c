/* Whose certificate it is: its own, one that devices share, or another device's. */
#include "certificate.h"

#include "hms/cwmp/writer.h"
#include "hms/http/server.h"
#include "hms/net/tls.h"
#include "reply.h"

enum { FAULT_DENIED = 8001, OUI_LEN = 6, DNS_NAME_MAX = 253 };

/* [A5]: a CN of this form names a device; another one (a maker's, a server's) names none. */
static enum fe_whose by_cn(const struct fe_post *p, struct hms_str cn)
{
	struct hms_device_names names;
	struct hms_device_id device;

	if (!cn.p || hms_device_username_parse(cn, &names) || names.oui.len != OUI_LEN)
		return FE_WHOSE_NOBODYS;
	for (size_t i = 0; i < OUI_LEN; i++)
		if (!strchr("0123456789ABCDEFabcdef", names.oui.p[i]))
			return FE_WHOSE_NOBODYS;
	device = hms_device_id(hms_str(p->listener->conf->tenant), names.oui, names.product_class, names.serial);
	return hms_device_id_eq(device, p->s.device) ? FE_WHOSE_OWN : FE_WHOSE_ANOTHERS;
}

/* What stands for the placeholder at the beginning of `text`, and how long that is; 0: there is none. */
static size_t placeholder(struct hms_str text, const struct hms_cwmp_device_id *d, struct hms_str *value)
{
	const struct {
		struct hms_str name, value;
	} all[] = {
		{ HMS_STR("{oui}"), d->oui },
		{ HMS_STR("{product_class}"), d->product_class },
		{ HMS_STR("{serial}"), d->serial },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (hms_str_starts(text, all[i].name)) {
			*value = hms_str_trim(all[i].value);
			return all[i].name.len;
		}
	}
	return 0;
}

/* The dNSName that this device's certificate must have. Empty: it would be longer than a name can be. */
static struct hms_str expected_dns(const struct fe_post *p, char out[DNS_NAME_MAX])
{
	struct hms_str rest = hms_str(p->listener->conf->certificate_dns);
	size_t len = 0;

	while (rest.len) {
		struct hms_str piece = hms_strn(rest.p, 1);
		size_t used = placeholder(rest, &p->msg->device, &piece);

		if (piece.len > DNS_NAME_MAX - len)
			return HMS_STR("");
		if (piece.len)
			memcpy(out + len, piece.p, piece.len);
		len += piece.len;
		used = used ? used : 1;
		rest = hms_strn(rest.p + used, rest.len - used);
	}
	return hms_strn(out, len);
}

static enum fe_whose by_dns(const struct fe_post *p, const struct hms_tls_identity *identity)
{
	char room[DNS_NAME_MAX];
	struct hms_str expected = expected_dns(p, room);

	if (!p->listener->conf->certificate_dns[0] || identity->dns_count == 0)
		return FE_WHOSE_NOBODYS;
	for (size_t i = 0; i < identity->dns_count; i++)
		if (expected.len && hms_str_caseeq(identity->dns[i], expected))
			return FE_WHOSE_OWN;
	return FE_WHOSE_ANOTHERS;
}

/* What names a device in one place must not name another one in the other. */
static enum fe_whose whose(const struct fe_post *p, const struct hms_tls_identity *identity)
{
	enum fe_whose cn = by_cn(p, identity->cn), dns = by_dns(p, identity);

	return cn > dns ? cn : dns;
}

static void count_refusal(struct fe_post *p, const char *why, struct hms_str cn)
{
	struct fe *fe = p->fe;
	uint64_t now_ms = hms_loop_now_ms(fe->loop);

	FE_COUNT(&fe->m, auth_failures, why);
	FE_COUNT(&fe->m, inform_results, "certificate");
	hms_rate_charge(fe->auth_rate, hms_http_req_peer(p->req), fe->conf->auth_failure_rate_per_source, now_ms);
	if (hms_log_allow(&fe->peers_log, 5, now_ms))
		log_info("certificate not accepted", KV_B("device", p->s.device.b, sizeof(p->s.device.b)), KV_Z("reason", why),
			 KV_S("cn", cn));
}

bool fe_certificate_look(struct fe_post *p)
{
	struct hms_tls_identity identity;

	p->certificate = FE_WHOSE_ABSENT;
	if (!hms_conn_tls_identity(hms_http_req_conn(p->req), &identity))
		return true;
	p->certificate = (uint8_t)whose(p, &identity);
	if (p->certificate != FE_WHOSE_ANOTHERS)
		return true;
	count_refusal(p, "certificate_of_another", identity.cn);
	fe_reply_fault(p, FAULT_DENIED); /* SEC-05: what a certificate says does not change by asking again */
	return false;
}

/* Where it is the group that wants the certificate, the answer is what a stranger gets: nobody learns so that there is such a device. */
static bool refuse(struct fe_post *p, const char *why)
{
	unsigned auth = (unsigned)p->listener->conf->auth;
	struct hms_tls_identity identity = { 0 };

	hms_conn_tls_identity(hms_http_req_conn(p->req), &identity);
	count_refusal(p, why, identity.cn);
	if (p->auth_of_group && fe_auth_http(auth) != HMS_POLICY_NONE) {
		p->auth = (uint8_t)auth;
		fe_reply_challenge(p, false);
	} else if (!p->auth_of_group && p->certificate == FE_WHOSE_ABSENT) {
		fe_refuse(p, FE_REASON_CERTIFICATE);
	} else {
		fe_reply_fault(p, FAULT_DENIED);
	}
	return false;
}

/* What a listener does not ask for no device can show. */
static bool is_asked_for(const struct fe_listener *l) { return l->tls && l->conf->tls_client_auth != HMS_TLS_CLIENT_NONE; }

bool fe_certificate_fits(struct fe_post *p)
{
	bool alone = fe_auth_http(p->auth) == HMS_POLICY_NONE;

	if (p->certificate != FE_WHOSE_ABSENT)
		p->s.proof |= FE_PROOF_CERTIFICATE;
	if (p->certificate == FE_WHOSE_OWN)
		p->s.proof |= FE_PROOF_OWN_CERTIFICATE;
	if (!fe_auth_wants_certificate(p->auth))
		return true;
	if (p->certificate == FE_WHOSE_ABSENT)
		return refuse(p, is_asked_for(p->listener) ? "certificate_absent" : "certificate_not_asked");
	if (p->certificate == FE_WHOSE_NOBODYS && alone)
		return refuse(p, "certificate_names_none");
	return true;
}
