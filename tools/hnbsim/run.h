/** The frame of a command: loop, cells, signals, database, and the end. */
#ifndef HNBSIM_RUN_H
#define HNBSIM_RUN_H

#include <jansson.h>

#include "cell.h"
#include "session.h"

struct control;
struct db;

struct run {
	struct hms_loop *loop;
	struct options opt;
	struct sim sim;
	struct db *db;		 /* NULL without --pg */
	struct control *control; /* NULL without --control */
	struct hms_signal *on_int, *on_term;
	struct hms_timer tick; /* each second */
	struct hms_timer nap;  /* run_sleep() */
	int signalled;	       /* the signal that asked to stop, 0: none */
	bool done;	       /* run_until_done() returns */
	void (*each_second)(struct run *run);
	void *command; /* the command's own state */
};

/** Exit statuses. A signal gives 128 + its number. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

/** Makes the parts; with --pg waits for the database, with --allow calls device_allow() for every cell. Errors come
 *  with a text. */
int run_open(struct run *run, const struct options *opt, const struct sim_watch *watch, struct hms_err *err);
/** Runs until done is set or a signal comes. */
void run_until_done(struct run *run);
/** Lets the loop run for ms, or until a signal comes. */
void run_sleep(struct run *run, uint64_t ms);
/** For at most ms, until no session lives. */
void run_drain(struct run *run, uint64_t ms);
/** Takes everything down. Returns the exit status that follows from status, signals and the record. */
int run_close(struct run *run, int status);

static inline struct run *run_of(const struct cell *cell) { return hms_container_of(cell->sim, struct run, sim); }

/** The commands; each returns an exit status, or HMS_E* with a text before anything was run. */
int story_run(const struct options *opt, struct hms_err *err);
int load_run(const struct options *opt, struct hms_err *err);
int cells_run(const struct options *opt, struct hms_err *err);

/* ---- report.c ---- */
/** What all cells did, for people and as JSON members. */
void report_counts(const struct sim *sim, FILE *out);
json_t *report_counts_json(const struct sim *sim);
/** {"count":..,"mean_us":..,"p50_us":..,...} */
json_t *report_stats_json(const struct stats *stats);
/** "12.3 ms" */
const char *report_ms(uint64_t us, char out[32]);
/** Writes the object to --json, if given, and frees it. Returns HMS_EIO with a message on standard error. */
int report_write_json(const struct options *opt, json_t *object);
/** CPU time of this process, microseconds. */
uint64_t report_cpu_us(void);

#endif
