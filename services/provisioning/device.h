/** A device while a batch works on it: its rows, its commands, and what has to be written and told afterwards. Everything lives in
 *  the batch's arena. */
#ifndef PROV_DEVICE_H
#define PROV_DEVICE_H

#include "columns.h"
#include "hms/desired/model.h"
#include "hms/device/credential.h"
#include "hms/device/event.h"

enum prov_state {
#define PROV_STATE(name, settled) PROV_STATE_##name,
#include "states.def"
#undef PROV_STATE
};
extern const char *const prov_state_names[];

enum prov_duty {
#define PROV_DUTY(name, bit, open) PROV_DUTY_##name = 1 << (bit),
#include "duties.def"
#undef PROV_DUTY
};
/** Those that are still to be done. */
enum {
	PROV_DUTIES_OPEN =
#define PROV_DUTY(name, bit, open) ((open) ? 1 << (bit) : 0) |
#include "duties.def"
#undef PROV_DUTY
		0
};

enum prov_command_state {
#define PROV_COMMAND(name, text, open) PROV_COMMAND_##name,
#include "command_states.def"
#undef PROV_COMMAND
};
extern const char *const prov_command_state_names[];

enum { PROV_FLAG_UNSETTLED = 1, PROV_FLAG_BLOCKED = 2 }; /* device_hot.flags */

struct prov_hot {
#define COL PROV_FIELD
#include "hot.def"
#undef COL
};

struct prov_cold {
#define COL PROV_FIELD
#define COL_ENUM PROV_FIELD_ENUM
#define COL_FOREIGN PROV_FIELD
#include "cold.def"
#undef COL
#undef COL_ENUM
#undef COL_FOREIGN
	/* others write these, too */
	struct hms_str region;
	const struct hms_str *tags;
	size_t tag_count;
};

struct prov_command {
#define COL PROV_FIELD
#define COL_ENUM PROV_FIELD_ENUM
#include "command.def"
#undef COL
#undef COL_ENUM
	/* of command_done */
	int64_t ended;
	int32_t fault;
	struct hms_str result;

	enum hms_cwmp_method method;
	bool dirty;	  /* to be written */
	bool in_open;	  /* has a row in command */
	bool in_done;	  /* has a row in command_done */
	bool revoke;	  /* ask Redis after the commit */
	bool granted_now; /* in this transaction */
	bool counted;	  /* its end stands in its group */
};

enum prov_group_mode {
#define PROV_GROUP_MODE(name, text) PROV_GROUP_##name,
#include "group_modes.def"
#undef PROV_GROUP_MODE
};
extern const char *const prov_group_mode_names[];

enum prov_group_state {
#define PROV_GROUP_STATE(name, text, open) PROV_GROUP_IS_##name,
#include "group_states.def"
#undef PROV_GROUP_STATE
};
extern const char *const prov_group_state_names[];

struct prov_group {
#define COL PROV_FIELD
#define COL_ENUM PROV_FIELD_ENUM
#include "group.def"
#undef COL
#undef COL_ENUM
	bool dirty;
};

struct prov_history {
#define COL PROV_FIELD
#include "history.def"
#undef COL
};

struct prov_timer {
#define COL PROV_FIELD
#include "timer.def"
#undef COL
	bool remove;
};

/** What a batch does with a device beside events of Kafka. */
enum prov_work {
	PROV_WORK_LOOK = 1,	 /* notices, doorbell, timers, deadlines: look at it */
	PROV_WORK_REPOST = 2,	 /* after an assignment: post the open grants again */
	PROV_WORK_REVOKED = 4,	 /* Redis answered a REVOKE */
	PROV_WORK_ENDED = 8,	 /* POST said that the session has ended */
	PROV_WORK_CATCH_UP = 16, /* a choice or what is desired of all has changed; of the device itself there is nothing new */
};

/** Values that a device is found by (search.h). */
struct prov_found_value {
	uint32_t path_id;
	struct hms_str value;
};
struct prov_found {
	struct prov_found_value **list;
	size_t count, room;
};

struct hms_message;
struct prov_desired;
struct prov_change;
struct prov_call;

/** One thing that happened, in log order. */
struct prov_event {
	struct prov_event *next;
	const Hms__DeviceEvent *msg; /* NULL: work */
	const struct hms_message *record;
	unsigned work;
	uint64_t sid;	  /* REVOKED, ENDED */
	uint64_t command; /* REVOKED */
	uint32_t n;
	int revoked;	   /* REVOKED: enum hms_revoke_result */
	const char *timer; /* LOOK: name of a timer that is due, or NULL */
};

