/* In which charset a body is. */
#ifndef HMS_CWMP_CHARSET_H
#define HMS_CWMP_CHARSET_H

#include "hms/base/str.h"

/** iconv's name for the name in a Content-Type or an XML declaration, in any case, perhaps quoted; "" for UTF-8, NULL when it is not known. */
const char *hms_cwmp_charset_find(struct hms_str name);

/** What a Content-Type declares. */
struct hms_cwmp_declared {
	bool any;	  /* it declares one */
	const char *name; /* as hms_cwmp_charset_find() has it */
};
/** iconv's name of the charset of a body: by its byte order mark or zero bytes, then `given`, then the XML declaration (RFC 7303 3), else UTF-8.
 *  NULL: what is declared is not known. A body in UTF-8 loses its mark and the white space around it. */
const char *hms_cwmp_charset_detect(struct hms_str *body, struct hms_cwmp_declared given);
/** The XML declaration at the start; empty if there is none. */
struct hms_str hms_cwmp_declaration(struct hms_str body);

#endif
