/** What runs on the device until it says how it ended, matched by CommandKey (contracts 7): transfers until TransferComplete (TR-069 A.3.2.8, A.4.1.5,
 *  A.4.1.8), changes of deployment units until DUStateChangeComplete (A.4.1.10). */
#ifndef PROV_TRANSFER_H
#define PROV_TRANSFER_H

#include "procedure.h"

bool prov_command_is_transfer(const struct prov_command *c);

/** Whether this answer to it means that it goes on. */
bool prov_command_goes_on(const struct prov_command *c, const Hms__RpcResult *result);

/** CancelTransfer: puts the try of the transfer that its Command names into its payload. Without one it cannot be built. */
void prov_transfer_name(struct prov_device *d, struct hms_arena *arena, struct prov_command *cancel);
/** It was done: the device says nothing more of that transfer (TR-069 A.4.1.9). */
void prov_transfer_cancelled(struct prov_device *d, const struct prov_command *cancel);

/** A request of the device: noted, and the end of the command that it names. */
void prov_transfer_request(struct prov_context *ctx, struct prov_device *d, const Hms__CpeRequest *request);

/** 0 BOOTSTRAP: transfers of procedures that the device has begun are forgotten with the rest, and theirs begin anew. Should it say their
 *  end nonetheless, that counts. */
void prov_transfer_forget(struct prov_device *d);

/** The text of a field of a request of the device; "" if it is not there. */
const char *prov_request_field(const Hms__CpeRequest *request, const char *path);

/** The id of the file that HMS made for this command alone; false if there is none. */
bool prov_transfer_file(const struct prov_command *c, uint8_t id[16]);

#endif
