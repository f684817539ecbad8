/* Ownership of partitions: epochs, fences, lag. */
#include "partition.h"

#include <stdlib.h>

#include "batch.h"
#include "hms/base/clock.h"
#include "hms/device/event.h"
#include "prov.h"

const char *const prov_topics[] = { HMS_TOPIC_DEVICE_EVENTS, HMS_TOPIC_WORK, NULL };

static const struct hms_pg_stmt acquire = { "offset_acquire", "select part, next, epoch from hms_offset_acquire($1, $2, $3)" };
static const struct hms_pg_stmt advance = { "offset_advance", "select hms_offset_advance($1, $2, $3, $4, $5, $6)" };
static const struct hms_pg_stmt check = { "offset_check",
					  /* With the epoch: an heir that consumed the same records has the same next. */
					  "select count(*) filter (where o.next = n.new and o.epoch = n.epoch) from consumer_offset o,"
					  " unnest($2::text[], $3::int4[], $4::int8[], $5::int8[]) n(topic, part, new, epoch)"
					  " where o.service = $1 and o.topic = n.topic and o.part = n.part" };

struct acquisition {
	struct prov *prov;
	int topic;
};

int prov_topic_index(const char *topic)
{
	for (int i = 0; i < PROV_TOPIC_COUNT; i++)
		if (topic == prov_topics[i])
			return i;
	return -1;
}

int prov_parts_init(struct prov_parts *parts, unsigned count)
{
	parts->count = count;
	for (int t = 0; t < PROV_TOPIC_COUNT; t++) {
		parts->list[t] = calloc(count, sizeof(*parts->list[t]));
		if (!parts->list[t])
			return HMS_ENOMEM;
	}
	return 0;
}

void prov_parts_fini(struct prov_parts *parts)
{
	for (int t = 0; t < PROV_TOPIC_COUNT; t++)
		free(parts->list[t]);
	*parts = (struct prov_parts){ 0 };
}

struct prov_part *prov_part_of(struct prov *prov, struct hms_device_id id)
{
	return &prov->parts.list[PROV_TOPIC_EVENTS][hms_device_partition(id, prov->parts.count)];
}

static void count_parts(struct prov *prov)
{
	int64_t ready = 0, stopped = 0;

	for (unsigned p = 0; p < prov->parts.count; p++) {
		ready += prov->parts.list[PROV_TOPIC_EVENTS][p].ready;
		for (int t = 0; t < PROV_TOPIC_COUNT; t++)
			stopped += prov->parts.list[t][p].stopped;
	}
	hms_gauge_set(&prov_metrics.partitions, ready);
	hms_gauge_set(&prov_metrics.partitions_stopped, stopped);
}

/* ---------------------------------------------------------------- taking over */

static void on_acquired(const struct hms_pg_result *res, void *arg)
{
	struct acquisition *a = arg;
	struct prov *prov = a->prov;

	for (size_t i = 0; i < hms_pg_rows(res); i++) {
		unsigned p = (unsigned)hms_pg_get_int(res, i, 0);
		struct prov_part *part = &prov->parts.list[a->topic][p];

		if (!part->assigned || part->stopped)
			continue;
		part->next = part->told = hms_pg_get_int(res, i, 1);
		part->epoch = hms_pg_get_int(res, i, 2);
		part->ready = true;
		part->oldest_ms = 0;
		hms_consumer_start(prov->consumer, prov_topics[a->topic], (int32_t)p, part->next);
		log_info("partition taken over", KV_Z("topic", prov_topics[a->topic]), KV_U("part", p), KV_I("next", part->next),
			 KV_I("epoch", part->epoch));
		if (a->topic == PROV_TOPIC_EVENTS)
			prov_batch_repost(prov, p);
	}
	count_parts(prov);
}

static void on_acquire_done(const struct hms_pg_error *err, void *arg)
{
	struct acquisition *a = arg;
	struct prov *prov = a->prov;

	for (unsigned p = 0; p < prov->parts.count; p++)
		prov->parts.list[a->topic][p].acquiring = false;
	if (err)
		log_warn("partitions not taken over", KV_Z("topic", prov_topics[a->topic]), KV_Z("reason", err->text));
	free(a);
}

