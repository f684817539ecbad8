/** Parts of messages as parts of records: copies in an arena. */
#ifndef FE_FIELDS_H
#define FE_FIELDS_H

#include "hms/cwmp/cwmp.h"
#include "hms/device/event.h"

/** A terminated copy; absent text becomes empty. Returns whether memory sufficed. */
bool fe_text(struct hms_arena *arena, struct hms_str text, char **out);
/** All simple fields of a message; NULL: out of memory. */
Hms__Field **fe_fields(struct hms_arena *arena, const struct hms_cwmp_msg *msg);
/** A fault; NULL: out of memory. */
Hms__Fault *fe_fault(struct hms_arena *arena, const struct hms_cwmp_fault *fault);

#endif