/** What a device has confirmed about its PM uploads, for device_pm: from `at` on this interval and phase, or (interval_s 0) none. */
struct prov_pm {
	int64_t at_us, phase_us; /* phase 0: the device chooses */
	int32_t interval_s;
	bool known;
};

/** A file made for one device (table file): to be stored, or (body.p NULL) to be removed. */
struct prov_file {
	uint8_t id[16];
	const char *name, *type;
	struct hms_str body;
	int64_t expires_us;
};

/** A name that the device has shown its model not to have, or to have after all. */
struct prov_name {
	struct prov_name *next;
	struct hms_str name;
	bool absent;
};

/** Something that the device asked for or said by itself, for device_request: a repeat is the same request (I2). */
struct prov_request {
	const char *method, *detail; /* JSON; the whole of it is its natural key */
	int64_t at_us;
	bool timed; /* its own times are in it: the same text is the same request for ever. Else for a day. */
};

struct prov_device {
	struct hms_device_id id;
	struct prov_event *events, **tail;
	bool simple; /* quiet Informs only so far */
	bool loaded; /* its rows were asked for */
	bool exists; /* has rows */
	bool hot_dirty, cold_dirty, entry_dirty, post;
	bool grants_changed;
	unsigned granted, late; /* counted after the commit */
	bool failed;		/* the arena is exhausted: what stands here is not whole */
	int64_t now_us;

	struct prov_hot hot;
	struct prov_cold cold;
	struct prov_command **commands;
	size_t command_count, command_room;
	struct prov_group **groups; /* open ones */
	size_t group_count, group_room;
	struct hms_str credentials;		     /* list for the cache entry: sealed[OWN] and sealed[PENDING] */
	struct hms_str sealed[HMS_CREDENTIAL_KINDS]; /* by kind; p NULL: there is none */
	unsigned sealed_dirty;			     /* kinds to be written, or deleted; bits */
	struct hms_str doc;			     /* device_param.doc; p NULL = none */
	bool doc_dirty;
	struct hms_str new_doc;
	struct prov_found found_was, found; /* in the document as it was, and as it is to be written */
	int32_t choice;			    /* of parameters to be found by, of which its rows are */

	struct prov_history **history;
	size_t history_count, history_room;
	struct prov_timer **timers;
	size_t timer_count, timer_room;
	struct prov_alarm *alarms;
	struct prov_pm pm;
	struct prov_file **files;
	size_t file_count, file_room;
	struct prov_name *names;
	int32_t learnt_get_values_max; /* shown by the device, to be kept for its model; 0: nothing */
	struct prov_request **requests;
	size_t request_count, request_room;
	struct prov_desired *desired; /* NULL: no profile sets anything */
	struct prov_call *call;	      /* NULL: no row */
	struct prov_change **changes; /* of parameters, for their history */
	size_t change_count, change_room;

	/* parameters to merge into the document, in order */
	struct prov_report *reports, **reports_tail;
};

/** Parameters a device reported. */
struct prov_report {
	struct prov_report *next;
	Hms__Param **params;
	size_t count;
	int64_t at_us;
	char source; /* 'I' Inform, 'R' result, 'W' our own write confirmed */
};

/** An alarm of HMS itself about a device, for hms.device-events through the outbox. */
struct prov_alarm {
	struct prov_alarm *next;
	struct hms_internal_alarm alarm;
};

/** Whether HMS has nothing to do for the device by itself. */
bool prov_device_settled(const struct prov_device *d);

/** The only place where a state changes: history, flags, version. reason may be NULL. */
void prov_device_set_state(struct prov_device *d, struct hms_arena *arena, enum prov_state state, const char *reason);

/** Whether procedures are for it: a femtocell. */
bool prov_device_is_cell(const struct prov_device *d);
bool prov_device_owes(const struct prov_device *d, unsigned duties);
void prov_device_set_duties(struct prov_device *d, unsigned set, unsigned clear);

/** Adds a row of history. detail is JSON or NULL. */
void prov_device_note(struct prov_device *d, struct hms_arena *arena, const char *kind, const char *state, const char *detail);

/** What the device said by itself: a row of history at its first time. method and detail are borrowed. */
void prov_device_request(struct prov_device *d, struct hms_arena *arena, const char *method, const char *detail, bool timed);

/** Sets (due_us > 0) or removes (0) a timer. */
void prov_device_timer(struct prov_device *d, struct hms_arena *arena, const char *name, int64_t due_us);

void prov_device_alarm(struct prov_device *d, struct hms_arena *arena, const char *key, const char *severity, const char *cause,
		       const char *text, bool cleared);

/** Appends a pointer to a growing array in the arena. Returns 0 or HMS_ENOMEM. */
int prov_push(struct hms_arena *arena, void ***array, size_t *count, size_t *room, void *item);

#endif
