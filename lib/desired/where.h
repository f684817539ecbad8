/** Where a member stands in a JSON text, for errors that name the line. */
#ifndef DESIRED_WHERE_H
#define DESIRED_WHERE_H

#include "hms/base/str.h"

/** A place in a document: names of members and numbers of array elements, from the outside in. Values are looked at one inside the other, so it is a stack. */
#define WHERE_DEPTH 12
struct where {
	struct where_part {
		const char *name; /* NULL: an element of an array */
		size_t index;
	} parts[WHERE_DEPTH];
	size_t depth;
};

/** What is deeper than WHERE_DEPTH is shown as what it is in. */
void where_name(struct where *at, const char *name);
void where_index(struct where *at, size_t index);
void where_up(struct where *at);

/** "parameters.lte.tac" or "objects[2].key"; at most size - 1 characters. */
void where_text(const struct where *at, char *out, size_t size);

/** The line, from 1, of the member's name, or of the element. text is a JSON text that a parser has accepted. */
int where_line(const struct where *at, struct hms_str text);

#endif
