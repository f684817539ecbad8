/** Transfers whose end is overdue, or whose answer was lost: the device is asked which ones it has (TR-069 A.3.2.9 GetQueuedTransfers, A.4.1.7 GetAllQueuedTransfers;
 *  contracts 7, I8). What it still has goes on. What it has no more, and does not report at its next Inform, ends unknown: nothing is sent twice. */
#ifndef PROV_ASKING_H
#define PROV_ASKING_H

#include "procedure.h"

#define PROV_PURPOSE_TRANSFERS "transfers"

/** A newer Inform: what was gone when the device was asked, and is not reported by this Inform either, has ended. */
void prov_asking_inform(struct prov_device *d, const Hms__DeviceEvent *ev);
/** Adds the question, if the session waits and one is due. */
void prov_asking_next(struct prov_context *ctx, struct prov_device *d);
/** The question has ended. result may be NULL. */
void prov_asking_result(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, const Hms__RpcResult *result);

#endif
