/* Bytes of bodies from outside sessions, counted by source in a table of fixed size: sources that meet in a place share it, and no peer can choose
 * its place. */
#include "budget.h"

#include <stdlib.h>

#include "hms/net/rate.h"

#define PLACES 16384

struct fe_budget {
	size_t all;
	size_t by_source[PLACES];
};

struct fe_budget *fe_budget_new(void) { return calloc(1, sizeof(struct fe_budget)); }

void fe_budget_free(struct fe_budget **budget)
{
	free(*budget);
	*budget = NULL;
}

static bool fits(size_t used, size_t more, int64_t most) { return most == 0 || (more <= (size_t)most && used <= (size_t)most - more); }

bool fe_budget_take(struct fe_budget *b, struct fe_budget_share *share, const struct hms_addr *source, size_t bytes, int64_t most,
		    int64_t most_of_source)
{
	if (share->bytes == 0)
		share->place = (unsigned)(hms_rate_source(source) >> 1) % PLACES;
	if (!fits(b->all, bytes, most) || !fits(b->by_source[share->place], bytes, most_of_source))
		return false;
	b->all += bytes;
	b->by_source[share->place] += bytes;
	share->bytes += bytes;
	return true;
}

void fe_budget_give(struct fe_budget *b, struct fe_budget_share *share)
{
	if (!b || share->bytes == 0)
		return;
	b->all -= share->bytes;
	b->by_source[share->place] -= share->bytes;
	share->bytes = 0;
}
