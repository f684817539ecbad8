/** What becomes of a command whose failure the device has reported: hms/cwmp/retries.def. */
#ifndef PROV_RETRY_H
#define PROV_RETRY_H

#include "procedure.h"

/** Queues it again, not before a time that grows with each try, if its fault is one of those, a try is left and its deadline leaves the time. Procedures decide
 *  anew by themselves. False: the fault is final. */
bool prov_retry(struct prov_context *ctx, struct prov_device *d, struct prov_command *c);

/** Whether a fault of a procedure's command says that instances have to be read anew; of SetParameterValues that is what it says of a parameter. */
bool prov_retry_rediscovers(const struct prov_command *c, const Hms__RpcResult *result);

/** Why a fault was final though others of its kind are tried again; NULL: nothing to say. */
const char *prov_retry_why_not(struct prov_context *ctx, const struct prov_command *c);

/** Whether this is said of a try that has ended: a repeat. */
bool prov_retry_is_of_ended(const struct prov_command *c, uint32_t try_no);

#endif
