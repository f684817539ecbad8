/** Downloads and Uploads (TR-069 A.3.2.8, A.4.1.5): running until TransferComplete, matched by CommandKey (contracts 7). */
#ifndef PROV_TRANSFER_H
#define PROV_TRANSFER_H

#include "procedure.h"

bool prov_command_is_transfer(const struct prov_command *c);

/** TransferComplete or AutonomousTransferComplete: noted, and the end of the transfer that it names. */
void prov_transfer_request(struct prov_context *ctx, struct prov_device *d, const Hms__CpeRequest *request);

/** 0 BOOTSTRAP: transfers of procedures that the device has begun are forgotten with the rest, and theirs begin anew. Should it say their
 *  end nonetheless, that counts. */
void prov_transfer_forget(struct prov_device *d);

/** The text of a field of a request of the device; "" if it is not there. */
const char *prov_request_field(const Hms__CpeRequest *request, const char *path);

/** The id of the file that HMS made for this command alone; false if there is none. */
bool prov_transfer_file(const struct prov_command *c, uint8_t id[16]);

#endif
