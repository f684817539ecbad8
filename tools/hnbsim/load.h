/** Load: sessions started by the clock, and what they took. */
#ifndef HNBSIM_LOAD_H
#define HNBSIM_LOAD_H

#include "launch.h"
#include "progress.h"

enum load_phase { LOAD_PREPARE, LOAD_WARMUP, LOAD_MEASURE, LOAD_OVER };

/** Of the sessions that were to begin in the measured time. */
struct load_figures {
	struct stats session;	/* from the intended start to the 204 */
	struct stats inform;	/* from the intended start to the InformResponse */
	struct stats first_rpc; /* from the Inform to the first RPC */
	uint64_t begun, done;
	uint64_t ends[SESSION_END_COUNT];
};

struct load {
	struct run *run;
	struct launch launch;
	struct progress *cells; /* --prepare; by index */
	bool *scheduled;	/* by index: the session under way was begun by the clock */
	uint32_t *idle;		/* ring of the indices of cells without anything to do */
	size_t idle_first, idle_count;
	enum load_phase phase;
	int clock_fd;
	struct hms_io *clock;
	uint64_t begin_us, measure_us, end_us; /* monotonic */
	uint64_t begun;			       /* sessions begun by the clock */
	uint64_t alarms_begun;		       /* of those of --alarm-rate */
	uint64_t cpu_begin_us, cpu_us;	       /* of this process, in the measured time */
	uint64_t late;			       /* sessions that began over 10 ms after their time, for want of an idle cell or of time */
	uint64_t prepare_end_ms;
	struct load_figures quiet, work;
	uint64_t done_last; /* for the rate of the last second */
};

/** load_clock.c: begins sessions when their time comes. Returns 0 or HMS_EIO. */
int load_clock_start(struct load *load);
void load_clock_stop(struct load *load);
/** Puts a cell back among the idle ones. */
void load_cell_idle(struct load *load, struct cell *cell);
/** Which figures a session counts in; NULL: it does not. */
struct load_figures *load_figures_of(struct load *load, const struct session *session);

/** load_print.c */
void load_print_second(struct load *load);
void load_print_summary(const struct load *load);

#endif
