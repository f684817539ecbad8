/** What runs: every service's admin port, asked from time to time. */
#ifndef NBI_SERVICES_H
#define NBI_SERVICES_H

#include <jansson.h>

#include "nbi.h"

/** Reads [northbound] admin_urls. NULL with err. */
struct nbi_services *nbi_services_new(struct nbi *nbi, struct hms_err *err);
void nbi_services_free(struct nbi_services **services);

/** [{"instance", "url", "state": "ready" | "degraded" | "not ready" | "away" | "unknown", "reasons", "version", "uptime_s", "lag_ms"}]:
 *  what was seen last. */
json_t *nbi_services_json(const struct nbi_services *services);
/** Whether a service says that it misses a store of that name. */
bool nbi_services_miss(const struct nbi_services *services, const char *store);

#endif