static void acquire_topic(struct prov *prov, int topic)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(prov->aux);
	struct acquisition *a = calloc(1, sizeof(*a));
	struct hms_pg_array *list;

	if (!batch || !a) {
		hms_pg_batch_free(&batch);
		free(a);
		return;
	}
	*a = (struct acquisition){ prov, topic };
	hms_pg_stmt_begin(batch, &acquire, on_acquired, a);
	hms_pg_p_text(batch, HMS_STR(PROV_SERVICE));
	hms_pg_p_text(batch, hms_str(prov_topics[topic]));
	list = hms_pg_array_new(batch, HMS_PG_INT4);
	for (unsigned p = 0; p < prov->parts.count; p++) {
		struct prov_part *part = &prov->parts.list[topic][p];

		if (part->assigned && !part->ready && !part->stopped) {
			part->acquiring = true;
			hms_pg_a_int4(list, (int32_t)p);
		}
	}
	hms_pg_p_array(batch, list);
	hms_pg_batch_send(batch, on_acquire_done, a);
}

void prov_parts_acquire(struct prov *prov)
{
	if (!prov->schema_ok || !hms_pg_is_up(prov->aux) || prov->draining)
		return;
	for (int t = 0; t < PROV_TOPIC_COUNT; t++) {
		bool wanted = false, busy = false;

		for (unsigned p = 0; p < prov->parts.count; p++) {
			const struct prov_part *part = &prov->parts.list[t][p];

			wanted |= part->assigned && !part->ready && !part->stopped;
			busy |= part->acquiring;
		}
		if (wanted && !busy)
			acquire_topic(prov, t);
	}
}

static void on_assigned(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	struct prov *prov = arg;
	int t = prov_topic_index(topic);

	(void)c;
	for (size_t i = 0; t >= 0 && i < count; i++)
		if ((unsigned)partitions[i] < prov->parts.count)
			prov->parts.list[t][partitions[i]].assigned = true;
	prov_parts_acquire(prov);
}

static void on_revoked(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg)
{
	struct prov *prov = arg;
	int t = prov_topic_index(topic);

	(void)c;
	for (size_t i = 0; t >= 0 && i < count; i++) {
		struct prov_part *part = (unsigned)partitions[i] < prov->parts.count ? &prov->parts.list[t][partitions[i]] : NULL;

		if (part)
			part->assigned = part->ready = part->stopped = false;
	}
	count_parts(prov);
}

static void on_readable(struct hms_consumer *c, void *arg)
{
	(void)c;
	prov_batch_run(arg);
}

static void on_failed(struct hms_consumer *c, const char *topic, int32_t partition, int code, const char *text, void *arg)
{
	struct prov *prov = arg;
	int t = prov_topic_index(topic);

	(void)c;
	log_error("partition stopped", KV_Z("topic", topic), KV_I("part", partition), KV_Z("code", hms_errname(code)),
		  KV_Z("reason", text));
	if (t < 0 || (unsigned)partition >= prov->parts.count)
		return;
	prov->parts.list[t][partition].stopped = true;
	prov->parts.list[t][partition].ready = false;
	count_parts(prov);
}

const struct hms_consumer_cb prov_consumer_cb = { on_assigned, on_revoked, on_readable, on_failed };

/* ---------------------------------------------------------------- fences */

#define each_touched(prov, t, p, part)                             \
	for (int t = 0; t < PROV_TOPIC_COUNT; t++)                 \
		for (unsigned p = 0; p < (prov)->parts.count; p++) \
			for (struct prov_part *part = &(prov)->parts.list[t][p]; part && part->touched; part = NULL)

void prov_parts_fence(struct prov *prov, struct hms_pg_batch *batch)
{
	struct hms_pg_array *topics = hms_pg_array_new(batch, HMS_PG_TEXT), *parts = hms_pg_array_new(batch, HMS_PG_INT4);
	struct hms_pg_array *olds = hms_pg_array_new(batch, HMS_PG_INT8), *news = hms_pg_array_new(batch, HMS_PG_INT8);
	struct hms_pg_array *epochs = hms_pg_array_new(batch, HMS_PG_INT8);

	each_touched(prov, t, p, part)
	{
		hms_pg_a_text(topics, hms_str(prov_topics[t]));
		hms_pg_a_int4(parts, (int32_t)p);
		hms_pg_a_int8(olds, part->next);
		hms_pg_a_int8(news, part->new_next);
		hms_pg_a_int8(epochs, part->epoch);
	}
	hms_pg_stmt_begin(batch, &advance, NULL, NULL);
	hms_pg_p_text(batch, HMS_STR(PROV_SERVICE));
	hms_pg_p_array(batch, topics);
	hms_pg_p_array(batch, parts);
	hms_pg_p_array(batch, olds);
	hms_pg_p_array(batch, news);
	hms_pg_p_array(batch, epochs);
}

