/** Choice of the CWMP version (TR-069 3.7.2.1; R1, R2). Pure. */
#ifndef FE_VERSION_H
#define FE_VERSION_H

#include "hms/base/str.h"

/** The newest version that we know of a SupportedCWMPVersions header ("1.0,1.1,1.2"), or NULL when there is none. */
const char *fe_version_choose(struct hms_str supported);

#endif
