/** Latency histograms: log-linear buckets, relative error below 1/64. No I/O. */
#ifndef HNBSIM_STATS_H
#define HNBSIM_STATS_H

#include <stdint.h>

#define STATS_SUB 64 /* buckets in each power of two */
#define STATS_BUCKETS (STATS_SUB * 32)

struct stats {
	uint64_t count, sum_us, max_us;
	uint32_t buckets[STATS_BUCKETS];
};

/** Values above 2^36 us are counted as that. */
void stats_add(struct stats *stats, uint64_t us);
/** The value that a share of q (0..1) of all values does not exceed; 0 without values. */
uint64_t stats_quantile_us(const struct stats *stats, double q);

#endif
