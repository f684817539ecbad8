/* What the story prints. */
#include <stdio.h>

#include "hms/base/clock.h"
#include "story.h"

#define NAMED_MAX 20 /* cells that are named in a summary */

/* The kinds that so many cells have. */
static int kinds_len(const char *mix, int64_t cells)
{
	const char *end = mix;

	while (*end && (*end != ',' || --cells > 0))
		end++;
	return (int)(end - mix);
}

void story_print_start(const struct story *story)
{
	const struct options *opt = &story->run->opt;

	if (opt->quiet)
		return;
	printf("%lld cells: %.*s; seed %llu\n", (long long)opt->cells, kinds_len(opt->mix, opt->cells), opt->mix,
	       (unsigned long long)story->run->sim.seed);
	if (opt->initial)
		printf("  initial HMS %s\n", opt->initial);
	if (opt->serving)
		printf("  serving HMS %s\n", opt->serving);
	if (opt->both)
		printf("  HMS with both roles %s\n", opt->both);
	for (unsigned i = 0; i < STEP_COUNT; i++)
		if (story->left_out & (1u << i))
			printf("  left out, since its service is not installed: %s\n", story_step_name((enum story_step)i));
	printf("\n");
	if (story->verbose)
		printf("%-10s %-14s %-69s %s\n", "cell", "step", "", "since last");
}

/* ---- one line a step ---- */
static void tell_events(const struct session *s, char *out, size_t size)
{
	size_t n = 0;

	for (uint32_t rest = s->event_bits; rest != 0; rest &= rest - 1)
		n += (size_t)snprintf(out + n, n < size ? size - n : 0, "%s%s", n > 0 ? ", " : "", hms_cwmp_event_code(rest & -rest));
}

static void text_of(const struct cell *cell, enum model_role role, char *out, size_t size)
{
	char scratch[TREE_SCRATCH];
	struct hms_str value = cell_role_text(cell, role, scratch);

	snprintf(out, size, "%.*s", HMS_STR_FMT(value));
}

static void tell_rpc(const struct story *story, const struct cell *cell, enum story_step step, const struct rpc_call *call, char *out,
		     size_t size)
{
	const struct progress *progress = &story->cells[cell->index];
	char segw[72], gateway[128], url[160];

	text_of(cell, ROLE_SEGW, segw, sizeof(segw));
	text_of(cell, ROLE_GATEWAY, gateway, sizeof(gateway));
	text_of(cell, ROLE_ACS_URL, url, sizeof(url));
	if (step == STEP_DISCOVERY && cell->url_changed)
		snprintf(out, size, "SeGW %s, HMS %s (U-DISC-06)", segw, url);
	else if (step == STEP_DISCOVERY)
		snprintf(out, size, "SeGW %s; this HMS serves, too (U-DISC-07)", segw);
	else if (step == STEP_CONFIGURED)
		snprintf(out, size, "%zu parameters, gateway %s%s (U-REG-04)", call->written, gateway,
			 progress->discovery_inform == cell->informs ? ", same session" : "");
	else
		snprintf(out, size, "AdminState true (U-REG-07)");
}

/* What cells do by themselves or an operator asks of them; false: it is told by the event. */
static bool tell_deed(const struct cell *cell, enum story_step step, char *out, size_t size)
{
	switch (step) {
	case STEP_ALARM_RAISED:
		snprintf(out, size, "ExpeditedEvent NewAlarm, 4 VALUE CHANGE (FM-04)");
		return true;
	case STEP_ALARM_CLEARED:
		snprintf(out, size, "ExpeditedEvent ClearedAlarm");
		return true;
	case STEP_PM_UPLOADS:
		snprintf(out, size, "%u periods, each %lld s, by HTTP PUT (PM-03)", cell->pm.uploaded, (long long)cell->pm.interval_s);
		return true;
	case STEP_CM_FILE:
		snprintf(out, size, "fetched, applied, TransferComplete answered (CMF-04)");
		return true;
	case STEP_CHANGED:
		snprintf(out, size, "a parameter was set by an operator");
		return true;
	case STEP_DEPROVISIONED:
		snprintf(out, size, "%s; its next session led nowhere (DEP-04)",
			 cell->resets > 0 ? "0 BOOTSTRAP after a reset" : "gateways taken away");
		return true;
	default:
		return false;
	}
}

