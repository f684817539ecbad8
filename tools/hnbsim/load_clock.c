/* Begins sessions when their time comes, whether or not earlier ones have ended: an open loop, so that a slow HMS
 * cannot slow the load that it is measured by. Intended starts lie on a grid of a millisecond. */
#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "hms/base/clock.h"
#include "load.h"

#define GRID_US 1000
#define LATE_US 10000

void load_cell_idle(struct load *load, struct cell *cell)
{
	size_t size = load->run->sim.cell_count;

	load->idle[(load->idle_first + load->idle_count++) % size] = cell->index;
}

static struct cell *take_idle(struct load *load)
{
	struct cell *cell = &load->run->sim.cells[load->idle[load->idle_first]];

	load->idle_first = (load->idle_first + 1) % load->run->sim.cell_count;
	load->idle_count--;
	return cell;
}

static uint64_t intended_us(const struct load *load, uint64_t n, double rate)
{
	double offset_us = (double)n * 1e6 / rate;

	return load->begin_us + ((uint64_t)offset_us + GRID_US - 1) / GRID_US * GRID_US;
}

struct load_figures *load_figures_of(struct load *load, const struct session *session)
{
	if (!load->scheduled[session->cell->index] || session->start_us < load->measure_us || session->start_us >= load->end_us)
		return NULL;
	return session->event_bits == HMS_EVENT_PERIODIC ? &load->quiet : &load->work;
}

/* The same value, reported as changed: "changed and changed back" is reported, too (TR-069 3.7.1.5). */
static void report_again(struct cell *cell, enum model_role role)
{
	struct tree_env env = cell_env(cell);
	char scratch[TREE_SCRATCH];

	if (model_has(cell->tree.model, role))
		tree_set(&cell->tree, tree_role(&cell->tree, role), tree_value(&cell->tree, tree_role(&cell->tree, role), &env, scratch),
			 true);
}

/* A cell that has something to tell: restarted, or with a changed state. From here it goes on by itself until it
 * has settled. */
static void give_work(struct load *load, struct cell *cell)
{
	cell->scripted = false;
	if (load->run->opt.work == WORK_BOOT) {
		cell_restart(cell, "load");
	} else {
		report_again(cell, ROLE_OP_STATE);
		report_again(cell, ROLE_CONNECTION_REQUEST_URL);
	}
}

/* What a session of the clock has to tell. */
static void tell_rate(struct load *load, struct cell *cell)
{
	if (rng_chance(&load->run->sim.rng, load->run->opt.work_fraction))
		give_work(load, cell);
	else
		events_add(&cell->events, HMS_EVENT_PERIODIC);
}

/* An alarm that is not expedited waits for the next session, which is now. */
static void tell_alarm(struct load *load, struct cell *cell)
{
	(void)load;
	alarm_random(cell);
	if (tree_changes(&cell->tree) < 2)
		events_add(&cell->events, HMS_EVENT_PERIODIC);
}

static void begin_session(struct load *load, void (*tell)(struct load *load, struct cell *cell), uint64_t due_us, uint64_t now_us)
{
	struct cell *cell = take_idle(load);
	struct load_figures *figures;

	tell(load, cell);
	load->late += now_us > due_us + LATE_US;
	load->scheduled[cell->index] = true;
	session_start(cell, due_us);
	figures = cell->session ? load_figures_of(load, cell->session) : NULL;
	if (figures)
		figures->begun++;
}

static void change_phase(struct load *load, uint64_t now_us)
{
	if (load->phase == LOAD_WARMUP && now_us >= load->measure_us) {
		load->phase = LOAD_MEASURE;
		load->cpu_begin_us = report_cpu_us();
	}
	if (load->phase == LOAD_MEASURE && now_us >= load->end_us) {
		load->phase = LOAD_OVER;
		load->cpu_us = report_cpu_us() - load->cpu_begin_us;
		load->run->done = true;
	}
}

/* Begins what is due of one rate; *begun: how many of it so far. */
static void begin_due(struct load *load, double rate, uint64_t *begun, void (*tell)(struct load *load, struct cell *cell), uint64_t now_us)
{
	while (load->phase != LOAD_OVER && load->idle_count > 0) {
		uint64_t due_us = intended_us(load, *begun, rate);

		if (due_us > now_us || due_us >= load->end_us)
			break;
		++*begun;
		begin_session(load, tell, due_us, now_us);
	}
}

static void on_clock(struct hms_io *io, int events, void *arg)
{
	struct load *load = arg;
	const struct options *opt = &load->run->opt;
	uint64_t expirations, now_us;

	(void)io, (void)events;
	if (read(load->clock_fd, &expirations, sizeof(expirations)) != sizeof(expirations))
		return;
	now_us = hms_mono_us();
	change_phase(load, now_us);
	begin_due(load, opt->rate, &load->begun, tell_rate, now_us);
	if (opt->alarm_rate > 0)
		begin_due(load, opt->alarm_rate, &load->alarms_begun, tell_alarm, now_us);
}

int load_clock_start(struct load *load)
{
	const struct options *opt = &load->run->opt;
	struct itimerspec spec = { .it_interval = { .tv_nsec = GRID_US * 1000 } };

	load->begin_us = hms_mono_us() + GRID_US;
	load->measure_us = load->begin_us + (uint64_t)opt->warmup_ms * 1000;
	load->end_us = load->measure_us + (uint64_t)opt->duration_ms * 1000;
	load->phase = LOAD_WARMUP;
	load->clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	spec.it_value.tv_sec = (time_t)(load->begin_us / 1000000);
	spec.it_value.tv_nsec = (long)(load->begin_us % 1000000) * 1000;
	if (load->clock_fd < 0 || timerfd_settime(load->clock_fd, TFD_TIMER_ABSTIME, &spec, NULL) != 0)
		return HMS_EIO;
	load->clock = hms_io_new(load->run->loop, load->clock_fd, on_clock, load);
	return load->clock ? hms_io_set(load->clock, HMS_IO_READ) : HMS_ENOMEM;
}

static void on_closed(void *arg)
{
	struct load *load = arg;

	close(load->clock_fd);
}

void load_clock_stop(struct load *load)
{
	if (load->clock)
		hms_io_close(load->clock, on_closed, load);
	load->clock = NULL;
}
