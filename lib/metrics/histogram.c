/* Histograms of durations over fixed buckets. */
#include "internal.h"

static const uint64_t bounds_us[] = {
#define METRIC_BUCKET(us, seconds) us,
#include "buckets.def"
#undef METRIC_BUCKET
};
_Static_assert(sizeof(bounds_us) / sizeof(bounds_us[0]) == HMS_HISTOGRAM_BUCKETS, "one bound per bucket");

void hms_histogram_observe_us(struct hms_histogram *h, uint64_t us)
{
	size_t i = 0;

	while (i < HMS_HISTOGRAM_BUCKETS && us > bounds_us[i])
		i++;
	h->bucket[i]++;
	h->sum_us += us;
	h->count++;
}
