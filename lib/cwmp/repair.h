/* A second try for bodies that are not well-formed in ways that devices are known for (device-quirks 7 and 9). */
#ifndef HMS_CWMP_REPAIR_H
#define HMS_CWMP_REPAIR_H

#include "hms/base/buf.h"

/** Writes `in`, UTF-8 as far as it is right, without XML declaration: bare ampersands escaped, attributes that stand twice dropped, bytes
 *  and characters that XML does not have replaced by U+FFFD. *warnings gets the bits of what was found. Returns 0,
 *  HMS_ENOMEM or HMS_EFULL. */
int hms_cwmp_repair(struct hms_buf *out, struct hms_str in, unsigned *warnings);

#endif
