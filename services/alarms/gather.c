/* From messages to devices with their inputs. Most records have nothing of alarms in them and are not even unpacked. */
#include "alarms.h"
#include "hms/cwmp/cwmp.h"

#define KEYS_MAX 1000000 /* of a transaction: its memory is limited before */

static int ensure_maps(struct alm_batch *b)
{
	struct hms_map **maps[] = { &b->by_id, &b->ctx.pasts, &b->ctx.seen };

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		if (!*maps[i])
			*maps[i] = hms_map_new(KEYS_MAX);
		if (!*maps[i])
			return HMS_ENOMEM;
		hms_map_clear(*maps[i]);
	}
	return 0;
}

void alm_gather_begin(struct hms_stream *s, void *arg)
{
	struct alm *alm = arg;
	struct alm_batch *b = &alm->batch;
	struct hms_map *by_id = b->by_id, *pasts = b->ctx.pasts, *seen = b->ctx.seen;

	*b = (struct alm_batch){ .by_id = by_id };
	b->ctx = (struct alm_context){
		.arena = hms_stream_arena(s),
		.ids = &alm->ids,
		.now_us = hms_stream_now_us(s),
		.pasts = pasts,
		.seen = seen,
		.limits = { .alarms_max = (size_t)alm->conf->alarms_max,
			    .partial_wait_us = alm->conf->partial_wait * 1000,
			    .keep_unknown = alm->conf->unknown_devices == 1 },
	};
	b->ctx.failed = ensure_maps(b) != 0;
}

static struct alm_device *device_of(struct alm_batch *b, struct hms_device_id id)
{
	struct alm_device *d = hms_map_get(b->by_id, id.b, sizeof(id.b));

	if (d)
		return d;
	d = alm_alloc(&b->ctx, sizeof(*d));
	if (!d || hms_map_put(b->by_id, id.b, sizeof(id.b), d))
		return NULL;
	d->id = id;
	d->tail = &d->inputs;
	d->tenant = HMS_STR("");
	alm_push(&b->ctx, b, devices, d);
	return d;
}

static struct alm_input *add_input(struct alm_batch *b, struct hms_device_id id)
{
	struct alm_device *d = b->ctx.failed ? NULL : device_of(b, id);
	struct alm_input *in = d ? alm_alloc(&b->ctx, sizeof(*in)) : NULL;

	if (!in)
		return NULL;
	*d->tail = in;
	d->tail = &in->next;
	return in;
}

int alm_gather_item(struct hms_stream *s, const void *item, void *arg)
{
	struct alm *alm = arg;
	const struct hms_device_id *id = item;

	if (!hms_stream_touch(s, 0, hms_device_partition(*id, hms_stream_partitions(s))))
		return 0; /* somebody else's now */
	return add_input(&alm->batch, *id) ? 0 : HMS_ENOMEM;
}

/* ---------------------------------------------------------------- what concerns alarms */

/* A look at its bytes. Parts of an answer count even if they have nothing of FaultMgmt in them: others of the same answer may have. */
static bool may_concern(const struct hms_event_glance *seen, struct hms_str record)
{
	switch (seen->body) {
	case HMS__DEVICE_EVENT__BODY_INFORM:
		return (seen->classes & HMS_EVENT_BOOT) || hms_fault_mentioned(record);
	case HMS__DEVICE_EVENT__BODY_RPC_RESULT:
		return seen->part || !seen->last || hms_fault_mentioned(record);
	case HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM:
	case 0: /* to be set aside */
		return true;
	default:
		return false;
	}
}

/* Alarms come with 4 VALUE CHANGE. */
bool alm_can_wait(struct hms_stream *s, const struct hms_message *msg, void *arg)
{
	struct hms_event_glance seen = hms_event_glance(msg->value);

	(void)s;
	(void)arg;
	return seen.body == HMS__DEVICE_EVENT__BODY_INFORM && seen.classes &&
	       !(seen.classes & ~(HMS_EVENT_PERIODIC | HMS_EVENT_SCHEDULED | HMS_EVENT_HEARTBEAT));
}

static bool is_boot(const Hms__DeviceEvent *ev) { return (ev->classes & HMS_EVENT_BOOT) && ev->part == 0; }

static int read_rows(struct alm *alm, struct alm_input *in, Hms__Param **params, size_t count)
{
	int rc = hms_fault_rows(alm->batch.ctx.arena, params, count, (size_t)alm->conf->rows_max, &in->rows);

	alm->batch.dropped += in->rows.dropped;
	return rc;
}

static bool going_on(const Hms__DeviceEvent *ev) { return !ev->last || ev->part > 0; }

static int take_params(struct alm *alm, struct hms_device_id id, const Hms__DeviceEvent *ev, Hms__Param **params, size_t count, bool anyway)
{
	struct alm_batch *b = &alm->batch;
	struct alm_input in = { .ev = ev }, *kept;
	int rc = read_rows(alm, &in, params, count);

	if (rc)
		return rc;
	if (!in.rows.count && in.rows.current_entries < 0 && !anyway) {
		b->other++;
		return 0;
	}
	kept = add_input(b, id);
	if (!kept)
		return HMS_ENOMEM;
	kept->ev = ev;
	kept->rows = in.rows;
	if (in.rows.count || in.rows.current_entries >= 0)
		b->rows++;
	else
		b->boot++;
	return 0;
}

static int take_internal(struct alm_batch *b, struct hms_device_id id, const Hms__DeviceEvent *ev)
{
	struct alm_input *in = add_input(b, id);

	if (!in)
		return HMS_ENOMEM;
	in->ev = ev;
	b->internal++;
	return 0;
}

static int take_event(struct alm *alm, struct hms_device_id id, const Hms__DeviceEvent *ev)
{
	switch (ev->body_case) {
	case HMS__DEVICE_EVENT__BODY_INFORM:
		return take_params(alm, id, ev, ev->inform->params, ev->inform->n_params, is_boot(ev));
	case HMS__DEVICE_EVENT__BODY_RPC_RESULT:
		return take_params(alm, id, ev, ev->rpc_result->params, ev->rpc_result->n_params, going_on(ev));
	case HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM:
		return take_internal(&alm->batch, id, ev);
	default:
		alm->batch.other++;
		return 0;
	}
}

static void note_oldest(struct alm_batch *b, int64_t recv_us)
{
	if (recv_us && (!b->oldest_recv_us || recv_us < b->oldest_recv_us))
		b->oldest_recv_us = recv_us;
}

int alm_gather_message(struct hms_stream *s, const struct hms_message *msg, void *arg)
{
	struct alm *alm = arg;
	struct hms_event_glance seen = hms_event_glance(msg->value);
	struct hms_device_id id = { { 0 } };
	Hms__DeviceEvent *ev;
	int rc;

	if (seen.newer)
		return HMS_EVERSION;
	if (!may_concern(&seen, msg->value)) {
		alm->batch.other++;
		return 0;
	}
	rc = hms_event_unpack(alm->batch.ctx.arena, msg->value.p, msg->value.len, &ev);
	if (rc == HMS_ESYNTAX) {
		hms_stream_set_aside(s, msg, "not a DeviceEvent");
		return 0;
	}
	if (rc)
		return rc;
	if (ev->device_id.len)
		memcpy(id.b, ev->device_id.data, sizeof(id.b));
	if (hms_device_partition(id, hms_stream_partitions(s)) != (unsigned)msg->partition) {
		hms_stream_set_aside(s, msg, "wrong partition for its device_id");
		return 0;
	}
	note_oldest(&alm->batch, ev->recv_us);
	return take_event(alm, id, ev);
}
