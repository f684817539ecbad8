/** Tables on a terminal, from JSON rows. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <jansson.h>
#include <stdio.h>

#include "hms/base/buf.h"

struct ctl_column {
	const char *title;
	const char *member; /* "a.b" of the row; "a|b": the first that is not null */
	int elastic;	    /* gives way when the terminal is narrow: 1 first, 2 when nothing else does; 0 never */
	bool age;	    /* a time, shown as how long ago: "12s", "5m", "3h", "2d" */
};

/** Columns of the terminal of standard output; 0: it is none. */
unsigned ctl_terminal_width(void);

/** A value as a person reads it: times without fractions, "a=1 b=x, y" for what has parts, "-" for nothing, control
 *  characters as one writes them or "?". */
void ctl_text(struct hms_buf *out, json_t *value);
/** "12s", "5m", "3h", "2d". */
void ctl_duration(struct hms_buf *out, int64_t seconds);
/** The member at a path as in ctl_column; NULL when there is none. */
json_t *ctl_member(json_t *row, const char *path);

/** rows: an array. The table ends with title NULL. width 0: as wide as it gets. */
void ctl_table_print(FILE *out, const struct ctl_column *columns, json_t *rows, unsigned width, bool headings);
/** Members of an object, one a line. */
void ctl_object_print(FILE *out, json_t *object);

#endif
