/* From inputs to devices with their events, in log order. */
#include "batch_internal.h"
#include "evidence.h"
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

struct prov_device *prov_batch_device(struct prov_batch *b, struct hms_device_id id)
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
	struct prov_device *d = prov_batch_device(b, id);

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

static int set_aside(struct prov_batch *b, const struct hms_message *msg, const char *reason)
{
	b->dead[b->dead_count++] = (struct prov_dead){ msg, reason };
	return 0;
}

static void stop_partition(const struct hms_message *msg, struct prov_part *part)
{
	part->stopped = true;
	part->ready = false;
	log_error("a record needs a newer reader: the partition stops", KV_Z("topic", msg->topic), KV_I("part", msg->partition),
		  KV_I("offset", msg->offset));
}

static int gather_event(struct prov_batch *b, const struct hms_message *msg, struct prov_part *part)
{
	struct prov_event *e = hms_arena_alloc(b->arena, sizeof(*e));
	struct hms_device_id id;
	Hms__DeviceEvent *ev;
	int rc = hms_event_unpack(b->arena, msg->value.p, msg->value.len, &ev);

	if (rc == HMS_EVERSION) {
		stop_partition(msg, part);
		return rc;
	}
	if (rc == HMS_ENOMEM || !e)
		return HMS_ENOMEM;
	if (rc)
		return set_aside(b, msg, "not a DeviceEvent");
	if (ev->device_id.len != sizeof(id.b))
		return set_aside(b, msg, "device_id is not 16 bytes");
	memcpy(id.b, ev->device_id.data, sizeof(id.b));
	if (hms_device_partition(id, b->prov->parts.count) != (unsigned)msg->partition)
		return set_aside(b, msg, "wrong partition for its device_id");
	count_event(ev);
	if (ev->recv_us && (!b->oldest_recv_us || ev->recv_us < b->oldest_recv_us))
		b->oldest_recv_us = ev->recv_us;
	e->msg = ev;
	e->record = msg;
	return add_event(b, id, e, is_quiet(ev));
}

static int gather_work(struct prov_batch *b, const struct prov_inbox_item *item)
{
	struct prov_event *e = hms_arena_alloc(b->arena, sizeof(*e));
	struct prov_part *part = prov_part_of(b->prov, item->id);

	if (!e)
		return HMS_ENOMEM;
	if (!part->ready)
		return 0; /* somebody else's now */
	e->work = item->work;
	e->sid = item->sid;
	e->command = item->command;
	e->n = item->n;
	e->revoked = item->revoked;
	e->timer = item->timer[0] ? item->timer : NULL;
	if (!part->touched) {
		part->touched = true;
		part->new_next = part->next;
	}
	return add_event(b, item->id, e, false);
}

static int gather_doorbell(struct prov_batch *b, const struct hms_message *msg)
{
	ProtobufCAllocator allocator = hms_arena_allocator(b->arena);
	Hms__Work *work = hms__work__unpack(&allocator, msg->value.len, (const uint8_t *)msg->value.p);
	struct prov_inbox_item item = { .work = PROV_WORK_LOOK };

	if (!work || work->device_id.len != sizeof(item.id.b))
		return set_aside(b, msg, "not a doorbell");
	memcpy(item.id.b, work->device_id.data, sizeof(item.id.b));
	return gather_work(b, &item);
}

static int gather_message(struct prov_batch *b, const struct hms_message *msg)
{
	int t = prov_topic_index(msg->topic);
	struct prov_part *part = &b->prov->parts.list[t][msg->partition];
	int rc;

	if (!part->ready || msg->offset < (part->touched ? part->new_next : part->next))
		return 0;
	if (b->is_dead)
		rc = set_aside(b, msg, b->dead_reason);
	else
		rc = t == PROV_TOPIC_EVENTS ? gather_event(b, msg, part) : gather_doorbell(b, msg);
	if (rc == HMS_EVERSION)
		return 0;
	if (rc)
		return rc;
	part->touched = true;
	part->new_next = msg->offset + 1;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct prov_device *const *x = a, *const *y = b;

	return hms_device_id_cmp(&(*x)->id, &(*y)->id);
}

int prov_gather(struct prov_batch *b)
{
	b->dead = hms_arena_alloc(b->arena, (b->to - b->from + 1) * sizeof(*b->dead));
	if (!b->dead)
		return HMS_ENOMEM;
	for (size_t i = b->from; i < b->to; i++) {
		struct prov_input *in = &b->inputs[i];
		int rc = in->is_message ? gather_message(b, &in->msg) : gather_work(b, &in->work);

		if (rc)
			return rc;
	}
	if (b->device_count) /* none: there is no array either */
		qsort(b->devices, b->device_count, sizeof(*b->devices), by_id);
	return 0;
}
