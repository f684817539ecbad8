/** What northbound reads: statements of two parameters, the tenant ($1) and the arguments ($2, jsonb), that give one row with one JSON
 *  text, or no row where there is no such thing. */
#ifndef NBI_SQL_H
#define NBI_SQL_H

#include "hms/pg/pg.h"

#define NBI_SQL(name) extern const struct hms_pg_stmt nbi_sql_##name;
#include "statements.def"
#undef NBI_SQL

#endif
