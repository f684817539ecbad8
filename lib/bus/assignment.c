/* The table of partitions: what the group gave us, what the owner started, and the assignment that librdkafka has from it. */
#include <stdlib.h>

#include "consumer.h"

_Static_assert(HMS_CONSUMER_COMMITTED == RD_KAFKA_OFFSET_STORED && HMS_CONSUMER_OLDEST == RD_KAFKA_OFFSET_BEGINNING,
	       "librdkafka's own numbers");

static struct consumer_topic *consumer_topic(struct hms_consumer *c, const char *name)
{
	for (size_t i = 0; i < c->topic_count; i++) {
		if (c->topics[i].name == name || strcmp(c->topics[i].name, name) == 0) {
			return &c->topics[i];
		}
	}
	return NULL;
}

struct part *consumer_part(struct hms_consumer *c, const char *topic, int32_t partition)
{
	struct consumer_topic *t = consumer_topic(c, topic);

	if (!t || partition < 0 || (size_t)partition >= t->size || t->parts[partition].state == PART_NONE) {
		return NULL;
	}
	return &t->parts[partition];
}

/* A place in the table. Returns 0, HMS_EFULL or HMS_ENOMEM. */
static int topic_reserve(struct consumer_topic *t, int32_t partition)
{
	size_t size = (size_t)partition + 1;
	struct part *parts;

	if (partition < 0 || partition >= CONSUMER_PARTITIONS_MAX) {
		return HMS_EFULL;
	}
	if (size <= t->size) {
		return 0;
	}
	parts = realloc(t->parts, size * sizeof(*parts));
	if (!parts) {
		return HMS_ENOMEM;
	}
	memset(parts + t->size, 0, (size - t->size) * sizeof(*parts));
	t->parts = parts;
	t->size = size;
	return 0;
}

static void part_clear(struct part *part)
{
	if (part->state != PART_NONE) {
		hms_gauge_add(&bus_metrics.assigned, -1);
		hms_gauge_add(&bus_metrics.failed, part->state == PART_FAILED ? -1 : 0);
	}
	free(part->fail_text);
	*part = (struct part){ 0 };
}

/* Calls the owner with the partitions of one topic that are in the table now. */
static void topic_tell(struct hms_consumer *c, const struct consumer_topic *t,
		       void (*cb)(struct hms_consumer *, const char *, const int32_t *, size_t, void *))
{
	int32_t *partitions = t->size ? malloc(t->size * sizeof(*partitions)) : NULL;
	size_t count = 0;

	for (size_t i = 0; partitions && i < t->size; i++) {
		if (t->parts[i].state != PART_NONE) {
			partitions[count++] = (int32_t)i;
		}
	}
	if (count && cb) {
		cb(c, t->name, partitions, count, c->arg);
	}
	free(partitions);
}

void consumer_revoke(struct hms_consumer *c)
{
	c->assign_due = c->fail_due = false;
	for (size_t i = 0; i < c->topic_count; i++) {
		struct consumer_topic gone = c->topics[i];

		/* Out of the table before the owner hears of it. */
		c->topics[i].parts = NULL;
		c->topics[i].size = 0;
		topic_tell(c, &gone, c->cb.revoked);
		for (size_t p = 0; p < gone.size; p++) {
			part_clear(&gone.parts[p]);
		}
		free(gone.parts);
	}
}

static void consumer_add(struct hms_consumer *c, const rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; i < list->cnt; i++) {
		struct consumer_topic *t = consumer_topic(c, list->elems[i].topic);
		int32_t partition = list->elems[i].partition;

		if (!t || topic_reserve(t, partition)) {
			log_error("kafka partition cannot be taken", KV_Z("topic", list->elems[i].topic), KV_I("partition", partition));
			continue;
		}
		t->parts[partition] = (struct part){ .state = PART_ASSIGNED, .position = -1, .committed = -1 };
		hms_gauge_add(&bus_metrics.assigned, 1);
	}
}

void consumer_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct hms_consumer *c = opaque;
	rd_kafka_topic_partition_list_t *none;

	c->rebalance_assigns = err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
	c->rebalance = rd_kafka_topic_partition_list_copy(list);
	if (c->rebalance_assigns) {
		/* Nothing is fetched before the owner says from where. */
		none = rd_kafka_topic_partition_list_new(0);
		rd_kafka_assign(rk, none);
		rd_kafka_topic_partition_list_destroy(none);
	} else {
		rd_kafka_assign(rk, NULL);
	}
	/* One at a time: back to consumer_serve(). */
	rd_kafka_yield(rk);
}

