/** Sessions that ScheduleInform asked for (TR-069 A.4.1.2): each begins with 3 SCHEDULED and M ScheduleInform. */
#ifndef HNBSIM_SCHEDULE_H
#define HNBSIM_SCHEDULE_H

#include "events.h"

#define SCHEDULED_MAX 16

struct cell;

struct scheduled_inform {
	uint64_t due_ms; /* monotonic */
	char key[EVENT_KEY_SIZE];
};

/** Those that wait; they stay over reboots. */
struct scheduled {
	struct scheduled_inform *list; /* SCHEDULED_MAX, once there was one */
	uint16_t count;
};

void schedule_init(struct cell *cell);
/** One more; over SCHEDULED_MAX the newest ones are not kept. */
void schedule_add(struct cell *cell, uint64_t in_ms, struct hms_str key);
/** A factory reset forgets them; so does the end. */
void schedule_drop(struct cell *cell);

#endif
