/* What Kafka is told of our positions, for lag tools only, and what it told us of the ends of its logs. */
#include "consumer.h"

enum { COMMIT_EVERY_MS = 1000 };

void hms_consumer_commit(struct hms_consumer *c, const char *topic, int32_t partition, int64_t next)
{
	struct part *part = consumer_part(c, topic, partition);

	if (!part) {
		return;
	}
	part->committed = next;
	if (!hms_timer_active(&c->commit)) {
		hms_timer_start(&c->commit, COMMIT_EVERY_MS);
	}
}

void consumer_on_commit(struct hms_timer *timer, void *arg)
{
	struct hms_consumer *c = arg;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

	(void)timer;
	for (size_t i = 0; i < c->topic_count; i++) {
		for (size_t p = 0; p < c->topics[i].size; p++) {
			struct part *part = &c->topics[i].parts[p];

			if (part->state != PART_NONE && part->committed >= 0) {
				rd_kafka_topic_partition_list_add(list, c->topics[i].name, (int32_t)p)->offset = part->committed;
				part->committed = -1;
			}
		}
	}
	if (list->cnt && c->rk && !c->fatal) {
		rd_kafka_commit(c->rk, list, 1);
	}
	rd_kafka_topic_partition_list_destroy(list);
}

int64_t hms_consumer_high_watermark(struct hms_consumer *c, const char *topic, int32_t partition)
{
	int64_t low, high;

	if (!c->rk || rd_kafka_get_watermark_offsets(c->rk, topic, partition, &low, &high) || high < 0) {
		return -1;
	}
	return high;
}
