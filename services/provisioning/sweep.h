/** Looks now and then for what no event of Kafka brings: commands not noticed yet, due timers, deadlines; reads sites and profile; forgets held
 *  devices (contracts 7: a sweep of at most a second; no timer per device). */
#ifndef PROV_SWEEP_H
#define PROV_SWEEP_H

#include "hms/pg/pg.h"

struct prov;
struct prov_sweep;

/** Starts at once. NULL when out of memory. */
struct prov_sweep *prov_sweep_new(struct prov *prov);
void prov_sweep_free(struct prov_sweep **sweep);
/** Has sites and the profile read at the next turn. */
void prov_sweep_reload(struct prov_sweep *sweep);

/** Begins a statement whose first parameters are the number of partitions, and which of them are this process's. */
void prov_sweep_scan(struct prov *prov, struct hms_pg_batch *pg, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb, void *arg);

#endif
