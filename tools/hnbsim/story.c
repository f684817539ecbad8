/* The command `story`: discovery, registration and quiet Informs of N cells, told step by step and checked. */
#include <stdio.h>
#include <stdlib.h>

#include "db.h"
#include "db_steps.h"
#include "hms/base/clock.h"
#include "story_act.h"
#include "launch.h"
#include "progress.h"
#include "story.h"
#include "then.h"

#define CHECK_EVERY_MS 250
#define CHECK_AT_LEAST_MS 10000
#define DRAIN_MS 5000

static struct story *story_of(const struct cell *cell) { return run_of(cell)->command; }

static void on_step(struct cell *cell, enum story_step step, uint64_t took_us, const struct progress_event *event)
{
	struct story *story = story_of(cell);

	stats_add(&story->took[step], took_us);
	if (story->verbose)
		story_print_step(story, cell, step, took_us, event);
	if (step == STEP_CONFIGURED && story->cells[cell->index].split) {
		story_print_wrong(cell, "was not registered in the session of its discovery (U-DISC-07)");
		story->wrong++;
	}
	if (story->cells[cell->index].next == STEP_COUNT && ++story->finished == story->run->sim.cell_count)
		story->run->done = true;
}

static void note(struct cell *cell, struct progress_event event)
{
	struct story *story = story_of(cell);
	struct progress *progress = &story->cells[cell->index];

	if (progress->next < STEP_COUNT)
		progress_note(progress, cell, (uint32_t)story->run->opt.quiet_informs, &event, on_step);
}

static void on_informed(struct cell *cell, const struct session *session) { note(cell, (struct progress_event){ .informed = session }); }

/* --serving: cells must be sent there and nowhere else. */
static void check_serving(struct story *story, const struct cell *cell)
{
	const char *serving = story->run->opt.serving;
	char url[TREE_SCRATCH];

	if (story->cells[cell->index].next == STEP_DEPROVISIONED)
		return; /* DEP-03: back to the initial HMS */
	if (serving && cell->kind->home == HOME_INITIAL && cell->url_changed &&
	    !hms_str_eqz(cell_role_text(cell, ROLE_ACS_URL, url), serving)) {
		story_print_wrong(cell, "was not sent to --serving");
		story->wrong++;
	}
}

static void on_rpc(struct cell *cell, const struct session *session, const struct rpc_call *call)
{
	(void)session;
	if (call->roles & ROLE_BIT(ROLE_ACS_URL))
		check_serving(story_of(cell), cell);
	if (call->fault_code != 0)
		story_print_fault(story_of(cell), cell, call);
	else
		note(cell, (struct progress_event){ .rpc = call });
}

static void on_ended(struct cell *cell, const struct session *session, enum session_end end)
{
	if (end != SESSION_DONE && end != SESSION_STOPPED)
		story_print_failure(story_of(cell), cell, session);
	note(cell, (struct progress_event){ .ended = session });
	story_act(story_of(cell), cell);
}

static void on_launched(struct cell *cell) { progress_begin(&story_of(cell)->cells[cell->index], cell); }

static void on_second(struct run *run)
{
	struct story *story = run->command;

	if (!story->verbose && !run->opt.quiet)
		story_print_progress(story);
	if (hms_mono_ms() > story->end_ms)
		run->done = true;
}

/* ---- the database ---- */
static const char *const passed_initial[] = { "DISCOVERING", "ASSIGNED", "REGISTERING", "PROVISIONED", "IN_SERVICE", NULL };
static const char *const passed_other[] = { NULL };

static void expect(const struct story *story, struct db_expect *out)
{
	struct sim *sim = &story->run->sim;

	for (size_t i = 0; i < sim->cell_count; i++) {
		const struct cell *cell = &sim->cells[i];
		bool is_fap = model_has(cell->tree.model, ROLE_ADMIN_STATE);

		out[i] = (struct db_expect){ .cell = cell, .informed_us = story->cells[i].inform_us };
		out[i].state = progress_makes(cell, STEP_DEPROVISIONED) ? "BLOCKED" : is_fap ? "IN_SERVICE" : "SETTLED";
		out[i].passed = !is_fap ? passed_other : passed_initial + (cell->kind->home == HOME_BOTH);
	}
}

