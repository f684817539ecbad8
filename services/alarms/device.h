/** A device while a transaction works on its alarm list: its rows, what has come, and what has to be written. Everything lives in the transaction's arena. */
#ifndef ALM_DEVICE_H
#define ALM_DEVICE_H

#include "hms/base/arena.h"
#include "hms/base/map.h"
#include "hms/device/command.h"
#include "hms/device/fault_row.h"
#include "hms/device/identity.h"
#include "machine.h"

/* Rows as structs: one .def file a table gives the struct's fields and the table's columns (hms/pg/table.h). */
typedef struct hms_device_id alm_c_UUID;
typedef struct hms_str alm_c_TEXT;
typedef int16_t alm_c_INT2;
typedef int32_t alm_c_INT4;
typedef int64_t alm_c_INT8;
typedef bool alm_c_BOOL;
typedef int64_t alm_c_TIME;
#define ALM_FIELD(kind, field) alm_c_##kind field;
#define ALM_FIELD_ENUM(field, names) int field;

enum alm_transition {
#define ALM_TRANSITION(name, public) ALM_T_##name,
#include "transitions.def"
#undef ALM_TRANSITION
	ALM_TRANSITION_COUNT
};
extern const char *const alm_transition_names[]; /* ended by NULL */
/** Whether it goes out on hms.alarms. */
bool alm_transition_is_public(enum alm_transition transition);

/** Where an event comes from: enum hms_fault_table and these. Stored, as part of the natural key. */
enum { ALM_SOURCE_INTERNAL = 5, ALM_SOURCE_OPERATOR = 6 };

enum alm_flag { ALM_MISSED = 1, ALM_BAD = 2, ALM_CUT = 4, ALM_RESYNCED = 8, ALM_DEFAULTED = 16, ALM_UNTIMED = 32 };

struct alm_alarm {
#define COL ALM_FIELD
#define COL_ENUM ALM_FIELD_ENUM
#include "alarm.def"
#undef COL_ENUM
	bool stored, dirty, removed;
};

struct alm_history {
#define COL_ENUM ALM_FIELD_ENUM
#include "history.def"
#undef COL_ENUM
};

struct alm_listing {
#include "listing.def"
	bool stored, dirty;
};

struct alm_request {
#include "request.def"
#undef COL
};

/** A row that lacks something. */
struct alm_part {
	struct hms_device_id device_id;
	struct hms_str prefix;
	int16_t source;
	int32_t instance, present;
	struct hms_str text[HMS_FAULT_FIELD_COUNT];
	int64_t since;
	bool stored, dirty, removed;
};

/** What is known of a natural key's past, beyond the alarms that are in the list. */
struct alm_past {
	int64_t last_clear_us; /* EventTime of the newest clear that the device told; 0: none */
};

/** One thing that a device, or HMS itself, says of one alarm. */
struct alm_notice {
	struct alm_notice *next;
	int16_t source;
	int64_t natural_key;
	int64_t event_us; /* UNTIMED: when it was received */
	int64_t raised_us;
	enum hms_fault_notification kind;
	enum hms_fault_severity severity; /* NONE: not said */
	struct hms_str text[HMS_FAULT_FIELD_COUNT];
	unsigned present; /* which texts were said */
	unsigned flags;
	bool internal;
	bool seen; /* it stands in history: a repeat (I2) */
	struct alm_past *past;
};

/** A DeviceEvent, as far as it concerns alarms; or none (ev NULL): a look at what is due. */
struct alm_input {
	struct alm_input *next;
	const Hms__DeviceEvent *ev;
	int64_t recv_us;
	struct hms_fault_rows rows;
	/* alm_resolve() */
	struct alm_notice *notices, **tail;
	struct alm_notice **current; /* whole rows of CurrentAlarm */
	size_t current_count, current_room;
};

#define ALM_LIST(type, name) \
	struct type **name;  \
	size_t name##_count, name##_room

struct alm_device {
	struct hms_device_id id;
	struct alm_input *inputs, **tail;
	bool known; /* provisioning has a row of it, and it is not held */
	bool femto;
	struct hms_str tenant;
	ALM_LIST(alm_alarm, alarms);
	ALM_LIST(alm_part, parts);
	ALM_LIST(alm_request, requests);
	struct alm_listing listing;
	bool overflowed; /* in this transaction */
};

struct alm_limits {
	size_t alarms_max;
	int64_t partial_wait_us;
	bool keep_unknown;
};

struct alm_context {
	struct hms_arena *arena;
	struct hms_command_ids *ids;
	struct alm_limits limits;
	int64_t now_us;
	struct hms_map *pasts; /* (device, natural key) -> struct alm_past */
	struct hms_map *seen;  /* natural keys applied in this transaction */
	ALM_LIST(alm_history, history);
	uint64_t repeats;
	bool failed; /* the arena is exhausted: what stands here is not whole */
};

/** Appends to an ALM_LIST in the context's arena; marks the context as failed if that is not possible. */
#define alm_push(ctx, owner, name, item) alm_push_any(ctx, (void ***)&(owner)->name, &(owner)->name##_count, &(owner)->name##_room, item)
void alm_push_any(struct alm_context *ctx, void ***list, size_t *count, size_t *room, void *item);
/** hms_arena_alloc() of the context; marks it as failed. */
void *alm_alloc(struct alm_context *ctx, size_t bytes);

/** alarm_device as it has to be written: made where there is none. */
struct alm_listing *alm_listing(struct alm_device *d);

#endif
