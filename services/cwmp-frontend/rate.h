/** Token buckets per source address in a table of fixed size. */
#ifndef FE_RATE_H
#define FE_RATE_H

#include "hms/net/net.h"

struct fe_rate;

/** NULL when out of memory. */
struct fe_rate *fe_rate_new(void);
void fe_rate_free(struct fe_rate **rate);

/** Whether a token is there for that source. @param per_second  refill; bursts of five times as many; 0 = no limit. */
bool fe_rate_ok(struct fe_rate *rate, const struct hms_addr *source, int64_t per_second, uint64_t now_ms);
/** Takes one; returns whether there was one. */
bool fe_rate_take(struct fe_rate *rate, const struct hms_addr *source, int64_t per_second, uint64_t now_ms);

#endif
