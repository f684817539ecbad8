/* When a cell's next session begins: periodic Informs, retries, notifications. */
#include "cell.h"
#include "hms/base/clock.h"
#include "value.h"

/* The next multiple of the interval from PeriodicInformTime on (TR-069 ManagementServer.PeriodicInformTime). */
static bool phase_ms(const struct cell *cell, int64_t interval_ms, uint64_t *wait_ms)
{
	char scratch[TREE_SCRATCH];
	int64_t reference_s, left_ms;

	if (value_time(cell_role_text(cell, ROLE_PERIODIC_TIME, scratch), &reference_s) != 0)
		return false;
	left_ms = (reference_s * 1000 - hms_wall_us() / 1000) % interval_ms;
	*wait_ms = (uint64_t)(left_ms > 0 ? left_ms : left_ms + interval_ms);
	return true;
}

static void arm_periodic(struct cell *cell, uint64_t now_ms)
{
	struct sim *sim = cell->sim;
	struct tree_env env = cell_env(cell);
	int64_t interval_ms = tree_role_int(&cell->tree, ROLE_PERIODIC_INTERVAL, &env, 0) * 1000;
	uint64_t wait_ms;

	if (cell->periodic_due_ms > 0)
		return;
	if (sim->opt->periodic_ms > 0)
		wait_ms = (uint64_t)sim->opt->periodic_ms;
	else if (interval_ms <= 0 || !tree_role_bool(&cell->tree, ROLE_PERIODIC_ENABLE, &env))
		return;
	else if (!phase_ms(cell, interval_ms, &wait_ms)) /* the first at any point: cells do not come together */
		wait_ms = 1 + (cell->informs > 1 ? (uint64_t)interval_ms : rng_next(&sim->rng) % (uint64_t)interval_ms);
	cell->periodic_due_ms = now_ms + wait_ms;
}

/* 0: nothing waits. */
static uint64_t report_due_ms(const struct cell *cell, uint64_t now_ms)
{
	struct tree_env env = cell_env(cell);
	uint64_t throttle_ms;

	if (cell->retry_due_ms > 0)
		return cell->retry_due_ms;
	if (!events_none(&cell->events))
		return now_ms;
	if (tree_changes(&cell->tree) < 2)
		return 0;
	throttle_ms = (uint64_t)tree_role_int(&cell->tree, ROLE_THROTTLE, &env, 0) * 1000;
	return cell->ended_ms + throttle_ms > now_ms ? cell->ended_ms + throttle_ms : now_ms;
}

void cell_schedule(struct cell *cell)
{
	uint64_t now_ms = hms_mono_ms(), due_ms;

	if (cell->state == CELL_REBOOTING) /* its timer runs */
		return;
	if (cell->state == CELL_OFF || cell->session || cell->scripted || cell->sim->stopping) {
		hms_timer_stop(&cell->timer);
		return;
	}
	arm_periodic(cell, now_ms);
	due_ms = report_due_ms(cell, now_ms);
	if (due_ms == 0 || (cell->periodic_due_ms > 0 && cell->periodic_due_ms < due_ms))
		due_ms = cell->periodic_due_ms;
	if (due_ms > 0)
		hms_timer_start(&cell->timer, due_ms > now_ms ? due_ms - now_ms : 0);
	else
		hms_timer_stop(&cell->timer);
}
