/** Requests of a device other than Inform: GetRPCMethods, TransferComplete, AutonomousTransferComplete. */
#ifndef FE_REQUEST_H
#define FE_REQUEST_H

#include "post.h"

void fe_request(struct fe_post *p);

#endif
