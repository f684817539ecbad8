/* The frame of a command: start, signals, end. */
#include "run.h"

#include <signal.h>

#include "control.h"
#include "db.h"
#include "hms/base/clock.h"
#include "hms/log/log.h"
#include "progress.h"

#define TICK_MS 1000

static void on_signal(int signum, void *arg)
{
	struct run *run = arg;

	if (run->signalled) /* the second one: at once */
		signal(signum, SIG_DFL), raise(signum);
	run->signalled = signum;
}

static void on_tick(struct hms_timer *timer, void *arg)
{
	struct run *run = arg;

	hms_timer_start(timer, TICK_MS);
	if (run->each_second)
		run->each_second(run);
}

static void on_nap(struct hms_timer *timer, void *arg) { (void)timer, (void)arg; /* the loop has come round: that is all */ }

int run_open(struct run *run, const struct options *opt, const struct sim_watch *watch, struct hms_err *err)
{
	int rc;

	hms_log_init("hnbsim", HMS_LOG_WARN);
	run->opt = *opt;
	run->loop = hms_loop_new();
	if (!run->loop)
		return hms_err_set(err, HMS_ENOMEM, "out of memory");
	hms_timer_init(&run->tick, run->loop, on_tick, run);
	hms_timer_init(&run->nap, run->loop, on_nap, NULL);
	hms_timer_start(&run->tick, TICK_MS);
	rc = sim_init(&run->sim, &run->opt, run->loop, watch, err);
	run->sim.steps = progress_steps(opt->steps == STEPS_ALL);
	if (rc == 0 && opt->control)
		rc = control_open(&run->sim, opt->control, &run->control, err);
	if (rc == 0 && opt->pg)
		rc = db_open(run->loop, opt->pg, &run->db, err);
	if (rc == 0 && opt->allow)
		rc = db_allow(run->db, &run->sim, err);
	if (rc == 0) {
		run->on_int = hms_signal_new(run->loop, SIGINT, on_signal, run);
		run->on_term = hms_signal_new(run->loop, SIGTERM, on_signal, run);
	}
	return rc;
}

void run_until_done(struct run *run)
{
	while (!run->done && !run->signalled)
		hms_loop_run_once(run->loop, true);
}

void run_sleep(struct run *run, uint64_t ms)
{
	uint64_t end_ms = hms_mono_ms() + ms;

	hms_timer_start(&run->nap, ms);
	while (hms_mono_ms() < end_ms && !run->signalled)
		hms_loop_run_once(run->loop, true);
	hms_timer_stop(&run->nap);
}

void run_drain(struct run *run, uint64_t ms)
{
	uint64_t end_ms = hms_mono_ms() + ms;

	sim_stop(&run->sim);
	while (run->sim.live > 0 && hms_mono_ms() < end_ms)
		hms_loop_run_once(run->loop, true); /* the tick ends the wait */
}

int run_close(struct run *run, int status)
{
	int record;

	if (!run->loop)
		return status;
	hms_timer_stop(&run->tick);
	hms_signal_close(&run->on_int);
	hms_signal_close(&run->on_term);
	record = sim_fini(&run->sim);
	control_close(&run->control);
	db_close(&run->db);
	for (int i = 0; i < 3; i++) /* two-phase closing */
		hms_loop_run_once(run->loop, false);
	hms_loop_free(&run->loop);
	if (record != 0) {
		fprintf(stderr, "hnbsim: the record could not be written in full: do not trust it\n");
		return EXIT_FAILED;
	}
	return run->signalled ? 128 + run->signalled : status;
}
