/* What the files of lib/pg share: one connection, its batches, and what they do to each other.
 *
 *  WAITING --retry timer--> CONNECTING --connected--> UP
 *  CONNECTING, UP --pg_break()--> BROKEN --deferred--> WAITING
 *  any --hms_pg_free()--> CLOSED
 *
 *  A batch is in one list: waiting (accepted), wire (sent, in the order of the results), failed (ends at the next deferred
 *  call). */
#ifndef HMS_LIB_PG_INTERNAL_H
#define HMS_LIB_PG_INTERNAL_H

#include <endian.h>
#include <libpq-fe.h>

#include "hms/base/err.h"
#include "hms/base/list.h"
#include "hms/base/map.h"
#include "hms/log/log.h"
#include "hms/pg/pg.h"

enum {
	PG_PARAMS_MAX = 64,	   /* of one statement */
	PG_STATEMENTS_MAX = 65536, /* of one batch */
	PG_PREPARED_MAX = 4096,	   /* of one connection */
	PG_PARAM_NULL = -1,
	PG_JSONB_VERSION = 1, /* first byte of binary jsonb */
};
#define PG_EPOCH_US 946684800000000LL /* timestamptz counts from 2000-01-01 */

static inline void pg_put_be32(char *out, uint32_t v)
{
	v = htobe32(v);
	memcpy(out, &v, sizeof(v));
}

struct hms_pg_metrics {
#include "hms/metrics/fields.inc"
#include "hms/pg/metrics.def"
#include "hms/metrics/end.inc"
};
extern struct hms_pg_metrics pg_metrics;

struct hms_pg_array {
	struct hms_pg_array *next; /* of the batch */
	struct hms_pg_batch *batch;
	unsigned element_oid;
	size_t count;
	bool has_null;
	struct hms_buf data; /* header and elements as on the wire */
};

struct pg_param {
	unsigned oid;
	int len;			  /* or PG_PARAM_NULL */
	size_t offset;			  /* in the batch's data */
	const struct hms_pg_array *array; /* instead of it */
};

/* What a statement does to the transaction, by its first word. */
enum pg_kind { PG_KIND_OTHER, PG_KIND_BEGIN, PG_KIND_COMMIT, PG_KIND_ROLLBACK };

/* One use of a statement in a batch. */
struct pg_use {
	const struct hms_pg_stmt *stmt;
	hms_pg_rows_cb *cb;
	void *arg;
	size_t first_param;
	unsigned param_count;
	enum pg_kind kind;
	bool parse;		   /* this use carries the Parse of the statement */
	struct hms_pg_array *copy; /* rows of a COPY; NULL: any other statement */
};

struct hms_pg_batch {
	struct hms_list node;
	struct hms_pg *pg;
	struct hms_buf data; /* of the parameters */
	struct pg_use *uses;
	size_t use_count, use_size;
	struct pg_param *params;
	size_t param_count, param_size;
	struct hms_pg_array *arrays;
	int failed; /* while it was built */
	hms_pg_done_cb *done;
	void *arg;
	uint64_t sent_us;
	size_t sent;		   /* uses on the wire or done: a COPY parts a batch */
	size_t current;		   /* use whose results come */
	bool in_parse;		   /* of its Parse */
	struct hms_pg_error error; /* first one; text is owned */
};

enum pg_state { PG_WAITING, PG_CONNECTING, PG_UP, PG_BROKEN, PG_CLOSED };
enum { PG_RESET_ROLLBACK = 1, PG_RESET_DEALLOCATE = 2 };

/* A duplicate of libpq's descriptor: libpq closes its own when it likes, also while connecting. */
struct pg_watch {
	struct hms_pg *pg;
	struct hms_io *io;
	int fd;
};

