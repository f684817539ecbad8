/* The command `load`: periodic Informs at a given rate. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"

#define DRAIN_MS 30000
#define DEFAULT_DURATION_MS 30000
#define LOOPBACK_SOURCES "127.0.1.1-127.0.1.250"

static struct load *load_of(const struct cell *cell) { return run_of(cell)->command; }

/* ---- --prepare ---- */
static void on_step(struct cell *cell, enum story_step step, uint64_t took_us, const struct progress_event *event)
{
	(void)cell, (void)step, (void)took_us, (void)event; /* only the end counts */
}

/* Nothing waits to be told or done: from here only the clock begins its sessions. */
static bool make_idle(struct load *load, struct cell *cell)
{
	bool busy = cell->state != CELL_UP || !events_none(&cell->events) || tree_changes(&cell->tree) == 2 ||
		    hms_timer_active(&cell->op_timer);

	if (busy)
		return false;
	cell->scripted = true;
	cell_schedule(cell);
	load_cell_idle(load, cell);
	return true;
}

static void note(struct cell *cell, struct progress_event event)
{
	struct load *load = load_of(cell);
	struct progress *progress = &load->cells[cell->index];

	if (load->phase != LOAD_PREPARE || cell->scripted)
		return;
	progress_note(progress, cell, 0, &event, on_step);
	if (progress->next < STEP_COUNT || !event.ended || event.ended->end != SESSION_DONE || !make_idle(load, cell))
		return;
	launch_settled(&load->launch);
	load->run->done = load->launch.settled == load->run->sim.cell_count;
}

static void on_launched(struct cell *cell) { progress_begin(&load_of(cell)->cells[cell->index], cell); }

/* ---- sessions ---- */
static void on_informed(struct cell *cell, const struct session *session) { note(cell, (struct progress_event){ .informed = session }); }

static void on_rpc(struct cell *cell, const struct session *session, const struct rpc_call *call)
{
	(void)session;
	if (call->fault_code == 0)
		note(cell, (struct progress_event){ .rpc = call });
}

static void count(struct load_figures *figures, const struct session *s)
{
	figures->ends[s->end]++;
	if (s->end != SESSION_DONE)
		return;
	figures->done++;
	stats_add(&figures->session, hms_mono_us() - s->start_us);
	stats_add(&figures->inform, s->answered_us - s->start_us);
	if (s->first_rpc_us > 0)
		stats_add(&figures->first_rpc, s->first_rpc_us - s->inform_us);
}

static void on_ended(struct cell *cell, const struct session *session, enum session_end end)
{
	struct load *load = load_of(cell);
	struct load_figures *figures = load_figures_of(load, session);

	if (load->phase == LOAD_PREPARE) {
		note(cell, (struct progress_event){ .ended = session });
		return;
	}
	if (figures)
		count(figures, session);
	load->scheduled[cell->index] = false;
	if (end != SESSION_DONE) { /* it comes back by itself, as a real one does */
		cell->scripted = false;
		cell_schedule(cell);
	} else {
		make_idle(load, cell);
	}
}

static void on_second(struct run *run)
{
	struct load *load = run->command;

	if (!run->opt.quiet)
		load_print_second(load);
	/* 0: --allow is under way, which has its own time */
	if (load->phase == LOAD_PREPARE && load->prepare_end_ms > 0 && hms_mono_ms() > load->prepare_end_ms)
		run->done = true;
}

/* ---- the whole ---- */
static void resume_all(struct load *load)
{
	struct sim *sim = &load->run->sim;

	for (size_t i = 0; i < sim->cell_count; i++) {
		sim->cells[i].scripted = true;
		cell_resume(&sim->cells[i]);
		load_cell_idle(load, &sim->cells[i]);
	}
}

static bool prepare(struct load *load)
{
	struct run *run = load->run;

	load->prepare_end_ms = hms_mono_ms() + (uint64_t)run->opt.timeout_ms;
	launch_start(&load->launch, run, 0, (size_t)run->opt.concurrency, on_launched);
	run_until_done(run);
	launch_stop(&load->launch);
	run->done = false;
	if (load->launch.settled == run->sim.cell_count)
		return true;
	fprintf(stderr, "hnbsim: --prepare: %zu of %zu cells are registered; --timeout gives it more time\n", load->launch.settled,
		run->sim.cell_count);
	return false;
}

static int run_load(struct load *load)
{
	struct run *run = load->run;
	const struct load_figures *quiet = &load->quiet, *work = &load->work;

	if (run->opt.prepare && !prepare(load)) {
		report_counts(&run->sim, stdout);
		return EXIT_FAILED;
	}
	if (!run->opt.prepare)
		resume_all(load);
	sim_reset_counts(&run->sim);
	if (load_clock_start(load) != 0) {
		fprintf(stderr, "hnbsim: no timer of the system is left\n");
		return EXIT_FAILED;
	}
	run_until_done(run);
	load_clock_stop(load);
	run_drain(run, run->signalled ? 0 : DRAIN_MS);
	load_print_summary(load);
	return quiet->done + work->done > 0 && quiet->done == quiet->begun && work->done == work->begun ? EXIT_OK : EXIT_FAILED;
}

static bool is_loopback(const char *url) { return url && strncmp(url, "http://127.", 11) == 0; }

static void set_defaults(struct options *opt)
{
	if (!opt->mix)
		opt->mix = "hnb-both";
	if (opt->duration_ms == 0)
		opt->duration_ms = DEFAULT_DURATION_MS;
	if (!opt->source && is_loopback(opt->url))
		opt->source = LOOPBACK_SOURCES;
	if (opt->prepare)
		opt->op_delay_ms = 0;
}

static int make(struct load *load, const struct options *opt, struct hms_err *err)
{
	size_t cells = (size_t)opt->cells;

	if (!opt->url)
		return hms_err_set(err, HMS_EINVAL, "option --url is missing");
	load->cells = calloc(cells, sizeof(*load->cells));
	load->scheduled = calloc(cells, sizeof(*load->scheduled));
	load->idle = calloc(cells, sizeof(*load->idle));
	return load->cells && load->scheduled && load->idle ? 0 : HMS_ENOMEM;
}

int load_run(const struct options *given, struct hms_err *err)
{
	static const struct sim_watch watch = { on_informed, on_rpc, on_ended };
	struct options opt = *given;
	struct run run = { .each_second = on_second };
	struct load *load = calloc(1, sizeof(*load));
	int rc, status;

	if (!load)
		return HMS_ENOMEM;
	set_defaults(&opt);
	load->run = &run;
	run.command = load;
	rc = make(load, &opt, err);
	if (rc == 0)
		rc = run_open(&run, &opt, &watch, err);
	status = run_close(&run, rc == 0 ? run_load(load) : EXIT_FAILED);
	free(load->cells);
	free(load->scheduled);
	free(load->idle);
	free(load);
	return rc != 0 ? rc : status;
}
