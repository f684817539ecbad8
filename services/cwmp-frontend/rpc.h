/** From a grant of the mailbox to the SOAP envelope of an RPC. No I/O. */
#ifndef FE_RPC_H
#define FE_RPC_H

#include "grant.pb-c.h"
#include "hms/device/credential.h"
#include "hms/cwmp/writer.h"

/** Unpacks into the arena. NULL: unreadable, or it cannot be sent (no method, nested too deeply), or out of memory. */
const Hms__Grant *fe_rpc_grant(struct hms_arena *arena, struct hms_str packed);

/** Writes the envelope; the arena is scratch. Returns 0, HMS_ENOMEM, or what failed in out. */
int fe_rpc_write(struct hms_buf *out, struct hms_arena *arena, enum hms_cwmp_ns ns, const Hms__Grant *grant);

/** "" for one that has no number here (a vendor's). */
const char *fe_rpc_method_name(unsigned method);

/** Fills in the values that were sealed for the device: credentials, which no store has in clear. Returns 0, HMS_ENOMEM, or why one cannot be opened. */
int fe_rpc_unseal(struct hms_arena *arena, struct hms_sealer *sealer, struct hms_device_id device, const Hms__Grant *grant);

#endif
