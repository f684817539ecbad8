/** The story as it is told. */
#ifndef HNBSIM_STORY_H
#define HNBSIM_STORY_H

#include "db.h"
#include "launch.h"
#include "progress.h"

#define STORY_VERBOSE_CELLS 8 /* up to so many, every step of every cell is printed */

struct story {
	struct run *run;
	struct launch launch;
	struct progress *cells; /* by index */
	struct stats took[STEP_COUNT];
	size_t finished;
	size_t wrong;	   /* cells that were sent to another HMS than --serving, or registered in a later session (U-DISC-07) */
	uint64_t end_ms;   /* monotonic: time is up */
	uint32_t left_out; /* steps (bits) whose services are not installed */
	bool verbose;
};

void story_print_start(const struct story *story);
void story_print_step(const struct story *story, const struct cell *cell, enum story_step step, uint64_t took_us,
		      const struct progress_event *event);
void story_print_fault(const struct story *story, const struct cell *cell, const struct rpc_call *call);
void story_print_failure(const struct story *story, const struct cell *cell, const struct session *session);
void story_print_wrong(const struct cell *cell, const char *what);
void story_print_progress(const struct story *story);
/** @param list  what the database lacks, NULL when it was not looked at; missing: how many cells, or an error. */
void story_print_summary(const struct story *story, const struct db_expect *list, int missing, const struct hms_err *err);

#endif
