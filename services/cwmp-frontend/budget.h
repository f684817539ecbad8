/** Bodies of devices that have shown nothing yet: how many bytes of them are read at once, in all and from one source. */
#ifndef FE_BUDGET_H
#define FE_BUDGET_H

#include "hms/net/net.h"

struct fe_budget;
/** NULL when out of memory. */
struct fe_budget *fe_budget_new(void);
void fe_budget_free(struct fe_budget **budget);

/** What one request holds; zero at first. */
struct fe_budget_share {
	size_t bytes;
	unsigned place;
};
/** More bytes for a share of that source; false: there is no room for them. Limits of 0: none. */
bool fe_budget_take(struct fe_budget *b, struct fe_budget_share *share, const struct hms_addr *source, size_t bytes, int64_t most,
		    int64_t most_of_source);
/** Gives all back. */
void fe_budget_give(struct fe_budget *b, struct fe_budget_share *share);

#endif
