/** Token buckets per source (an address, or any number) in a table of fixed size. One thread. */
#ifndef HMS_NET_RATE_H
#define HMS_NET_RATE_H

#include "hms/net/net.h"

struct hms_rate;

/** NULL when out of memory. */
struct hms_rate *hms_rate_new(void);
void hms_rate_free(struct hms_rate **rate);

/** Whether a token is there for that source. @param per_second  refill; bursts of five times as many; 0 = no limit. */
bool hms_rate_ok(struct hms_rate *rate, const struct hms_addr *source, int64_t per_second, uint64_t now_ms);
/** Takes one; returns whether there was one. */
bool hms_rate_take(struct hms_rate *rate, const struct hms_addr *source, int64_t per_second, uint64_t now_ms);
/** The same for a source that is a number; numbers must not be a peer's to choose. */
bool hms_rate_take_key(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms);
/** The same for all sources together, in a bucket of its own. */
bool hms_rate_take_total(struct hms_rate *rate, int64_t per_second, uint64_t now_ms);
/** Takes one that is not there, too: for what has been let through by hms_rate_ok() together with others, and turned out to be bad. A minute's tokens at most are owed. */
void hms_rate_charge(struct hms_rate *rate, const struct hms_addr *source, int64_t per_second, uint64_t now_ms);
/** hms_rate_ok() and hms_rate_charge() for a source that is a number. */
bool hms_rate_ok_key(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms);
void hms_rate_charge_key(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms);
/** The number of an address as hms_rate_*() count it: an IPv4 address, or the /64 of an IPv6 one. Never 0. */
uint64_t hms_rate_source(const struct hms_addr *source);

#endif
