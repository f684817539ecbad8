/* The sections that every service has. */
#include <stdlib.h>

#include "app_internal.h"

static const struct hms_conf_key service_keys[] = {
#define CONF_OWNER struct hms_service_conf
#include "hms/conf/rows.inc"
#include "hms/app/config.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_key log_keys[] = {
#define CONF_OWNER struct app_log_conf
#include "hms/conf/rows.inc"
#include "log.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_key admin_keys[] = {
#define CONF_OWNER struct app_admin_conf
#include "hms/conf/rows.inc"
#include "admin.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section hms_service_conf_section =
	HMS_CONF_SECTION("service", service_keys, struct hms_service_conf, "The process.");
const struct hms_conf_section app_log_section = HMS_CONF_SECTION("log", log_keys, struct app_log_conf, "Lines on standard error.");
const struct hms_conf_section app_admin_section =
	HMS_CONF_SECTION("admin", admin_keys, struct app_admin_conf, "The port of /metrics, /healthz and /readyz.");

static const struct hms_conf_section *const own[] = { &hms_service_conf_section, &app_log_section, &app_admin_section };

const struct hms_conf_section **app_sections(const struct hms_service *service)
{
	enum { OWN = sizeof(own) / sizeof(own[0]) };
	const struct hms_conf_section **all;
	size_t n = 0;

	while (service->sections && service->sections[n])
		n++;
	all = calloc(OWN + n + 1, sizeof(*all));
	if (!all)
		return NULL;
	memcpy(all, own, sizeof(own));
	if (n > 0)
		memcpy(all + OWN, service->sections, n * sizeof(*all));
	return all;
}
