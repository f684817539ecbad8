/** Configuration of the front end: [cwmp-frontend], [listener <name>] and [reach]. */
#ifndef FE_CONF_H
#define FE_CONF_H

#include "hms/conf/conf.h"

/* Order of the choices in config.def and listener.def. */
enum fe_unknown_policy { FE_UNKNOWN_REFUSE, FE_UNKNOWN_HOLD, FE_UNKNOWN_ACCEPT };
enum { FE_MODE_SESSIONS, FE_MODE_REACH }; /* of `mode` */
enum fe_role { FE_ROLE_INITIAL, FE_ROLE_SERVING, FE_ROLE_BOTH };

/* Values of `auth`, of listeners and groups: the lower two bits are an enum hms_auth_policy, the third asks for a certificate. */
enum { FE_AUTH_COUNT = 8 };
extern const char *const fe_auth_names[FE_AUTH_COUNT];

struct fe_conf {
#include "hms/conf/fields.inc"
#include "config.def"
#include "hms/conf/end.inc"
};
struct fe_listener_conf {
#include "hms/conf/fields.inc"
#include "listener.def"
#include "hms/conf/end.inc"
};
struct fe_reach_conf {
#include "hms/conf/fields.inc"
#include "reach.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section fe_conf_section;
extern const struct hms_conf_section fe_reach_section;
extern const struct hms_conf_section fe_listener_section;

/** What bounds of single keys cannot say. @param record_max_bytes  of [kafka]. Returns 0 or HMS_EINVAL with text. */
int fe_conf_check(const struct fe_conf *conf, int64_t record_max_bytes, struct hms_err *err);

/** Longest single value that a record has room for beside a part. */
size_t fe_conf_value_max(const struct fe_conf *conf, int64_t record_max_bytes);

#endif
