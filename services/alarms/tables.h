/** Tables of the service. */
#ifndef ALM_TABLES_H
#define ALM_TABLES_H

#include "hms/pg/table.h"

extern struct hms_pg_table alm_table_alarm, alm_table_history, alm_table_listing, alm_table_request, alm_table_part;

/** Builds their statements. Returns 0 or HMS_ENOMEM. */
int alm_tables_init(void);
void alm_tables_fini(void);

#endif