void consumer_tell_rebalance(struct hms_consumer *c)
{
	rd_kafka_topic_partition_list_t *list = c->rebalance;

	c->rebalance = NULL;
	consumer_revoke(c);
	if (c->rebalance_assigns) {
		hms_counter_inc(&bus_metrics.rebalances);
		consumer_add(c, list);
		for (size_t i = 0; i < c->topic_count; i++) {
			topic_tell(c, &c->topics[i], c->cb.assigned);
		}
	}
	rd_kafka_topic_partition_list_destroy(list);
}

/* From now on the messages of these partitions come to our queue; those that are in theirs move. */
static void consumer_forward(struct hms_consumer *c, const rd_kafka_topic_partition_list_t *list)
{
	for (int i = 0; i < list->cnt; i++) {
		rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(c->rk, list->elems[i].topic, list->elems[i].partition);

		if (queue) {
			rd_kafka_queue_forward(queue, c->messages);
			rd_kafka_queue_destroy(queue);
		}
	}
}

/* Returns when librdkafka's main thread has done all that it was asked for until now. */
static void consumer_barrier(struct hms_consumer *c)
{
	rd_kafka_topic_partition_list_t *list;

	if (!rd_kafka_assignment(c->rk, &list)) {
		rd_kafka_topic_partition_list_destroy(list);
	}
}

static rd_kafka_topic_partition_list_t *consumer_started(struct hms_consumer *c)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);

	for (size_t i = 0; i < c->topic_count; i++) {
		const struct consumer_topic *t = &c->topics[i];

		for (size_t p = 0; p < t->size; p++) {
			if (t->parts[p].state == PART_STARTED) {
				rd_kafka_topic_partition_list_add(list, t->name, (int32_t)p)->offset = t->parts[p].position;
			}
		}
	}
	return list;
}

static void consumer_assign(struct hms_consumer *c)
{
	rd_kafka_topic_partition_list_t *list = consumer_started(c);
	rd_kafka_resp_err_t err;

	c->assign_due = false;
	consumer_discard(c);
	/* Before a partition starts for the first time, else its first messages go elsewhere; and again behind the stop of those that
	 * ran, for that takes the forwarding away. */
	consumer_forward(c, list);
	err = rd_kafka_assign(c->rk, list);
	consumer_barrier(c);
	consumer_forward(c, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (err) {
		/* Only a fatal error does that, and it comes as an event as well. */
		log_error("kafka assignment was refused", KV_Z("group", c->group), KV_Z("error", rd_kafka_err2name(err)));
	}
}

/* One failed partition after the other, since the owner may change the table. */
static void consumer_tell_failed(struct hms_consumer *c)
{
	c->fail_due = false;
	for (size_t i = 0; i < c->topic_count; i++) {
		for (size_t p = 0; p < c->topics[i].size; p++) {
			struct part *part = &c->topics[i].parts[p];
			int code = part->fail_code;
			char *text = part->fail_text;

			if (code) {
				part->fail_code = 0;
				part->fail_text = NULL;
				c->cb.failed(c, c->topics[i].name, (int32_t)p, code, text ? text : hms_strerror(code), c->arg);
				free(text);
			}
		}
	}
}

void consumer_on_apply(struct hms_defer *defer, void *arg)
{
	struct hms_consumer *c = arg;

	(void)defer;
	if (c->rk && !c->fatal && c->assign_due) {
		consumer_assign(c);
	}
	if (c->fail_due) {
		consumer_tell_failed(c);
	}
}

void consumer_fail_part(struct hms_consumer *c, struct part *part, int code, const char *text)
{
	if (part->state == PART_FAILED) {
		return;
	}
	part->state = PART_FAILED;
	part->fail_code = code;
	part->fail_text = hms_str_dup(hms_str(text));
	hms_gauge_add(&bus_metrics.failed, 1);
	c->fail_due = true;
	hms_defer_schedule(c->loop, &c->apply);
}

void hms_consumer_start(struct hms_consumer *c, const char *topic, int32_t partition, int64_t next)
{
	struct part *part = consumer_part(c, topic, partition);

	if (!part || (next < 0 && next != HMS_CONSUMER_COMMITTED && next != HMS_CONSUMER_OLDEST)) {
		return; /* revoked while the owner looked for its offset */
	}
	hms_gauge_add(&bus_metrics.failed, part->state == PART_FAILED ? -1 : 0);
	free(part->fail_text);
	part->fail_text = NULL;
	part->fail_code = 0;
	part->state = PART_STARTED;
	part->position = next;
	c->assign_due = true;
	hms_defer_schedule(c->loop, &c->apply);
}

void hms_consumer_seek(struct hms_consumer *c, const char *topic, int32_t partition, int64_t next)
{
	hms_consumer_start(c, topic, partition, next);
}