static void tell(const struct story *story, const struct cell *cell, enum story_step step, const struct progress_event *event, char *out,
		 size_t size)
{
	char events[256];

	if (tell_deed(cell, step, out, size)) {
		return;
	} else if (event->rpc) {
		tell_rpc(story, cell, step, event->rpc, out, size);
	} else if (event->informed) {
		tell_events(event->informed, events, sizeof(events));
		snprintf(out, size, "%s %s %s", events, step == STEP_IN_SERVICE ? "with" : "at",
			 step == STEP_IN_SERVICE ? "OpState and RFTxStatus true" : event->informed->group->url);
	} else {
		snprintf(out, size, "%u times 2 PERIODIC, answered 204 at once", story->cells[cell->index].quiet);
	}
}

void story_print_step(const struct story *story, const struct cell *cell, enum story_step step, uint64_t took_us,
		      const struct progress_event *event)
{
	char name[32], took[32], what[512];

	tell(story, cell, step, event, what, sizeof(what));
	printf("%-10s %-14s %-69s %10s\n", cell_name(cell, name), story_step_name(step), what, report_ms(took_us, took));
	fflush(stdout);
}

void story_print_fault(const struct story *story, const struct cell *cell, const struct rpc_call *call)
{
	char name[32];

	if (!story->verbose)
		return;
	printf("%-10s %-14s %.*s refused with fault %u\n", cell_name(cell, name), "-", HMS_STR_FMT(call->msg->name), call->fault_code);
	for (size_t i = 0; i < call->param_fault_count; i++)
		printf("%-10s %-14s   %.*s: %u\n", "", "", HMS_STR_FMT(call->param_faults[i].name), call->param_faults[i].code);
}

void story_print_failure(const struct story *story, const struct cell *cell, const struct session *s)
{
	char name[32], status[32] = "";

	if (!story->verbose)
		return;
	if (s->status > 0)
		snprintf(status, sizeof(status), ", HTTP status %u", s->status);
	printf("%-10s %-14s session failed (%s%s); the cell will come again\n", cell_name(cell, name), "-", session_end_text(s->end),
	       status);
}

void story_print_wrong(const struct cell *cell, const char *what)
{
	char name[32], url[TREE_SCRATCH];

	text_of(cell, ROLE_ACS_URL, url, sizeof(url));
	printf("%-10s %-14s %s; its HMS is %s\n", cell_name(cell, name), "WRONG", what, url);
}

/* ---- many cells ---- */
static size_t cells_making(const struct story *story, enum story_step step)
{
	size_t count = 0;

	for (size_t i = 0; i < story->run->sim.cell_count; i++)
		count += progress_makes(&story->run->sim.cells[i], step);
	return count;
}

/* The steps that some cells have made and others have not yet, and the last one that all have made. */
void story_print_progress(const struct story *story)
{
	unsigned done = STEP_COUNT, under_way = 0;
	uint64_t retries = story->run->sim.counts.retries;
	const char *gap = " ";

	for (unsigned i = 0; i < STEP_COUNT; i++) {
		uint64_t made = story->took[i].count, of = cells_making(story, (enum story_step)i);

		if (!(story->run->sim.steps & (1u << i)) || made == 0)
			continue;
		if (made < of)
			under_way |= 1u << i;
		else
			done = i;
	}
	printf("  %4.0f s ", (double)(hms_wall_us() - story->run->sim.started_us) / 1e6);
	for (unsigned i = 0; i < STEP_COUNT; i++) {
		if (i != done && !(under_way & (1u << i)))
			continue;
		printf("%s%s %llu", gap, story_step_name((enum story_step)i), (unsigned long long)story->took[i].count);
		gap = ", ";
	}
	if (retries > 0)
		printf("; %llu retries", (unsigned long long)retries);
	printf("\n");
	fflush(stdout);
}

