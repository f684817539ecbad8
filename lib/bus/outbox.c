/* The outbox relay: rows locked, produced, acknowledged, deleted, committed; one round after the other.
 *
 *  IDLE --timer, kick--> READING --no row--> ENDING
 *  READING --rows--> PRODUCING --all deliveries ended--> ENDING (delete what was acknowledged, commit) --> IDLE
 *  READING fails --> PRODUCING with `broken`: deliveries under way are waited for, nothing is deleted --> IDLE
 *  any --hms_outbox_free()--> freed, once no delivery points to it */
#include "hms/bus/outbox.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/base/clock.h"
#include "hms/base/failpoint.h"
#include "kafka.h"

enum { LOOK_EVERY_MS = 200, RETRY_AFTER_MS = 1000, TOPIC_SIZE = 256 };
/* A round takes as long as its slowest acknowledgement, and costs Kafka a request a partition: few large ones. What the producer's queue has no room for
 * is left to the next round. */
#define ROWS_MAX 2000
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define TAKE "select id, topic, key, part, payload, created from outbox order by id limit " TEXT(ROWS_MAX) " for update skip locked"
enum outbox_state { OUTBOX_IDLE, OUTBOX_READING, OUTBOX_PRODUCING, OUTBOX_ENDING };

struct outbox_row {
	struct hms_outbox *outbox;
	int64_t id;
	bool acknowledged;
};

struct hms_outbox {
	struct hms_loop *loop;
	struct hms_pg *pg;
	struct hms_producer *producer;
	struct hms_timer timer;
	struct hms_defer produced; /* all deliveries have ended */
	enum outbox_state state;
	bool again;  /* kicked while it was busy */
	bool broken; /* the transaction of this round is gone */
	bool freed;
	size_t count, waiting, acknowledged;
	struct outbox_row rows[ROWS_MAX];
};

static const struct hms_pg_stmt begin = { "outbox_begin", "begin" };
static const struct hms_pg_stmt commit = { "outbox_commit", "commit" };
static const struct hms_pg_stmt take = { "outbox_take", TAKE };
static const struct hms_pg_stmt drop = { "outbox_drop", "delete from outbox where id = any($1)" };

static void outbox_look(struct hms_outbox *o);

/* The end of a round; the next one follows at once while there is work, and not too soon after a failure. */
static void outbox_rest(struct hms_outbox *o, bool failed)
{
	bool at_once = !failed && (o->again || o->count);

	o->state = OUTBOX_IDLE;
	o->count = 0;
	hms_timer_start(&o->timer, at_once ? 0 : failed ? RETRY_AFTER_MS : LOOK_EVERY_MS);
}

/* The open transaction goes with its connection. */
static void outbox_abandon(struct hms_outbox *o)
{
	hms_pg_reconnect(o->pg, "an outbox round was given up");
	outbox_rest(o, true);
}

static void outbox_on_ended(const struct hms_pg_error *err, void *arg)
{
	struct hms_outbox *o = arg;
	bool all = o->acknowledged == o->count;

	if (o->freed) {
		return;
	}
	if (err) {
		log_warn("outbox rows stay and will be sent twice", KV_U("rows", o->acknowledged), KV_Z("text", err->text));
	} else {
		hms_counter_add(&bus_metrics.outbox_relayed, o->acknowledged);
	}
	outbox_rest(o, err || !all);
}

static void outbox_end(struct hms_outbox *o)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(o->pg);
	struct hms_pg_array *ids;

	if (!batch) {
		outbox_abandon(o);
		return;
	}
	if (o->acknowledged) {
		ids = hms_pg_array_new(batch, HMS_PG_INT8);
		for (size_t i = 0; i < o->count; i++) {
			if (o->rows[i].acknowledged) {
				hms_pg_a_int8(ids, o->rows[i].id);
			}
		}
		hms_pg_stmt_begin(batch, &drop, NULL, NULL);
		hms_pg_p_array(batch, ids);
	}
	hms_pg_stmt_begin(batch, &commit, NULL, NULL);
	o->state = OUTBOX_ENDING;
	hms_pg_batch_send(batch, outbox_on_ended, o);
}

static void outbox_on_produced(struct hms_defer *defer, void *arg)
{
	struct hms_outbox *o = arg;

	(void)defer;
	if (o->state != OUTBOX_PRODUCING || o->waiting) {
		return;
	}
	if (o->broken) {
		outbox_rest(o, true);
	} else if (HMS_FAILPOINT("outbox.acknowledged")) {
		outbox_abandon(o);
	} else {
		outbox_end(o);
	}
}

