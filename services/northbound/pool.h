/** Connections to PostgreSQL: the least busy one takes the next batch. */
#ifndef NBI_POOL_H
#define NBI_POOL_H

#include "nbi.h"

struct nbi_pool *nbi_pool_new(struct nbi *nbi);
/** Batches under way end with HMS_ECANCELED, inside this call. */
void nbi_pool_free(struct nbi_pool **pool);
/** A connection that is up, with the fewest batches under way; NULL: none is up. */
struct hms_pg *nbi_pool_take(struct nbi_pool *pool);
/** A batch on pg has been sent, or has ended. */
void nbi_pool_busy(struct nbi_pool *pool, const struct hms_pg *pg, int change);
/** Adds the statement that sets what every connection of the service needs: the longest time of a statement, and plans of its own for each execution. */
void nbi_pool_settings(const struct nbi *nbi, struct hms_pg_batch *batch);
bool nbi_pool_up(const struct nbi_pool *pool);

#endif
