/** The batch at hand, shared by the files that gather, load, write and tell. */
#ifndef PROV_BATCH_INTERNAL_H
#define PROV_BATCH_INTERNAL_H

#include "batch.h"
#include "hms/base/map.h"
#include "prov.h"

enum prov_batch_state {
	PROV_BATCH_IDLE,
	PROV_BATCH_LOADING,
	PROV_BATCH_NAMING,
	PROV_BATCH_WRITING,
	PROV_BATCH_WAITING,
	PROV_BATCH_CHECKING
};

/** One input: a message of Kafka, or a work item. */
struct prov_input {
	struct hms_message msg;
	bool is_message;
	struct prov_inbox_item work;
};

/** An event that cannot be applied: kept aside with its reason (I5). */
struct prov_dead {
	const struct hms_message *msg;
	const char *reason;
};

struct prov_batch {
	struct prov *prov;
	enum prov_batch_state state;
	struct hms_arena *arena;
	struct prov_context ctx;

	struct prov_input *inputs; /* all that was taken; [from, to) is this transaction's */
	size_t input_room, input_count, from, to;
	bool single;  /* one input a transaction, after something failed for good */
	bool is_dead; /* the single input is to be set aside */
	char dead_reason[256];

	struct prov_device **devices; /* sorted by id */
	size_t device_count, device_room;
	struct hms_map *by_id;
	struct prov_dead *dead;
	size_t dead_count;

	int64_t now_us; /* wall clock of this transaction */
	struct hms_timer retry;
	unsigned attempts;
	bool begun, commit_sent, outcome_committed;
	bool durable; /* something that has to survive a crash of PostgreSQL at once */
	uint64_t started_us;
	int64_t oldest_recv_us;
};

/** gather.c: makes devices and events of inputs [from, to). Returns 0 or HMS_ENOMEM (too much for the arena). */
int prov_gather(struct prov_batch *b);
struct prov_device *prov_batch_device(struct prov_batch *b, struct hms_device_id id);

/** load.c: adds to pg the quiet update and the rows of all devices that are not simple. */
void prov_load_quiet(struct prov_batch *b, struct hms_pg_batch *pg);
void prov_load_rows(struct prov_batch *b, struct hms_pg_batch *pg);
/** Devices that the quiet update found to need a look; they are not simple any more. */
size_t prov_load_unsimple(const struct prov_batch *b);

/** store.c: adds all writes to pg. Returns 0 or HMS_ENOMEM. */
int prov_store(struct prov_batch *b, struct hms_pg_batch *pg);

/** tell.c: after the commit: cache entries, POSTs, REVOKEs, metrics. */
void prov_tell(struct prov_batch *b);

#endif
