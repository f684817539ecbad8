/** The alarm list of a device: which alarm a notice is of, what becomes of it. Pure. */
#ifndef ALM_LIST_H
#define ALM_LIST_H

#include "device.h"

/** The alarm that a notice is of, an active one before a cleared one; NULL: none. By AlarmIdentifier; of several with the same one (an identifier used again) by the
 *  problem: object instance, EventType, ProbableCause, SpecificProblem; without an identifier by the problem alone. */
struct alm_alarm *alm_find(const struct alm_device *d, const struct alm_notice *n);

/** What a notice means to an alarm (NULL: to none). */
enum alm_what alm_classify(const struct alm_alarm *a, const struct alm_notice *n);

/** Applies a notice, unless it is a repeat. */
void alm_apply(struct alm_context *ctx, struct alm_device *d, const struct alm_notice *n);

/** Applies a row of CurrentAlarm: it tells how things are, so nothing is late. Returns the alarm, or NULL if the list is full. */
struct alm_alarm *alm_apply_current(struct alm_context *ctx, struct alm_device *d, const struct alm_notice *n);

/** Ends an alarm that CurrentAlarm does not show any more, or that an operator clears. user, system may be empty. */
void alm_end(struct alm_context *ctx, struct alm_device *d, struct alm_alarm *a, const char *reason, struct hms_str user,
	     struct hms_str system);

/** The only place where a state changes; NONE: it leaves the list. */
void alm_set_state(struct alm_context *ctx, struct alm_alarm *a, enum alm_state next);

/** What an operator asks for; without effect on an alarm that is gone or in no state for it. */
void alm_operate(struct alm_context *ctx, struct alm_device *d, const struct alm_request *r);

/** After the last notice: the alarm that says that the list is full, raised or cleared. */
void alm_watch_limit(struct alm_context *ctx, struct alm_device *d);

#endif
