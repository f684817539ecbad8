/** From a command's payload (JSON, with the argument names of TR-069) to a packed Grant. */
#ifndef PROV_RPC_BUILD_H
#define PROV_RPC_BUILD_H

#include "command.h"
#include "procedure.h"
#include "hms/base/err.h"

/** files may be NULL: then no URL can be made.
 *
 *  Whether the command can be handed out at all. Returns 0, HMS_ENOENT (unknown method), HMS_EINVAL; with text. */
int prov_rpc_check(struct hms_arena *arena, const struct prov_files *files, const struct prov_command *c, struct hms_err *err);

/** The Grant of a granted command, packed, in the arena. Errors: as above, HMS_ENOMEM. */
int prov_rpc_pack(struct hms_arena *arena, const struct prov_files *files, const struct prov_command *c, struct hms_str *out,
		  struct hms_err *err);

/** The same for a device: in slices, and with its quirks. */
int prov_rpc_pack_for(struct prov_context *ctx, const struct prov_device *d, const struct prov_command *c, struct hms_str *out,
		      struct hms_err *err);

#endif
