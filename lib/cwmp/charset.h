/* In which encoding a body is. Only encodings that hold ASCII as it is: everything else would get past the guard. */
#ifndef HMS_CWMP_CHARSET_H
#define HMS_CWMP_CHARSET_H

#include "hms/base/str.h"

enum hms_cwmp_encoding { HMS_CWMP_ENC_UNKNOWN, HMS_CWMP_ENC_UTF8, HMS_CWMP_ENC_LATIN1, HMS_CWMP_ENC_GB };

/** By the name in a Content-Type or an XML declaration, in any case, perhaps quoted. */
enum hms_cwmp_encoding hms_cwmp_encoding_find(struct hms_str name);
/** libxml2's name; NULL for UTF-8, which needs no conversion. */
const char *hms_cwmp_encoding_name(enum hms_cwmp_encoding encoding);
/** The encoding of a body without leading white space: its byte order mark (which is cut off), then `given`, then
 *  the XML declaration, else UTF-8. */
enum hms_cwmp_encoding hms_cwmp_encoding_detect(struct hms_str *body, enum hms_cwmp_encoding given);
/** The XML declaration at the start; empty if there is none. */
struct hms_str hms_cwmp_declaration(struct hms_str body);

#endif
