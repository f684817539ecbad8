/** Evidence of what a device executed (I8): it settles doubt, and wins over every guess, whenever it comes. */
#ifndef PROV_EVIDENCE_H
#define PROV_EVIDENCE_H

#include "procedure.h"

/** M events with our CommandKey, our ParameterKey, 0 BOOTSTRAP after a FactoryReset. Late Informs count, too. */
void prov_evidence_inform(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev);

/** TransferComplete and the like: recorded in the history, and the end of the transfer that they name. */
void prov_evidence_request(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev);

/** Ids of commands that an event names, so that ended ones are loaded, too. Returns how many were written to ids (at most max). */
size_t prov_evidence_ids(const Hms__DeviceEvent *ev, uint64_t *ids, size_t max);

#endif