static size_t count_missing(const struct db_expect *list, size_t count)
{
	size_t missing = 0;

	for (size_t i = 0; i < count; i++)
		missing += list[i].missing[0] != '\0';
	return missing;
}

/* Looks until everything is there or time is up. Returns how many cells lack something, or an error. */
static int check_database(struct story *story, struct db_expect *list, struct hms_err *err)
{
	struct run *run = story->run;
	size_t count = run->sim.cell_count;
	uint64_t end_ms = hms_mono_ms() + CHECK_AT_LEAST_MS;
	int rc;

	if (end_ms < story->end_ms)
		end_ms = story->end_ms;
	expect(story, list);
	for (;;) {
		rc = db_check(run->db, &run->sim, list, count, err);
		if (rc == 0)
			rc = db_check_steps(run->db, &run->sim, list, count, run->sim.steps, err);
		if (rc != 0 || count_missing(list, count) == 0 || hms_mono_ms() > end_ms || run->signalled)
			break;
		run_sleep(run, CHECK_EVERY_MS);
	}
	return rc != 0 ? rc : (int)count_missing(list, count);
}

/* ---- the whole ---- */
static int tell(struct story *story, struct hms_err *err)
{
	struct run *run = story->run;
	struct db_expect *list = NULL;
	int missing = 0, then = 0;

	launch_start(&story->launch, run, (uint64_t)run->opt.stagger_ms, 0, on_launched);
	run_until_done(run);
	launch_stop(&story->launch);
	if (run->opt.then && !run->signalled && story->finished == run->sim.cell_count)
		then = then_run(run, run->opt.then);
	run_drain(run, run->signalled ? 0 : DRAIN_MS);
	if (run->db && !run->signalled && story->finished == run->sim.cell_count) {
		list = calloc(run->sim.cell_count, sizeof(*list));
		missing = list ? check_database(story, list, err) : HMS_ENOMEM;
	}
	story_print_summary(story, list, missing, err);
	free(list);
	return story->finished == run->sim.cell_count && missing == 0 && story->wrong == 0 && then == 0 ? EXIT_OK : EXIT_FAILED;
}

/* Steps of services that are not installed. Without --pg it is not known: they are all expected. */
static int leave_out(struct story *story, struct hms_err *err)
{
	struct run *run = story->run;
	int rc = run->db ? db_steps_missing(run->db, &story->left_out, err) : 0;

	run->sim.steps &= ~story->left_out;
	return rc;
}

/* hnb2 does not know FactoryReset: it is de-provisioned by SetParameterValues. */
static void set_defaults(struct options *opt)
{
	if (!opt->mix && opt->steps == STEPS_ALL && opt->initial)
		opt->mix = !opt->both ? "hnb,henb,hnb2" : "hnb,hnb2-both,henb,hnb-both,henb-both,hnb2";
	if (!opt->mix)
		opt->mix = !opt->initial ? "hnb-both,henb-both" : !opt->both ? "hnb,henb" : "hnb,hnb-both,henb,hnb,hnb-both,henb-both";
	if (opt->periodic_ms == 0)
		opt->periodic_ms = 2000;
}

int story_run(const struct options *given, struct hms_err *err)
{
	static const struct sim_watch watch = { on_informed, on_rpc, on_ended };
	struct options opt = *given;
	struct run run = { .each_second = on_second };
	struct story *story = calloc(1, sizeof(*story));
	int rc, status;

	if (!story)
		return HMS_ENOMEM;
	set_defaults(&opt);
	story->run = &run;
	run.command = story;
	story->end_ms = hms_mono_ms() + (uint64_t)opt.timeout_ms;
	story->verbose = opt.cells <= STORY_VERBOSE_CELLS && !opt.quiet;
	rc = run_open(&run, &opt, &watch, err);
	if (rc == 0 && !(story->cells = calloc(run.sim.cell_count, sizeof(*story->cells))))
		rc = HMS_ENOMEM;
	if (rc == 0 && opt.steps == STEPS_ALL)
		rc = leave_out(story, err);
	for (size_t i = 0; rc == 0 && i < run.sim.cell_count; i++)
		progress_begin(&story->cells[i], &run.sim.cells[i]);
	if (rc == 0)
		story_print_start(story);
	status = rc == 0 ? tell(story, err) : EXIT_FAILED;
	status = run_close(&run, status);
	free(story->cells);
	free(story);
	return rc != 0 ? rc : status;
}
