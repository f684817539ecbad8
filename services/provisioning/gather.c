/* From inputs to devices with their events, in log order. */
#include <stdlib.h>

#include "batch_internal.h"
#include "hms/device/event.h"
#include "work.pb-c.h"

#define QUIET_CLASSES (HMS_EVENT_PERIODIC | HMS_EVENT_SCHEDULED | HMS_EVENT_HEARTBEAT)
#define SPECIAL_FLAGS (HMS__DEVICE_EVENT__FLAG__MISS | HMS__DEVICE_EVENT__FLAG__UNKNOWN | HMS__DEVICE_EVENT__FLAG__TRUNCATED)

static const struct {
	Hms__DeviceEvent__BodyCase body;
	const char *label;
} body_labels[] = {
	{ HMS__DEVICE_EVENT__BODY_INFORM, "inform" },
	{ HMS__DEVICE_EVENT__BODY_CPE_REQUEST, "cpe_request" },
	{ HMS__DEVICE_EVENT__BODY_RPC_RESULT, "rpc_result" },
	{ HMS__DEVICE_EVENT__BODY_RPC_DISPATCHED, "rpc_dispatched" },
	{ HMS__DEVICE_EVENT__BODY_REACH_RESULT, "reach_result" },
	{ HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM, "internal_alarm" },
};

static void count_event(const Hms__DeviceEvent *ev)
{
	for (size_t i = 0; i < sizeof(body_labels) / sizeof(body_labels[0]); i++)
		if (body_labels[i].body == ev->body_case)
			hms_counter_inc(prov_count(&prov_metrics.events, body_labels[i].label));
}

static struct prov_device *device_of(struct prov_batch *b, struct hms_device_id id)
{
	struct prov_device *d = hms_map_get(b->by_id, id.b, sizeof(id.b));

	if (d)
		return d;
	d = hms_arena_alloc(b->arena, sizeof(*d));
	if (!d || prov_push(b->arena, (void ***)&b->devices, &b->device_count, &b->device_room, d) ||
	    hms_map_put(b->by_id, id.b, sizeof(id.b), d))
		return NULL;
	d->id = id;
	d->simple = true;
	return d;
}

static int add_event(struct prov_batch *b, struct hms_device_id id, struct prov_event *e, bool simple)
{
	struct prov_device *d = device_of(b, id);

	if (!d)
		return HMS_ENOMEM;
	if (!d->tail)
		d->tail = &d->events;
	*d->tail = e;
	d->tail = &e->next;
	d->simple &= simple;
	return 0;
}

/* What the fast path may do: nothing but note that the device was here. */
static bool is_quiet(const Hms__DeviceEvent *ev)
{
	return ev->body_case == HMS__DEVICE_EVENT__BODY_INFORM && ev->hold_until_us == 0 && ev->classes &&
	       !(ev->classes & ~QUIET_CLASSES) && !(ev->flags & SPECIAL_FLAGS) && ev->part == 0 && ev->last &&
	       ev->listener_role != HMS__DEVICE_EVENT__ROLE__INITIAL;
}

bool prov_can_wait(struct hms_stream *stream, const struct hms_message *msg, void *arg)
{
	struct hms_event_glance seen = hms_event_glance(msg->value);

	(void)stream;
	(void)arg;
	return msg->topic == prov_topics[PROV_TOPIC_EVENTS] && seen.body == HMS__DEVICE_EVENT__BODY_INFORM && seen.hold_until_us == 0 &&
	       seen.classes && !(seen.classes & ~QUIET_CLASSES);
}

static int set_aside(struct prov_batch *b, const struct hms_message *msg, const char *reason)
{
	hms_stream_set_aside(b->prov->stream, msg, reason);
	return 0;
}

static int gather_event(struct prov_batch *b, const struct hms_message *msg)
{
	struct prov_event *e = hms_arena_alloc(b->arena, sizeof(*e));
	struct hms_device_id id;
	Hms__DeviceEvent *ev;
	int rc = hms_event_unpack(b->arena, msg->value.p, msg->value.len, &ev);

	if (rc == HMS_EVERSION)
		return rc;
	if (rc == HMS_ENOMEM || !e)
		return HMS_ENOMEM;
	if (rc)
		return set_aside(b, msg, "not a DeviceEvent");
	if (ev->device_id.len != sizeof(id.b))
		return set_aside(b, msg, "device_id is not 16 bytes");
	memcpy(id.b, ev->device_id.data, sizeof(id.b));
	if (hms_device_partition(id, hms_stream_partitions(b->prov->stream)) != (unsigned)msg->partition)
		return set_aside(b, msg, "wrong partition for its device_id");
	count_event(ev);
	if (ev->recv_us && (!b->oldest_recv_us || ev->recv_us < b->oldest_recv_us))
		b->oldest_recv_us = ev->recv_us;
	e->msg = ev;
	e->record = msg;
	return add_event(b, id, e, is_quiet(ev));
}

int prov_gather_item(struct hms_stream *stream, const void *item_, void *arg)
{
	struct prov_batch *b = ((struct prov *)arg)->batch;
	const struct prov_item *item = item_;
	struct prov_event *e = hms_arena_alloc(b->arena, sizeof(*e));

	if (!e)
		return HMS_ENOMEM;
	if (!hms_stream_touch(stream, PROV_TOPIC_EVENTS, hms_device_partition(item->id, hms_stream_partitions(stream))))
		return 0; /* somebody else's now */
	e->work = item->work;
	e->sid = item->sid;
	e->command = item->command;
	e->n = item->n;
	e->revoked = item->revoked;
	e->timer = item->timer[0] ? hms_arena_strz(b->arena, hms_str(item->timer)) : NULL;
	return add_event(b, item->id, e, false);
}

static int gather_doorbell(struct prov_batch *b, const struct hms_message *msg)
{
	ProtobufCAllocator allocator = hms_arena_allocator(b->arena);
	Hms__Work *work = hms__work__unpack(&allocator, msg->value.len, (const uint8_t *)msg->value.p);
	struct prov_item item = { .work = PROV_WORK_LOOK };

	if (!work || work->device_id.len != sizeof(item.id.b))
		return set_aside(b, msg, "not a doorbell");
	memcpy(item.id.b, work->device_id.data, sizeof(item.id.b));
	return prov_gather_item(b->prov->stream, &item, b->prov);
}

int prov_gather_message(struct hms_stream *stream, const struct hms_message *msg, void *arg)
{
	struct prov_batch *b = ((struct prov *)arg)->batch;

	(void)stream;
	return msg->topic == prov_topics[PROV_TOPIC_EVENTS] ? gather_event(b, msg) : gather_doorbell(b, msg);
}

static int by_id(const void *a, const void *b)
{
	const struct prov_device *const *x = a, *const *y = b;

	return hms_device_id_cmp(&(*x)->id, &(*y)->id);
}

void prov_gathered(struct prov_batch *b)
{
	if (b->device_count) /* none: there is no array either */
		qsort(b->devices, b->device_count, sizeof(*b->devices), by_id);
	b->sorted = true;
}
