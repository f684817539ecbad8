/* Latency histograms with log-linear buckets. */
#include "stats.h"

#define SUB_BITS 6

/* Values below STATS_SUB have a bucket each; above, each power of two is divided into STATS_SUB. */
static unsigned bucket_of(uint64_t us)
{
	unsigned shift, bucket;

	if (us < STATS_SUB)
		return (unsigned)us;
	shift = 63 - (unsigned)__builtin_clzll(us) - SUB_BITS;
	bucket = (shift + 1) * STATS_SUB + (unsigned)(us >> shift) - STATS_SUB;
	return bucket < STATS_BUCKETS ? bucket : STATS_BUCKETS - 1;
}

/* The highest value of a bucket. */
static uint64_t bucket_top_us(unsigned bucket)
{
	unsigned shift;

	if (bucket < STATS_SUB)
		return bucket;
	shift = bucket / STATS_SUB - 1;
	return (((uint64_t)(STATS_SUB + bucket % STATS_SUB) + 1) << shift) - 1;
}

void stats_add(struct stats *stats, uint64_t us)
{
	stats->count++;
	stats->sum_us += us;
	if (us > stats->max_us)
		stats->max_us = us;
	stats->buckets[bucket_of(us)]++;
}

uint64_t stats_quantile_us(const struct stats *stats, double q)
{
	uint64_t wanted = (uint64_t)(q * (double)stats->count + 0.999999), seen = 0;

	if (stats->count == 0)
		return 0;
	for (unsigned i = 0; i < STATS_BUCKETS; i++) {
		seen += stats->buckets[i];
		if (seen >= wanted && seen > 0)
			return bucket_top_us(i) < stats->max_us ? bucket_top_us(i) : stats->max_us;
	}
	return stats->max_us;
}