void prov_parts_untouch(struct prov *prov) { each_touched(prov, t, p, part) part->touched = false; }

void prov_parts_committed(struct prov *prov)
{
	each_touched(prov, t, p, part)
	{
		part->next = part->new_next;
		part->oldest_ms = 0;
		part->touched = false;
	}
}

void prov_parts_lost(struct prov *prov)
{
	each_touched(prov, t, p, part)
	{
		log_warn("partition was taken over by another worker", KV_Z("topic", prov_topics[t]), KV_U("part", p),
			 KV_I("epoch", part->epoch));
		part->ready = part->touched = false;
	}
	count_parts(prov);
}

struct outcome {
	size_t wanted;
	bool *committed;
};

static void on_checked(const struct hms_pg_result *res, void *arg)
{
	struct outcome *o = arg;

	*o->committed = hms_pg_rows(res) == 1 && (size_t)hms_pg_get_int(res, 0, 0) == o->wanted && o->wanted > 0;
	free(o);
}

void prov_parts_check(struct prov *prov, struct hms_pg_batch *batch, bool *committed)
{
	struct hms_pg_array *topics = hms_pg_array_new(batch, HMS_PG_TEXT), *parts = hms_pg_array_new(batch, HMS_PG_INT4);
	struct hms_pg_array *news = hms_pg_array_new(batch, HMS_PG_INT8), *epochs = hms_pg_array_new(batch, HMS_PG_INT8);
	struct outcome *o = calloc(1, sizeof(*o));

	*committed = false;
	if (!o)
		return;
	o->committed = committed;
	each_touched(prov, t, p, part)
	{
		if (part->new_next == part->next)
			continue;
		hms_pg_a_text(topics, hms_str(prov_topics[t]));
		hms_pg_a_int4(parts, (int32_t)p);
		hms_pg_a_int8(news, part->new_next);
		hms_pg_a_int8(epochs, part->epoch);
		o->wanted++;
	}
	hms_pg_stmt_begin(batch, &check, on_checked, o);
	hms_pg_p_text(batch, HMS_STR(PROV_SERVICE));
	hms_pg_p_array(batch, topics);
	hms_pg_p_array(batch, parts);
	hms_pg_p_array(batch, news);
	hms_pg_p_array(batch, epochs);
}

/* ---------------------------------------------------------------- lag */

/* Age of the oldest record in hand. Returns false when it is not known: records are there that have not been fetched yet. */
static bool part_lag_ms(struct prov *prov, unsigned p, const struct prov_part *part, int64_t now_ms, uint64_t *lag)
{
	int64_t end = hms_consumer_high_watermark(prov->consumer, HMS_TOPIC_DEVICE_EVENTS, (int32_t)p);

	*lag = part->oldest_ms && now_ms > part->oldest_ms ? (uint64_t)(now_ms - part->oldest_ms) : 0;
	return part->oldest_ms || (end >= 0 && end <= part->next);
}

void prov_parts_lag(struct prov *prov)
{
	int64_t now_ms = hms_wall_us() / 1000;
	uint64_t most = 0;

	for (unsigned p = 0; p < prov->parts.count; p++) {
		struct prov_part *part = &prov->parts.list[PROV_TOPIC_EVENTS][p];
		uint64_t lag;

		if (!part->ready || !part_lag_ms(prov, p, part, now_ms, &lag))
			continue;
		most = lag > most ? lag : most;
		hms_lag_set(prov->redis, p, lag);
		if (part->told != part->next)
			hms_consumer_commit(prov->consumer, HMS_TOPIC_DEVICE_EVENTS, (int32_t)p, part->next);
		part->told = part->next;
	}
	hms_gauge_set(&prov_metrics.lag_ms, (int64_t)most);
}
