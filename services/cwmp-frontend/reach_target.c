/* Whom a front end in the mode `reach` may call. */
#include "reach_target.h"

static int read_networks(const char *key, const char *text, struct hms_networks *out, struct hms_err *err)
{
	if (hms_networks_parse(hms_str(text), out) == 0)
		return 0;
	return hms_err_set(err, HMS_EINVAL, "[reach] %s: \"%s\" is no list of at most %d networks, e.g. 10.0.0.0/8, 192.0.2.1", key, text,
			   HMS_NETWORKS_MAX);
}

int fe_target_rules_make(const struct fe_reach_conf *conf, struct fe_target_rules *out, struct hms_err *err)
{
	int rc = read_networks("allow", conf->allow, &out->allow, err);

	if (rc == 0)
		rc = read_networks("deny", conf->deny, &out->deny, err);
	if (rc == 0)
		rc = read_networks("allow_special", conf->allow_special, &out->allow_special, err);
	out->names = conf->names;
	return rc;
}

bool fe_target_allows(const struct fe_target_rules *rules, const struct hms_addr *addr)
{
	if (hms_networks_have(&rules->deny, addr))
		return false;
	if (hms_scope_is_special(hms_addr_scope(addr)))
		return hms_networks_have(&rules->allow_special, addr);
	return rules->allow.count == 0 || hms_networks_have(&rules->allow, addr);
}

/* libcurl has written a host such as 0x7f.1 or 2130706433 as the address that it stands for. */
static enum hms_reach_outcome check_host(const struct fe_target_rules *rules, CURLU *u)
{
	enum hms_reach_outcome outcome;
	struct hms_addr addr;
	char *host = NULL;

	if (curl_url_get(u, CURLUPART_HOST, &host, 0) || !*host)
		outcome = HMS_REACH_BAD_URL;
	else if (hms_addr_of_host(hms_str(host), 0, &addr))
		outcome = rules->names ? HMS_REACH_NONE : HMS_REACH_NOT_ALLOWED;
	else
		outcome = fe_target_allows(rules, &addr) ? HMS_REACH_NONE : HMS_REACH_NOT_ALLOWED;
	curl_free(host);
	return outcome;
}

/* TR-069 3.2.2.1: http only. What else a URL can say is not for us to send. */
static bool plain(CURLU *u, const char *url)
{
	char *scheme = NULL;
	bool http = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		    strcmp(scheme, "http") == 0;

	curl_free(scheme);
	return http && !curl_url_set(u, CURLUPART_USER, NULL, 0) && !curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) &&
	       !curl_url_set(u, CURLUPART_OPTIONS, NULL, 0) && !curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) &&
	       !curl_url_set(u, CURLUPART_ZONEID, NULL, 0);
}

enum hms_reach_outcome fe_target_read(const struct fe_target_rules *rules, const char *url, CURLU **out)
{
	CURLU *u = *url && strlen(url) <= FE_TARGET_URL_MAX ? curl_url() : NULL;
	enum hms_reach_outcome outcome = u && plain(u, url) ? check_host(rules, u) : HMS_REACH_BAD_URL;

	*out = outcome ? NULL : u;
	if (outcome)
		curl_url_cleanup(u);
	return outcome;
}
