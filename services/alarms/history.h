/** What happened to alarms, for alarm_event and hms.alarms. */
#ifndef ALM_HISTORY_H
#define ALM_HISTORY_H

#include "device.h"

/** Notes a transition as the alarm is now. a NULL: of no alarm; n NULL: nobody but HMS has said so. Returns it, or NULL when out of memory. */
struct alm_history *alm_note(struct alm_context *ctx, const struct alm_device *d, enum alm_transition transition, const struct alm_alarm *a,
			     const struct alm_notice *n, const char *reason);

/** The record of hms.alarms. Returns 0, HMS_EFULL or HMS_ENOMEM. */
int alm_history_pack(const struct alm_history *h, struct hms_arena *arena, struct hms_buf *out);

#endif
