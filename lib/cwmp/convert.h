/* Conversion of a body into UTF-8, as its bytes come. */
#ifndef HMS_CWMP_CONVERT_H
#define HMS_CWMP_CONVERT_H

#include <iconv.h>

#include "hms/base/buf.h"

struct hms_cwmp_convert {
	iconv_t cd;
	bool opened;
	bool begun; /* something was written: no mark can follow */
};

/** From a charset of hms_cwmp_charset_detect(). Returns 0 or HMS_ECHARSET (this system does not have it). */
int hms_cwmp_convert_open(struct hms_cwmp_convert *convert, const char *charset);
/** Appends `in` in UTF-8; what the charset does not have becomes U+FFFD, and *replaced is set. Returns how much of `in` is done: less than all, when a
 *  character is not complete and this is not the `last` piece. Errors are in out->failed. */
size_t hms_cwmp_convert(struct hms_cwmp_convert *convert, struct hms_str in, bool last, struct hms_buf *out, bool *replaced);
/** Safe when it is not open. */
void hms_cwmp_convert_close(struct hms_cwmp_convert *convert);

#endif
