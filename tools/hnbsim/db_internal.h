/** Shared by the parts of db.c. */
#ifndef HNBSIM_DB_INTERNAL_H
#define HNBSIM_DB_INTERNAL_H

#include "db.h"
#include "hms/device/identity.h"
#include "hms/pg/pg.h"

#define DB_CHUNK 500 /* cells a statement */

#define DB_BATCHES_MAX 16 /* under way at once */

struct hms_pg *db_pg(struct db *db);
/** How many requests in the operator's place are under way. */
unsigned *db_asked(struct db *db);
/** Sends it and runs the loop until it is answered. Returns 0 or HMS_ESQL with text. */
int db_send(struct db *db, struct hms_pg_batch *batch, struct hms_err *err);
struct hms_device_id db_device_id(const struct cell *cell);
void db_add_missing(struct db_expect *expect, const char *text);

#endif
