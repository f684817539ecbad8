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

static void add_age(struct hms_buf *out, json_t *value)
{
	const char *text = json_string_value(value);
	struct tm tm = { 0 };
	time_t age;

	if (!text || !strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) {
		ctl_text(out, value);
		return;
	}
	age = time(NULL) - timegm(&tm);
	ctl_duration(out, age > 0 ? age : 0);
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

static void add_cell_or_title(struct hms_buf *out, const struct ctl_column *column, json_t *row)
{
	if (row) {
		add_cell(out, column, row);
	} else {
		hms_buf_reset(out);
		hms_buf_strz(out, column->title);
	}
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
	size_t last = 0; /* with anything in it: no blanks at the end of a line */

	for (size_t c = 0; columns[c].title; c++) {
		add_cell_or_title(&cell, &columns[c], row);
		last = widths[c] && cell.len ? c : last;
	}
	for (size_t c = 0; c <= last; c++) {
		if (!widths[c])
			continue;
		add_cell_or_title(&cell, &columns[c], row);
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
