/** Configuration of the file server: [fileserver], [listener <name>], [account <name>]. */
#ifndef FS_CONF_H
#define FS_CONF_H

#include "hms/conf/conf.h"

struct fs_conf {
#include "hms/conf/fields.inc"
#include "config.def"
#include "hms/conf/end.inc"
};
struct fs_listener_conf {
#include "hms/conf/fields.inc"
#include "listener.def"
#include "hms/conf/end.inc"
};
struct fs_account_conf {
#include "hms/conf/fields.inc"
#include "account.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section fs_conf_section;
extern const struct hms_conf_section fs_listener_section;
extern const struct hms_conf_section fs_account_section;

/** What bounds of single keys cannot say. @param kafka_max_bytes  [kafka] record_max_bytes. Returns 0 or HMS_EINVAL with text. */
int fs_conf_check(const struct fs_conf *conf, int64_t kafka_max_bytes, struct hms_err *err);

#endif
