/* Packing and unpacking of DeviceEvents (contracts 5). */
#include "hms/device/event.h"

/* Fields of DeviceEvent in proto/device_event.proto; they never change. Every record in proto/ has min_reader there. */
#define FIELD_MIN_READER 2
#define FIELD_HOLD_UNTIL 7
#define FIELD_CLASSES 9
#define FIELD_PART 12
#define FIELD_LAST 13
#define DEVICE_ID_LEN 16

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LEN = 2, WIRE_32 = 5 };

int hms_event_pack(const Hms__DeviceEvent *event, struct hms_buf *out)
{
	Hms__DeviceEvent stamped = *event;
	size_t len;
	int rc;

	stamped.schema = HMS_EVENT_SCHEMA;
	stamped.min_reader = HMS_EVENT_MIN_READER;
	len = hms__device_event__get_packed_size(&stamped);
	rc = hms_buf_reserve(out, len);
	if (rc != 0)
		return rc;
	out->len += hms__device_event__pack(&stamped, (uint8_t *)out->p + out->len);
	return 0;
}

int hms_internal_alarm_pack(const struct hms_internal_alarm *alarm, struct hms_device_id id, const char *tenant, int64_t at_us,
			    struct hms_buf *out)
{
	Hms__DeviceEvent ev = HMS__DEVICE_EVENT__INIT;
	Hms__InternalAlarm body = HMS__INTERNAL_ALARM__INIT;

	body.key = (char *)alarm->key;
	body.cleared = alarm->cleared;
	body.severity = (char *)(alarm->severity ? alarm->severity : "");
	body.probable_cause = (char *)(alarm->probable_cause ? alarm->probable_cause : "");
	body.specific_problem = (char *)(alarm->specific_problem ? alarm->specific_problem : "");
	body.text = (char *)(alarm->text ? alarm->text : "");
	ev.device_id = (ProtobufCBinaryData){ sizeof(id.b), id.b };
	ev.recv_us = at_us;
	ev.last = true;
	ev.tenant = (char *)tenant;
	ev.body_case = HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM;
	ev.internal_alarm = &body;
	return hms_event_pack(&ev, out);
}

static bool take_varint(struct hms_str *rest, uint64_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < 10 && i < rest->len; i++) {
		uint8_t byte = (uint8_t)rest->p[i];

		*value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (byte < 0x80) {
			*rest = hms_strn(rest->p + i + 1, rest->len - i - 1);
			return true;
		}
	}
	return false;
}

/* Takes one field; *value is set for varints only. false at the end and where the record cannot be read on. */
static bool take_field(struct hms_str *rest, uint64_t *tag, uint64_t *value)
{
	uint64_t skip;

	*value = 0;
	if (rest->len == 0 || !take_varint(rest, tag))
		return false;
	switch (*tag & 7) {
	case WIRE_VARINT:
		return take_varint(rest, value);
	case WIRE_64:
		skip = 8;
		break;
	case WIRE_LEN:
		if (!take_varint(rest, &skip))
			return false;
		break;
	case WIRE_32:
		skip = 4;
		break;
	default:
		return false;
	}
	if (skip > rest->len)
		return false;
	*rest = hms_strn(rest->p + skip, rest->len - skip);
	return true;
}

/* Looks for min_reader before the record is understood: of a newer schema nothing else need be readable here. */
static bool needs_newer_reader(struct hms_str rest, uint32_t schema)
{
	uint64_t tag, value;

	while (take_field(&rest, &tag, &value))
		if (tag == (FIELD_MIN_READER << 3 | WIRE_VARINT) && (uint32_t)value > schema)
			return true;
	return false;
}

static void *arena_alloc(void *arena, size_t bytes) { return hms_arena_alloc(arena, bytes); }

static void arena_free(void *arena, void *pointer)
{
	(void)arena;
	(void)pointer;
}

ProtobufCAllocator hms_arena_allocator(struct hms_arena *arena)
{
	return (ProtobufCAllocator){ .alloc = arena_alloc, .free = arena_free, .allocator_data = arena };
}

/* protobuf-c tells a full arena and a broken record apart no more than by NULL. */
struct watched {
	struct hms_arena *arena;
	bool exhausted;
};

static void *watched_alloc(void *arg, size_t bytes)
{
	struct watched *watched = arg;
	void *p = hms_arena_alloc(watched->arena, bytes);

	watched->exhausted = watched->exhausted || !p;
	return p;
}

/* Every event is of a device; only an alarm of HMS itself may be of none. */
static bool has_device(const Hms__DeviceEvent *event)
{
	return event->device_id.len == DEVICE_ID_LEN ||
	       (event->device_id.len == 0 && event->body_case == HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM);
}

int hms_record_unpack(const ProtobufCMessageDescriptor *type, uint32_t schema, struct hms_arena *arena, const void *data, size_t len,
		      ProtobufCMessage **out)
{
	struct watched watched = { .arena = arena };
	ProtobufCAllocator allocator = { .alloc = watched_alloc, .free = arena_free, .allocator_data = &watched };

	*out = NULL;
	if (needs_newer_reader(hms_strn(data, len), schema))
		return HMS_EVERSION;
	*out = protobuf_c_message_unpack(type, &allocator, len, data);
	if (*out)
		return 0;
	return watched.exhausted ? HMS_ENOMEM : HMS_ESYNTAX;
}

int hms_event_unpack(struct hms_arena *arena, const void *data, size_t len, Hms__DeviceEvent **out)
{
	ProtobufCMessage *message;
	int rc = hms_record_unpack(&hms__device_event__descriptor, HMS_EVENT_SCHEMA, arena, data, len, &message);

	*out = rc == 0 && has_device((Hms__DeviceEvent *)message) ? (Hms__DeviceEvent *)message : NULL;
	return rc == 0 && !*out ? HMS_ESYNTAX : rc;
}

struct hms_event_glance hms_event_glance(struct hms_str record)
{
	struct hms_event_glance seen = { .newer = needs_newer_reader(record, HMS_EVENT_SCHEMA) };
	uint64_t tag, value;

	while (take_field(&record, &tag, &value)) {
		if (tag >> 3 >= HMS__DEVICE_EVENT__BODY_INFORM && tag >> 3 <= HMS__DEVICE_EVENT__BODY_INTERNAL_ALARM)
			seen.body = (int)(tag >> 3);
		else if (tag == (FIELD_CLASSES << 3 | WIRE_VARINT))
			seen.classes = (uint32_t)value;
		else if (tag == (FIELD_HOLD_UNTIL << 3 | WIRE_VARINT))
			seen.hold_until_us = (int64_t)value;
		else if (tag == (FIELD_PART << 3 | WIRE_VARINT))
			seen.part = (uint32_t)value;
		else if (tag == (FIELD_LAST << 3 | WIRE_VARINT))
			seen.last = value != 0;
	}
	if (record.len)
		seen.body = 0;
	return seen;
}
