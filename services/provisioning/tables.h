/** The tables that a batch reads and writes as rows of structs. */
#ifndef PROV_TABLES_H
#define PROV_TABLES_H

#include "device.h"
#include "hms/pg/table.h"

extern struct hms_pg_table prov_table_hot, prov_table_cold, prov_table_command, prov_table_done, prov_table_group, prov_table_history,
	prov_table_timer, prov_table_call, prov_table_desired;

int prov_tables_init(void);
void prov_tables_fini(void);

#endif
