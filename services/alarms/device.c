/* Devices of a transaction: lists and names. */
#include "device.h"

const char *const alm_transition_names[] = {
#define ALM_TRANSITION(name, public) #name,
#include "transitions.def"
#undef ALM_TRANSITION
	NULL
};

bool alm_transition_is_public(enum alm_transition transition)
{
	static const bool list[] = {
#define ALM_TRANSITION(name, public) public,
#include "transitions.def"
#undef ALM_TRANSITION
	};

	return list[transition];
}

void *alm_alloc(struct alm_context *ctx, size_t bytes)
{
	void *p = hms_arena_alloc(ctx->arena, bytes);

	ctx->failed |= !p;
	return p;
}

void alm_push_any(struct alm_context *ctx, void ***list, size_t *count, size_t *room, void *item)
{
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 8;
		void **grown = hms_arena_grow(ctx->arena, *list, *room * sizeof(void *), more * sizeof(void *));

		if (!grown) {
			ctx->failed = true;
			return;
		}
		*list = grown;
		*room = more;
	}
	(*list)[(*count)++] = item;
}

struct alm_listing *alm_listing(struct alm_device *d)
{
	if (!d->listing.stored && !d->listing.dirty) {
		d->listing.device_id = d->id;
		d->listing.resync_part = -1;
		d->listing.resync_entries = -1;
	}
	d->listing.tenant = d->tenant;
	d->listing.dirty = true;
	return &d->listing;
}
