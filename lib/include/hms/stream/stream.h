/** A transactional consumer: records of Kafka become rows of PostgreSQL effectively once (contracts 6: I1, I5). One engine a worker; it owns the consumer, a
 *  producer with the outbox relay, and two connections to PostgreSQL: one for its transactions, one (aux) for everything else.
 *
 *  One transaction at a time, over all partitions that this worker owns:
 *      begin, message or item of each input     what has arrived: at most batch_max messages, at most batch_bytes of them
 *      BEGIN, fence, load                       the fence: offsets go on only if every partition is still this worker's
 *      [loaded: HMS_STREAM_LOAD -> load]*
 *      [loaded: HMS_STREAM_WAIT ... hms_stream_go_on()]
 *      write, dead events, outbox, COMMIT
 *      committed
 *  What fails for a passing reason, or whose outcome turns out not to be committed, begins again with the same inputs. What fails for good is halved until the
 *  culprit is alone; it goes to dead_event, with an internal alarm. What was lost to another worker is forgotten. In each case `begin` is the next callback, so
 *  a service that keeps the state of a transaction in one struct and clears it there needs nothing else.
 *
 *  One loop thread; all callbacks run on it. */
#ifndef HMS_STREAM_STREAM_H
#define HMS_STREAM_STREAM_H

#include "hms/bus/bus.h"
#include "hms/device/event.h"
#include "hms/device/identity.h"
#include "hms/pg/pg.h"

int hms_stream_metrics_register(struct hms_metrics *metrics); /* bus and pg: register theirs as well */
extern const struct hms_metric_def hms_stream_metric_defs[];
extern const size_t hms_stream_metric_count;

struct hms_stream;

/** What `loaded` wants next. */
enum hms_stream_next {
	HMS_STREAM_WRITE, /* decided: `write` and COMMIT follow */
	HMS_STREAM_LOAD,  /* more reads: `load` is called again */
	HMS_STREAM_WAIT,  /* for something of the service's own, off this connection: hms_stream_go_on() comes later, once */
};

/** NULL: what is not marked "may be NULL" is needed. Every int: 0, or HMS_ENOMEM: the transaction is too large (the arena is full); it is tried in halves. */
struct hms_stream_cb {
	/** Before inputs are taken, with no transaction under way: may exchange what transactions have pointers into. Returns whether anything can be decided at
	 *  present; hms_stream_run() when that becomes true. May be NULL. */
	bool (*may_begin)(struct hms_stream *s, void *arg);
	/** Whether nobody waits for what this message leads to: while that holds for all that has arrived, a transaction begins patience_ms after the first only. May be
	 *  NULL: no message can wait. */
	bool (*can_wait)(struct hms_stream *s, const struct hms_message *msg, void *arg);
	/** A transaction begins (again): the arena is empty, nothing has been gathered. */
	void (*begin)(struct hms_stream *s, void *arg);
	/** Takes one message in, in log order within its partition. msg lives until the next `begin` or `committed` has returned. Besides 0 and HMS_ENOMEM: HMS_EVERSION,
	 *  its min_reader is newer: the partition stops here and the service is not ready. What cannot be read: hms_stream_set_aside(), then 0. */
	int (*message)(struct hms_stream *s, const struct hms_message *msg, void *arg);
	/** Takes one item of hms_stream_put() in; hms_stream_touch() says whether it is this worker's. May be NULL without items. */
	int (*item)(struct hms_stream *s, const void *item, void *arg);
	/** Adds reads (or statements that must come first) to batch, behind BEGIN and fence. May be NULL. */
	int (*load)(struct hms_stream *s, struct hms_pg_batch *batch, void *arg);
	/** They succeeded: decides. May be NULL: HMS_STREAM_WRITE. */
	enum hms_stream_next (*loaded)(struct hms_stream *s, void *arg);
	/** Adds the writes. */
	int (*write)(struct hms_stream *s, struct hms_pg_batch *batch, void *arg);
	/** It is committed. May be NULL. */
	void (*committed)(struct hms_stream *s, void *arg);
	/** A partition was taken over: what must be looked at before anything newer can be put now. May be NULL. */
	void (*acquired)(struct hms_stream *s, unsigned topic, unsigned part, void *arg);
	/** Each second for each owned partition whose lag is known: the age of its oldest record not consumed, 0 when caught up. May be NULL. */
	void (*lag)(struct hms_stream *s, unsigned topic, unsigned part, uint64_t lag_ms, void *arg);
	/** hms_stream_drain() has been done. */
	void (*drained)(struct hms_stream *s, void *arg);
	/** It cannot go on: the schema is none that the service knows. */
	void (*failed)(struct hms_stream *s, const char *text, void *arg);
};

