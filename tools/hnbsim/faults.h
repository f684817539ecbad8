/** FaultMgmt of a cell (TR-196, TR-157; alarms.md 1): the rings of events, the table of current alarms, and how each
 *  alarm is reported. Works on the cell's tree. No I/O. */
#ifndef HNBSIM_FAULTS_H
#define HNBSIM_FAULTS_H

#include "tree.h"

enum fault_alarm {
#define FAULT_ALARM(id, ...) FAULT_##id,
#include "fault_alarms.def"
#undef FAULT_ALARM
	FAULT_ALARM_COUNT
};

enum fault_type { FAULT_NEW, FAULT_CHANGED, FAULT_CLEARED };
const char *fault_type_name(enum fault_type type); /* "NewAlarm" */

/** SupportedAlarm.{i}.ReportingMechanism. */
enum fault_mechanism { FAULT_EXPEDITED, FAULT_QUEUED, FAULT_LOGGED, FAULT_DISABLED };

enum fault_ring { FAULT_RING_EXPEDITED, FAULT_RING_QUEUED, FAULT_RING_HISTORY, FAULT_RING_COUNT };

#define FAULT_ACTIVE_MAX 32
#define FAULT_ID_SIZE 16

struct fault_active {
	uint32_t id;
	uint16_t row;	  /* of CurrentAlarm */
	uint8_t alarm;	  /* enum fault_alarm */
	uint8_t severity; /* 1 Critical .. 4 Warning */
};

struct faults {
	struct fault_active *active; /* FAULT_ACTIVE_MAX, once there was one; the oldest first */
	uint16_t active_count;
	uint16_t last[FAULT_RING_COUNT]; /* row written last */
	uint32_t last_id;
	int64_t last_s; /* EventTime of the newest event: they only grow, so that a natural key is never used twice */
};

/** What has been written. */
struct fault_event {
	enum fault_type type;
	enum fault_alarm alarm;
	enum fault_mechanism mechanism;
	char identifier[FAULT_ID_SIZE], time[32];
	const char *severity;
	char lost_identifier[FAULT_ID_SIZE], lost_time[32]; /* of the event whose row was written over unreported; "": none */
};

void faults_fini(struct faults *faults);

/** Raises an alarm. object: its ManagedObjectInstance. Returns 0, HMS_ENOENT (the model has no FaultMgmt), HMS_EFULL, HMS_ENOMEM. */
int faults_raise(struct faults *faults, struct tree *tree, const struct tree_env *env, enum fault_alarm alarm, const char *object,
		 int64_t wall_s, struct fault_event *out);
/** Changes the severity of the oldest active alarm, or clears that alarm. Returns 0, HMS_ENOENT (there is none), HMS_ENOMEM. */
int faults_change(struct faults *faults, struct tree *tree, const struct tree_env *env, const char *object, int64_t wall_s,
		  struct fault_event *out);
int faults_clear(struct faults *faults, struct tree *tree, const struct tree_env *env, const char *object, int64_t wall_s,
		 struct fault_event *out);

/** CurrentAlarm is empty after a restart, without any event; the rings stay (TR-196). */
void faults_rebooted(struct faults *faults, struct tree *tree);

/** Whether a parameter is in a row of ExpeditedEvent or QueuedEvent; column: its number in the table. */
bool faults_in_ring(const struct tree *tree, struct tree_ref ref, unsigned *column);

/** Calls fn for each row of ExpeditedEvent and QueuedEvent with unreported changes up to that number. */
typedef void faults_visit_fn(const char *identifier, const char *time, const char *type, void *arg);
void faults_each_reported(const struct tree *tree, const struct tree_env *env, uint32_t up_to, faults_visit_fn *fn, void *arg);

#endif
