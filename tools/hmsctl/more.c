/* Verbs about alarms, PM and live events. */
#include "print.h"

static const struct ctl_column alarm_columns[] = { { "ALARM", "id" },
						   { "SEVERITY", "severity" },
						   { "STATE", "state" },
						   { "RAISED", "raised" },
						   { "SERIAL", "serial", 1 },
						   { "PROBABLE CAUSE", "probable_cause", 1 },
						   { "PROBLEM", "specific_problem", 1 },
						   { NULL } };
static const struct ctl_column transition_columns[] = { { "TIME", "at" },
							{ "KIND", "kind" },
							{ "SEVERITY", "severity" },
							{ "SERIAL", "serial", 1 },
							{ "PROBABLE CAUSE", "probable_cause", 1 },
							{ "WHO", "who", 1 },
							{ NULL } };
static const struct ctl_column series_columns[] = { { "PERIOD END", "at" },    { "OBJECT", "object", 1 }, { "COUNTER", "counter" },
						    { "VALUE", "value|text" }, { "SUSPECT", "suspect" },  { NULL } };
static const struct ctl_column counter_columns[] = { { "COUNTER", "counter" }, { "OBJECT", "object", 1 }, { "LAST", "last" }, { NULL } };
static const struct ctl_column missing_columns[] = { { "DAY", "day" },		{ "SERIAL", "serial", 1 },
						     { "DUE", "expected" },	{ "MISSING", "missing_count" },
						     { "WHICH", "missing", 1 }, { NULL } };
static const struct ctl_column audit_columns[] = { { "AT", "at" },
						   { "WHO", "who" },
						   { "ACTION", "action" },
						   { "STATUS", "status" },
						   { "ARGUMENTS", "arguments", 1 },
						   { "DETAIL", "detail", 1 },
						   { NULL } };

static int list(struct ctl *ctl, const char *where, const struct ctl_column *columns, const char *quiet_member)
{
	struct ctl_path path;

	ctl_path_init(&path, where);
	path.query = strchr(where, '?');
	return ctl_list(ctl, &path, columns, quiet_member);
}

/* ---------------------------------------------------------------- alarms */

int ctl_alarms(struct ctl *ctl) { return list(ctl, "/alarms", alarm_columns, "id"); }

int ctl_alarm_history(struct ctl *ctl) { return list(ctl, "/alarms/history", transition_columns, "kind"); }

static int act_on_alarm(struct ctl *ctl, const char *what, json_t *body)
{
	struct ctl_path path;

	ctl_path_init(&path, "/alarms/");
	ctl_path_part(&path, ctl->args[0]);
	ctl_path_add(&path, what);
	return ctl_object(ctl, "POST", &path, body);
}

int ctl_ack(struct ctl *ctl) { return act_on_alarm(ctl, ctl->option[CTL_UNACK] ? "/unack" : "/ack", json_object()); }

int ctl_clear(struct ctl *ctl)
{
	const char *reason = ctl->option[CTL_REASON];

	return act_on_alarm(ctl, "/clear", reason ? json_pack("{s:s}", "reason", reason) : json_object());
}

int ctl_comment(struct ctl *ctl) { return act_on_alarm(ctl, "/comment", json_pack("{s:s}", "text", ctl->args[1])); }

/* ---------------------------------------------------------------- PM */

int ctl_pm(struct ctl *ctl)
{
	struct ctl_path path;

	ctl_path_init(&path, "/devices/");
	ctl_path_part(&path, ctl->args[0]);
	if (ctl->arg_count == 1) {
		ctl_path_add(&path, "/pm/counters");
		return ctl_list(ctl, &path, counter_columns, "counter");
	}
	ctl_path_add(&path, "/pm");
	ctl_path_query(&path, "counter", ctl->args[1]);
	return ctl_list(ctl, &path, series_columns, "value|text");
}

int ctl_pm_missing(struct ctl *ctl) { return list(ctl, "/pm/days?missing=yes", missing_columns, "missing"); }

int ctl_audit(struct ctl *ctl) { return list(ctl, "/audit", audit_columns, "id"); }

/* ---------------------------------------------------------------- events */

/* "data: {...}": the event's type and time lead its line. */
static void print_event(struct ctl *ctl, struct hms_str line)
{
	static const struct hms_str mark = { "data: ", 6 };
	static const char *const members[] = { "at", "serial", "kind", "state" };
	struct hms_buf out = HMS_BUF_INIT(1024 * 1024);
	json_t *data;

	if (!hms_str_starts(line, mark))
		return;
	if (ctl->json) {
		printf("%.*s\n", (int)(line.len - mark.len), line.p + mark.len);
	} else {
		data = json_loadb(line.p + mark.len, line.len - mark.len, 0, NULL);
		for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
			hms_buf_strz(&out, i ? "  " : "");
			ctl_text(&out, json_object_get(data, members[i]));
		}
		printf("%s\n", hms_buf_z(&out));
		json_decref(data);
	}
	fflush(stdout);
	hms_buf_fini(&out);
}

int ctl_events(struct ctl *ctl)
{
	struct ctl_path path;
	int rc;

	ctl_path_init(&path, "/events");
	ctl_path_options(&path, ctl);
	rc = ctl_stream_lines(ctl, &path, print_event);
	return rc == CTL_INTERRUPTED ? CTL_DONE : rc; /* Ctrl-C is how one stops listening */
}
