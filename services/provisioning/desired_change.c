/* Changes of parameters, for their history. */
#include "desired.h"

#define CHANGES_MAX 500 /* of one device in one transaction */

void prov_change_add(struct prov_context *ctx, struct prov_device *d, const struct prov_change *change)
{
	struct prov_change *c = d->change_count < CHANGES_MAX ? hms_arena_alloc(ctx->arena, sizeof(*c)) : NULL;

	if (!c)
		return;
	*c = *change;
	if (prov_push(ctx->arena, (void ***)&d->changes, &d->change_count, &d->change_room, c))
		d->failed = true;
}
