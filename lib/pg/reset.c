/* Batches of the connection's own: the first words to a new server process, and cleaning up behind a failed batch. */
#include "internal.h"

#include "hms/base/clock.h"

/* A server process whose client gave up (batch_timeout) must not go on for minutes with its locks, and a client that is paused in the
 * midst of a transaction must not keep its heir from taking over (I1). */
static const struct hms_pg_stmt setup = {
	"hms_setup",
	"select set_config('client_connection_check_interval', '5s', false), set_config('idle_in_transaction_session_timeout', '10s', false)"
};
static const struct hms_pg_stmt rollback = { "hms_rollback", "rollback" };
static const struct hms_pg_stmt deallocate = { "hms_deallocate", "deallocate all" };

static void reset_on_done(const struct hms_pg_error *err, void *arg)
{
	if (err && err->code == HMS_ESQL) {
		pg_break(arg, HMS_EUNAVAIL, err->text);
	}
}

static void reset_on_deallocated(const struct hms_pg_error *err, void *arg)
{
	struct hms_pg *pg = arg;

	if (err) {
		reset_on_done(err, arg);
		return;
	}
	/* It was alone on the wire, so nothing relies on what the map said. */
	hms_map_free(&pg->prepared);
	pg->prepared = hms_map_new(PG_PREPARED_MAX);
	if (!pg->prepared) {
		pg_break(pg, HMS_EUNAVAIL, hms_strerror(HMS_ENOMEM));
	}
}

/* A batch of one statement, before all that wait. */
static void reset_send(struct hms_pg *pg, const struct hms_pg_stmt *stmt, hms_pg_done_cb *done)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(pg);

	if (!batch) {
		pg_break(pg, HMS_EUNAVAIL, hms_strerror(HMS_ENOMEM));
		return;
	}
	hms_pg_stmt_begin(batch, stmt, NULL, NULL);
	if (batch->failed) {
		hms_pg_batch_free(&batch);
		pg_break(pg, HMS_EUNAVAIL, hms_strerror(HMS_ENOMEM));
		return;
	}
	batch->done = done;
	batch->arg = pg;
	batch->sent_us = hms_mono_us();
	pg_accept(pg, batch);
	hms_list_remove(&batch->node);
	hms_list_push_front(&pg->waiting, &batch->node);
}

void pg_setup(struct hms_pg *pg)
{
	reset_send(pg, &setup, NULL);
	pg_submit(pg);
}

bool pg_submit_reset(struct hms_pg *pg, const struct hms_pg_batch *next)
{
	bool rolls_back = next && next->use_count && next->uses[0].kind == PG_KIND_ROLLBACK;

	if ((pg->reset & PG_RESET_ROLLBACK) && !rolls_back) {
		pg->reset &= ~PG_RESET_ROLLBACK;
		reset_send(pg, &rollback, reset_on_done);
		return true;
	}
	if ((pg->reset & PG_RESET_DEALLOCATE) && !pg->open) {
		pg->reset &= ~PG_RESET_DEALLOCATE;
		reset_send(pg, &deallocate, reset_on_deallocated);
		return true;
	}
	pg->reset &= ~PG_RESET_ROLLBACK;
	return false;
}

void pg_note_failure(struct hms_pg *pg, const struct hms_pg_batch *batch)
{
	const char *state = batch->error.sqlstate;

	if (pg->open) {
		pg->reset |= PG_RESET_ROLLBACK;
	}
	/* "cached plan must not change result type" after a migration, or a statement that somebody deallocated: prepare anew. */
	if (strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0) {
		pg->reset |= PG_RESET_DEALLOCATE;
	}
}
