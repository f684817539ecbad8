/* Switches cells on one after another. */
#include "launch.h"

#define BURST 64 /* most cells in one go, so that the loop is not held up */

static void on_timer(struct hms_timer *timer, void *arg)
{
	struct launch *launch = arg;
	struct sim *sim = &launch->run->sim;

	for (int burst = 0; launch->next < sim->cell_count && burst < BURST; burst++) {
		struct cell *cell = &sim->cells[launch->next];

		if (launch->concurrency > 0 && launch->next - launch->settled >= launch->concurrency)
			return; /* launch_settled() goes on */
		launch->next++;
		if (launch->launched)
			launch->launched(cell);
		cell_power_up(cell);
		if (launch->stagger_ms > 0)
			break;
	}
	if (launch->next < sim->cell_count)
		hms_timer_start(timer, launch->stagger_ms);
}

void launch_start(struct launch *launch, struct run *run, uint64_t stagger_ms, size_t concurrency, void (*launched)(struct cell *cell))
{
	*launch = (struct launch){ .run = run, .stagger_ms = stagger_ms, .concurrency = concurrency, .launched = launched };
	hms_timer_init(&launch->timer, run->loop, on_timer, launch);
	hms_timer_start(&launch->timer, 0);
}

void launch_stop(struct launch *launch) { hms_timer_stop(&launch->timer); }

void launch_settled(struct launch *launch)
{
	launch->settled++;
	if (launch->next < launch->run->sim.cell_count && !hms_timer_active(&launch->timer))
		hms_timer_start(&launch->timer, 0);
}
