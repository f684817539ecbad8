/** What the database shows of the steps of the story, and what hnbsim asks of it in the operator's place. */
#ifndef HNBSIM_DB_STEPS_H
#define HNBSIM_DB_STEPS_H

#include "db.h"
#include "progress.h"

/** Steps (bits) for which the installed schema lacks something. Runs the loop until it is known. */
int db_steps_missing(struct db *db, uint32_t *out, struct hms_err *err);
/** Adds to missing of each what the steps (bits) of its cell lack. Runs the loop until it is known. */
int db_check_steps(struct db *db, struct sim *sim, struct db_expect *expect, size_t count, uint32_t steps, struct hms_err *err);

/** In the operator's place; return at once: whether it was asked, or has to wait since too much is under way. A refusal is told on standard error. The parameter of
 *  that role is set. */
bool db_change(struct db *db, const struct cell *cell, enum model_role role, const char *value);
bool db_block(struct db *db, const struct cell *cell);

#endif
