/* hmsctl status: the running system on one screen. */
#include "print.h"

#define LINE_MAX_BYTES 65536
#define TROUBLES_MAX 6

/* "IN_SERVICE 4, FAILED 1" */
static void add_counts(struct hms_buf *out, json_t *counts)
{
	const char *name;
	json_t *n;
	bool first = true;

	json_object_foreach(counts, name, n)
	{
		hms_buf_printf(out, "%s%s ", first ? "" : ", ", name);
		ctl_text(out, n);
		first = false;
	}
	if (first)
		hms_buf_strz(out, "none");
}

static void print_counts(const char *title, json_t *counts)
{
	struct hms_buf line = HMS_BUF_INIT(LINE_MAX_BYTES);

	add_counts(&line, counts);
	printf("%-10s %s\n", title, hms_buf_z(&line));
	hms_buf_fini(&line);
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
	if (!json_is_object(lag))
		printf("%-10s unknown\n", "lag");
	else
		printf("%-10s %.1f s at most, %lld of %zu partitions without an owner\n", "lag",
		       (double)json_integer_value(json_object_get(lag, "worst_ms")) / 1000,
		       (long long)json_integer_value(json_object_get(lag, "silent_partitions")),
		       json_array_size(json_object_get(lag, "partitions_ms")));
}

/* One row a service: how many instances, how many of them well, which versions. Beside it the instances that are not. */
struct group {
	char name[64], versions[96];
	unsigned count, ready;
	json_int_t lag_ms;
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
		json_t *lag = json_object_get(row, "lag_ms");
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

	printf("%-16s %-10s %-12s %s\n", "SERVICE", "READY", "VERSION", "LAG");
	for (i = 0; i < count; i++) {
		char ready[32], lag[32] = "-";

		snprintf(ready, sizeof(ready), "%u of %u", groups[i].ready, groups[i].count);
		if (groups[i].lag_ms)
			snprintf(lag, sizeof(lag), "%.1f s", (double)(groups[i].lag_ms - 1) / 1000);
		printf("%-16s %-10s %-12s %s\n", groups[i].name, ready, groups[i].versions[0] ? groups[i].versions : "-", lag);
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
		print_counts("devices", json_object_get(status, "devices"));
		print_counts("alarms", json_object_get(status, "alarms"));
		print_counts("pm", json_object_get(status, "pm"));
		printf("%-10s %lld open\n", "commands", (long long)json_integer_value(json_object_get(status, "open_commands")));
		printf("%-10s %lld set aside, %lld waiting in the outbox\n", "records",
		       (long long)json_integer_value(json_object_get(status, "dead_events")),
		       (long long)json_integer_value(json_object_get(status, "outbox")));
	}
	json_decref(status);
	return CTL_DONE;
}
