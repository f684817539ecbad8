/* Summaries: for people and as JSON. */
#include <stdio.h>
#include <sys/resource.h>

#include "run.h"

uint64_t report_cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

const char *report_ms(uint64_t us, char out[32])
{
	snprintf(out, 32, us < 10000000 ? "%.1f ms" : "%.0f ms", (double)us / 1000);
	return out;
}

struct handshakes {
	uint64_t full, resumed;
};

/* Of --resume. */
static struct handshakes handshakes_of(const struct sim *sim)
{
	struct handshakes sum = { 0 };

	for (size_t i = 0; i < sim->cell_count; i++) {
		sum.full += sim->cells[i].tls_memory.full;
		sum.resumed += sim->cells[i].tls_memory.resumed;
	}
	return sum;
}

void report_counts(const struct sim *sim, FILE *out)
{
	const struct sim_counts *c = &sim->counts;

	fprintf(out,
		"%llu sessions over %llu connections: %llu Informs, %llu answered; %llu RPCs, %llu of them faults; "
		"%llu reboots, %llu factory resets; %llu retries\n"
		"%llu alarm events, %llu PM files taken (%llu times refused), %llu transfers (%llu failed), %llu connection requests\n",
		(unsigned long long)c->sessions, (unsigned long long)c->connections, (unsigned long long)c->informs,
		(unsigned long long)c->informs_answered, (unsigned long long)c->rpcs, (unsigned long long)c->rpc_faults,
		(unsigned long long)c->reboots, (unsigned long long)c->factory_resets, (unsigned long long)c->retries,
		(unsigned long long)c->alarms, (unsigned long long)c->pm_uploads, (unsigned long long)c->pm_failures,
		(unsigned long long)c->transfers, (unsigned long long)c->transfer_faults, (unsigned long long)c->calls);
	if (sim->opt->resume)
		fprintf(out, "TLS handshakes with the HMS: %llu full, %llu resumed\n", (unsigned long long)handshakes_of(sim).full,
			(unsigned long long)handshakes_of(sim).resumed);
	for (unsigned i = 0; i < SESSION_END_COUNT; i++)
		if (c->ends[i] > 0)
			fprintf(out, "  sessions that ended: %-28s %10llu\n", session_end_text((enum session_end)i),
				(unsigned long long)c->ends[i]);
	for (unsigned i = 0; i < sizeof(c->statuses) / sizeof(c->statuses[0]); i++)
		if (c->statuses[i] > 0)
			fprintf(out, "  responses with HTTP status:  %-20u %10llu\n", i, (unsigned long long)c->statuses[i]);
}

json_t *report_counts_json(const struct sim *sim)
{
	const struct sim_counts *c = &sim->counts;
	json_t *ends = json_object(), *statuses = json_object();

	for (unsigned i = 0; i < SESSION_END_COUNT; i++)
		if (c->ends[i] > 0)
			json_object_set_new(ends, session_end_text((enum session_end)i), json_integer((json_int_t)c->ends[i]));
	for (unsigned i = 0; i < sizeof(c->statuses) / sizeof(c->statuses[0]); i++) {
		char status[16];

		snprintf(status, sizeof(status), "%u", i);
		if (c->statuses[i] > 0)
			json_object_set_new(statuses, status, json_integer((json_int_t)c->statuses[i]));
	}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I}}", "sessions",
			 (json_int_t)c->sessions, "connections", (json_int_t)c->connections, "informs", (json_int_t)c->informs,
			 "informs_answered", (json_int_t)c->informs_answered, "rpcs", (json_int_t)c->rpcs, "rpc_faults",
			 (json_int_t)c->rpc_faults, "reboots", (json_int_t)c->reboots, "factory_resets", (json_int_t)c->factory_resets,
			 "retries", (json_int_t)c->retries, "session_ends", ends, "statuses", statuses, "alarms", (json_int_t)c->alarms,
			 "calls", (json_int_t)c->calls, "pm_uploads", (json_int_t)c->pm_uploads, "pm_failures", (json_int_t)c->pm_failures,
			 "transfers", (json_int_t)c->transfers, "transfer_faults", (json_int_t)c->transfer_faults, "tls_handshakes", "full",
			 (json_int_t)handshakes_of(sim).full, "resumed", (json_int_t)handshakes_of(sim).resumed);
}

json_t *report_stats_json(const struct stats *stats)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)stats->count, "mean_us",
			 (json_int_t)(stats->count > 0 ? stats->sum_us / stats->count : 0), "p50_us",
			 (json_int_t)stats_quantile_us(stats, 0.5), "p99_us", (json_int_t)stats_quantile_us(stats, 0.99), "p999_us",
			 (json_int_t)stats_quantile_us(stats, 0.999), "max_us", (json_int_t)stats->max_us);
}

int report_write_json(const struct options *opt, json_t *object)
{
	int rc = 0;

	if (!opt->json) {
		json_decref(object);
		return 0;
	}
	if (strcmp(opt->json, "-") == 0) {
		rc = json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
	} else {
		rc = json_dump_file(object, opt->json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	}
	json_decref(object);
	if (rc != 0)
		fprintf(stderr, "hnbsim: option --json: cannot write '%s'\n", opt->json);
	return rc != 0 ? HMS_EIO : 0;
}
