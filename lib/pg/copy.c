/* COPY FROM STDIN within a batch. libpq refuses it in pipeline mode, so the connection leaves that mode for it; the batch is alone on the wire, and its statements before
 * the COPY have been answered.
 *
 *   start: COPY is sent --COPY_IN--> ready, feed: rows --all given--> CopyDone --result, NULL--> end: pipeline mode again */
#include "internal.h"

enum { PIECE_BYTES = 256 * 1024 };

/* Signature, flags, no extension; the last of its zeros is the one that ends the literal. */
static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
static const char trailer[] = "\377\377";

static struct hms_pg_batch *copy_batch(const struct hms_pg *pg) { return hms_container_of(pg->wire.next, struct hms_pg_batch, node); }

static bool copy_put(struct hms_pg *pg, const char *data, size_t len)
{
	if (PQputCopyData(pg->conn, data, (int)len) == 1) {
		return true;
	}
	pg_break(pg, HMS_EUNAVAIL, PQerrorMessage(pg->conn));
	return false;
}

bool pg_copy_start(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	pg->copied = 0;
	return PQexitPipelineMode(pg->conn) && PQsendQuery(pg->conn, batch->uses[batch->sent++].stmt->sql);
}

void pg_copy_ready(struct hms_pg *pg)
{
	pg->copying = true;
	if (copy_put(pg, header, sizeof(header))) {
		pg_copy_feed(pg);
	}
}

void pg_copy_feed(struct hms_pg *pg)
{
	struct hms_pg_batch *batch = copy_batch(pg);
	struct hms_str rows = hms_buf_view(&batch->uses[batch->current].copy->data);

	while (!pg->write_pending && pg->copied < rows.len) {
		size_t n = rows.len - pg->copied < PIECE_BYTES ? rows.len - pg->copied : PIECE_BYTES;

		if (!copy_put(pg, rows.p + pg->copied, n)) {
			return;
		}
		pg->copied += n;
		pg_flush(pg);
		if (pg->state != PG_UP) {
			return;
		}
	}
	if (pg->copied < rows.len || !copy_put(pg, trailer, sizeof(trailer) - 1)) {
		return;
	}
	pg->copying = false;
	if (PQputCopyEnd(pg->conn, NULL) != 1) {
		pg_break(pg, HMS_EUNAVAIL, PQerrorMessage(pg->conn));
		return;
	}
	pg_flush(pg);
}

bool pg_copy_end(struct hms_pg *pg)
{
	pg->copying = false;
	return PQenterPipelineMode(pg->conn);
}
