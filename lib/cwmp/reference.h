/* References to characters that XML knows without a DTD. */
#ifndef HMS_CWMP_REFERENCE_H
#define HMS_CWMP_REFERENCE_H

#include "hms/base/str.h"

/** Bytes of the reference at the start of s ("&amp;", "&#65;", "&#x41;"), 0 if there is none. The number is any. */
size_t hms_cwmp_reference_next(struct hms_str s, uint32_t *value);
/** Whether XML has such a character (XML 1.0, 2.2). */
bool hms_cwmp_is_xml_char(uint32_t value);

#endif
