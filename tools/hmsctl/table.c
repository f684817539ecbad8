/* Tables on a terminal. */
#include "table.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define COLUMNS_MAX 16
#define CELL_MAX_BYTES (1024 * 1024)
#define GAP 2
#define ELASTIC_LEAST 4

unsigned ctl_terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col)
		return w.ws_col;
	return columns ? (unsigned)atoi(columns) : 0;
}

/* ---------------------------------------------------------------- cells */

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

void ctl_text(struct hms_buf *out, json_t *value)
{
	char *text;

	if (!value || json_is_null(value)) {
		hms_buf_strz(out, "-");
	} else if (json_is_string(value)) {
		struct hms_str s = hms_strn(json_string_value(value), json_string_length(value));

		if (!add_time(out, s))
			add_safe(out, s);
	} else if (json_is_boolean(value)) {
		hms_buf_strz(out, json_is_true(value) ? "yes" : "no");
	} else {
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
		add_safe(out, hms_str(text));
		free(text);
	}
}

json_t *ctl_member(json_t *row, const char *path)
{
	struct hms_str rest = hms_str(path);

	while (row && rest.p) {
		struct hms_str name = hms_str_split(&rest, '.');
		char key[64];

		snprintf(key, sizeof(key), "%.*s", HMS_STR_FMT(name));
		row = json_object_get(row, key);
	}
	return row;
}

static void add_age(struct hms_buf *out, json_t *value)
{
	static const struct {
		time_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	const char *text = json_string_value(value);
	struct tm tm = { 0 };
	time_t age;

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) {
		ctl_text(out, value);
		return;
	}
	age = time(NULL) - timegm(&tm);
	age = age > 0 ? age : 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (age >= units[i].seconds || units[i].seconds == 1) {
			hms_buf_printf(out, "%lld%c", (long long)(age / units[i].seconds), units[i].unit);
			return;
		}
}

static void add_cell(struct hms_buf *out, const struct ctl_column *column, json_t *row)
{
	json_t *value = ctl_member(row, column->member);

	hms_buf_reset(out);
	if (column->age)
		add_age(out, value);
	else
		ctl_text(out, value);
}

static size_t characters(struct hms_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

/* At most width characters; a cut is shown. */
static void print_cell(FILE *out, struct hms_str s, size_t width, bool last)
{
	size_t n = characters(s), shown = n <= width ? n : width - 1, bytes = 0;

	for (size_t left = shown; left; left--)
		bytes += hms_utf8_next(hms_strn(s.p + bytes, s.len - bytes));
	fwrite(s.p ? s.p : "", 1, bytes, out);
	if (n > width)
		fputs("…", out);
	else if (!last)
		fprintf(out, "%*s", (int)(width - n), "");
	fputs(last ? "\n" : "  ", out);
}

/* ---------------------------------------------------------------- widths */

static void measure(const struct ctl_column *columns, json_t *rows, size_t *widths, bool headings)
{
	struct hms_buf cell = HMS_BUF_INIT(CELL_MAX_BYTES);
	size_t i;
	json_t *row;

	for (size_t c = 0; columns[c].title; c++)
		widths[c] = headings ? strlen(columns[c].title) : 1;
	json_array_foreach(rows, i, row) for (size_t c = 0; columns[c].title; c++)
	{
		size_t n;

		add_cell(&cell, &columns[c], row);
		n = characters(hms_buf_view(&cell));
		widths[c] = n > widths[c] ? n : widths[c];
	}
	hms_buf_fini(&cell);
}

/* The widest column of a level; COLUMNS_MAX when none can give way. */
static size_t widest_of(const struct ctl_column *columns, const size_t *widths, int level)
{
	size_t widest = COLUMNS_MAX;

	for (size_t c = 0; columns[c].title; c++)
		if (columns[c].elastic == level && widths[c] > ELASTIC_LEAST && (widest == COLUMNS_MAX || widths[c] > widths[widest]))
			widest = c;
	return widest;
}

/* Columns of level 1 become narrow, then vanish from the right; then those of level 2 become narrow. A width of 0: not shown. */
static bool give_way(const struct ctl_column *columns, size_t *widths)
{
	size_t at = widest_of(columns, widths, 1);

	if (at != COLUMNS_MAX) {
		widths[at]--;
		return true;
	}
	for (size_t c = 0; columns[c].title; c++)
		if (columns[c].elastic == 1 && widths[c])
			at = c;
	if (at != COLUMNS_MAX && at > 0) {
		widths[at] = 0;
		return true;
	}
	at = widest_of(columns, widths, 2);
	if (at != COLUMNS_MAX)
		widths[at]--;
	return at != COLUMNS_MAX;
}

static size_t total_of(const struct ctl_column *columns, const size_t *widths)
{
	size_t total = 0;

	for (size_t c = 0; columns[c].title; c++)
		total += widths[c] ? widths[c] + (total ? GAP : 0) : 0;
	return total;
}

static void print_row(FILE *out, const struct ctl_column *columns, const size_t *widths, json_t *row)
{
	struct hms_buf cell = HMS_BUF_INIT(CELL_MAX_BYTES);
	size_t last = 0;

	for (size_t c = 0; columns[c].title; c++)
		last = widths[c] ? c : last;
	for (size_t c = 0; c <= last; c++) {
		if (!widths[c])
			continue;
		hms_buf_reset(&cell);
		if (row)
			add_cell(&cell, &columns[c], row);
		else
			hms_buf_strz(&cell, columns[c].title);
		print_cell(out, hms_buf_view(&cell), widths[c], c == last);
	}
	hms_buf_fini(&cell);
}

void ctl_table_print(FILE *out, const struct ctl_column *columns, json_t *rows, unsigned width, bool headings)
{
	size_t widths[COLUMNS_MAX] = { 0 }, i;
	json_t *row;

	measure(columns, rows, widths, headings);
	while (width && total_of(columns, widths) > width && give_way(columns, widths))
		continue;
	if (headings)
		print_row(out, columns, widths, NULL);
	json_array_foreach(rows, i, row) print_row(out, columns, widths, row);
}

void ctl_object_print(FILE *out, json_t *object)
{
	struct hms_buf cell = HMS_BUF_INIT(CELL_MAX_BYTES);
	const char *name;
	json_t *value;
	size_t widest = 0;

	json_object_foreach(object, name, value) widest = strlen(name) > widest ? strlen(name) : widest;
	json_object_foreach(object, name, value)
	{
		hms_buf_reset(&cell);
		ctl_text(&cell, value);
		fprintf(out, "%-*s  %.*s\n", (int)widest, name, HMS_STR_FMT(hms_buf_view(&cell)));
	}
	hms_buf_fini(&cell);
}
