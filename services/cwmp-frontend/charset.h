/** The charset parameter of a Content-Type. Pure. */
#ifndef FE_CHARSET_H
#define FE_CHARSET_H

#include "hms/base/str.h"

/** `text/xml; charset="utf-8"` -> utf-8; {NULL,0} without one. */
struct hms_str fe_charset(struct hms_str content_type);

#endif
