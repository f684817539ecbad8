/* Verb about recorded sessions: what is recorded, and what was said. */
#include <stdlib.h>
#include <time.h>

#include "print.h"

enum { LINE_MAX_BYTES = 4 * 1024 * 1024, ROWS_SHOWN = 12, ROWS_SHOWN_OF_MAIN = 60, LAST_MAX = 100, FOR_MAX_S = 604800 };

static const struct ctl_column recording_columns[] = {
	{ "TRACE", "id" },	   { "ACTIVE", "active" },	    { "DEVICE", "device_id" },
	{ "SERIAL", "serial", 1 }, { "CLASS", "product_class", 1 }, { "1 IN", "sample" },
	{ "UNTIL", "until" },	   { "WHO", "started_by", 1 },	    { NULL }
};
static const struct ctl_column session_columns[] = { { "SESSION", "session" },
						     { "STARTED", "started" },
						     { "MESSAGES", "messages" },
						     { "FAULTS", "faults" },
						     { "END", "status" },
						     { "METHODS", "methods", 1 },
						     { NULL } };

/* ---------------------------------------------------------------- recordings */

/* "90", "90s", "10m", "2h", "1d"; 0: none of them. */
static uint64_t seconds_of(const char *text)
{
	static const struct {
		char unit;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	struct hms_str number = hms_str(text);
	unsigned factor = 1;
	uint64_t n;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (number.len && number.p[number.len - 1] == units[i].unit) {
			factor = units[i].seconds;
			number.len--;
			break;
		}
	return hms_str_u64(number, &n) || n > FOR_MAX_S / factor ? 0 : n * factor;
}

static int start(struct ctl *ctl)
{
	const char *device = ctl->option[CTL_DEVICE], *class = ctl->option[CTL_PRODUCT_CLASS], *sample = ctl->option[CTL_SAMPLE];
	uint64_t for_s = ctl->option[CTL_FOR] ? seconds_of(ctl->option[CTL_FOR]) : 600, n = 0;
	struct ctl_path path;
	json_t *body;

	if (ctl->arg_count != 1 || !!device + !!class + !!sample != 1)
		return ctl_fail(CTL_USAGE, "trace start --device DEVICE | --product-class CLASS | --sample N");
	if (!for_s)
		return ctl_fail(CTL_USAGE, "--for is a time such as 90s, 10m, 2h, 1d; 7d at most");
	if (sample && (hms_str_u64(hms_str(sample), &n) || !n || n > 1000000000))
		return ctl_fail(CTL_USAGE, "--sample is a number from 1 to 1000000000");
	body = json_pack("{s:s*,s:s*,s:I,s:s*}", "device", device, "product_class", class, "for_s", (json_int_t)for_s, "reason",
			 ctl->option[CTL_REASON]);
	if (sample)
		json_object_set_new(body, "sample", json_integer((json_int_t)n));
	ctl_path_init(&path, "/traces");
	return ctl_object(ctl, "POST", &path, body);
}

static int stop(struct ctl *ctl)
{
	struct ctl_path path;

	if (ctl->arg_count != 2)
		return ctl_fail(CTL_USAGE, "trace stop TRACE");
	ctl_path_init(&path, "/traces/");
	ctl_path_part(&path, ctl->args[1]);
	return ctl_object(ctl, "DELETE", &path, NULL);
}

static int list(struct ctl *ctl)
{
	struct ctl_path path;

	if (ctl->arg_count == 1) {
		ctl_path_init(&path, "/traces");
		return ctl_list(ctl, &path, recording_columns, "id");
	}
	ctl_path_init(&path, "/devices/");
	ctl_path_part(&path, ctl->args[1]);
	ctl_path_add(&path, "/traces");
	return ctl_list(ctl, &path, session_columns, "session");
}

/* ---------------------------------------------------------------- a conversation */

/* Microseconds since 1970 of "2026-01-31T12:00:00.123456+00:00"; 0: it is none. */
static int64_t time_of(json_t *value)
{
	const char *text = json_string_value(value), *rest;
	struct tm tm = { 0 };
	int64_t us = 0;

	rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (!rest)
		return 0;
	if (*rest == '.')
		for (int64_t unit = 100000; *++rest >= '0' && *rest <= '9'; unit /= 10)
			us += unit * (*rest - '0');
	return timegm(&tm) * INT64_C(1000000) + us;
}

static bool is_text(json_t *value) { return json_is_string(value) && json_string_length(value); }

static void add(struct hms_buf *line, const char *before, json_t *value)
{
	if (!value || json_is_null(value) || (json_is_string(value) && !is_text(value)))
		return;
	hms_buf_strz(line, before);
	ctl_text(line, value);
}

/* What caused it: "command 17 desired (profile lte version 3), done". */
static void add_command(struct hms_buf *line, json_t *m)
{
	json_t *command = json_object_get(m, "command");

	if (!json_is_object(command))
		return;
	add(line, "  command ", json_object_get(command, "id"));
	add(line, " ", json_object_get(command, "purpose"));
	if (!is_text(json_object_get(command, "purpose")))
		add(line, " ", json_object_get(command, "origin"));
	if (is_text(json_object_get(command, "reason"))) {
		add(line, " (", json_object_get(command, "reason"));
		hms_buf_char(line, ')');
	}
	add(line, ", now ", json_object_get(command, "state"));
}

static void add_record(struct hms_buf *line, const char *before, json_t *record)
{
	if (!json_is_object(record))
		return;
	add(line, before, json_object_get(record, "partition"));
	add(line, "/", json_object_get(record, "offset"));
}

static void print_head(json_t *m, int64_t since_us)
{
	bool device = strcmp(json_string_value(json_object_get(m, "from")), "device") == 0;
	int64_t ms = (time_of(json_object_get(m, "at")) - since_us) / 1000;
	struct hms_buf line = HMS_BUF_INIT(LINE_MAX_BYTES);

	hms_buf_printf(&line, "%7lld ms  %s  ", (long long)ms, device ? "device ->" : "<- HMS   ");
	if (is_text(json_object_get(m, "method")))
		ctl_text(&line, json_object_get(m, "method"));
	else if (device)
		hms_buf_strz(&line, json_integer_value(json_object_get(m, "bytes")) ? "(not readable)" : "(empty)");
	else
		add(&line, "HTTP ", json_object_get(m, "status"));
	add(&line, device ? "  answers RPC " : "  RPC ", json_object_get(m, "n"));
	if (!device)
		add_command(&line, m);
	add(&line, "  transaction ", json_object_get(m, "transaction"));
	add(&line, "  seq ", json_object_get(m, "seq"));
	add_record(&line, "  record ", json_object_get(m, "record"));
	add_record(&line, "  announced by record ", json_object_get(m, "dispatched"));
	add(&line, "  ", json_object_get(m, "note"));
	printf("%s\n", hms_buf_z(&line));
	hms_buf_fini(&line);
}

/* What somebody looks for first. */
static bool is_main(json_t *m)
{
	const char *method = json_string_value(json_object_get(m, "method"));

	return method && (strcmp(method, "Fault") == 0 || strcmp(method, "SetParameterValues") == 0);
}

static void print_content(const struct ctl *ctl, json_t *m)
{
	json_t *rows = json_object_get(m, "content"), *row;
	size_t most = ctl->option[CTL_ALL] ? SIZE_MAX : is_main(m) ? ROWS_SHOWN_OF_MAIN : ROWS_SHOWN, i;

	json_array_foreach(rows, i, row)
	{
		struct hms_buf line = HMS_BUF_INIT(LINE_MAX_BYTES);

		if (i == most) {
			printf("%24s... %zu more (--all)\n", "", json_array_size(rows) - i);
			return;
		}
		ctl_text(&line, json_array_get(row, 0));
		hms_buf_strz(&line, " = ");
		ctl_text(&line, json_array_get(row, 1));
		printf("%24s%s\n", "", hms_buf_z(&line));
		hms_buf_fini(&line);
	}
	if (json_is_true(json_object_get(m, "cut")))
		printf("%24s... cut: %lld bytes in all\n", "", (long long)json_integer_value(json_object_get(m, "bytes")));
}

static void print_soap(json_t *m)
{
	const char *soap = json_string_value(json_object_get(m, "soap"));

	if (soap && *soap)
		printf("%s\n", soap);
}

static void print_conversation(const struct ctl *ctl, json_t *conversation)
{
	json_t *messages = json_object_get(conversation, "messages"), *first = json_array_get(messages, 0), *m;
	struct hms_buf line = HMS_BUF_INIT(LINE_MAX_BYTES);
	size_t i;

	add(&line, "session ", json_object_get(conversation, "session"));
	add(&line, "  device ", json_object_get(conversation, "device_id"));
	add(&line, "  ", json_object_get(first, "at"));
	add(&line, "  from ", json_object_get(first, "peer"));
	add(&line, "  at ", json_object_get(first, "front_end"));
	printf("%s\n", hms_buf_z(&line));
	hms_buf_fini(&line);
	json_array_foreach(messages, i, m)
	{
		print_head(m, time_of(json_object_get(first, "at")));
		if (ctl->option[CTL_RAW])
			print_soap(m);
		else
			print_content(ctl, m);
	}
}

static int show(struct ctl *ctl, const char *session)
{
	struct ctl_path path;
	json_t *conversation;
	int rc;

	ctl_path_device(&path, ctl, "/traces/");
	ctl_path_part(&path, session);
	rc = ctl_call(ctl, "GET", &path, NULL, &conversation);
	if (rc)
		return rc;
	if (ctl->json)
		ctl_print_json(conversation);
	else
		print_conversation(ctl, conversation);
	json_decref(conversation);
	return CTL_DONE;
}

/* The oldest of them first, as it was said. */
static int show_last(struct ctl *ctl)
{
	const char *last = ctl->option[CTL_LAST] ? ctl->option[CTL_LAST] : "1";
	struct ctl_path path;
	json_t *page, *sessions;
	uint64_t n;
	int rc;

	if (hms_str_u64(hms_str(last), &n) || !n || n > LAST_MAX)
		return ctl_fail(CTL_USAGE, "--last is a number from 1 to %d", LAST_MAX);
	ctl_path_device(&path, ctl, "/traces");
	ctl_path_query(&path, "limit", last);
	rc = ctl_call(ctl, "GET", &path, NULL, &page);
	if (rc)
		return rc;
	sessions = json_object_get(page, "items");
	if (!json_array_size(sessions))
		rc = ctl_fail(CTL_FAILED, "no session of this device was recorded: hmsctl trace start --device %s", ctl->args[0]);
	for (size_t i = json_array_size(sessions); i-- > 0 && !rc;)
		rc = show(ctl, json_string_value(json_object_get(json_array_get(sessions, i), "session")));
	json_decref(page);
	return rc;
}

int ctl_trace(struct ctl *ctl)
{
	static const struct {
		const char *word;
		int (*run)(struct ctl *ctl);
	} words[] = { { "start", start }, { "stop", stop }, { "list", list } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(ctl->args[0], words[i].word) == 0)
			return words[i].run(ctl);
	if (ctl->arg_count != 1)
		return ctl_fail(CTL_USAGE, "trace DEVICE, start, stop TRACE or list [DEVICE]");
	return ctl->option[CTL_SESSION] ? show(ctl, ctl->option[CTL_SESSION]) : show_last(ctl);
}
