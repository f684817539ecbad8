/** Tables as data: reads and upserts of rows that are structs, many rows a statement (unnest). */
#ifndef PROV_TABLE_H
#define PROV_TABLE_H

#include "hms/pg/pg.h"

enum prov_col_kind { PROV_UUID, PROV_TEXT, PROV_INT2, PROV_INT4, PROV_INT8, PROV_BOOL, PROV_TIME, PROV_JSON, PROV_ENUM };

struct prov_column {
	const char *name;
	enum prov_col_kind kind;
	size_t offset;
	const char *const *names; /* ENUM: ended by NULL */
};

struct prov_table {
	const char *name;
	const char *key; /* columns of the primary key, "" = insert only */
	const struct prov_column *columns;
	size_t column_count;
	struct hms_pg_stmt upsert; /* built by prov_table_init() */
	char *select_list;	   /* "a, b, c" */
};

/** Builds the statements. Returns 0 or HMS_ENOMEM. */
int prov_table_init(struct prov_table *table);
void prov_table_fini(struct prov_table *table);

/** Reads the columns of one row, which begin at column `first`, into the struct at base; strings go to the arena. */
int prov_table_read(const struct prov_table *table, const struct hms_pg_result *res, size_t row, unsigned first, struct hms_arena *arena,
		    void *base);

/** Adds one upsert of all rows (pointers to structs) to the batch. No rows: nothing. */
void prov_table_upsert(struct prov_table *table, struct hms_pg_batch *batch, void *const *rows, size_t count);

#endif
