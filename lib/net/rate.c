/* Token buckets per source in a table of fixed size: a source whose place is taken by another one begins with
 * a full bucket, so the limit is exact for few sources at once and never refuses an innocent one for long. Places
 * follow from a seeded hash: no peer can choose them. */
#include "hms/net/rate.h"

#include <stdlib.h>

#include "hms/base/map.h"

#define SLOTS 16384
#define BURST_SECONDS 5
#define DEBT_SECONDS 60
/* Tokens are counted in thousandths, so that a bucket gains per_second of them each millisecond. */
#define TOKEN 1000

struct bucket {
	uint64_t source;
	uint64_t seen_ms;
	int64_t tokens;
};

struct hms_rate {
	struct bucket buckets[SLOTS];
	struct bucket total;
};

struct hms_rate *hms_rate_new(void) { return calloc(1, sizeof(struct hms_rate)); }

void hms_rate_free(struct hms_rate **rate)
{
	free(*rate);
	*rate = NULL;
}

/* A subscriber owns a whole /64 of IPv6. Never 0. */
uint64_t hms_rate_source(const struct hms_addr *addr)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&addr->ss;
	const struct sockaddr_in *four = (const struct sockaddr_in *)&addr->ss;

	if (addr->ss.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		return hms_hash(&six->sin6_addr.s6_addr[12], 4) | 1;
	if (addr->ss.ss_family == AF_INET6)
		return hms_hash(&six->sin6_addr, 8) | 1;
	return hms_hash(&four->sin_addr, sizeof(four->sin_addr)) | 1;
}

static struct bucket *refill(struct bucket *b, uint64_t source, int64_t per_second, uint64_t now_ms)
{
	int64_t full = per_second * BURST_SECONDS * TOKEN;
	int64_t gained;

	if (b->source != source) {
		*b = (struct bucket){ .source = source, .seen_ms = now_ms, .tokens = full };
		return b;
	}
	gained = now_ms - b->seen_ms < (BURST_SECONDS + DEBT_SECONDS) * 1000 ? (int64_t)(now_ms - b->seen_ms) * per_second
									     : 2 * DEBT_SECONDS * per_second * TOKEN;
	b->tokens = b->tokens + gained < full ? b->tokens + gained : full;
	b->seen_ms = now_ms;
	return b;
}

static struct bucket *bucket_of(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms)
{
	return refill(&rate->buckets[(source >> 1) % SLOTS], source, per_second, now_ms);
}

static uint64_t key_of(uint64_t source) { return hms_hash(&source, sizeof(source)) | 1; }

static bool ok(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms)
{
	return per_second == 0 || bucket_of(rate, source, per_second, now_ms)->tokens >= TOKEN;
}

bool hms_rate_ok(struct hms_rate *rate, const struct hms_addr *source, int64_t per_second, uint64_t now_ms)
{
	return ok(rate, hms_rate_source(source), per_second, now_ms);
}

bool hms_rate_ok_key(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms)
{
	return ok(rate, key_of(source), per_second, now_ms);
}

static bool take_of(struct bucket *b)
{
	if (b->tokens < TOKEN)
		return false;
	b->tokens -= TOKEN;
	return true;
}

static bool take(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms)
{
	return per_second == 0 || take_of(bucket_of(rate, source, per_second, now_ms));
}

bool hms_rate_take(struct hms_rate *rate, const struct hms_addr *source, int64_t per_second, uint64_t now_ms)
{
	return take(rate, hms_rate_source(source), per_second, now_ms);
}

bool hms_rate_take_key(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms)
{
	return take(rate, key_of(source), per_second, now_ms);
}

bool hms_rate_take_total(struct hms_rate *rate, int64_t per_second, uint64_t now_ms)
{
	return per_second == 0 || take_of(refill(&rate->total, 1, per_second, now_ms));
}

static void charge(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms)
{
	int64_t least = -per_second * DEBT_SECONDS * TOKEN;
	struct bucket *b;

	if (per_second == 0)
		return;
	b = bucket_of(rate, source, per_second, now_ms);
	b->tokens = b->tokens - TOKEN > least ? b->tokens - TOKEN : least;
}

void hms_rate_charge(struct hms_rate *rate, const struct hms_addr *source, int64_t per_second, uint64_t now_ms)
{
	charge(rate, hms_rate_source(source), per_second, now_ms);
}

void hms_rate_charge_key(struct hms_rate *rate, uint64_t source, int64_t per_second, uint64_t now_ms)
{
	charge(rate, key_of(source), per_second, now_ms);
}
