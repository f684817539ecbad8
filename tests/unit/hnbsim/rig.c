/* A cell, an HMS that follows a script, and a loop. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "hms/base/clock.h"

#define PATIENCE_MS 10000

struct hms_loop *loop;
struct acs acs;
struct sim sim;
struct options opt;
struct cell *cell;

struct rig_seen seen;

static void on_ended(struct cell *c, const struct session *session, enum session_end end)
{
	(void)c;
	seen.ended++;
	seen.last = end;
	seen.answered = session->answered;
}

int rig_open(void **state)
{
	static const struct sim_watch watch = { .ended = on_ended };
	static const char *args[] = { "--cells",    "1", "--mix",	  "henb-both", "--seed", "1",  "--backoff-scale", "0.001",
				      "--op-delay", "0", "--reboot-time", "1ms",       "--both", NULL, "--password",	  "own {serial}" };
	struct hms_err err = { 0 };
	bool help;

	seen.ended = 0;
	args[3] = *state ? *state : "henb-both";
	loop = hms_loop_new();
	if (!loop || acs_open(&acs, loop) != 0)
		return -1;
	args[13] = acs.url;
	if (options_parse(&opt, COMMAND_CELLS, sizeof(args) / sizeof(args[0]), (char *const *)(uintptr_t)args, &help, &err) != 0 ||
	    sim_init(&sim, &opt, loop, &watch, &err) != 0) {
		print_message("%s\n", err.text);
		return -1;
	}
	cell = &sim.cells[0];
	return 0;
}

int rig_close(void **state)
{
	(void)state;
	sim_fini(&sim);
	acs_close(&acs);
	for (int i = 0; i < 10; i++)
		hms_loop_run_once(loop, false);
	hms_loop_free(&loop);
	return 0;
}

static void on_patience(struct hms_timer *timer, void *arg) { (void)timer, (void)arg; }

bool run_until(bool (*done)(unsigned count), unsigned count)
{
	uint64_t end_ms = hms_mono_ms() + PATIENCE_MS;
	struct hms_timer patience;

	hms_timer_init(&patience, loop, on_patience, NULL);
	hms_timer_start(&patience, PATIENCE_MS);
	while (!done(count) && hms_mono_ms() < end_ms)
		hms_loop_run_once(loop, true);
	hms_timer_stop(&patience);
	return done(count);
}

static bool have_ended(unsigned count) { return seen.ended >= count; }

void run_sessions(unsigned count)
{
	run_until(have_ended, count);
	sim.stopping = true; /* nothing more by itself */
	cell_schedule(cell);
	assert_int_equal(seen.ended, count);
}

bool inform_has(size_t post, const char *text)
{
	return strcmp(acs.got[post].method, "Inform") == 0 && strstr(acs.got[post].body, text) != NULL;
}

bool is_set(const char *name, const char *value)
{
	struct tree_env env = cell_env(cell);
	char scratch[TREE_SCRATCH];
	struct tree_ref ref;

	return tree_find(&cell->tree, hms_str(name), &ref) && hms_str_eqz(tree_value(&cell->tree, ref, &env, scratch), value);
}
