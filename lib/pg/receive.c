/* Results: in the order of the statements on the wire, each with its own rows callback; a Sync ends a batch. */
#include "internal.h"

/* The next statement, or the statement itself after its Parse. */
static void batch_advance(struct hms_pg_batch *batch)
{
	if (batch->in_parse) {
		batch->in_parse = false;
		return;
	}
	batch->current++;
	batch->in_parse = batch->current < batch->use_count && batch->uses[batch->current].parse;
}

/* The server refused or skipped this step. */
static void step_lost(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	const struct hms_pg_stmt *stmt = batch->uses[batch->current].stmt;

	if (batch->in_parse) {
		hms_map_del(pg->prepared, &stmt, sizeof(stmt));
	}
}

static void step_done(struct hms_pg_batch *batch, const PGresult *res)
{
	const struct pg_use *use = &batch->uses[batch->current];

	if (!batch->in_parse && use->cb) {
		use->cb((const struct hms_pg_result *)res, use->arg);
	}
}

static void batch_done(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	PGTransactionStatusType status;

	hms_list_remove(&batch->node);
	pg->batches--;
	hms_gauge_add(&pg_metrics.batches_open, -1);
	pg->alone = pg->alone && !hms_list_empty(&pg->wire);
	/* libpq knows the state once nothing is under way; with something behind it, the batch had no transaction. */
	status = hms_list_empty(&pg->wire) ? PQtransactionStatus(pg->conn) : PQTRANS_IDLE;
	pg->open = status != PQTRANS_IDLE;
	if (batch->error.code) {
		pg_note_failure(pg, batch);
	}
	pg_batch_end(batch);
	/* An aborted transaction does not stay until somebody has work again; who goes back to a savepoint has said so in done. */
	if (pg->state == PG_UP && pg->reset && hms_list_empty(&pg->waiting)) {
		pg_submit_reset(pg, NULL);
	}
}

/* A Sync, or the end of a COPY. */
static void part_done(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	if (!batch->error.code && batch->sent < batch->use_count) {
		pg_submit_part(pg, batch);
	} else {
		batch_done(pg, batch);
	}
}

static void receive_step(struct hms_pg *pg, struct hms_pg_batch *batch, const PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);

	if (batch->current >= batch->use_count || (status == PGRES_COPY_IN && !batch->uses[batch->current].copy)) {
		pg_break(pg, HMS_EUNAVAIL, "a result without a statement");
		return;
	}
	switch (status) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		step_done(batch, res);
		break;
	case PGRES_COPY_IN:
		pg_copy_ready(pg);
		break;
	case PGRES_PIPELINE_ABORTED:
		step_lost(pg, batch);
		break;
	case PGRES_FATAL_ERROR:
		step_lost(pg, batch);
		pg_batch_fail_result(batch, res, batch->uses[batch->current].stmt->name);
		break;
	default:
		pg_break(pg, HMS_EUNAVAIL, "a kind of result that no statement here may have");
		break;
	}
}

/* One result, or NULL at the end of a step. */
static void receive_one(struct hms_pg *pg, const PGresult *res)
{
	struct hms_pg_batch *batch = hms_container_of(pg->wire.next, struct hms_pg_batch, node);

	if (!res) {
		bool is_copy = batch->current < batch->use_count && batch->uses[batch->current].copy;

		batch_advance(batch);
		if (!is_copy) {
			return;
		}
		if (pg_copy_end(pg)) {
			part_done(pg, batch);
		} else {
			pg_break(pg, HMS_EUNAVAIL, PQerrorMessage(pg->conn));
		}
	} else if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
		part_done(pg, batch);
	} else {
		receive_step(pg, batch, res);
	}
}

void pg_receive(struct hms_pg *pg)
{
	if (pg->state != PG_UP) {
		return;
	}
	if (!PQconsumeInput(pg->conn)) {
		pg_break(pg, HMS_EUNAVAIL, PQerrorMessage(pg->conn));
		return;
	}
	while (pg->state == PG_UP && !hms_list_empty(&pg->wire) && !pg->copying && !PQisBusy(pg->conn)) {
		PGresult *res = PQgetResult(pg->conn);

		receive_one(pg, res);
		PQclear(res);
		if (pg->state == PG_UP && PQstatus(pg->conn) == CONNECTION_BAD) {
			pg_break(pg, HMS_EUNAVAIL, PQerrorMessage(pg->conn));
		}
	}
}
