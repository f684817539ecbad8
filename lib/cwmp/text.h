/* Text that everything after the codec can hold: UTF-8 without control characters (contracts 5). */
#ifndef HMS_CWMP_TEXT_H
#define HMS_CWMP_TEXT_H

#include "hms/base/buf.h"
#include "hms/cwmp/cwmp.h"

#define HMS_CWMP_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/** Bytes of the character at the start of s, 0 if it is none or one that clean text does not hold. */
size_t hms_cwmp_text_next(struct hms_str s);
/** Appends s with U+FFFD for each byte or character that clean text does not hold. */
void hms_cwmp_text_scrub(struct hms_buf *out, struct hms_str s);

#endif
