/* The section [http] of the configuration. */
#include "hms/http/server.h"

static const struct hms_conf_key http_keys[] = {
#define CONF_OWNER struct hms_http_conf
#include "hms/conf/rows.inc"
#include "hms/http/config.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section hms_http_conf_section =
	HMS_CONF_SECTION("http", http_keys, struct hms_http_conf, "Limits and timeouts of the HTTP listeners.");
