/* What load prints. */
#include <stdio.h>

#include "hms/base/clock.h"
#include "load.h"

void load_print_second(struct load *load)
{
	struct run *run = load->run;
	uint64_t done = run->sim.counts.ends[SESSION_DONE], ended = 0;
	char p50[32], p99[32];

	if (load->phase == LOAD_PREPARE) {
		printf("  prepare  %8zu of %zu cells registered\n", load->launch.settled, run->sim.cell_count);
	} else if (load->phase != LOAD_OVER) {
		for (unsigned i = 0; i < SESSION_END_COUNT; i++)
			ended += run->sim.counts.ends[i];
		printf("  %-7s  %6.0f s  %8llu sessions/s  %6zu under way  p50 %s  p99 %s  %llu failed\n",
		       load->phase == LOAD_WARMUP ? "warm-up" : "load", (double)(hms_mono_us() - load->begin_us) / 1e6,
		       (unsigned long long)(done - load->done_last), run->sim.live,
		       report_ms(stats_quantile_us(&load->quiet.session, 0.5), p50),
		       report_ms(stats_quantile_us(&load->quiet.session, 0.99), p99), (unsigned long long)(ended - done));
		load->done_last = done;
	}
	fflush(stdout);
}

static double seconds(const struct load *load) { return (double)load->run->opt.duration_ms / 1000; }

static void print_stats(const char *what, const struct stats *stats)
{
	static const double quantiles[] = { 0.5, 0.99, 0.999 };
	char ms[32];

	if (stats->count == 0)
		return;
	printf("  %-34s", what);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		printf(" %11s", report_ms(stats_quantile_us(stats, quantiles[i]), ms));
	printf(" %11s\n", report_ms(stats->max_us, ms));
}

static void print_figures(const struct load *load, const char *what, const struct load_figures *figures)
{
	if (figures->begun == 0)
		return;
	printf("%s: %llu begun, %llu done, %.1f a second\n", what, (unsigned long long)figures->begun, (unsigned long long)figures->done,
	       (double)figures->done / seconds(load));
	printf("  %-34s %11s %11s %11s %11s\n", "", "p50", "p99", "p99.9", "max");
	print_stats("session (intended start to 204)", &figures->session);
	print_stats("Inform (intended start to answer)", &figures->inform);
	print_stats("Inform to first RPC", &figures->first_rpc);
	for (unsigned i = 1; i < SESSION_END_COUNT; i++)
		if (figures->ends[i] > 0)
			printf("  failed: %-28s %llu\n", session_end_text((enum session_end)i), (unsigned long long)figures->ends[i]);
}

static double cpu_per_session(const struct load *load)
{
	uint64_t done = load->quiet.done + load->work.done;

	return done > 0 ? (double)load->cpu_us / (double)done : 0;
}

static json_t *figures_json(const struct load_figures *figures)
{
	json_t *ends = json_object();

	for (unsigned i = 0; i < SESSION_END_COUNT; i++)
		if (figures->ends[i] > 0)
			json_object_set_new(ends, session_end_text((enum session_end)i), json_integer((json_int_t)figures->ends[i]));
	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "begun", (json_int_t)figures->begun, "done", (json_int_t)figures->done,
			 "session", report_stats_json(&figures->session), "inform", report_stats_json(&figures->inform), "first_rpc",
			 report_stats_json(&figures->first_rpc), "ends", ends);
}

static json_t *summary_json(const struct load *load)
{
	const struct options *opt = &load->run->opt;

	return json_pack("{s:s, s:I, s:f, s:f, s:f, s:f, s:I, s:I, s:o, s:o, s:o}", "command", "load", "cells", (json_int_t)opt->cells,
			 "rate_wanted", opt->rate, "rate", (double)(load->quiet.done + load->work.done) / seconds(load), "seconds",
			 seconds(load), "cpu_us_per_session", cpu_per_session(load), "cpu_us", (json_int_t)load->cpu_us, "late",
			 (json_int_t)load->late, "quiet", figures_json(&load->quiet), "work", figures_json(&load->work), "counts",
			 report_counts_json(&load->run->sim));
}

void load_print_summary(const struct load *load)
{
	const struct options *opt = &load->run->opt;

	printf("\n%.0f sessions a second asked for, %.1f done, in %.0f s with %lld cells", opt->rate,
	       (double)(load->quiet.done + load->work.done) / seconds(load), seconds(load), (long long)opt->cells);
	if (opt->alarm_rate > 0)
		printf(" (and %.0f a second with an alarm)", opt->alarm_rate);
	printf("; the simulator took %.0f us of CPU a session\n", cpu_per_session(load));
	if (load->late > 0)
		printf("%llu sessions began more than 10 ms late: too few idle cells, or too little CPU for the simulator\n",
		       (unsigned long long)load->late);
	print_figures(load, "quiet sessions", &load->quiet);
	print_figures(load, "sessions with work", &load->work);
	report_counts(&load->run->sim, stdout);
	report_write_json(opt, summary_json(load));
}
