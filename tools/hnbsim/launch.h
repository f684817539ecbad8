/** Switches cells on one after another: at a pace, or as many at once as may be unsettled. */
#ifndef HNBSIM_LAUNCH_H
#define HNBSIM_LAUNCH_H

#include "run.h"

struct launch {
	struct run *run;
	struct hms_timer timer;
	uint64_t stagger_ms;
	size_t next, settled, concurrency; /* concurrency 0: no limit */
	void (*launched)(struct cell *cell);
};

/** @param launched  called before each power-up; may be NULL. */
void launch_start(struct launch *launch, struct run *run, uint64_t stagger_ms, size_t concurrency, void (*launched)(struct cell *cell));
void launch_stop(struct launch *launch);
/** A cell that was switched on has settled. */
void launch_settled(struct launch *launch);

#endif
