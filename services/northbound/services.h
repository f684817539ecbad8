/** What runs: every service's admin port, asked when somebody wants to know. */
#ifndef NBI_SERVICES_H
#define NBI_SERVICES_H

#include <jansson.h>

#include "nbi.h"

/** Reads [northbound] admin_urls. NULL with err. */
struct nbi_services *nbi_services_new(struct nbi *nbi, struct hms_err *err);
void nbi_services_free(struct nbi_services **services);

struct nbi_services_wait {
	struct hms_list node;
	void (*told)(void *arg);
	void *arg;
};
/** Calls told once, maybe at once: when every service has answered, or has had its time, since admin_age ago; or when the services are freed. The wait lives
 *  until then. */
void nbi_services_look(struct nbi_services *services, struct nbi_services_wait *wait);

/** [{"instance", "url", "state": "ready" | "degraded" | "not ready" | "away" | "unknown", "reasons", "version", "uptime_s", "lag_ms"}]:
 *  what was seen last. */
json_t *nbi_services_json(const struct nbi_services *services);
/** Whether a service says that it misses a store of that name. */
bool nbi_services_miss(const struct nbi_services *services, const char *store);

#endif