/* ---- the end ---- */
static void print_table(const struct story *story)
{
	printf("\n%-16s %12s %12s %12s\n", "step", "cells", "p50", "p99");
	for (unsigned i = 0; i < STEP_COUNT; i++) {
		const struct stats *took = &story->took[i];
		char p50[32], p99[32], of[32];

		snprintf(of, sizeof(of), "%llu/%zu", (unsigned long long)took->count, cells_making(story, (enum story_step)i));
		if (!(story->run->sim.steps & (1u << i)))
			continue;
		printf("%-16s %12s %12s %12s\n", story_step_name((enum story_step)i), of, report_ms(stats_quantile_us(took, 0.5), p50),
		       report_ms(stats_quantile_us(took, 0.99), p99));
	}
	printf("\n");
}

static void print_unfinished(const struct story *story)
{
	const struct sim *sim = &story->run->sim;
	unsigned named = 0;

	for (size_t i = 0; i < sim->cell_count && named < NAMED_MAX; i++) {
		const struct progress *progress = &story->cells[i];
		char name[32], serial[CELL_SERIAL_SIZE];

		if (progress->next == STEP_COUNT)
			continue;
		printf("%-10s (%s) did not come to: %s\n", cell_name(&sim->cells[i], name), cell_serial(&sim->cells[i], serial),
		       story_step_name(progress->next));
		named++;
	}
	if (sim->cell_count - story->finished > named)
		printf("... and %zu more\n", sim->cell_count - story->finished - named);
}

static void print_missing(const struct story *story, const struct db_expect *list, int missing)
{
	int named = 0;

	for (size_t i = 0; i < story->run->sim.cell_count && named < NAMED_MAX; i++) {
		char name[32], serial[CELL_SERIAL_SIZE];

		if (list[i].missing[0] == '\0')
			continue;
		printf("%-10s (%s) in PostgreSQL: %s\n", cell_name(list[i].cell, name), cell_serial(list[i].cell, serial), list[i].missing);
		named++;
	}
	if (missing > named)
		printf("... and %d more\n", missing - named);
}

static const char *database_verdict(const struct story *story, const struct db_expect *list, int missing)
{
	if (!list)
		return story->run->db ? "not looked at" : "not asked for (--pg)";
	return missing == 0 ? "all there" : missing < 0 ? "failed" : "incomplete";
}

static json_t *summary_json(const struct story *story, const struct db_expect *list, int missing)
{
	json_t *steps = json_object();

	for (unsigned i = 0; i < STEP_COUNT; i++) {
		json_t *step = report_stats_json(&story->took[i]);

		json_object_set_new(step, "expected", json_integer((json_int_t)cells_making(story, (enum story_step)i)));
		json_object_set_new(steps, story_step_name((enum story_step)i), step);
	}
	return json_pack("{s:s, s:I, s:I, s:I, s:s, s:o, s:o}", "command", "story", "cells", (json_int_t)story->run->sim.cell_count,
			 "finished", (json_int_t)story->finished, "seed", (json_int_t)story->run->sim.seed, "database",
			 database_verdict(story, list, missing), "steps", steps, "counts", report_counts_json(&story->run->sim));
}

void story_print_summary(const struct story *story, const struct db_expect *list, int missing, const struct hms_err *err)
{
	print_table(story);
	print_unfinished(story);
	if (list && missing > 0)
		print_missing(story, list, missing);
	if (missing < 0)
		printf("%s\n", err->text);
	report_counts(&story->run->sim, stdout);
	if (story->wrong > 0)
		printf("%zu times a cell was led wrong, see above\n", story->wrong);
	printf("story: %zu of %zu cells made every step; PostgreSQL: %s; %.1f s\n", story->finished, story->run->sim.cell_count,
	       database_verdict(story, list, missing), (double)(hms_wall_us() - story->run->sim.started_us) / 1e6);
	report_write_json(&story->run->opt, summary_json(story, list, missing));
}
