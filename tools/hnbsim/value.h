/** Checks values against the definition of a parameter. */
#ifndef HNBSIM_VALUE_H
#define HNBSIM_VALUE_H

#include "model.h"

/** Whether a value of the given xsi:type may be written. Returns 0, or the CWMP fault of a SetParameterValuesFault:
 *  9006 (type), 9007 (value), 9008 (not writable). */
uint32_t value_check(const struct model_param *param, enum hms_xsd type, struct hms_str value);

/** Seconds since 1970 of an xsd:dateTime in UTC or with offset; HMS_ESYNTAX if it is none, HMS_ENOENT for the
 *  unknown time (year 1). */
int value_time(struct hms_str text, int64_t *out_s);

/** "2026-01-31T23:59:59Z". */
#define VALUE_TIME_SIZE 32
const char *value_time_text(int64_t wall_s, char out[VALUE_TIME_SIZE]);
#define VALUE_TIME_UNKNOWN "0001-01-01T00:00:00Z"

#endif