struct hms_pg {
	struct hms_loop *loop;
	struct hms_pg_conf conf;
	char *dsn, *application_name;
	struct hms_pg_cb cb;
	void *arg;
	unsigned refs; /* owner, watches, entries from the loop */
	enum pg_state state;
	PGconn *conn;
	struct pg_watch *watch;
	struct hms_timer life;	   /* retry or limit of connecting */
	struct hms_timer deadline; /* of the oldest batch */
	struct hms_defer defer;
	uint64_t wait_ms; /* of the next retry */
	bool was_up;
	int break_code;
	char break_text[256];
	struct hms_list waiting, wire, failed;
	size_t batches;	    /* in waiting and wire */
	bool alone;	    /* nothing may be sent behind the last batch of wire */
	bool open;	    /* a transaction is open between batches */
	bool write_pending; /* libpq holds output */
	bool copying;	    /* the server waits for rows of a COPY */
	size_t copied;	    /* bytes of them that libpq has */
	unsigned reset;	    /* PG_RESET_* to do before the next batch */
	struct hms_map *prepared;
	struct hms_log_limit notice_limit;
};

/* batch.c */
void pg_batch_drop_params(struct hms_pg_batch *batch);

/* array.c */
/* Writes the header; returns the array's type. */
unsigned pg_array_finish(struct hms_pg_array *a);

/* Of rows: only elements, no header. */
struct hms_pg_array *pg_array_rows(struct hms_pg_batch *b);

/* copy.c */
/* Sends the COPY that is next in the batch, outside of pipeline mode. False: the connection is of no more use. */
bool pg_copy_start(struct hms_pg *pg, struct hms_pg_batch *batch);
/* The server is ready for rows. */
void pg_copy_ready(struct hms_pg *pg);
/* Gives libpq as many rows as the socket takes. */
void pg_copy_feed(struct hms_pg *pg);
/* The COPY has ended, one way or the other. False as above. */
bool pg_copy_end(struct hms_pg *pg);

/* conn.c */
void pg_ref(struct hms_pg *pg);
void pg_unref(struct hms_pg *pg);
/* Gives the connection up. Nothing is called back before the deferred call. */
void pg_break(struct hms_pg *pg, int code, const char *text);
void pg_on_defer(struct hms_defer *defer, void *arg);

/* watch.c */
/* Watches libpq's present descriptor. Returns 0, HMS_ENOMEM or HMS_EIO. */
int pg_watch_open(struct hms_pg *pg, hms_io_cb *cb, int events);
void pg_watch_close(struct hms_pg *pg);

/* submit.c */
/* Sends what may be sent of `waiting`. */
void pg_submit(struct hms_pg *pg);
/* Sends what is next of a batch that is on the wire: a COPY, or all statements before one. */
void pg_submit_part(struct hms_pg *pg, struct hms_pg_batch *batch);
/* Empties libpq's output as far as the socket takes it. */
void pg_flush(struct hms_pg *pg);
void pg_accept(struct hms_pg *pg, struct hms_pg_batch *batch);
/* Its error is set; done is called by the deferred call. */
void pg_fail_later(struct hms_pg *pg, struct hms_pg_batch *batch);

/* reset.c */
/* A batch of the connection's own: what a new connection is told first. */
void pg_setup(struct hms_pg *pg);
/* Puts the batch before `next` (may be NULL) that `reset` asks for; false when there is nothing to do. */
bool pg_submit_reset(struct hms_pg *pg, const struct hms_pg_batch *next);
/* What the failure of a batch asks for. */
void pg_note_failure(struct hms_pg *pg, const struct hms_pg_batch *batch);

/* receive.c */
void pg_receive(struct hms_pg *pg);

/* error.c */
void pg_batch_fail(struct hms_pg_batch *batch, int code, const char *text);
void pg_batch_fail_result(struct hms_pg_batch *batch, const PGresult *res, const char *stmt);
/* Counts, calls done and frees. The batch is in no list. */
void pg_batch_end(struct hms_pg_batch *batch);

#endif
