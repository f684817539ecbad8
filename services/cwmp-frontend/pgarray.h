/** Reads one-dimensional arrays of PostgreSQL in binary form. Pure. */
#ifndef FE_PGARRAY_H
#define FE_PGARRAY_H

#include "hms/base/str.h"

/** Elements that are not null, borrowed from data. Returns their number (0 for an empty array), HMS_ESYNTAX, or
 *  HMS_EFULL (more than max). */
int fe_pgarray_read(struct hms_str data, struct hms_str *out, size_t max);

#endif
