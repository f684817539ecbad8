/* The relay of the table outbox: take rows, produce, wait for all acknowledgements, delete, commit. One such turn at a time. */
#include "hms/bus/outbox.h"

#include <stdio.h>
#include <stdlib.h>

#include "hms/log/log.h"

enum { OUTBOX_ROWS = 200, OUTBOX_IDLE_MS = 200, OUTBOX_RETRY_MS = 1000 };

struct hms_outbox {
	struct hms_loop *loop;
	struct hms_pg *pg;
	struct hms_producer *producer;
	struct hms_timer timer;
	int64_t ids[OUTBOX_ROWS];
	size_t count;   /* rows of this turn */
	size_t pending; /* not yet acknowledged */
	bool busy, failed, again, closed;
};

static const struct hms_pg_stmt begin = { "outbox_begin", "begin" };
static const struct hms_pg_stmt take = {
	"outbox_take", "select id, topic, key, part, payload from outbox order by id limit 200 for update skip locked"
};
static const struct hms_pg_stmt forget = { "outbox_forget", "delete from outbox where id = any($1)" };
static const struct hms_pg_stmt commit = { "outbox_commit", "commit" };
static const struct hms_pg_stmt rollback = { "outbox_rollback", "rollback" };

static void outbox_turn(struct hms_outbox *o);

/* The producer still owes callbacks to an outbox that was freed: the last one ends it. */
static void outbox_end(struct hms_outbox *o)
{
	if (o->closed && !o->pending) {
		free(o);
	}
}

static void outbox_rest(struct hms_outbox *o, uint64_t ms)
{
	o->busy = false;
	hms_timer_start(&o->timer, o->again ? 0 : ms);
	o->again = false;
}

static void outbox_on_done(const struct hms_pg_error *err, void *arg)
{
	struct hms_outbox *o = arg;

	if (err && err->code == HMS_ECANCELED) {
		return;
	}
	if (err) {
		log_warn("outbox is not relayed", KV_Z("reason", err->text));
	}
	outbox_rest(o, err || o->failed ? OUTBOX_RETRY_MS : o->count == OUTBOX_ROWS ? 0 : OUTBOX_IDLE_MS);
}

static void outbox_finish(struct hms_outbox *o)
{
	struct hms_pg_batch *batch = hms_pg_batch_new(o->pg);
	struct hms_pg_array *ids = batch ? hms_pg_array_new(batch, HMS_PG_INT8) : NULL;

	if (!batch) {
		hms_pg_reconnect(o->pg, "outbox: out of memory");
		outbox_rest(o, OUTBOX_RETRY_MS);
		return;
	}
	for (size_t i = 0; i < o->count; i++) {
		hms_pg_a_int8(ids, o->ids[i]);
	}
	if (o->count && !o->failed) {
		hms_pg_stmt_begin(batch, &forget, NULL, NULL);
		hms_pg_p_array(batch, ids);
	}
	hms_pg_stmt_begin(batch, o->failed ? &rollback : &commit, NULL, NULL);
	hms_pg_batch_send(batch, outbox_on_done, o);
}

static void outbox_on_delivery(int code, int64_t offset, void *arg)
{
	struct hms_outbox *o = arg;

	(void)offset;
	o->failed |= code != 0;
	o->pending--;
	if (o->closed) {
		outbox_end(o);
	} else if (!o->pending) {
		outbox_finish(o);
	}
}

static void outbox_on_rows(const struct hms_pg_result *res, void *arg)
{
	struct hms_outbox *o = arg;

	for (size_t i = 0; i < hms_pg_rows(res) && i < OUTBOX_ROWS; i++) {
		struct hms_str topic = hms_pg_get_str(res, i, 1);
		char name[256];
		struct hms_record record = { .topic = name, .partition = (int32_t)hms_pg_get_int(res, i, 3), .key = hms_pg_get_str(res, i, 2),
					     .value = hms_pg_get_str(res, i, 4) };

		snprintf(name, sizeof(name), "%.*s", HMS_STR_FMT(topic));
		o->ids[o->count++] = hms_pg_get_int(res, i, 0);
		if (hms_producer_send(o->producer, HMS_LANE_URGENT, &record, outbox_on_delivery, o)) {
			o->failed = true;
		} else {
			o->pending++;
		}
	}
}

static void outbox_on_taken(const struct hms_pg_error *err, void *arg)
{
	struct hms_outbox *o = arg;

	if (err && err->code == HMS_ECANCELED) {
		return;
	}
	if (err) {
		outbox_rest(o, OUTBOX_RETRY_MS);
	} else if (!o->pending) {
		outbox_finish(o);
	}
}

static void outbox_turn(struct hms_outbox *o)
{
	struct hms_pg_batch *batch = hms_pg_is_up(o->pg) ? hms_pg_batch_new(o->pg) : NULL;

	if (!batch) {
		hms_timer_start(&o->timer, OUTBOX_RETRY_MS);
		return;
	}
	o->busy = true;
	o->failed = false;
	o->count = 0;
	hms_pg_stmt_begin(batch, &begin, NULL, NULL);
	hms_pg_stmt_begin(batch, &take, outbox_on_rows, o);
	hms_pg_batch_send(batch, outbox_on_taken, o);
}

static void outbox_on_timer(struct hms_timer *timer, void *arg)
{
	(void)timer;
	outbox_turn(arg);
}

struct hms_outbox *hms_outbox_new(struct hms_loop *loop, const struct hms_pg_conf *conf, struct hms_producer *producer)
{
	struct hms_outbox *o = calloc(1, sizeof(*o));

	if (!o) {
		return NULL;
	}
	o->loop = loop;
	o->producer = producer;
	o->pg = hms_pg_new(loop, conf, "hms-outbox", NULL, NULL);
	if (!o->pg) {
		free(o);
		return NULL;
	}
	hms_timer_init(&o->timer, loop, outbox_on_timer, o);
	hms_timer_start(&o->timer, OUTBOX_IDLE_MS);
	return o;
}

void hms_outbox_kick(struct hms_outbox *o)
{
	if (o->busy) {
		o->again = true;
	} else {
		hms_timer_start(&o->timer, 0);
	}
}

void hms_outbox_free(struct hms_outbox **outbox)
{
	struct hms_outbox *o = *outbox;

	*outbox = NULL;
	if (!o) {
		return;
	}
	hms_timer_stop(&o->timer);
	hms_pg_free(&o->pg);
	o->closed = true;
	outbox_end(o);
}
