/** Reads of which some names are not there (phones.md PH-5): fault 9005 does not say which. The name is looked for, the rest is read, and the model is known to lack it. */
#ifndef PROV_ABSENT_H
#define PROV_ABSENT_H

#include <jansson.h>

#include "procedure.h"

/** A GetParameterValues was refused with 9005. True: that was dealt with: it is queued again with other names, or has ended done with what there is. False: nothing of it is there
 *  (or it is another fault): it ends as faulted. */
bool prov_absent_refused(struct prov_context *ctx, struct prov_device *d, struct prov_command *c, const Hms__Fault *fault);

/** The names of the command that were found absent so far: an array that the caller frees; NULL: none was looked for. */
json_t *prov_absent_list(const struct prov_command *c);
bool prov_absent_among(const json_t *list, const char *name);

/** What an ended command says about them; NULL: nothing is absent, or out of memory. */
const char *prov_absent_note(struct hms_arena *arena, const struct prov_command *c);

/** A path that a procedure reads; p NULL where the device's model does not have it. */
struct hms_str prov_absent_leave_out(const struct prov_context *ctx, const struct prov_device *d, struct hms_str path);

#endif
