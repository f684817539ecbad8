/** Resynchronisation with CurrentAlarm, and the whole course of a device's inputs. Pure. */
#ifndef ALM_RESYNC_H
#define ALM_RESYNC_H

#include "device.h"

/** Applies all inputs and requests of a device, resolved and with their past looked up. */
void alm_decide(struct alm_context *ctx, struct alm_device *d);

#endif
