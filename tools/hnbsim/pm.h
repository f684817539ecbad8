/** Periodic uploads of PM files by a cell (procedures.md 11, pm-file.md 3): when they are on, each period that has ended goes to the
 *  configured URL, one after the other, until the server has taken it. */
#ifndef HNBSIM_PM_H
#define HNBSIM_PM_H

#include "hms/loop/loop.h"
#include "pm_file.h"
#include "tree.h"

struct cell;
struct exchange;

/** As the parameters say; strings borrow until the tree changes. */
struct pm_config {
	bool on;
	int64_t interval_s, phase_s;
	char url[260], user[260], password[260];
};

struct pm {
	struct exchange *upload; /* under way, or NULL */
	struct hms_timer timer;
	bool on;
	int64_t interval_s;
	int64_t next_end_s;	   /* end of the period to be uploaded next */
	int64_t since_s;	   /* wall clock when uploads went on: the cell's clock for PM runs --pm-scale times faster from there */
	uint32_t period, attempts; /* number of the period since then, from 1; failed uploads of it */
	uint32_t uploaded;	   /* periods, in all */
	uint8_t sha256[32];
	uint64_t sum;
	size_t size;
};

void pm_init(struct cell *cell);
/** Parameters or rows may have changed: goes on, off, or over to other values. */
void pm_follow(struct cell *cell);
/** Until the cell is up again. */
void pm_stop(struct cell *cell);
/** Forgets which periods have been uploaded: factory reset. */
void pm_forget(struct cell *cell);

/** What is configured (pm_config.c). */
void pm_read_config(const struct cell *cell, struct pm_config *out);

/** Writes the file of a period, gzipped if --pm-gzip says so, and its name. Returns the sum of its values. */
uint64_t pm_make_file(const struct cell *cell, int64_t end_s, int64_t interval_s, struct hms_buf *out, char name[PM_NAME_SIZE]);
/** End of the newest period that has ended by the cell's clock for PM; interval_s as configured, or 900. */
int64_t pm_last_end_s(const struct cell *cell, int64_t *interval_s);

#endif
