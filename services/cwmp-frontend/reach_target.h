/** Whom a front end in the mode `reach` may call. A device says itself where: whoever can send an Inform must not have HMS call what only HMS can reach. */
#ifndef FE_REACH_TARGET_H
#define FE_REACH_TARGET_H

#include <curl/curl.h>

#include "conf.h"
#include "hms/device/reach.h"
#include "hms/net/networks.h"

#define FE_TARGET_URL_MAX 1024

struct fe_target_rules {
	struct hms_networks allow, deny, allow_special;
	bool names;
};

/** Returns 0 or HMS_EINVAL with text. */
int fe_target_rules_make(const struct fe_reach_conf *conf, struct fe_target_rules *out, struct hms_err *err);

bool fe_target_allows(const struct fe_target_rules *rules, const struct hms_addr *addr);

/** Reads a ConnectionRequestURL. HMS_REACH_NONE: it may be called; *out is a handle without user name, password and fragment, to be freed with curl_url_cleanup(). Else why not.
 *  A host that is a name is looked at again when it has become an address. */
enum hms_reach_outcome fe_target_read(const struct fe_target_rules *rules, const char *url, CURLU **out);

#endif
