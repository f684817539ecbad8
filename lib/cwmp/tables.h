/* Look-ups in the tables of names, for the reader. */
#ifndef HMS_CWMP_TABLES_H
#define HMS_CWMP_TABLES_H

#include "hms/cwmp/cwmp.h"

/** enum hms_cwmp_ns, or -1. */
int hms_cwmp_ns_find(struct hms_str uri);
enum hms_cwmp_acs_method hms_cwmp_acs_method_find(struct hms_str name);
/** Whether the code is spelled as the standard spells it, or is a vendor's. */
bool hms_cwmp_event_exact(struct hms_str code);

#endif
