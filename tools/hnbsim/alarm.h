/** Alarms of a cell: what it raises, changes and clears by itself, with their lines in the record. */
#ifndef HNBSIM_ALARM_H
#define HNBSIM_ALARM_H

#include "faults.h"

struct cell;
struct session;

#define ALARM_ANY FAULT_ALARM_COUNT /* to raise: the next kind in turn */
#define ALARM_WAITING_MAX 64

/** Alarms to be raised, changed or cleared once the session under way is over: during a session nothing changes but by the HMS
 *  (TR-069 3.7.1.4). */
struct alarm_queue {
	struct {
		uint8_t type, alarm;
	} * list;
	uint16_t count;
};

struct alarms {
	struct faults faults;
	struct alarm_queue queue;
	uint32_t raised, turn;
	uint32_t reported[3]; /* by fault_type: Informs with such events that were answered */
};

/** Raises one, or changes or clears the oldest (none active: nothing happens), now or when the session is over. */
void alarm_do(struct cell *cell, enum fault_type type, enum fault_alarm alarm);
/** The session is over: does what has waited. */
void alarm_flush(struct cell *cell);
/** The InformResponse has come: what it answers is reported. */
void alarm_answered(struct cell *cell, const struct session *session);
/** Something for a cell at random: raises an alarm when none is active, else changes or clears it. */
void alarm_random(struct cell *cell);
void alarms_fini(struct alarms *alarms);

#endif
