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
static const struct hms_conf_key tls_keys[] = {
#define CONF_OWNER struct hms_tls_conf
#include "hms/conf/rows.inc"
#include "hms/net/tls.def"
#include "hms/conf/end.inc"
};
static const struct hms_conf_key admin_keys[] = {
#define CONF_OWNER struct app_admin_conf
#include "hms/conf/rows.inc"
#include "admin.def"
#include "hms/conf/end.inc"
};

const struct hms_conf_section hms_service_conf_section = HMS_CONF_SECTION("service", service_keys, struct hms_service_conf, "The process.");
const struct hms_conf_section app_log_section = HMS_CONF_SECTION("log", log_keys, struct app_log_conf, "Lines on standard error.");
const struct hms_conf_section app_admin_section =
	HMS_CONF_SECTION("admin", admin_keys, struct app_admin_conf, "The port of /metrics, /healthz and /readyz.");
const struct hms_conf_section hms_tls_conf_section = HMS_CONF_SECTION("tls", tls_keys, struct hms_tls_conf, "All TLS listeners.");

const struct hms_conf_section **app_sections(const struct hms_service *service)
{
	enum { OWN = 4 };
	const struct hms_conf_section **all;
	size_t n = 0;

	while (service->sections && service->sections[n])
		n++;
	all = calloc(OWN + n + 1, sizeof(void *));
	if (!all)
		return NULL;
	all[0] = &hms_service_conf_section;
	all[1] = &app_log_section;
	all[2] = &app_admin_section;
	all[3] = &hms_tls_conf_section;
	for (size_t i = 0; i < n; i++)
		all[OWN + i] = service->sections[i];
	return all;
}
