/** Commands that go out in several RPCs, since the device takes only so many names or values at once. The rows of one RPC are fixed with its grant, so
 *  that it is the same whoever packs it. */
#ifndef PROV_SLICE_H
#define PROV_SLICE_H

#include "procedure.h"

/** At the grant: how many rows this RPC has. */
void prov_slice_begin(struct prov_context *ctx, const struct prov_device *d, struct prov_command *c);

/** Of total rows those of the RPC that is granted. */
struct prov_slice {
	size_t at, count;
};
struct prov_slice prov_slice_of(const struct prov_command *c, size_t total);

/** The RPC was answered. True: there are more rows, and the command is queued again with what it knows; false: it is whole. */
bool prov_slice_next(struct prov_context *ctx, struct prov_device *d, struct prov_command *c);

/** Whether the RPC that is granted is not the last one of its command. */
bool prov_slice_is_partial(const struct prov_command *c);

/** The RPC was refused. True: it may have been too long, and is queued again with half the rows (GetParameterValues from outside, faults 9002, 9004). */
bool prov_slice_halve(struct prov_device *d, struct prov_command *c);

/** Puts the parameters of the RPCs before in front of those of this one. */
void prov_slice_merge(const struct prov_command *c, json_t *result, size_t max_bytes);

#endif
