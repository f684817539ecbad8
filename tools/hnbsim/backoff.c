/* Session retry waits of TR-069 3.2.1.1. */
#include "backoff.h"

#define RETRY_CAP 10
#define WAIT_MAX_S (30.0 * 24 * 3600) /* m = k = 65535 would be longer than the universe lasts */

void backoff_bounds(unsigned n, unsigned minimum_s, unsigned multiplier, uint64_t *low_ms, uint64_t *high_ms)
{
	double low = minimum_s, factor = multiplier / 1000.0, high;

	if (n > RETRY_CAP)
		n = RETRY_CAP;
	for (unsigned i = 1; i < n; i++)
		low *= factor;
	high = low * factor;
	*low_ms = (uint64_t)(1000 * (low < WAIT_MAX_S ? low : WAIT_MAX_S));
	*high_ms = (uint64_t)(1000 * (high < WAIT_MAX_S ? high : WAIT_MAX_S));
}

uint64_t backoff_wait_ms(unsigned n, unsigned minimum_s, unsigned multiplier, double scale, uint64_t random)
{
	uint64_t low_ms, high_ms;

	backoff_bounds(n, minimum_s, multiplier, &low_ms, &high_ms);
	return (uint64_t)((double)(low_ms + random % (high_ms - low_ms + 1)) * scale);
}
