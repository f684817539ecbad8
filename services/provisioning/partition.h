/** Which partitions this worker owns, by epoch, and how far each has been consumed (I1). */
#ifndef PROV_PARTITION_H
#define PROV_PARTITION_H

#include "hms/bus/bus.h"
#include "hms/device/identity.h"
#include "hms/pg/pg.h"

struct prov;

enum { PROV_TOPIC_EVENTS, PROV_TOPIC_WORK, PROV_TOPIC_COUNT };

struct prov_part {
	bool assigned; /* by the group */
	bool ready;    /* taken over in PostgreSQL; messages count */
	bool acquiring;
	bool stopped; /* cannot go on */
	int64_t next, epoch;
	int64_t told;	   /* next as last told to Kafka, for lag tools */
	int64_t oldest_ms; /* time of the oldest record in hand, 0 = none */
	/* of the batch at hand */
	bool touched;
	int64_t new_next;
};

struct prov_parts {
	unsigned count; /* partitions of each topic */
	struct prov_part *list[PROV_TOPIC_COUNT];
};

extern const char *const prov_topics[]; /* hms.device-events, hms.work, NULL */

/** Topic index of an interned name; -1 if it is none of ours. */
int prov_topic_index(const char *topic);

int prov_parts_init(struct prov_parts *parts, unsigned count);
void prov_parts_fini(struct prov_parts *parts);

/** The partition of hms.device-events that a device belongs to. */
struct prov_part *prov_part_of(struct prov *prov, struct hms_device_id id);

/** Callbacks of the consumer. */
extern const struct hms_consumer_cb prov_consumer_cb;

/** PostgreSQL said that somebody else owns what the batch touched: nothing more is consumed until it has been taken over again. */
void prov_parts_lost(struct prov *prov);

/** Takes over what is assigned and not ready. Called after changes and now and then. */
void prov_parts_acquire(struct prov *prov);

/** Adds hms_offset_advance() of all touched partitions to the batch. */
void prov_parts_fence(struct prov *prov, struct hms_pg_batch *batch);

/** The batch is committed. */
void prov_parts_committed(struct prov *prov);

/** A batch is given up: nothing is touched any more. */
void prov_parts_untouch(struct prov *prov);

/** After a commit of unknown outcome: adds a query; *committed says whether every touched partition with new records shows its new offset. */
void prov_parts_check(struct prov *prov, struct hms_pg_batch *batch, bool *committed);

/** Publishes hms:lag:<partition>, each second. */
void prov_parts_lag(struct prov *prov);

#endif
