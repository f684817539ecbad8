/** The ParameterKey of an Inform. Pure. */
#ifndef FE_PARAMETER_KEY_H
#define FE_PARAMETER_KEY_H

#include "hms/cwmp/cwmp.h"

/** Whatever the root of the data model. Returns whether there is one; *key is borrowed from msg. */
bool fe_parameter_key(const struct hms_cwmp_msg *msg, struct hms_str *key);

#endif
