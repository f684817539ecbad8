/** Tables as data: reads and upserts of rows that are structs, many rows a statement (unnest). */
#ifndef HMS_PG_TABLE_H
#define HMS_PG_TABLE_H

#include "hms/pg/pg.h"

/** UUID: 16 bytes; TEXT, JSON: struct hms_str, p NULL = null; TIME: int64_t microseconds since 1970, 0 = null; ENUM: int, an index into names, stored as text. */
enum hms_pg_column_kind {
	HMS_PG_COL_UUID,
	HMS_PG_COL_TEXT,
	HMS_PG_COL_INT2,
	HMS_PG_COL_INT4,
	HMS_PG_COL_INT8,
	HMS_PG_COL_BOOL,
	HMS_PG_COL_TIME,
	HMS_PG_COL_JSON,
	HMS_PG_COL_ENUM
};

struct hms_pg_column {
	const char *name;
	enum hms_pg_column_kind kind;
	size_t offset;
	const char *const *names; /* ENUM: ended by NULL */
	bool foreign;		  /* others write it: it is read only */
};

struct hms_pg_table {
	const char *name;
	const char *key; /* columns of the primary key, "" = insert only */
	const struct hms_pg_column *columns;
	size_t column_count;
	struct hms_pg_stmt upsert; /* built by hms_pg_table_init() */
	char *select_list;	   /* "a, b, c" */
};

/** A table whose columns are an array. */
#define HMS_PG_TABLE(name_, key_, columns_)                                                                                     \
	{                                                                                                                       \
		.name = (name_), .key = (key_), .columns = (columns_), .column_count = sizeof(columns_) / sizeof((columns_)[0]) \
	}

/** Builds the statements. Returns 0 or HMS_ENOMEM. */
int hms_pg_table_init(struct hms_pg_table *table);
void hms_pg_table_fini(struct hms_pg_table *table);

/** Reads the columns of one row, which begin at column `first`, into the struct at base; strings go to the arena. */
int hms_pg_table_read(const struct hms_pg_table *table, const struct hms_pg_result *res, size_t row, unsigned first,
		      struct hms_arena *arena, void *base);

/** Adds one upsert of all rows (pointers to structs) to the batch. No rows: nothing. */
void hms_pg_table_upsert(struct hms_pg_table *table, struct hms_pg_batch *batch, void *const *rows, size_t count);

#endif
