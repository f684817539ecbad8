/* A consumer: librdkafka's group membership and fetching, and the table of partitions that decides what is fetched from where.
 *
 *  A partition: NONE --assigned--> ASSIGNED --hms_consumer_start()--> STARTED --error--> FAILED --start or seek--> STARTED
 *               any --revoked--> NONE
 *
 *  librdkafka's own assignment (rd_kafka_assign) is only ever the set of STARTED partitions with our positions. With the eager protocol
 *  it can be replaced as a whole only, so starts and seeks of one turn of the loop are gathered into one replacement, which discards
 *  all that was fetched before it. */
#ifndef HMS_LIB_BUS_CONSUMER_H
#define HMS_LIB_BUS_CONSUMER_H

#include "kafka.h"

enum part_state { PART_NONE, PART_ASSIGNED, PART_STARTED, PART_FAILED };

struct part {
	enum part_state state;
	int64_t position;  /* next offset to hand out */
	int64_t committed; /* to be told to Kafka, or -1 */
	int fail_code;	   /* to be told to the owner, or 0 */
	char *fail_text;
};

struct consumer_topic {
	const char *name; /* the owner's pointer */
	struct part *parts;
	size_t size;
};

enum { CONSUMER_TOPICS_MAX = 16, CONSUMER_PARTITIONS_MAX = 100000 };

struct hms_consumer {
	struct hms_loop *loop;
	struct hms_kafka_conf conf;
	char *group, *instance;
	int fetch_wait_ms, fetch_min_bytes;
	struct hms_consumer_cb cb;
	void *arg;
	struct consumer_topic topics[CONSUMER_TOPICS_MAX];
	size_t topic_count;
	rd_kafka_t *rk;		    /* NULL after a fatal error, until it is made anew */
	rd_kafka_queue_t *events;   /* rebalances and errors */
	rd_kafka_queue_t *messages; /* what the partitions fetch: taken when the owner asks, so a busy owner costs no membership */
	struct bus_bell *bell;
	struct hms_timer live; /* polls for max.poll.interval.ms; makes the client anew */
	struct hms_timer commit;
	struct hms_defer apply;			    /* replaces the assignment, reports failed partitions */
	rd_kafka_topic_partition_list_t *rebalance; /* what the callback was told, until the owner is */
	bool rebalance_assigns;
	bool assign_due; /* positions or states have changed */
	bool fail_due;
	bool fatal;
	size_t held; /* messages that the owner has not released */
	uint64_t reopen_ms;
	struct hms_log_limit log_limit;
};

/* consumer.c */
int consumer_open(struct hms_consumer *c, struct hms_err *err);

/* assignment.c */
struct part *consumer_part(struct hms_consumer *c, const char *topic, int32_t partition);
void consumer_on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque);
/* Tells the owner what the callback was told. */
void consumer_tell_rebalance(struct hms_consumer *c);
/* All partitions are lost. */
void consumer_revoke(struct hms_consumer *c);
void consumer_on_apply(struct hms_defer *defer, void *arg);
void consumer_fail_part(struct hms_consumer *c, struct part *part, int code, const char *text);

/* fetch.c */
/* Throws away what was fetched. */
void consumer_discard(struct hms_consumer *c);

/* offsets.c */
void consumer_on_commit(struct hms_timer *timer, void *arg);

#endif
