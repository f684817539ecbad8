/* Sending batches: Parse at the first use of a statement, Bind and Execute, one Sync at the end.
 *
 *  A batch is alone on the wire when what follows depends on how it ends: it opens or continues a transaction (a failure must
 *  be rolled back before the next one), or it prepares statements (the next one could not know whether they exist), or it has a
 *  COPY. All others are sent one behind the other. */
#include "internal.h"

struct submit_params {
	Oid types[PG_PARAMS_MAX];
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX], formats[PG_PARAMS_MAX];
};

static void params_fill(struct submit_params *out, const struct hms_pg_batch *batch, const struct pg_use *use)
{
	for (unsigned i = 0; i < use->param_count; i++) {
		const struct pg_param *p = &batch->params[use->first_param + i];
		const char *data = p->array ? p->array->data.p : batch->data.p;

		out->types[i] = p->oid;
		/* libpq takes NULL for null, and a buffer that was never written to has no memory. */
		out->values[i] = p->len == PG_PARAM_NULL ? NULL : p->len ? data + p->offset : "";
		out->lengths[i] = p->len;
		out->formats[i] = 1;
	}
}

/* Puts a Parse before the first use of a statement on this connection. False: the connection is of no more use. */
static bool submit_parse(struct hms_pg *pg, struct pg_use *use, const struct submit_params *params)
{
	const struct hms_pg_stmt *stmt = use->stmt;

	if (hms_map_get(pg->prepared, &stmt, sizeof(stmt))) {
		return true;
	}
	use->parse = true;
	hms_counter_inc(&pg_metrics.prepared);
	return !hms_map_put(pg->prepared, &stmt, sizeof(stmt), (void *)stmt) &&
	       PQsendPrepare(pg->conn, stmt->name, stmt->sql, (int)use->param_count, params->types);
}

/* All up to a COPY. */
static bool submit_uses(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	struct submit_params params;

	for (; batch->sent < batch->use_count && !batch->uses[batch->sent].copy; batch->sent++) {
		struct pg_use *use = &batch->uses[batch->sent];

		params_fill(&params, batch, use);
		if (!submit_parse(pg, use, &params) || !PQsendQueryPrepared(pg->conn, use->stmt->name, (int)use->param_count, params.values,
									    params.lengths, params.formats, 1)) {
			return false;
		}
		pg->alone = pg->alone || use->parse || use->kind == PG_KIND_BEGIN;
	}
	pg->alone = pg->alone || batch->sent < batch->use_count;
	return PQpipelineSync(pg->conn);
}

void pg_submit_part(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	bool is_copy = batch->sent < batch->use_count && batch->uses[batch->sent].copy;

	if (!(is_copy ? pg_copy_start(pg, batch) : submit_uses(pg, batch))) {
		pg_break(pg, HMS_EUNAVAIL, PQerrorMessage(pg->conn));
		return;
	}
	if (batch->sent == batch->use_count && !is_copy) {
		pg_batch_drop_params(batch); /* libpq has copied them */
	}
	batch->in_parse = batch->current < batch->use_count && batch->uses[batch->current].parse;
	pg_flush(pg);
}

static void submit_batch(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	hms_list_remove(&batch->node);
	hms_list_push_back(&pg->wire, &batch->node);
	pg->alone = pg->open;
	hms_counter_add(&pg_metrics.statements, batch->use_count);
	pg_submit_part(pg, batch);
}

/* The rest of a transaction that began on a connection that is gone: its statements would be committed one by one. */
static bool batch_orphaned(const struct hms_pg *pg, const struct hms_pg_batch *batch)
{
	for (size_t i = 0; !pg->open && i < batch->use_count; i++) {
		if (batch->uses[i].kind == PG_KIND_BEGIN) {
			return false;
		}
		if (batch->uses[i].kind == PG_KIND_COMMIT) {
			return true;
		}
	}
	return false;
}

static void refuse_batch(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	hms_list_remove(&batch->node);
	pg->batches--;
	hms_gauge_add(&pg_metrics.batches_open, -1);
	pg_batch_fail(batch, HMS_EUNAVAIL, "the transaction that this batch would commit is gone");
	pg_fail_later(pg, batch);
}

void pg_submit(struct hms_pg *pg)
{
	while (pg->state == PG_UP && !pg->alone && !pg->write_pending && !hms_list_empty(&pg->waiting)) {
		struct hms_pg_batch *batch = hms_container_of(pg->waiting.next, struct hms_pg_batch, node);

		if (pg_submit_reset(pg, batch)) {
			continue;
		}
		if (batch_orphaned(pg, batch)) {
			refuse_batch(pg, batch);
		} else {
			submit_batch(pg, batch);
		}
	}
}

void pg_fail_later(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	hms_list_push_back(&pg->failed, &batch->node);
	hms_defer_schedule(pg->loop, &pg->defer);
}

void pg_flush(struct hms_pg *pg)
{
	int left = PQflush(pg->conn);

	if (left < 0) {
		pg_break(pg, HMS_EUNAVAIL, PQerrorMessage(pg->conn));
		return;
	}
	pg->write_pending = left > 0;
	/* The server stops reading when nobody takes its answers: always read, too. */
	if (hms_io_set(pg->watch->io, left ? HMS_IO_READ | HMS_IO_WRITE : HMS_IO_READ)) {
		pg_break(pg, HMS_EUNAVAIL, "cannot watch the descriptor");
	}
}

void pg_accept(struct hms_pg *pg, struct hms_pg_batch *batch)
{
	hms_list_push_back(&pg->waiting, &batch->node);
	pg->batches++;
	hms_gauge_add(&pg_metrics.batches_open, 1);
	if (!hms_timer_active(&pg->deadline)) {
		hms_timer_start(&pg->deadline, (uint64_t)pg->conf.batch_timeout);
	}
}
