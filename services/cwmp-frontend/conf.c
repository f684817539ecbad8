/* Tables of the front end's configuration, and what single keys cannot check. */
#include "conf.h"

/* For the envelope of a record: identity, events, fields, framing. */
#define RECORD_ROOM 65536
#define VALUE_MIN 65536

const char *const fe_auth_names[FE_AUTH_COUNT] = {
	"none", "basic", "digest", "any", "certificate", "certificate+basic", "certificate+digest", "certificate+any",
};

static const struct hms_conf_key fe_keys[] = {
#define CONF_OWNER struct fe_conf
#include "hms/conf/rows.inc"
#include "config.def"
#include "hms/conf/end.inc"
};

static const struct hms_conf_key listener_keys[] = {
#define CONF_OWNER struct fe_listener_conf
#include "hms/conf/rows.inc"
#include "listener.def"
#include "hms/conf/end.inc"
};

static const struct hms_conf_key reach_keys[] = {
#define CONF_OWNER struct fe_reach_conf
#include "hms/conf/rows.inc"
#include "reach.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section fe_reach_section =
	HMS_CONF_SECTION("reach", reach_keys, struct fe_reach_conf, "Connection requests to devices, in the mode `reach`.");

const struct hms_conf_section fe_conf_section =
	HMS_CONF_SECTION("cwmp-frontend", fe_keys, struct fe_conf, "Sessions of devices: policies, waits and limits of the front end.");

const struct hms_conf_section fe_listener_section = HMS_CONF_SECTION_MULTI("listener", listener_keys, struct fe_listener_conf,
									   "A port for devices; at least one [listener NAME] is needed.");

size_t fe_conf_value_max(const struct fe_conf *conf, int64_t record_max_bytes)
{
	int64_t room = record_max_bytes - conf->part_bytes - RECORD_ROOM;

	return room > 0 ? (size_t)room : 0;
}

int fe_conf_check(const struct fe_conf *conf, int64_t record_max_bytes, struct hms_err *err)
{
	if (conf->retry_after_min > conf->retry_after_max)
		return hms_err_set(err, HMS_EINVAL, "[cwmp-frontend] retry_after_min is above retry_after_max");
	if (conf->retry_after_min > conf->retry_after_later)
		return hms_err_set(err, HMS_EINVAL, "[cwmp-frontend] retry_after_min is above retry_after_later");
	if (*conf->drain_url && strncmp(conf->drain_url, "http://", 7) != 0 && strncmp(conf->drain_url, "https://", 8) != 0)
		return hms_err_set(err, HMS_EINVAL, "[cwmp-frontend] drain_url begins with neither http:// nor https://");
	if (fe_conf_value_max(conf, record_max_bytes) < VALUE_MIN)
		return hms_err_set(err, HMS_EINVAL,
				   "[kafka] record_max_bytes leaves no room for a value beside [cwmp-frontend] part_bytes");
	return 0;
}
