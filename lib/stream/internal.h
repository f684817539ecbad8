/** The engine's own: shared by the files of this folder. */
#ifndef STREAM_INTERNAL_H
#define STREAM_INTERNAL_H

#include "cut.h"
#include "hms/bus/outbox.h"
#include "hms/log/log.h"
#include "hms/stream/stream.h"

enum { STREAM_TOPICS_MAX = 4, STREAM_ITEMS_PER_BATCH = 1000, STREAM_REASON_SIZE = 256 };

struct stream_metrics {
#include "hms/metrics/fields.inc"
#include "hms/stream/metrics.def"
#include "hms/metrics/end.inc"
};
extern struct stream_metrics stream_metrics;
/** The counter of a label value of one of stream_metrics' vectors. */
struct hms_counter *stream_count(struct hms_vec *vec, const char *value);

/** Of one partition. */
struct stream_part {
	bool assigned; /* by the group */
	bool ready;    /* taken over in PostgreSQL; messages count */
	bool acquiring;
	bool stopped; /* cannot go on */
	int64_t next, epoch;
	int64_t told;	   /* next as last told to Kafka, for lag tools */
	int64_t oldest_ms; /* time of the oldest record in hand, 0 = none */
	/* of the transaction at hand */
	bool touched;
	int64_t new_next;
};

enum stream_state {
	STREAM_IDLE,
	STREAM_LOADING,	 /* BEGIN, fence, reads */
	STREAM_SERVICE,	 /* the service waits for something of its own */
	STREAM_WRITING,	 /* writes, COMMIT */
	STREAM_WAITING,	 /* a failure that passes: the same inputs again after a while (I5) */
	STREAM_CHECKING, /* the connection broke at COMMIT: consumer_offset knows (I1) */
};

/** A message, or an item. */
struct stream_input {
	struct hms_message msg;
	const void *item; /* NULL: a message */
};

/** A message that goes to dead_event with the transaction. In the arena. */
struct stream_dead {
	struct stream_dead *next;
	const struct hms_message *msg;
	const char *reason, *kind;
};

/** A row of outbox. In the arena. */
struct stream_sent {
	struct stream_sent *next;
	const char *topic;
	struct hms_str key, payload;
	unsigned part;
};

struct hms_stream {
	struct hms_loop *loop;
	struct hms_stream_opts opts;
	struct hms_stream_cb cb;
	void *arg;
	struct hms_pg *pg, *aux;
	struct hms_producer *producer;
	struct hms_outbox *outbox;
	struct hms_consumer *consumer;
	struct hms_timer retry, acquire, lag;
	struct hms_timer patience; /* runs while nothing in hand is urgent */
	bool schema_ok, draining;
	bool schema_broken; /* the last failure was one of the schema (class 42) */

	unsigned topic_count, part_count; /* partitions of each topic */
	struct stream_part *parts[STREAM_TOPICS_MAX];

	/* items waiting: a ring */
	char *ring;
	size_t ring_head, ring_count;

	/* inputs in hand */
	struct stream_input *inputs;
	size_t *input_bytes;
	char *items;				   /* copies of the items among them */
	size_t input_room, input_count, input_sum; /* the sum of their bytes */
	bool urgent;				   /* what is in hand waits no longer */
	struct stream_cut cut;

	/* the transaction at hand */
	enum stream_state state;
	struct hms_arena *arena;
	struct stream_dead *dead, **dead_tail;
	struct stream_sent *sent, **sent_tail;
	int64_t now_us;
	uint64_t xid;
	uint64_t started_us;
	size_t messages;
	unsigned attempts;
	size_t outcome_wanted; /* partitions that must show their new offset */
	bool deciding;	       /* behind the gathering */
	bool begun, commit_sent, outcome_committed, durable, no_memory;
	const char *culprit_kind; /* the only input is to be set aside; NULL: it is not */
	char culprit_reason[STREAM_REASON_SIZE];
};

/* parts.c */
int stream_parts_init(struct hms_stream *s, unsigned count);
void stream_parts_fini(struct hms_stream *s);
extern const struct hms_consumer_cb stream_consumer_cb;
int stream_topic_index(const struct hms_stream *s, const char *topic);
struct stream_part *stream_part_of(const struct hms_stream *s, const struct hms_message *msg);
/** Takes over what is assigned and not ready. Called after changes and now and then. */
void stream_parts_acquire(struct hms_stream *s);
/** Looks whether an operator has moved a partition of ours, which would else be seen at its next transaction only. Called now and then. */
void stream_parts_look(struct hms_stream *s);
void stream_part_stop(struct hms_stream *s, struct stream_part *part);
/** Sets the gauges; to be called after a change of ready or stopped. */
void stream_parts_count(struct hms_stream *s);

/* fence.c */
#define stream_each_part(s, t, p, part)                        \
	for (unsigned t = 0; t < (s)->topic_count; t++)        \
		for (unsigned p = 0; p < (s)->part_count; p++) \
			for (struct stream_part *part = &(s)->parts[t][p]; part; part = NULL)
bool stream_touches(const struct hms_stream *s);
void stream_untouch(struct hms_stream *s);
/** Adds hms_offset_advance() of all touched partitions. */
void stream_fence(struct hms_stream *s, struct hms_pg_batch *batch);
/** The transaction is committed. */
void stream_fence_committed(struct hms_stream *s);
/** Somebody else owns what the transaction touched: nothing more is consumed of it until it has been taken over again. */
void stream_fence_lost(struct hms_stream *s);
/** Adds a query: outcome_committed says whether every touched partition with new records shows its new offset. */
void stream_fence_check(struct hms_stream *s, struct hms_pg_batch *batch);

/* inputs.c */
int stream_inputs_init(struct hms_stream *s);
void stream_inputs_fini(struct hms_stream *s);
/** Takes what has arrived. Returns whether a transaction is to begin. */
bool stream_inputs_take(struct hms_stream *s);
void stream_inputs_release(struct hms_stream *s);
void stream_on_patience(struct hms_timer *timer, void *arg);
/** Hands the inputs of the cut to the service. Returns 0 or HMS_ENOMEM. */
int stream_inputs_gather(struct hms_stream *s);

/* aside.c */
void stream_add_dead(struct hms_stream *s, const struct hms_message *msg, const char *reason, const char *kind);
/** Adds dead events and outbox to the batch. Returns 0 or HMS_ENOMEM. */
int stream_write_aside(struct hms_stream *s, struct hms_pg_batch *batch);
/** They are committed. */
void stream_aside_committed(struct hms_stream *s);

/* course.c */
/** Begins the transaction of the cut, for the first time or again. */
void stream_begin(struct hms_stream *s);
/** The cut's inputs are done with: tells the service if they were committed, and goes on. */
void stream_finish(struct hms_stream *s);

/* failure.c */
void stream_failed(struct hms_stream *s, const struct hms_pg_error *err);
void stream_retry_later(struct hms_stream *s);
/** Not to be cured by time. kind: as in hms_stream_dead_events_total. */
void stream_isolate(struct hms_stream *s, const char *kind, const char *reason);
/** Rolls back, after which the caller goes on at once. */
void stream_roll_back(struct hms_stream *s);
void stream_on_retry(struct hms_timer *timer, void *arg);

/* lag.c */
void stream_on_lag(struct hms_timer *timer, void *arg);

#endif
