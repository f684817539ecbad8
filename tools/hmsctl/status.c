/* hmsctl status: the running system on one screen. */
#include "print.h"

#define LINE_MAX_BYTES 65536
#define TROUBLES_MAX 6
#define TITLE_CHARS 11 /* of "devices    " */
#define LINE_CHARS 64  /* and one more count: 80 hold it */

/* In the order in which one wants to know them; others follow. */
static const char *const states[] = { "HELD",	    "ALLOWED", "DISCOVERING", "ASSIGNED",	   "REGISTERING", "PROVISIONED",
				      "IN_SERVICE", "SETTLED", "FAILED",      "LOCATION_REJECTED", "BLOCKED",	  NULL };
static const char *const severities[] = { "Critical", "Major", "Minor", "Warning", "Indeterminate", "Cleared", NULL };

/* Goes on in the next line where one is full. */
static void add_count(struct hms_buf *out, const char *name, json_t *n)
{
	const char *last = out->len ? memrchr(out->p, '\n', out->len) : NULL;
	size_t used = last ? (size_t)(out->p + out->len - last) : TITLE_CHARS + 8 + out->len;

	if (out->len)
		hms_buf_strz(out, ",");
	if (out->len && used > LINE_CHARS)
		hms_buf_printf(out, "\n%*s", TITLE_CHARS, "");
	else if (out->len)
		hms_buf_strz(out, " ");
	hms_buf_printf(out, "%s ", name);
	ctl_text(out, n);
}

