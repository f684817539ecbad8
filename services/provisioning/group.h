/** Groups: commands of one device that were accepted together, one behind the other or each for itself, until the group has an end of its own. */
#ifndef PROV_GROUP_H
#define PROV_GROUP_H

#include "procedure.h"

/** Purpose of the commands that undo members. */
#define PROV_PURPOSE_UNDO "undo"

/** Counts members that have ended, cancels or undoes others, and ends groups. To be called before grants, and again when something else has ended. */
void prov_groups_look(struct prov_context *ctx, struct prov_device *d);

/** Whether a queued member waits for one before it. */
bool prov_group_waits(const struct prov_device *d, const struct prov_command *c);

#endif
