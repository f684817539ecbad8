/** Statements of the batch, built once at the start. */
#ifndef PROV_LOAD_H
#define PROV_LOAD_H

/** Returns 0 or HMS_ENOMEM. */
int prov_load_init(void);
void prov_load_fini(void);

struct hms_pg_stmt;
/** Reads prov_table_desired by ids. */
const struct hms_pg_stmt *prov_load_desired_stmt(void);

#endif
