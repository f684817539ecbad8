/** Instances of a cell, read anew when a step was refused with 9005: one more try follows (hms/cwmp/retries.def). */
#ifndef PROV_REDISCOVER_H
#define PROV_REDISCOVER_H

#include "procedure.h"

/** A step has failed: whether its instances are to be read anew now, which is asked for then. Once, until a step is done. */
bool prov_rediscover_asked(struct prov_device *d, const struct prov_command *c, const Hms__RpcResult *result);
/** A step was done, or its procedure has failed. */
void prov_rediscover_over(struct prov_device *d);

/* The step itself. */
int prov_rediscover_payload(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			    struct hms_str *payload, struct hms_err *err);
void prov_rediscover_done(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__RpcResult *result);
void prov_rediscover_faulted(struct prov_context *ctx, struct prov_device *d, struct prov_command *c);

#endif
