/** De-provisioning (DEP-01 to DEP-06): what a blocked cell is still told, and nothing else. */
#ifndef PROV_BLOCK_H
#define PROV_BLOCK_H

#include "procedure.h"

#define PROV_PURPOSE_DEPROVISION "deprovision"

/** Ends or revokes what is open, but for the reset itself. */
void prov_block_commands(struct prov_device *d);

/** Adds the reset: FactoryReset (DEP-02), or else the profile's part "deprovision" (DEP-03). */
void prov_block_next(struct prov_context *ctx, struct prov_device *d);

void prov_block_result(struct prov_context *ctx, struct prov_device *d, struct prov_command *c);

#endif
