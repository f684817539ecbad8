/** Builders of the arguments of RPCs, one a method: from a command's payload to the tree of a Grant. */
#ifndef PROV_RPC_ARGUMENTS_H
#define PROV_RPC_ARGUMENTS_H

#include <jansson.h>

#include "grant.pb-c.h"
#include "quirk.h"
#include "rpc_build.h"
#include "slice.h"

#define RPC_ARGS_MAX 72 /* ChangeDUState: 64 operations */

struct rpc_build {
	struct hms_arena *arena;
	const struct prov_files *files;
	const struct prov_command *c;
	const json_t *payload;
	struct prov_context *ctx; /* with quirks: who it is for; NULL: nobody yet */
	struct hms_quirks quirks;
	struct hms_err *err;
	Hms__Arg *args[RPC_ARGS_MAX];
	size_t count;
};

/** NULL: the method cannot be sent. Return 0, HMS_EINVAL with text, HMS_ENOMEM. */
typedef int rpc_builder(struct rpc_build *b);
extern rpc_builder *const rpc_builders[HMS_CWMP_METHOD_COUNT];

/** Returns HMS_EINVAL. */
int rpc_invalid(struct rpc_build *b, const char *what);
/** NULL when out of memory. */
Hms__Arg *rpc_add_arg(struct rpc_build *b, const char *name, Hms__Arg__Kind kind);
/** Borrow the text; return 0 or HMS_ENOMEM. */
int rpc_add_text(struct rpc_build *b, const char *name, const char *value);
int rpc_add_key(struct rpc_build *b, const char *name, void (*text)(uint64_t, uint32_t, char *));

int rpc_add_number(struct rpc_build *b, const char *name, long long value);
/** An argument below another one; "" is the name of members of arrays. NULL when out of memory. */
Hms__Arg *rpc_new_arg(struct rpc_build *b, const char *name, Hms__Arg__Kind kind, const char *value);
/** Room for so many children, which are counted. Returns 0 or HMS_ENOMEM. */
int rpc_make_children(struct rpc_build *b, Hms__Arg *arg, size_t count);

/* rpc_attributes.c, rpc_transfer.c */
rpc_builder rpc_build_set_attributes, rpc_build_download, rpc_build_upload, rpc_build_schedule_download;
/* rpc_schedule.c, rpc_du.c */
rpc_builder rpc_build_schedule_inform, rpc_build_cancel_transfer, rpc_build_set_vouchers, rpc_build_get_options, rpc_build_vendor;
rpc_builder rpc_build_change_du_state;

#endif
