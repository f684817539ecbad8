/* Values as a person reads them. */
#include <stdlib.h>

#include "table.h"

#define CELL_MAX_BYTES (1024 * 1024)

/* "2026-01-31T12:00:00.123456+00:00" as "2026-01-31 12:00:00" */
static bool add_time(struct hms_buf *out, struct hms_str s)
{
	if (s.len < 20 || s.p[4] != '-' || s.p[10] != 'T' || s.p[13] != ':' ||
	    !(hms_str_ends(s, HMS_STR("+00:00")) || s.p[s.len - 1] == 'Z'))
		return false;
	hms_buf_printf(out, "%.10s %.8s", s.p, s.p + 11);
	return true;
}

/* C0, DEL and C1 (U+0080 to U+009F) can steer a terminal. Those that texts are made of are shown as one writes them. */
static void add_safe(struct hms_buf *out, struct hms_str s)
{
	static const char written[] = "\nn\rr\tt";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i], next = i + 1 < s.len ? (unsigned char)s.p[i + 1] : 0;
		bool c1 = c == 0xc2 && next >= 0x80 && next < 0xa0;
		const char *as = c < 0x20 && c ? strchr(written, c) : NULL;

		if (as)
			hms_buf_printf(out, "\\%c", as[1]);
		else
			hms_buf_char(out, c < 0x20 || c == 0x7f || c1 ? '?' : (char)c);
		i += c1;
	}
}

static void add_json(struct hms_buf *out, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));

	add_safe(out, hms_str(text));
	free(text);
}

static void add_part(struct hms_buf *out, json_t *part)
{
	if (json_is_object(part) || json_is_array(part))
		add_json(out, part);
	else
		ctl_text(out, part);
}

/* "a=1 b=2", or "x, y"; what is deeper stays JSON. */
static void add_parts(struct hms_buf *out, json_t *value)
{
	const char *name, *gap = "";
	size_t i;
	json_t *part;

	json_object_foreach(value, name, part)
	{
		hms_buf_strz(out, gap);
		add_safe(out, hms_str(name));
		hms_buf_char(out, '=');
		add_part(out, part);
		gap = " ";
	}
	json_array_foreach(value, i, part)
	{
		hms_buf_strz(out, i ? ", " : "");
		add_part(out, part);
	}
}

static bool is_empty(json_t *value)
{
	return !value || json_is_null(value) || (json_is_object(value) && !json_object_size(value)) ||
	       (json_is_array(value) && !json_array_size(value));
}

void ctl_text(struct hms_buf *out, json_t *value)
{
	if (is_empty(value)) {
		hms_buf_strz(out, "-");
	} else if (json_is_object(value) || json_is_array(value)) {
		add_parts(out, value);
	} else if (json_is_string(value)) {
		struct hms_str s = hms_strn(json_string_value(value), json_string_length(value));

		if (!add_time(out, s))
			add_safe(out, s);
	} else if (json_is_boolean(value)) {
		hms_buf_strz(out, json_is_true(value) ? "yes" : "no");
	} else {
		add_json(out, value);
	}
}

static json_t *member_at(json_t *row, struct hms_str path)
{
	while (row && path.p) {
		struct hms_str name = hms_str_split(&path, '.');
		char key[64];

		snprintf(key, sizeof(key), "%.*s", HMS_STR_FMT(name));
		row = json_object_get(row, key);
	}
	return row;
}

json_t *ctl_member(json_t *row, const char *path)
{
	struct hms_str rest = hms_str(path);
	json_t *value = NULL;

	while (rest.p && (!value || json_is_null(value)))
		value = member_at(row, hms_str_split(&rest, '|'));
	return value;
}

void ctl_duration(struct hms_buf *out, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (units[i].seconds > 1 && seconds < units[i].seconds)
		i++;
	hms_buf_printf(out, "%lld%c", (long long)(seconds / units[i].seconds), units[i].unit);
}

/* Members that are looked for first; the others follow. */
static const char *const first[] = { "id",
				     "device_id",
				     "serial",
				     "oui",
				     "product_class",
				     "manufacturer",
				     "model",
				     "hardware_version",
				     "software_version",
				     "kind",
				     "name",
				     "arguments",
				     "state",
				     "state_since",
				     "state_reason",
				     "fault",
				     "note",
				     "op_state",
				     "rf_tx",
				     "site",
				     "location",
				     "profile_version",
				     "parameter_key",
				     "open_commands",
				     "failures",
				     "first_seen",
				     "last_inform",
				     "boot_at",
				     "updated",
				     "origin",
				     "reason",
				     "purpose",
				     "priority",
				     "tries",
				     "created",
				     "deadline",
				     "ended",
				     "ended_at",
				     "cancel_requested" };
#define FIRST_COUNT (sizeof(first) / sizeof(first[0]))

static bool is_first(const char *name)
{
	for (size_t i = 0; i < FIRST_COUNT; i++)
		if (strcmp(first[i], name) == 0)
			return true;
	return false;
}

static void print_member(FILE *out, const char *name, json_t *value, int width)
{
	struct hms_buf cell = HMS_BUF_INIT(CELL_MAX_BYTES);

	ctl_text(&cell, value);
	fprintf(out, "%-*s  %.*s\n", width, name, HMS_STR_FMT(hms_buf_view(&cell)));
	hms_buf_fini(&cell);
}

void ctl_object_print(FILE *out, json_t *object)
{
	const char *name;
	json_t *value;
	int widest = 0;

	json_object_foreach(object, name, value) widest = (int)strlen(name) > widest ? (int)strlen(name) : widest;
	for (size_t i = 0; i < FIRST_COUNT; i++)
		if ((value = json_object_get(object, first[i])))
			print_member(out, first[i], value, widest);
	json_object_foreach(object, name, value) if (!is_first(name)) print_member(out, name, value, widest);
}
