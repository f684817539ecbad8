/* The lag of each partition, as its owner reports it in Redis. */
#include "lag.h"

#include <stdlib.h>

#include "hms/redis/mailbox.h"

#define PERIOD_MS 1000

struct fe_lag {
	struct fe *fe;
	struct hms_timer timer;
	bool asking;
	size_t count;
	int64_t ages_ms[];
};

static void keep(struct fe_lag *lag, const int64_t *ages, size_t count)
{
	int64_t max = 0;
	bool missing = false;

	for (size_t i = 0; i < lag->count; i++) {
		lag->ages_ms[i] = ages && i < count ? ages[i] : -1;
		missing = missing || lag->ages_ms[i] < 0;
		max = lag->ages_ms[i] > max ? lag->ages_ms[i] : max;
	}
	hms_gauge_set(&lag->fe->m.lag_max_ms, missing ? -1 : max);
}

static void on_ages(int code, const int64_t *ages, size_t count, void *arg)
{
	struct fe_lag *lag = arg;

	lag->asking = false;
	keep(lag, code ? NULL : ages, count);
}

static void ask(struct hms_timer *timer, void *arg)
{
	struct fe_lag *lag = arg;

	if (!lag->asking) {
		lag->asking = true;
		hms_lag_get(lag->fe->redis, (unsigned)lag->count, on_ages, lag);
	}
	hms_timer_start(timer, PERIOD_MS);
}

struct fe_lag *fe_lag_new(struct fe *fe)
{
	struct fe_lag *lag = calloc(1, sizeof(*lag) + fe->partitions * sizeof(lag->ages_ms[0]));

	if (!lag)
		return NULL;
	lag->fe = fe;
	lag->count = fe->partitions;
	keep(lag, NULL, 0);
	hms_timer_init(&lag->timer, fe->loop, ask, lag);
	hms_timer_start(&lag->timer, 0);
	return lag;
}

void fe_lag_free(struct fe_lag **lag)
{
	if (!*lag)
		return;
	hms_timer_stop(&(*lag)->timer);
	free(*lag);
	*lag = NULL;
}

int64_t fe_lag_ms(const struct fe_lag *lag, unsigned partition) { return partition < lag->count ? lag->ages_ms[partition] : -1; }
