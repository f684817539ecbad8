/* A bounded ring of work items. */
#include "inbox.h"

#include <stdlib.h>

#include "hms/base/err.h"

struct prov_inbox {
	struct prov_inbox_item *ring;
	size_t cap, head, count;
};

struct prov_inbox *prov_inbox_new(size_t cap)
{
	struct prov_inbox *inbox = calloc(1, sizeof(*inbox));

	if (!inbox)
		return NULL;
	inbox->ring = calloc(cap, sizeof(*inbox->ring));
	inbox->cap = cap;
	if (!inbox->ring)
		prov_inbox_free(&inbox);
	return inbox;
}

void prov_inbox_free(struct prov_inbox **inbox)
{
	if (*inbox)
		free((*inbox)->ring);
	free(*inbox);
	*inbox = NULL;
}

int prov_inbox_put(struct prov_inbox *inbox, const struct prov_inbox_item *item)
{
	if (inbox->count == inbox->cap)
		return HMS_EFULL;
	inbox->ring[(inbox->head + inbox->count++) % inbox->cap] = *item;
	return 0;
}

bool prov_inbox_take(struct prov_inbox *inbox, struct prov_inbox_item *out)
{
	if (!inbox->count)
		return false;
	*out = inbox->ring[inbox->head];
	inbox->head = (inbox->head + 1) % inbox->cap;
	inbox->count--;
	return true;
}

size_t prov_inbox_count(const struct prov_inbox *inbox) { return inbox->count; }
