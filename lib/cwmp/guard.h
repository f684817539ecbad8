/* Watches the bytes before the XML parser does: its work on one start tag grows with the square of the attributes,
 * and it says how many they are only when that is done. */
#ifndef HMS_CWMP_GUARD_H
#define HMS_CWMP_GUARD_H

#include "hms/base/str.h"

enum { HMS_CWMP_MAX_TAG_BYTES = 16 * 1024 };

/** All zero at the start of a message. Right for every encoding whose bytes 0x22..0x3f mean what they mean in ASCII. */
struct hms_cwmp_guard {
	enum {
		HMS_CWMP_AT_TEXT,
		HMS_CWMP_AT_OPEN,
		HMS_CWMP_AT_BANG,
		HMS_CWMP_AT_TAG,
		HMS_CWMP_AT_DOUBLE_QUOTE,
		HMS_CWMP_AT_SINGLE_QUOTE,
		HMS_CWMP_AT_COMMENT_OPEN,
		HMS_CWMP_AT_COMMENT,
		HMS_CWMP_AT_CDATA,
		HMS_CWMP_AT_INSTRUCTION
	} state;
	unsigned closing; /* how many characters of "--", "]]" or "?" stand before this one */
	size_t tag_bytes;
};

/** False once a tag is too long. */
bool hms_cwmp_guard_pass(struct hms_cwmp_guard *guard, const char *data, size_t len);

#endif
