/* The command `cells`: N cells that live until they are stopped. */
#include <stdio.h>

#include "hms/base/clock.h"
#include "launch.h"

#define DRAIN_MS 3000

struct cells {
	struct run *run;
	struct launch launch;
	struct hms_timer alarms; /* --alarm-rate */
	uint64_t alarms_begun_ms, alarms_done;
	uint64_t end_ms; /* monotonic; 0: until stopped */
};

static size_t count_on_air(const struct sim *sim)
{
	size_t count = 0;

	for (size_t i = 0; i < sim->cell_count; i++) {
		struct tree_env env = cell_env(&sim->cells[i]);

		count += tree_role_bool(&sim->cells[i].tree, ROLE_OP_STATE, &env);
	}
	return count;
}

#define ALARM_TICK_MS 20

/* Alarm events at cells that are on air, at random. */
static void on_alarms(struct hms_timer *timer, void *arg)
{
	struct cells *cells = arg;
	struct sim *sim = &cells->run->sim;
	double due = (double)(hms_mono_ms() - cells->alarms_begun_ms) * sim->opt->alarm_rate / 1000;

	for (; cells->alarms_done < (uint64_t)due; cells->alarms_done++) {
		struct cell *cell = &sim->cells[rng_next(&sim->rng) % sim->cell_count];
		struct tree_env env = cell_env(cell);

		if (tree_role_bool(&cell->tree, ROLE_OP_STATE, &env))
			alarm_random(cell);
	}
	hms_timer_start(timer, ALARM_TICK_MS);
}

static void on_second(struct run *run)
{
	struct cells *cells = run->command;
	const struct sim *sim = &run->sim;

	if (cells->end_ms > 0 && hms_mono_ms() >= cells->end_ms)
		run->done = true;
	if (run->opt.quiet)
		return;
	printf("  %5.0f s  %zu of %zu cells on, %zu on air, %zu sessions under way; %llu done, %llu Informs answered, "
	       "%llu RPCs, %llu retries\n",
	       (double)(hms_wall_us() - sim->started_us) / 1e6, cells->launch.next, sim->cell_count, count_on_air(sim), sim->live,
	       (unsigned long long)sim->counts.ends[SESSION_DONE], (unsigned long long)sim->counts.informs_answered,
	       (unsigned long long)sim->counts.rpcs, (unsigned long long)sim->counts.retries);
	fflush(stdout);
}

static void set_defaults(struct options *opt)
{
	if (!opt->mix)
		opt->mix = !opt->initial ? "hnb-both,henb-both" : !opt->both ? "hnb,henb" : "hnb,hnb-both,henb,hnb,hnb-both,henb-both";
}

static void live(struct run *run)
{
	struct cells *cells = run->command;

	if (!run->opt.quiet)
		printf("%lld cells: %s; seed %llu\n", (long long)run->opt.cells, run->opt.mix, (unsigned long long)run->sim.seed);
	fflush(stdout);
	launch_start(&cells->launch, run, (uint64_t)run->opt.stagger_ms, 0, NULL);
	hms_timer_init(&cells->alarms, run->loop, on_alarms, cells);
	cells->run = run;
	cells->alarms_begun_ms = hms_mono_ms();
	if (run->opt.alarm_rate > 0)
		hms_timer_start(&cells->alarms, ALARM_TICK_MS);
	run_until_done(run);
	hms_timer_stop(&cells->alarms);
	launch_stop(&cells->launch);
	run_drain(run, DRAIN_MS);
	printf("\n%zu cells, %zu on air after %.1f s; seed %llu\n", run->sim.cell_count, count_on_air(&run->sim),
	       (double)(hms_wall_us() - run->sim.started_us) / 1e6, (unsigned long long)run->sim.seed);
	report_counts(&run->sim, stdout);
	report_write_json(&run->opt, json_pack("{s:s, s:I, s:I, s:I, s:o}", "command", "cells", "cells", (json_int_t)run->sim.cell_count,
					       "on_air", (json_int_t)count_on_air(&run->sim), "seed", (json_int_t)run->sim.seed, "counts",
					       report_counts_json(&run->sim)));
}

int cells_run(const struct options *given, struct hms_err *err)
{
	struct cells cells = { 0 };
	struct options opt = *given;
	struct run run = { .each_second = on_second, .command = &cells };
	int rc, status;

	set_defaults(&opt);
	cells.end_ms = opt.duration_ms > 0 ? hms_mono_ms() + (uint64_t)opt.duration_ms : 0;
	rc = run_open(&run, &opt, NULL, err);
	if (rc == 0)
		live(&run);
	status = run_close(&run, EXIT_OK);
	return rc != 0 ? rc : status;
}
