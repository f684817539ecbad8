/** Events of one device, applied to its rows in log order (contracts 6, 7). Nothing is sent or written here. */
#ifndef PROV_APPLY_H
#define PROV_APPLY_H

#include "procedure.h"

/** An Inform received so much before the device's newest is late: facts apply; state, address and session do not. */
#define PROV_LATE_US 2000000

/** Returns 0, or an error that makes the event a dead one: HMS_EINVAL with text. */
int prov_apply(struct prov_context *ctx, struct prov_device *d, const struct prov_event *e, struct hms_err *err);

/** After its last event of the batch: notices, cancels, deadlines, grants, flags. */
void prov_decide(struct prov_context *ctx, struct prov_device *d);

/** A device that has no rows yet: makes them as the policy says. Returns false if it is to be ignored. */
bool prov_apply_unknown(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev);

/** Parameters for the device's document. source: struct prov_report. */
void prov_report_add(struct prov_context *ctx, struct prov_device *d, Hms__Param **params, size_t count, int64_t at_us, char source);

#endif
