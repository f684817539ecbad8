/* SipHash-2-4 (Aumasson, Bernstein) under a random seed of the process, and FNV-1a for values that are stored. */
#include <endian.h>
#include <stdlib.h>
#include <sys/random.h>

#include "hms/base/map.h"

static uint8_t process_seed[16];

/* Before main(), so that a hash needs neither a lock nor a check. Without a seed peers could choose colliding keys: do not start then. */
__attribute__((constructor)) static void seed_process(void)
{
	if (getrandom(process_seed, sizeof(process_seed), 0) != (ssize_t)sizeof(process_seed))
		abort();
}

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static uint64_t rotl(uint64_t v, unsigned bits) { return v << bits | v >> (64 - bits); }

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] = rotl(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] = rotl(v[2], 32);
}

static inline void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

uint64_t hms_siphash(const uint8_t key[16], const void *data, size_t len)
{
	uint64_t k0 = load_le64(key), k1 = load_le64(key + 8), last = (uint64_t)len << 56;
	uint64_t v[4] = { k0 ^ 0x736f6d6570736575ULL, k1 ^ 0x646f72616e646f6dULL, k0 ^ 0x6c7967656e657261ULL, k1 ^ 0x7465646279746573ULL };
	const uint8_t *p = data;
	size_t tail = len % 8;

	for (size_t i = 0; i < len / 8; i++, p += 8)
		sip_word(v, load_le64(p));
	for (size_t i = 0; i < tail; i++)
		last |= (uint64_t)p[i] << 8 * i;
	sip_word(v, last);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t hms_hash(const void *data, size_t len) { return hms_siphash(process_seed, data, len); }

uint64_t hms_hash_stable(uint64_t seed, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		seed = (seed ^ p[i]) * 0x100000001b3ULL;
	return seed;
}