static bool is_one_of(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

/* "devices    5: IN_SERVICE 4, FAILED 1" */
static void print_counts(const char *title, json_t *counts, const char *const *order)
{
	struct hms_buf line = HMS_BUF_INIT(LINE_MAX_BYTES);
	const char *name;
	json_t *n;
	json_int_t total = 0;

	for (size_t i = 0; order[i]; i++)
		if ((n = json_object_get(counts, order[i])))
			add_count(&line, order[i], n);
	json_object_foreach(counts, name, n)
	{
		total += json_integer_value(n);
		if (!is_one_of(order, name))
			add_count(&line, name, n);
	}
	printf("%-10s %lld%s%s\n", title, (long long)total, line.len ? ": " : "", hms_buf_z(&line));
	hms_buf_fini(&line);
}

static long long count_of(json_t *counts, const char *name) { return (long long)json_integer_value(json_object_get(counts, name)); }

/* Rounded down: 100 % is whole. */
static void print_pm(json_t *pm)
{
	long long expected = count_of(pm, "expected"), missing = count_of(pm, "missing");

	if (expected > 0)
		printf("%-10s %lld.%lld %% complete: %lld of %lld due periods missing", "pm", (expected - missing) * 100 / expected,
		       (expected - missing) * 1000 / expected % 10, missing, expected);
	else
		printf("%-10s nothing expected yet", "pm");
	printf("; %lld uploads of %lld cells, since yesterday\n", count_of(pm, "received"), count_of(pm, "cells"));
}

static void print_stores(json_t *stores)
{
	const char *name;
	json_t *store;
	bool first = true;

	printf("%-10s ", "stores");
	json_object_foreach(stores, name, store)
	{
		const char *version = json_string_value(json_object_get(store, "version"));

		printf("%s%s%s%.*s %s", first ? "" : ", ", name, version ? " " : "", version ? (int)strcspn(version, " ") : 0,
		       version ? version : "", json_is_true(json_object_get(store, "up")) ? "up" : "AWAY");
		first = false;
	}
	printf("\n");
}

static void print_lag(json_t *lag)
{
	long long silent = count_of(lag, "silent_partitions");

	if (!json_is_object(lag)) {
		printf("%-10s unknown\n", "lag");
		return;
	}
	printf("%-10s device events: %.1f s at most", "lag", (double)count_of(lag, "worst_ms") / 1000);
	if (silent)
		printf(", %lld of %zu partitions WITHOUT AN OWNER", silent, json_array_size(json_object_get(lag, "partitions_ms")));
	printf("\n");
}

/* One row a service: how many instances, how many of them well, which versions. Beside it the instances that are not. */
struct group {
	char name[64], versions[96];
	unsigned count, ready;
	json_int_t lag_ms, uptime_s; /* greatest and least, and one more; 0: unknown */
};

static void name_of(const char *instance, char out[64])
{
	const char *dash = strrchr(instance, '-');

	snprintf(out, 64, "%.*s", dash && strspn(dash + 1, "0123456789.") == strlen(dash + 1) ? (int)(dash - instance) : 63, instance);
}

static void add_version(struct group *g, const char *version)
{
	size_t n = strlen(g->versions);

	if (*version && !strstr(g->versions, version))
		snprintf(g->versions + n, sizeof(g->versions) - n, "%s%s", n ? "," : "", version);
}

#define GROUPS_MAX 32

static size_t group_services(json_t *services, struct group *groups)
{
	size_t count = 0, i, at;
	json_t *row;

	json_array_foreach(services, i, row)
	{
		json_t *lag = json_object_get(row, "lag_ms"), *up = json_object_get(row, "uptime_s");
		char name[64];

		name_of(json_string_value(json_object_get(row, "instance")), name);
		for (at = 0; at < count && strcmp(groups[at].name, name) != 0;)
			at++;
		if (at == GROUPS_MAX)
			break;
		if (at == count)
			snprintf(groups[count++].name, 64, "%s", name);
		groups[at].count++;
		groups[at].ready += strcmp(json_string_value(json_object_get(row, "state")), "ready") == 0;
		if (json_is_integer(lag) && json_integer_value(lag) >= groups[at].lag_ms)
			groups[at].lag_ms = json_integer_value(lag) + 1;
		if (json_is_integer(up) && (!groups[at].uptime_s || json_integer_value(up) < groups[at].uptime_s))
			groups[at].uptime_s = json_integer_value(up) + 1;
		add_version(&groups[at], json_string_value(json_object_get(row, "version")));
	}
	return count;
}

/* One line each, so many that the screen holds the rest, too. */
static void print_troubles(json_t *services)
{
	struct hms_buf line = HMS_BUF_INIT(LINE_MAX_BYTES);
	size_t width = ctl_terminal_width(), i, shown = 0;
	json_t *row;

	json_array_foreach(services, i, row)
	{
		const char *state = json_string_value(json_object_get(row, "state"));

		if (strcmp(state, "ready") == 0 || ++shown > TROUBLES_MAX)
			continue;
		hms_buf_reset(&line);
		hms_buf_printf(&line, "  %s is %s: ", json_string_value(json_object_get(row, "instance")), state);
		ctl_text(&line, json_object_get(row, "reasons"));
		printf("%.*s\n", (int)(width && line.len > width ? width : line.len), line.p);
	}
	if (shown > TROUBLES_MAX)
		printf("  and %zu more\n", shown - TROUBLES_MAX);
	hms_buf_fini(&line);
}

static void print_services(json_t *services)
{
	struct group groups[GROUPS_MAX] = { 0 };
	size_t count = group_services(services, groups), i;

	printf("%-16s %-10s %-12s %-8s %s\n", "SERVICE", "READY", "VERSION", "UP", "LAG");
	for (i = 0; i < count; i++) {
		struct hms_buf up = HMS_BUF_INIT(64);
		char ready[32], lag[32] = "-";

		snprintf(ready, sizeof(ready), "%u of %u", groups[i].ready, groups[i].count);
		if (groups[i].lag_ms)
			snprintf(lag, sizeof(lag), "%.1f s", (double)(groups[i].lag_ms - 1) / 1000);
		if (groups[i].uptime_s)
			ctl_duration(&up, groups[i].uptime_s - 1);
		printf("%-16s %-10s %-12s %-8s %s\n", groups[i].name, ready, groups[i].versions[0] ? groups[i].versions : "-",
		       up.len ? hms_buf_z(&up) : "-", lag);
		hms_buf_fini(&up);
	}
	print_troubles(services);
}

int ctl_status(struct ctl *ctl)
{
	struct ctl_path path;
	json_t *status;
	int rc;

	ctl_path_init(&path, "/status");
	rc = ctl_call(ctl, "GET", &path, NULL, &status);
	if (rc)
		return rc;
	if (ctl->json) {
		ctl_print_json(status);
	} else {
		print_services(json_object_get(status, "services"));
		print_lag(json_object_get(status, "lag"));
		print_stores(json_object_get(status, "stores"));
		print_counts("devices", json_object_get(status, "devices"), states);
		print_counts("alarms", json_object_get(status, "alarms"), severities);
		print_pm(json_object_get(status, "pm"));
		printf("%-10s %lld open\n", "commands", (long long)json_integer_value(json_object_get(status, "open_commands")));
		printf("%-10s %lld set aside, %lld waiting in the outbox\n", "records",
		       (long long)json_integer_value(json_object_get(status, "dead_events")),
		       (long long)json_integer_value(json_object_get(status, "outbox")));
	}
	json_decref(status);
	return CTL_DONE;
}
