/** Which steps of the story a cell has made: discovery and registration as TS 32.583 5.1, 5.2 and TS 32.593 5.1
 *  order them. Used by the story, and by load to prepare its cells. */
#ifndef HNBSIM_PROGRESS_H
#define HNBSIM_PROGRESS_H

#include "session.h"

enum story_step {
#define STORY_STEP(id, ...) STEP_##id,
#include "story_steps.def"
#undef STORY_STEP
	STEP_COUNT /* also: all made */
};
const char *story_step_name(enum story_step step);

struct progress {
	enum story_step next;	   /* STEP_COUNT: all made */
	uint64_t step_us;	   /* monotonic: when the step before was made */
	int64_t inform_us;	   /* wall clock: when the last Inform that was answered was sent */
	uint32_t quiet;		   /* quiet Informs made */
	uint32_t discovery_inform; /* number of the Inform whose session brought the discovery */
	bool split;		   /* discovery and registration at one HMS were not one session, without a failure (U-DISC-07) */
	uint32_t changes;	   /* SetParameterValues of a single parameter since it is in service */
	uint32_t acted;		   /* bits of the steps for which something was done: story_act.h */
	bool failed_before;	   /* a session failed: what is to come in one session may come in another */
};

/** What happened to the cell; exactly one is not zero. */
struct progress_event {
	const struct session *informed, *ended;
	const struct rpc_call *rpc;
};

/** @param made  called for each step that this completes, in order, with the time since the step before.
 *  @param quiet  how many quiet Informs the last step asks for. */
typedef void progress_made(struct cell *cell, enum story_step step, uint64_t took_us, const struct progress_event *event);
void progress_note(struct progress *progress, struct cell *cell, uint32_t quiet, const struct progress_event *event, progress_made *made);

/** The steps (bits) of --steps. */
uint32_t progress_steps(bool all);
/** Whether cells of this kind make this step. */
bool progress_makes(const struct cell *cell, enum story_step step);
void progress_begin(struct progress *progress, const struct cell *cell);

#endif
