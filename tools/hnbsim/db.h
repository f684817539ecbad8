/** The database of the HMS: what the story left there, and device_allow(). Functions run the loop until they have
 *  their answer. */
#ifndef HNBSIM_DB_H
#define HNBSIM_DB_H

#include "cell.h"

struct db;

/** Connects, waiting some seconds. Errors: HMS_EUNAVAIL with text. */
int db_open(struct hms_loop *loop, const char *dsn, struct db **out, struct hms_err *err);
void db_close(struct db **db);

/** device_allow() for every cell. */
int db_allow(struct db *db, struct sim *sim, struct hms_err *err);

/** What must be seen of a cell. */
struct db_expect {
	const struct cell *cell;
	const char *state;	   /* of its row in device */
	const char *const *passed; /* states in device_history since the start; NULL-terminated */
	int64_t informed_us;	   /* wall clock: device_hot.last_inform is not older */
	char missing[512];	   /* "" when all is there */
};
/** Fills missing of each. */
int db_check(struct db *db, struct sim *sim, struct db_expect *expect, size_t count, struct hms_err *err);

#endif
