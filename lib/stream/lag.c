/* How far behind: the age of the oldest record in hand, and the offsets for Kafka's own tools. */
#include "hms/base/clock.h"
#include "internal.h"

enum { LAG_EVERY_MS = 1000 };

/* Returns false when it is not known: records are there that have not been fetched yet. */
static bool part_lag(struct hms_stream *s, unsigned t, unsigned p, int64_t now_ms, uint64_t *lag_ms)
{
	const struct stream_part *part = &s->parts[t][p];
	int64_t end = hms_consumer_high_watermark(s->consumer, s->opts.topics[t], (int32_t)p);

	*lag_ms = part->oldest_ms && now_ms > part->oldest_ms ? (uint64_t)(now_ms - part->oldest_ms) : 0;
	return part->oldest_ms || (end >= 0 && end <= part->next);
}

void stream_on_lag(struct hms_timer *timer, void *arg)
{
	struct hms_stream *s = arg;
	int64_t now_ms = hms_wall_us() / 1000;
	uint64_t most = 0;

	hms_timer_start(timer, LAG_EVERY_MS);
	stream_each_part(s, t, p, part)
	{
		uint64_t lag_ms;

		if (!part->ready || !part_lag(s, t, p, now_ms, &lag_ms))
			continue;
		most = lag_ms > most ? lag_ms : most;
		if (s->cb.lag)
			s->cb.lag(s, t, p, lag_ms, s->arg);
		if (part->told != part->next)
			hms_consumer_commit(s->consumer, s->opts.topics[t], (int32_t)p, part->next);
		part->told = part->next;
	}
	hms_gauge_set(&stream_metrics.lag_ms, (int64_t)most);
	stream_parts_look(s);
}
