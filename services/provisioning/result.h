/** The answer to an RPC: what it makes of the command. */
#ifndef PROV_RESULT_H
#define PROV_RESULT_H

#include "procedure.h"

/** A part of a large answer that is not the last one: the first one is kept as the command's result. */
void prov_result_part(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__DeviceEvent *ev);

/** Ends, requeues or doubts the command as the outcome says, keeps result and fault, and lets its procedure go on. */
void prov_result_apply(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__DeviceEvent *ev);

#endif
