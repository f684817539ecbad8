/* Tables of the file server's configuration, and what single keys cannot check. */
#include "conf.h"

/* For the envelope of a record: names, types, framing. */
#define RECORD_ROOM 65536

static const struct hms_conf_key fs_keys[] = {
#define CONF_OWNER struct fs_conf
#include "hms/conf/rows.inc"
#include "config.def"
#include "hms/conf/end.inc"
};

static const struct hms_conf_key listener_keys[] = {
#define CONF_OWNER struct fs_listener_conf
#include "hms/conf/rows.inc"
#include "listener.def"
#include "hms/conf/end.inc"
};

static const struct hms_conf_key account_keys[] = {
#define CONF_OWNER struct fs_account_conf
#include "hms/conf/rows.inc"
#include "account.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section fs_conf_section =
	HMS_CONF_SECTION("fileserver", fs_keys, struct fs_conf, "Uploads and downloads of devices: limits.");

const struct hms_conf_section fs_listener_section = HMS_CONF_SECTION_MULTI("listener", listener_keys, struct fs_listener_conf,
									   "A port for devices; at least one [listener NAME] is needed.");

const struct hms_conf_section fs_account_section = HMS_CONF_SECTION_MULTI(
	"account", account_keys, struct fs_account_conf,
	"A user that is no device, with a folder of its own. It uploads to /pm/ of listeners whose unsigned_auth is not none.");

int fs_conf_check(const struct fs_conf *conf, int64_t kafka_max_bytes, struct hms_err *err)
{
	if (conf->retry_after_min > conf->retry_after_max)
		return hms_err_set(err, HMS_EINVAL, "[fileserver] retry_after_min is above retry_after_max");
	if (conf->record_max_bytes + RECORD_ROOM > kafka_max_bytes)
		return hms_err_set(err, HMS_EINVAL, "[kafka] record_max_bytes leaves no room for [fileserver] record_max_bytes");
	return 0;
}
