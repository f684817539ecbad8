/** From what devices said to notices, one for each alarm event, in the order in which they are applied. Rows that lack something wait for the rest of them. Pure. */
#ifndef ALM_RESOLVE_H
#define ALM_RESOLVE_H

#include "device.h"

/** Makes the notices of all inputs of a device, whose rows have been loaded. */
void alm_resolve(struct alm_context *ctx, struct alm_device *d);

/** The natural key of an alarm of this device: of its AlarmIdentifier, or without one of what identifies the problem. */
int64_t alm_natural_key(bool internal, const struct hms_str text[HMS_FAULT_FIELD_COUNT]);

/** A notice of HMS itself about a device. */
struct alm_notice *alm_internal_notice(struct alm_context *ctx, const Hms__InternalAlarm *alarm, int64_t at_us);

#endif
