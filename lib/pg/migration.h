/* Migrations of a folder, and the blocking connection that applies them. */
#ifndef HMS_LIB_PG_MIGRATION_H
#define HMS_LIB_PG_MIGRATION_H

#include <libpq-fe.h>

#include "hms/base/buf.h"
#include "hms/base/err.h"
#include "hms/pg/pg.h"

enum {
	MIGRATION_FILES_MAX = 9999,
	MIGRATION_FILE_BYTES_MAX = 16 << 20,
};

struct migration {
	int version;
	char name[256]; /* of the file */
};

struct migrations {
	struct migration *items; /* by version */
	size_t count;
};

/* Lists the files NNNN_name.sql. Errors with text: HMS_ENOENT, HMS_ESYNTAX (a name), HMS_EEXISTS (a version twice), HMS_EFULL,
 * HMS_ENOMEM. */
int migrations_list(const char *folder, struct migrations *out, struct hms_err *err);
void migrations_fini(struct migrations *list);
/* Reads a file. Errors with text: HMS_EIO, HMS_ETOOBIG, HMS_ENOMEM. */
int migration_read(const char *folder, const struct migration *m, struct hms_buf *out, struct hms_err *err);

/* Connects, waiting at most connect_timeout. NULL with err HMS_EUNAVAIL. */
PGconn *pg_connect_blocking(const struct hms_pg_conf *conf, const char *application_name, struct hms_err *err);
/* What the server says is wrong, with the line of `sql` (may be NULL) where it says so. Returns HMS_ESQL, or HMS_EUNAVAIL when
 * the connection is lost. */
int pg_result_err(PGconn *conn, const PGresult *res, const char *sql, struct hms_err *err);

#endif