static void outbox_on_delivery(int code, int64_t offset, void *arg)
{
	struct outbox_row *row = arg;
	struct hms_outbox *o = row->outbox;

	(void)offset;
	o->waiting--;
	if (code) {
		hms_counter_inc(&bus_metrics.outbox_failed);
	} else {
		row->acknowledged = true;
		o->acknowledged++;
	}
	if (o->waiting) {
		return;
	}
	if (o->freed) {
		free(o);
	} else {
		hms_defer_schedule(o->loop, &o->produced);
	}
}

/* Returns whether there was room for it. */
static bool outbox_produce(struct hms_outbox *o, const struct hms_pg_result *res, size_t i)
{
	struct outbox_row *row = &o->rows[i];
	struct hms_str topic = hms_pg_get_str(res, i, 1);
	char topic_z[TOPIC_SIZE];
	struct hms_record record = {
		.topic = topic_z,
		.key = hms_pg_get_str(res, i, 2),
		.partition = (int32_t)hms_pg_get_int(res, i, 3),
		.value = hms_pg_get_str(res, i, 4),
	};
	int code = topic.len < sizeof(topic_z) ? 0 : HMS_ETOOBIG;

	*row = (struct outbox_row){ .outbox = o, .id = hms_pg_get_int(res, i, 0) };
	if (!code) {
		snprintf(topic_z, sizeof(topic_z), "%.*s", HMS_STR_FMT(topic));
		/* Rows come many at once, so the quiet lane's linger costs nothing and saves requests. */
		code = hms_producer_send(o->producer, HMS_LANE_QUIET, &record, outbox_on_delivery, row);
	}
	o->waiting += code == 0;
	if (code && code != HMS_EFULL) {
		hms_counter_inc(&bus_metrics.outbox_failed);
		log_error("outbox row cannot be sent, it stays", KV_I("id", row->id), KV_S("topic", topic),
			  KV_Z("error", hms_errname(code)));
	}
	return code != HMS_EFULL;
}

static void outbox_on_rows(const struct hms_pg_result *res, void *arg)
{
	struct hms_outbox *o = arg;
	size_t rows = hms_pg_rows(res);

	hms_gauge_set(&bus_metrics.outbox_age_ms, rows ? (hms_wall_us() - hms_pg_get_time_us(res, 0, 5)) / 1000 : 0);
	while (o->count < rows && o->count < ROWS_MAX && outbox_produce(o, res, o->count)) {
		o->count++;
	}
}

static void outbox_on_read(const struct hms_pg_error *err, void *arg)
{
	struct hms_outbox *o = arg;

	if (o->freed) {
		return;
	}
	if (err) {
		log_warn("outbox cannot be read", KV_Z("sqlstate", err->sqlstate), KV_Z("text", err->text));
		o->broken = true;
	}
	o->state = OUTBOX_PRODUCING;
	if (!o->waiting) {
		hms_defer_schedule(o->loop, &o->produced);
	}
}

static void outbox_look(struct hms_outbox *o)
{
	struct hms_pg_batch *batch;

	if (o->state != OUTBOX_IDLE || !hms_pg_is_up(o->pg)) {
		o->again = true;
		return;
	}
	hms_timer_stop(&o->timer);
	batch = hms_pg_batch_new(o->pg);
	if (!batch) {
		outbox_rest(o, true);
		return;
	}
	o->again = o->broken = false;
	o->count = o->acknowledged = 0;
	o->state = OUTBOX_READING;
	hms_pg_stmt_begin(batch, &begin, NULL, NULL);
	hms_pg_stmt_begin(batch, &take, outbox_on_rows, o);
	hms_pg_batch_send(batch, outbox_on_read, o);
}

static void outbox_on_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	outbox_look(arg);
}

static void outbox_on_up(struct hms_pg *pg, void *arg)
{
	(void)pg;
	outbox_look(arg);
}

struct hms_outbox *hms_outbox_new(struct hms_loop *loop, const struct hms_pg_conf *conf, struct hms_producer *producer)
{
	const struct hms_pg_cb cb = { .up = outbox_on_up };
	struct hms_outbox *o = calloc(1, sizeof(*o));

	if (!o) {
		return NULL;
	}
	o->loop = loop;
	o->producer = producer;
	hms_timer_init(&o->timer, loop, outbox_on_timer, o);
	hms_defer_init(&o->produced, outbox_on_produced, o);
	o->pg = hms_pg_new(loop, conf, "hms-outbox", &cb, o);
	if (!o->pg) {
		free(o);
		return NULL;
	}
	return o;
}

void hms_outbox_kick(struct hms_outbox *outbox) { outbox_look(outbox); }

void hms_outbox_free(struct hms_outbox **outbox)
{
	struct hms_outbox *o = *outbox;

	*outbox = NULL;
	if (!o) {
		return;
	}
	o->freed = true;
	hms_timer_stop(&o->timer);
	hms_defer_cancel(&o->produced);
	hms_pg_free(&o->pg);
	/* Deliveries under way still point to the rows. */
	if (!o->waiting) {
		free(o);
	}
}
