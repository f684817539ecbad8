/** Sessions that wait for a decision: one a device, capped, the lowest class gives way first; asked again at the wake-up, after 250
 *  and 500 ms and each second (contracts 3). */
#ifndef FE_HOLD_H
#define FE_HOLD_H

#include "fe.h"
#include "session.h"

struct fe_post;
struct fe_waiters;

/** Of a request; zero at first. */
struct fe_waiter {
	struct hms_list node; /* in the list of its rank */
	struct hms_timer timer;
	unsigned asked; /* how often the mailbox was looked into while it waited */
	bool waits;
	bool asking; /* a TAKE is under way */
	bool again;  /* it was woken meanwhile */
};

/** NULL when out of memory. */
struct fe_waiters *fe_waiters_new(struct fe *fe);
/** All leave; their requests stay open. */
void fe_waiters_free(struct fe_waiters **waiters);

/** The request waits (on); its work is given back. */
void fe_hold_park(struct fe_post *p);
/** It waits no more. Safe when it does not. */
void fe_hold_leave(struct fe_post *p);
/** Provisioning has posted something for that session. */
void fe_hold_wake(struct fe_waiters *waiters, struct hms_device_id device, uint64_t sid);
/** A new request of that session came: an older one that waits is dropped. */
void fe_hold_drop(struct fe_waiters *waiters, struct hms_device_id device, uint64_t sid);
/** All look again soon: the subscription was renewed, or the front end drains. */
void fe_hold_ask_all(struct fe_waiters *waiters);

#endif
