/** Random numbers from a seed that a run can be repeated with (splitmix64). */
#ifndef HNBSIM_RNG_H
#define HNBSIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/** True with that probability. */
static inline bool rng_chance(struct rng *rng, double probability)
{
	return probability > 0 && (double)(rng_next(rng) >> 11) * 0x1p-53 < probability;
}

#endif
