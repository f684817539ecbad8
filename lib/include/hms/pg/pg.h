/** PostgreSQL on the loop: one connection an object, asynchronous, in pipeline mode, reconnecting by itself. Statements are static; they are prepared at first
 *  use on each connection. Parameters and results are binary. One loop thread. */
#ifndef HMS_PG_PG_H
#define HMS_PG_PG_H

#include "hms/base/arena.h"
#include "hms/base/buf.h"
#include "hms/conf/conf.h"
#include "hms/loop/loop.h"
#include "hms/metrics/metrics.h"

struct hms_pg_conf {
#include "hms/conf/fields.inc"
#include "hms/pg/config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section hms_pg_conf_section; /* [postgres] */
int hms_pg_metrics_register(struct hms_metrics *metrics);
extern const struct hms_metric_def hms_pg_metric_defs[];
extern const size_t hms_pg_metric_count;

/** A statement, static: its address is its identity. */
struct hms_pg_stmt {
	const char *name; /* unique */
	const char *sql;
};

enum { /* type OIDs of parameters */
       HMS_PG_BOOL = 16,
       HMS_PG_BYTEA = 17,
       HMS_PG_INT8 = 20,
       HMS_PG_INT2 = 21,
       HMS_PG_INT4 = 23,
       HMS_PG_TEXT = 25,
       HMS_PG_JSON = 114,
       HMS_PG_FLOAT8 = 701,
       HMS_PG_TIMESTAMPTZ = 1184,
       HMS_PG_UUID = 2950,
       HMS_PG_JSONB = 3802,
};

struct hms_pg;
struct hms_pg_result; /* of one statement; borrowed during its callback */

/** up: connected (again). down: lost; text says why. Every batch under way then ends with HMS_EUNAVAIL. */
struct hms_pg_cb {
	void (*up)(struct hms_pg *pg, void *arg);
	void (*down)(struct hms_pg *pg, const char *text, void *arg);
};
/** @param application_name  shown in pg_stat_activity. Connects in the background, retrying for ever. NULL when out of memory. A host name in the dsn is
 *  resolved by libpq, which blocks while the resolver does: give hostaddr= where that matters. */
struct hms_pg *hms_pg_new(struct hms_loop *loop, const struct hms_pg_conf *conf, const char *application_name, const struct hms_pg_cb *cb,
			  void *arg);
/** Batches under way end with HMS_ECANCELED, inside this call. May be called from any callback. */
void hms_pg_free(struct hms_pg **pg);
bool hms_pg_is_up(const struct hms_pg *pg);
/** Drops the connection and connects anew (a transaction of unknown state). */
void hms_pg_reconnect(struct hms_pg *pg, const char *why);

/* ---- batches: statements sent in one piece, ended by one Sync; so one round trip, and one implicit transaction unless BEGIN is among them ----
 * A transaction may span batches (BEGIN and reads, then writes and COMMIT); nothing else goes over the connection in between than what its users send.
 * When a batch fails and leaves a transaction open, the connection rolls it back by itself before the next batch, unless that one was sent inside done and
 * begins with ROLLBACK (ROLLBACK TO a savepoint). A batch with COMMIT whose BEGIN was sent on a connection that is gone
 * fails with HMS_EUNAVAIL and is not sent. A failed batch tells nothing about statements before the one that failed, but for those committed. */
struct hms_pg_batch;
/** NULL when out of memory. It belongs to the caller until hms_pg_batch_send() or _free(). */
struct hms_pg_batch *hms_pg_batch_new(struct hms_pg *pg);
void hms_pg_batch_free(struct hms_pg_batch **batch);

/** Rows of one statement; called once for it if it succeeded, in order. May be NULL. */
typedef void hms_pg_rows_cb(const struct hms_pg_result *res, void *arg);
/** Starts a statement; its parameters follow with hms_pg_p_...() in order, copied. */
void hms_pg_stmt_begin(struct hms_pg_batch *batch, const struct hms_pg_stmt *stmt, hms_pg_rows_cb *cb, void *arg);
void hms_pg_p_null(struct hms_pg_batch *b, unsigned oid);
void hms_pg_p_bool(struct hms_pg_batch *b, bool v);
void hms_pg_p_int2(struct hms_pg_batch *b, int16_t v);
void hms_pg_p_int4(struct hms_pg_batch *b, int32_t v);
void hms_pg_p_int8(struct hms_pg_batch *b, int64_t v);
void hms_pg_p_text(struct hms_pg_batch *b, struct hms_str v); /* p NULL: null */
void hms_pg_p_bytea(struct hms_pg_batch *b, struct hms_str v);
void hms_pg_p_uuid(struct hms_pg_batch *b, const uint8_t id[16]);
void hms_pg_p_json(struct hms_pg_batch *b, struct hms_str v);	/* jsonb */
void hms_pg_p_time_us(struct hms_pg_batch *b, int64_t wall_us); /* timestamptz */

/** One-dimensional arrays, for unnest(). Build, then add as the next parameter; the array is freed with the batch. */
struct hms_pg_array;
struct hms_pg_array *hms_pg_array_new(struct hms_pg_batch *b, unsigned element_oid);
void hms_pg_a_null(struct hms_pg_array *a);
void hms_pg_a_bool(struct hms_pg_array *a, bool v);
void hms_pg_a_int2(struct hms_pg_array *a, int16_t v);
void hms_pg_a_int4(struct hms_pg_array *a, int32_t v);
void hms_pg_a_int8(struct hms_pg_array *a, int64_t v);
void hms_pg_a_float8(struct hms_pg_array *a, double v);
void hms_pg_a_text(struct hms_pg_array *a, struct hms_str v);
void hms_pg_a_bytea(struct hms_pg_array *a, struct hms_str v);
void hms_pg_a_json(struct hms_pg_array *a, struct hms_str v);
void hms_pg_a_uuid(struct hms_pg_array *a, const uint8_t id[16]);
void hms_pg_a_time_us(struct hms_pg_array *a, int64_t wall_us);
size_t hms_pg_array_count(const struct hms_pg_array *a);
void hms_pg_p_array(struct hms_pg_batch *b, struct hms_pg_array *a);

/** COPY ... FROM STDIN (FORMAT binary) as the next statement; not the first one of a batch. libpq's pipeline mode has no COPY: the batch is sent in parts around it, so
 *  that it belongs between BEGIN and COMMIT. Each row begins with hms_pg_copy_row(), then its columns follow by hms_pg_a_...(); NULL when out of memory.
 *  @param stmt  "copy t (a, b) from stdin (format binary)" */
struct hms_pg_array *hms_pg_copy_begin(struct hms_pg_batch *b, const struct hms_pg_stmt *stmt);
void hms_pg_copy_row(struct hms_pg_array *rows, uint16_t columns);

/** Why a batch failed. */
struct hms_pg_error {
	int code; /* HMS_ESQL (rejected), HMS_EUNAVAIL (connection lost: the outcome is unknown if COMMIT was among the statements), HMS_ETIMEOUT (as well),
	                    * HMS_EFULL (batches_max, batch_max_bytes), HMS_ECANCELED (freed), HMS_ENOMEM, HMS_EINVAL (a parameter before a statement) */
	char sqlstate[6]; /* "" without one */
	bool retriable;	  /* 40001, 40P01, 08*, 53*, 57P* (I5); HMS_EUNAVAIL, HMS_ETIMEOUT, HMS_EFULL */
	const char *stmt; /* name of the statement that failed, or NULL */
	const char *text;
};
/** Exactly once per batch, after the last rows callback; err NULL = all succeeded. */
typedef void hms_pg_done_cb(const struct hms_pg_error *err, void *arg);
/** Sends; takes ownership. Batches on one connection run in order; several may be under way. done runs later on the loop, never inside this call. While the connection is
 *  down done gets HMS_EUNAVAIL. */
void hms_pg_batch_send(struct hms_pg_batch *batch, hms_pg_done_cb *done, void *arg);

/* ---- results ---- */
size_t hms_pg_rows(const struct hms_pg_result *res);
/** Rows touched by INSERT, UPDATE, DELETE. */
int64_t hms_pg_affected(const struct hms_pg_result *res);
bool hms_pg_is_null(const struct hms_pg_result *res, size_t row, unsigned col);
bool hms_pg_get_bool(const struct hms_pg_result *res, size_t row, unsigned col);
int64_t hms_pg_get_int(const struct hms_pg_result *res, size_t row, unsigned col); /* int2, int4, int8 */
double hms_pg_get_double(const struct hms_pg_result *res, size_t row, unsigned col);
struct hms_str hms_pg_get_str(const struct hms_pg_result *res, size_t row,
			      unsigned col); /* text, bytea, json; jsonb without its version byte */
void hms_pg_get_uuid(const struct hms_pg_result *res, size_t row, unsigned col, uint8_t id[16]);
int64_t hms_pg_get_time_us(const struct hms_pg_result *res, size_t row, unsigned col); /* timestamptz */

/* ---- schema ---- */
/** Applies the files NNNN_name.sql of a folder in order, each in a transaction, under an advisory lock: safe to run twice and at once. Each is recorded with its SHA-256 in
 *  schema_migration; a changed file is an error. Blocks; tools only. @param applied  how many were applied now. */
int hms_pg_migrate(const struct hms_pg_conf *conf, const char *folder, unsigned *applied, struct hms_err *err);
/** Migrations only expand up to this number, so that services of an older release go on with a newer schema while an installation is brought up to date; the first
 *  that takes something away begins the next hundred. */
#define HMS_SCHEMA_HIGH 99
/** err->code 0: the newest migration recorded lies in [low, high]. HMS_EVERSION: it does not, or there is none: a service refuses to go on. Others: not
 *  known yet; ask again when the connection is up again. */
typedef void hms_pg_schema_cb(const struct hms_err *err, void *arg);
/** Asks for the version of the schema. told runs once, later, unless pg is freed before. */
void hms_pg_schema_ask(struct hms_pg *pg, int low, int high, hms_pg_schema_cb *told, void *arg);

#endif