struct hms_stream_opts {
	const char *service;  /* the group is hms-<service>; name in consumer_offset and dead_event */
	const char *instance; /* static membership */
	const char *const *
		topics; /* NULL-terminated, at most 4, all with the same number of partitions; must outlive it. Callbacks name them by index. */
	const struct hms_pg_conf *pg;
	const struct hms_kafka_conf *kafka;
	int schema_low;	     /* first migration that the service needs */
	int fetch_wait_ms;   /* 8 provisioning, 100 alarms, 200 others */
	int fetch_min_bytes; /* 64 KiB and more */
	int patience_ms;     /* for messages that can wait; other messages and items begin a transaction at once, of all that has arrived */
	size_t batch_max;    /* most messages of a transaction */
	size_t batch_bytes;  /* most payload of a transaction; a single message may be larger */
	size_t memory_bytes; /* most memory of the arena */
	size_t item_size;    /* of one item; 0: there are none */
	size_t items_max;    /* most items waiting */
};

/** Opens everything and begins to consume. Blocks until the cluster has told the number of partitions (unless [kafka] partitions says it). NULL with err. Callbacks run later. */
struct hms_stream *hms_stream_new(struct hms_loop *loop, const struct hms_stream_opts *opts, const struct hms_stream_cb *cb, void *arg,
				  struct hms_err *err);
/** Batches under way on its connections end with HMS_ECANCELED inside this call: what they call back must still be there. No other callback runs any more. */
void hms_stream_free(struct hms_stream **s);
/** Takes nothing new; `drained` follows when no transaction is under way, perhaps inside this call. */
void hms_stream_drain(struct hms_stream *s);
/** After a reload: most messages of a transaction. */
void hms_stream_set_batch_max(struct hms_stream *s, size_t batch_max);

/** Begins a transaction if none is under way and there is something to do. */
void hms_stream_run(struct hms_stream *s);
/** Copies an item: an input that is no message (a timer, what a sweep found). Call hms_stream_run() then. HMS_EFULL: items_max. An item lives as long as this process, at
 *  best: what it says must be found again by a sweep. */
int hms_stream_put(struct hms_stream *s, const void *item);
size_t hms_stream_items(const struct hms_stream *s); /* waiting */

/* ---- within a transaction ---- */
struct hms_arena *hms_stream_arena(struct hms_stream *s); /* emptied before each `begin` */
uint64_t hms_stream_xid(const struct hms_stream *s);	  /* of PostgreSQL, from `loaded` on */
int64_t hms_stream_now_us(const struct hms_stream *s);	  /* wall clock of the transaction */
/** Fences the transaction with one more partition, without consuming of it. Returns whether this worker owns it. Within `message` and `item` only. */
bool hms_stream_touch(struct hms_stream *s, unsigned topic, unsigned part);
/** The message goes to dead_event with the transaction, with its reason (copied) and an internal alarm; its offset is consumed. Within `message`, `loaded`, before
 *  hms_stream_go_on(), or within `write`. */
void hms_stream_set_aside(struct hms_stream *s, const struct hms_message *msg, const char *reason);
/** The commit must survive a crash of PostgreSQL; otherwise it is asynchronous: safe when the effects vanish together with the offset and nobody has been told. */
void hms_stream_durable(struct hms_stream *s);
/** A record that goes out with the transaction; copied. Makes it durable. Until `write` has returned. */
void hms_stream_send(struct hms_stream *s, const char *topic, struct hms_str key, unsigned part, struct hms_str payload);
/** The same, for an alarm of HMS itself: to hms.device-events, as the device (all zero: HMS). */
void hms_stream_alarm(struct hms_stream *s, struct hms_device_id id, const char *tenant, const struct hms_internal_alarm *alarm);
/** Ends HMS_STREAM_WAIT. `write` follows inside this call. code other than 0: begins again after a while. */
void hms_stream_go_on(struct hms_stream *s, int code);

/* ---- what it knows ---- */
/** For reads outside of transactions. */
struct hms_pg *hms_stream_aux(struct hms_stream *s);
/** aux is up, the schema is known, and it is not draining: sweeps make sense. */
bool hms_stream_can_sweep(const struct hms_stream *s);
unsigned hms_stream_partitions(const struct hms_stream *s); /* of each topic */
/** Whether this worker has taken it over. */
bool hms_stream_owns(const struct hms_stream *s, unsigned topic, unsigned part);
/** For /readyz: a line for each reason into why, those of a service that is degraded begin with "degraded: ". Returns whether it is ready. */
bool hms_stream_ready(const struct hms_stream *s, struct hms_buf *why);

#endif
