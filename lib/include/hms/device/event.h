/** DeviceEvents: packing, reading, and the hash over a ParameterList (contracts 5). */
#ifndef HMS_DEVICE_EVENT_H
#define HMS_DEVICE_EVENT_H

#include "device_event.pb-c.h"
#include "hms/base/arena.h"
#include "hms/base/buf.h"
#include "hms/cwmp/cwmp.h"
#include "hms/device/identity.h"

#define HMS_EVENT_SCHEMA 1     /* written */
#define HMS_EVENT_MIN_READER 1 /* a reader must know at least this */
#define HMS_PARAM_HASH_RULE 1

/** Over the ParameterList, in any order, without clock-like names (hms/device/volatile_params.def). Never 0. */
uint64_t hms_param_hash(const struct hms_cwmp_param *params, size_t count);

/** Packs into out, with schema and min_reader of this release, whatever the event says. Returns 0, HMS_EFULL,
 *  HMS_ENOMEM. */
int hms_event_pack(const Hms__DeviceEvent *event, struct hms_buf *out);

/** Unpacks into the arena; no free. device_id has 16 bytes then (or none, in an internal_alarm). Returns 0,
 *  HMS_ESYNTAX, HMS_EVERSION (min_reader newer than HMS_EVENT_SCHEMA: told before anything else in the record can
 *  fail), HMS_ENOMEM. */
int hms_event_unpack(struct hms_arena *arena, const void *data, size_t len, Hms__DeviceEvent **out);

/** Unpacks a record of any type whose field 2 is min_reader, into the arena. Returns 0, HMS_ESYNTAX, HMS_EVERSION (as above), HMS_ENOMEM. */
int hms_record_unpack(const ProtobufCMessageDescriptor *type, uint32_t schema, struct hms_arena *arena, const void *data, size_t len,
		      ProtobufCMessage **out);

/** What can be seen of a record without unpacking it, for consumers that leave most of them out. */
struct hms_event_glance {
	bool newer; /* hms_event_unpack() says HMS_EVERSION */
	int body;   /* Hms__DeviceEvent__BodyCase; 0: none, or no record at all */
	uint32_t classes, part;
	int64_t hold_until_us;
	bool last;
};
struct hms_event_glance hms_event_glance(struct hms_str record);

/** An alarm of HMS itself: key names it, within its device. */
struct hms_internal_alarm {
	const char *key;
	bool cleared;
	const char *severity, *probable_cause, *specific_problem, *text; /* may be NULL */
};

/** The DeviceEvent that raises or clears it, for hms.device-events. id: all zero where it concerns no device. tenant: "" then. Returns as hms_event_pack(). */
int hms_internal_alarm_pack(const struct hms_internal_alarm *alarm, struct hms_device_id id, const char *tenant, int64_t at_us,
			    struct hms_buf *out);

/** A protobuf-c allocator over an arena (free does nothing). The result lives as long as the arena and is meant for
 *  one call of an unpack function. */
ProtobufCAllocator hms_arena_allocator(struct hms_arena *arena);

/** Topic names. */
#define HMS_TOPIC_DEVICE_EVENTS "hms.device-events"
#define HMS_TOPIC_WORK "hms.work"
#define HMS_TOPIC_REACH "hms.reach"
#define HMS_TOPIC_ALARMS "hms.alarms"
#define HMS_TOPIC_FILES "hms.files"

#endif
