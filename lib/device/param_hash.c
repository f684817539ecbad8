/* The hash over a ParameterList that tells whether anything changed since the last one (contracts 5). */
#include "hms/base/map.h"
#include "hms/device/event.h"

static const struct hms_str volatile_tails[] = {
#define VOLATILE(tail) { tail, sizeof(tail) - 1 },
#include "hms/device/volatile_params.def"
#undef VOLATILE
};

static bool is_volatile(struct hms_str name)
{
	for (size_t i = 0; i < sizeof(volatile_tails) / sizeof(volatile_tails[0]); i++) {
		struct hms_str tail = volatile_tails[i];

		/* each tail begins with a dot: that rejects nearly all of them at once */
		if (name.len > tail.len && name.p[name.len - tail.len] == '.' &&
		    hms_str_caseeq(hms_strn(name.p + name.len - tail.len, tail.len), tail))
			return true;
	}
	return false;
}

/* Finalizer of MurmurHash3: spreads each bit, so that sums of FNV values do not cancel each other. */
static uint64_t spread(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ h >> 33;
}

static uint64_t hash_of(const struct hms_cwmp_param *param)
{
	uint64_t h = hms_hash_stable(HMS_HASH_STABLE_SEED, param->name.p, param->name.len);

	/* a 0 is in no name and no value: "ab" "c" is not "a" "bc" */
	h = hms_hash_stable(h, "", 1);
	return spread(hms_hash_stable(h, param->value.p, param->value.len));
}

/* A sum does not depend on the order and needs neither memory nor sorting. */
uint64_t hms_param_hash(const struct hms_cwmp_param *params, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		if (!is_volatile(params[i].name))
			sum += hash_of(&params[i]);
	sum = spread(sum);
	return sum ? sum : 1;
}
