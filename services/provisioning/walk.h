/** Which objects a device has, when its Informs tell no more than that it is one (its map is a fallback): GetParameterNames from its Services down, one level at a time,
 *  only where a data-model map is known by what lies below. What was found is kept (device.objects), and asked again when the software is another one. */
#ifndef PROV_WALK_H
#define PROV_WALK_H

#include "procedure.h"

#define PROV_PURPOSE_OBJECTS "objects"
#define PROV_WALK_STEPS_MAX 8	     /* of one software version, those without an answer included */
#define PROV_WALK_OBJECTS_BYTES 2048 /* kept of a device */

/** Whether something is still to be asked. Devices that have not named GetParameterNames among their methods are not asked. */
bool prov_walk_asks(const struct prov_context *ctx, const struct prov_device *d);
/** Adds the next command. */
void prov_walk_next(struct prov_context *ctx, struct prov_device *d);
/** Takes what an answer says; a fault says that there is nothing. */
void prov_walk_result(struct prov_context *ctx, struct prov_device *d, const struct prov_command *c, const Hms__RpcResult *result);

#endif
