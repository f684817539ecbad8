/** Session retry waits of TR-069 3.2.1.1. No I/O. */
#ifndef HNBSIM_BACKOFF_H
#define HNBSIM_BACKOFF_H

#include <stdint.h>

#define BACKOFF_MINIMUM_S 5	/* m: ManagementServer.CWMPRetryMinimumWaitInterval */
#define BACKOFF_MULTIPLIER 2000 /* k: ManagementServer.CWMPRetryIntervalMultiplier */

/** Bounds in milliseconds of the wait before retry number n (1, 2, ...; as 10 from 10 on): m*(k/1000)^(n-1) to
 *  m*(k/1000)^n seconds. */
void backoff_bounds(unsigned n, unsigned minimum_s, unsigned multiplier, uint64_t *low_ms, uint64_t *high_ms);

/** A wait within those bounds, times scale; random is uniform in 64 bits. */
uint64_t backoff_wait_ms(unsigned n, unsigned minimum_s, unsigned multiplier, double scale, uint64_t random);

#endif
