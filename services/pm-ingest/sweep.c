/* Sweeps on the second connection; ledgers that are due go as items into ordinary transactions. */
#include "sweep.h"

#include <stdlib.h>

#include "hms/base/clock.h"

#define DAY_US 86400000000LL
#define HOUSEKEEPING_MS 600000
#define HOUSEKEEPING_RETRY_MS 2000
enum { DAYS_BEFORE = 9, DAYS_AHEAD = 3 }; /* pm_check() looks a week back */

struct pmi_sweep {
	struct pmi *pmi;
	struct hms_timer turn;
	uint64_t housekeeping_due_ms;
	int64_t making; /* today, while partitions are made */
	bool busy;
};

static const struct hms_pg_stmt select_due = {
	"pmi_due", "select device_id from pm_watch where due <= now() and hms_partition(device_id, $1) = any($2)"
		   " order by due limit 1000"
};
static const struct hms_pg_stmt make_days = {
	"pmi_make_days", "select pm_ensure_days(array(select 'epoch'::date + n from generate_series($1::int4, $2::int4) n))"
};
static const struct hms_pg_stmt drop_days = { "pmi_drop_days", "select pm_drop_days('epoch'::date + $1::int4)" };
static const struct hms_pg_stmt drop_quarantine = { "pmi_drop_quarantine",
						    "delete from pm_quarantine where at < now() - $1::int8 * interval '1 day'" };

static void on_due(const struct hms_pg_result *res, void *arg)
{
	struct pmi *pmi = arg;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		struct pmi_item item;

		hms_pg_get_uuid(res, i, 0, item.id.b);
		if (hms_stream_put(pmi->stream, &item))
			break; /* found again */
	}
}

static void on_made(const struct hms_pg_result *res, void *arg)
{
	struct pmi_sweep *sweep = arg;

	(void)res;
	sweep->pmi->day_first = sweep->making - DAYS_BEFORE;
	sweep->pmi->day_last = sweep->making + DAYS_AHEAD;
	sweep->housekeeping_due_ms = hms_mono_ms() + HOUSEKEEPING_MS;
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct pmi_sweep *sweep = arg;

	if (err && err->code == HMS_ECANCELED) /* closing down */
		return;
	sweep->busy = false;
	if (err)
		log_warn("sweep failed", KV_Z("statement", err->stmt ? err->stmt : ""), KV_Z("reason", err->text));
	hms_stream_run(sweep->pmi->stream);
}

/* Of their own batches: a drop that gives up must not undo the making. */
static void keep_house(struct pmi_sweep *sweep, struct hms_pg *aux)
{
	const struct pmi_conf *conf = sweep->pmi->conf;
	struct hms_pg_batch *make = hms_pg_batch_new(aux), *drop = hms_pg_batch_new(aux);

	sweep->housekeeping_due_ms = hms_mono_ms() + HOUSEKEEPING_RETRY_MS;
	sweep->making = hms_wall_us() / DAY_US;
	if (!make || !drop) {
		hms_pg_batch_free(&make);
		hms_pg_batch_free(&drop);
		return;
	}
	hms_pg_stmt_begin(make, &make_days, on_made, sweep);
	hms_pg_p_int4(make, (int32_t)sweep->making - DAYS_BEFORE);
	hms_pg_p_int4(make, (int32_t)sweep->making + DAYS_AHEAD);
	hms_pg_batch_send(make, on_done, sweep);
	hms_pg_stmt_begin(drop, &drop_quarantine, NULL, NULL);
	hms_pg_p_int8(drop, conf->quarantine_days);
	hms_pg_stmt_begin(drop, &drop_days, NULL, NULL);
	hms_pg_p_int4(drop, (int32_t)(sweep->making - conf->retention_days - 1));
	hms_pg_batch_send(drop, on_done, sweep);
}

static void look_for_due(struct pmi_sweep *sweep, struct hms_pg *aux)
{
	struct pmi *pmi = sweep->pmi;
	unsigned count = hms_stream_partitions(pmi->stream);
	struct hms_pg_batch *batch = hms_stream_items(pmi->stream) ? NULL : hms_pg_batch_new(aux);
	struct hms_pg_array *mine = batch ? hms_pg_array_new(batch, HMS_PG_INT4) : NULL;

	if (!batch)
		return;
	for (unsigned p = 0; p < count; p++)
		if (hms_stream_owns(pmi->stream, 0, p))
			hms_pg_a_int4(mine, (int32_t)p);
	hms_pg_stmt_begin(batch, &select_due, on_due, pmi);
	hms_pg_p_int4(batch, (int32_t)count);
	hms_pg_p_array(batch, mine);
	sweep->busy = true;
	hms_pg_batch_send(batch, on_done, sweep);
}

static void on_turn(struct hms_timer *timer, void *arg)
{
	struct pmi_sweep *sweep = arg;
	struct pmi *pmi = sweep->pmi;

	hms_timer_start(timer, (uint64_t)pmi->conf->sweep_interval);
	if (sweep->busy || !hms_stream_can_sweep(pmi->stream))
		return;
	if (hms_mono_ms() >= sweep->housekeeping_due_ms)
		keep_house(sweep, hms_stream_aux(pmi->stream));
	look_for_due(sweep, hms_stream_aux(pmi->stream));
}

struct pmi_sweep *pmi_sweep_new(struct pmi *pmi)
{
	struct pmi_sweep *sweep = calloc(1, sizeof(*sweep));

	if (!sweep)
		return NULL;
	sweep->pmi = pmi;
	hms_timer_init(&sweep->turn, pmi->loop, on_turn, sweep);
	hms_timer_start(&sweep->turn, 1);
	return sweep;
}

void pmi_sweep_free(struct pmi_sweep **sweep)
{
	if (!*sweep)
		return;
	hms_timer_stop(&(*sweep)->turn);
	free(*sweep);
	*sweep = NULL;
}
