/** Values of parameters: compared as what they mean, never as texts alone. Pure. */
#ifndef HMS_DESIRED_VALUE_H
#define HMS_DESIRED_VALUE_H

#include "hms/cwmp/cwmp.h"

/** Whether two texts are the same value of a type: booleans in any spelling, numbers without sign and leading zeros, times by their instant, hexBinary in either
 *  case, base64 without white space. Texts that are no such value are compared as they are. */
bool hms_value_same(enum hms_xsd type, struct hms_str a, struct hms_str b);

/** Whether a text is a value of the type. */
bool hms_value_fits(enum hms_xsd type, struct hms_str text);

#endif
