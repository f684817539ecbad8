/* Applying the migrations of a folder, and checking that the schema is one that a service knows (contracts 8). */
#include "migration.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/encode.h"
#include "hms/crypto/crypto.h"
#include "hms/log/log.h"

/* Arbitrary, for ever the same. */
#define MIGRATE_LOCK "7816543201"

struct migrate {
	PGconn *conn;
	const char *folder;
	struct hms_buf file;
	unsigned applied;
	struct hms_err *err;
};

/* Runs SQL without parameters and rows. */
static int migrate_exec(struct migrate *m, const char *sql)
{
	PGresult *res = PQexec(m->conn, sql);
	ExecStatusType status = PQresultStatus(res);
	int code = 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
		code = pg_result_err(m->conn, res, sql, m->err);
	}
	PQclear(res);
	return code;
}

/* Runs a query; NULL with the error set, else to be cleared. */
static PGresult *migrate_query(struct migrate *m, int *code, const char *sql, int count, const char *const *values)
{
	PGresult *res = PQexecParams(m->conn, sql, count, NULL, values, NULL, NULL, 0);
	ExecStatusType status = PQresultStatus(res);

	*code = 0;
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
		*code = pg_result_err(m->conn, res, NULL, m->err);
		PQclear(res);
		res = NULL;
	}
	return res;
}

static void file_digest(const struct hms_buf *file, char out[65])
{
	uint8_t digest[32];

	hms_sha256(file->p, file->len, digest);
	hms_hex(digest, sizeof(digest), out);
}

/* 1 when it is recorded with this digest, 0 when it is to be applied, or an error. */
static int migration_known(struct migrate *m, const struct migration *item, const char *digest)
{
	char version[16];
	const char *const values[] = { version };
	int64_t newest = 0;
	PGresult *res;
	int code;

	snprintf(version, sizeof(version), "%d", item->version);
	res = migrate_query(m, &code,
			    "select (select sha256 from schema_migration where version = $1::int), coalesce(max(version), 0)"
			    " from schema_migration",
			    1, values);
	if (!res) {
		return code;
	}
	if (hms_str_i64(hms_str(PQgetvalue(res, 0, 1)), &newest) < 0) {
		code = hms_err_set(m->err, HMS_ESYNTAX, "the newest version in schema_migration is not a number");
	} else if (!PQgetisnull(res, 0, 0)) {
		code = 1;
		if (strcmp(PQgetvalue(res, 0, 0), digest) != 0) {
			code = hms_err_set(m->err, HMS_EVERSION, "%s: was changed after it was applied (sha256 %s, applied %s)", item->name,
					   digest, PQgetvalue(res, 0, 0));
		}
	} else if (item->version < newest) {
		code = hms_err_set(m->err, HMS_EVERSION, "%s: was never applied, but %04lld was", item->name, (long long)newest);
	}
	PQclear(res);
	return code;
}

static int migration_record(struct migrate *m, const struct migration *item, const char *digest)
{
	char version[16];
	const char *const values[] = { version, item->name, digest };
	int code;

	snprintf(version, sizeof(version), "%d", item->version);
	PQclear(migrate_query(m, &code, "insert into schema_migration (version, name, sha256) values ($1::int, $2, $3)", 3, values));
	return code;
}

static int migration_run(struct migrate *m, const struct migration *item, const char *digest)
{
	int code = migrate_exec(m, "begin");

	if (!code) {
		code = migrate_exec(m, hms_buf_z(&m->file));
	}
	if (!code && PQtransactionStatus(m->conn) != PQTRANS_INTRANS) {
		code = hms_err_set(m->err, HMS_ESYNTAX, "the file ends the transaction that it runs in");
	}
	if (!code) {
		code = migration_record(m, item, digest);
	}
	if (!code) {
		code = migrate_exec(m, "commit");
	}
	return code ? hms_err_prefix(m->err, "%s", item->name) : 0;
}

static int migration_apply(struct migrate *m, const struct migration *item)
{
	char digest[65];
	int code = migration_read(m->folder, item, &m->file, m->err);

	if (code) {
		return code;
	}
	file_digest(&m->file, digest);
	code = migration_known(m, item, digest);
	if (code) {
		return code < 0 ? code : 0;
	}
	code = migration_run(m, item, digest);
	if (!code) {
		m->applied++;
		log_info("migration applied", KV_Z("file", item->name));
	}
	return code;
}

/* The lock goes with the connection, whatever happens. */
static int migrate_all(struct migrate *m, const struct migrations *list)
{
	int code = migrate_exec(m, "select pg_advisory_lock(" MIGRATE_LOCK ")");

	if (!code) {
		code = migrate_exec(m, "set client_min_messages = warning;"
				       "create table if not exists schema_migration (version int primary key, name text not null,"
				       " sha256 text not null, applied timestamptz not null default now())");
	}
	for (size_t i = 0; i < list->count && !code; i++) {
		code = migration_apply(m, &list->items[i]);
	}
	return code;
}

int hms_pg_migrate(const struct hms_pg_conf *conf, const char *folder, unsigned *applied, struct hms_err *err)
{
	struct migrate m = { .folder = folder, .file = HMS_BUF_INIT(MIGRATION_FILE_BYTES_MAX), .err = err };
	struct migrations list;
	int code = migrations_list(folder, &list, err);

	*applied = 0;
	if (code) {
		return code;
	}
	m.conn = pg_connect_blocking(conf, "hms-migrate", err);
	code = m.conn ? migrate_all(&m, &list) : HMS_EUNAVAIL;
	PQfinish(m.conn);
	*applied = m.applied;
	hms_buf_fini(&m.file);
	migrations_fini(&list);
	return code;
}
