/** Kafka on the loop: producers with two lanes, and a consumer whose offsets live in PostgreSQL (contracts 5, 6). librdkafka's threads stay inside: all callbacks run on the
 *  loop thread. */
#ifndef HMS_BUS_BUS_H
#define HMS_BUS_BUS_H

#include "hms/conf/conf.h"
#include "hms/loop/loop.h"
#include "hms/metrics/metrics.h"

struct hms_kafka_conf {
#include "hms/conf/fields.inc"
#include "hms/bus/config.def"
#include "hms/conf/end.inc"
};
extern const struct hms_conf_section hms_kafka_conf_section; /* [kafka] */
int hms_bus_metrics_register(struct hms_metrics *metrics);
extern const struct hms_metric_def hms_bus_metric_defs[];
extern const size_t hms_bus_metric_count;

/* ---- producer ---- */
enum hms_lane { HMS_LANE_URGENT, HMS_LANE_QUIET, HMS_LANE_COUNT };

struct hms_producer;
/** Two librdkafka producers (acks=all, idempotent), one a lane: linger 0 and linger quiet_linger. Connects in the background.
 *  NULL with err on bad settings. */
struct hms_producer *hms_producer_new(struct hms_loop *loop, const struct hms_kafka_conf *conf, const char *client_id, struct hms_err *err);

struct hms_record {
	const char *topic;
	int32_t partition; /* explicit, never -1 */
	struct hms_str key, value;
	struct hms_str header_classes, header_purpose; /* headers "classes", "purpose"; left out when p is NULL */
};
/** code 0: acknowledged by all in-sync replicas. HMS_ETIMEOUT, HMS_EUNAVAIL, HMS_ETOOBIG otherwise: the record may still land. */
typedef void hms_delivery_cb(int code, int64_t offset, void *arg);
/** Copies the record. cb runs exactly once, later, unless an error is returned: HMS_EFULL (queue cap), HMS_ETOOBIG, HMS_EUNAVAIL. */
int hms_producer_send(struct hms_producer *p, enum hms_lane lane, const struct hms_record *record, hms_delivery_cb *cb, void *arg);
/** False after deliveries failed, until one succeeds or the broker is up again. For /readyz. */
bool hms_producer_healthy(const struct hms_producer *p);
/** Records sent and not yet acknowledged. */
size_t hms_producer_pending(const struct hms_producer *p);
/** Waits up to timeout_ms for outstanding records (blocks; at the end of a drain only), then frees. Callbacks run with HMS_ECANCELED for the rest. Not
 *  from inside a callback. */
void hms_producer_free(struct hms_producer **p, int timeout_ms);

/** Reads the number of partitions of a topic from the cluster; blocks up to timeout_ms; start-up only. Returns it, or HMS_EUNAVAIL, HMS_ENOENT. */
int hms_topic_partitions(const struct hms_kafka_conf *conf, const char *topic, int timeout_ms, struct hms_err *err);
/** Creates a topic if it does not exist, or grows nothing if it does; waits until the brokers know it. Blocks. Returns 0, or an error with text. config: pairs of name and value, NULL-terminated. */
int hms_topic_create(const struct hms_kafka_conf *conf, const char *topic, int partitions, int replication, const char *const *config,
		     int timeout_ms, struct hms_err *err);

/* ---- consumer ---- */
struct hms_consumer;
struct hms_message {
	const char *topic; /* interned: compare with the pointers given to hms_consumer_new() */
	int32_t partition;
	int64_t offset;
	int64_t timestamp_ms;
	struct hms_str key, value, header_classes, header_purpose;
	void *handle; /* of librdkafka */
};
struct hms_consumer_cb {
	/** Partitions were assigned to this member. The owner fetches `next` and a new epoch from PostgreSQL (I1) and then calls
	 *  hms_consumer_start() for each. Until then nothing is fetched. */
	void (*assigned)(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg);
	/** They are not ours any more; messages of theirs that are still queued will not be delivered. Always all partitions of the topic that were
	 *  assigned (eager protocol); what goes on comes back with `assigned`. */
	void (*revoked)(struct hms_consumer *c, const char *topic, const int32_t *partitions, size_t count, void *arg);
	/** There may be messages: call hms_consumer_poll(). Comes again only after a poll has returned less than its max: until then poll unasked. An owner
	 *  that is busy may wait with it as long as it likes; its membership does not depend on it. */
	void (*readable)(struct hms_consumer *c, void *arg);
	/** A partition cannot go on: HMS_ENOENT, its offset is out of range (auto.offset.reset=error). The owner decides; it stays stopped until
	 *  hms_consumer_start(). */
	void (*failed)(struct hms_consumer *c, const char *topic, int32_t partition, int code, const char *text, void *arg);
};
struct hms_consumer_opts {
	const char *group;    /* group.id */
	const char *instance; /* group.instance.id: static membership */
	const char *const
		*topics;   /* NULL-terminated; must outlive the consumer; all with the same number of partitions, assigned alike (range) */
	int fetch_wait_ms; /* fetch.wait.max.ms */
	int fetch_min_bytes; /* 64 KiB and more */
};
struct hms_consumer *hms_consumer_new(struct hms_loop *loop, const struct hms_kafka_conf *conf, const struct hms_consumer_opts *opts,
				      const struct hms_consumer_cb *cb, void *arg, struct hms_err *err);
/** Begins to fetch a partition that was assigned, at offset next. Ignored when it is not (any more). Those started in one turn of the loop are begun together,
 *  which is cheaper: each beginning fetches the others' unread messages again. */
void hms_consumer_start(struct hms_consumer *c, const char *topic, int32_t partition, int64_t next);
/** For owners that keep no offsets of their own, as nothing is lost by a repeat: instead of an offset, what hms_consumer_commit() has told Kafka last (`failed` with HMS_ENOENT
 *  follows when that is nothing), and the oldest record that there is. */
enum { HMS_CONSUMER_COMMITTED = -1000, HMS_CONSUMER_OLDEST = -2 };
/** Drops what is fetched and fetches again from offset next (after a rollback). */
void hms_consumer_seek(struct hms_consumer *c, const char *topic, int32_t partition, int64_t next);
/** Takes up to max messages without waiting; borrowed until hms_consumer_release(), which must come before hms_consumer_free(). Order within a partition is
 *  kept. */
size_t hms_consumer_poll(struct hms_consumer *c, struct hms_message *out, size_t max);
void hms_consumer_release(struct hms_consumer *c, struct hms_message *messages, size_t count);
/** Tells Kafka, for lag tools only; fire and forget. */
void hms_consumer_commit(struct hms_consumer *c, const char *topic, int32_t partition, int64_t next);
/** Age in ms of the oldest record not yet consumed is computed by the owner; this is the end of the log as last fetched, or -1. */
int64_t hms_consumer_high_watermark(struct hms_consumer *c, const char *topic, int32_t partition);
/** Leaves nothing behind for static membership to notice; the callbacks do not run any more. Not from inside a callback. */
void hms_consumer_free(struct hms_consumer **c);

#endif
