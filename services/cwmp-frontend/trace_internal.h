/* Between the files of the flight recorder. */
#ifndef FE_TRACE_INTERNAL_H
#define FE_TRACE_INTERNAL_H

#include <jansson.h>

#include "hms/base/list.h"
#include "trace.h"

/** What is recorded, and which names are secrets beside the known ones. Never changed; held by whoever uses it. */
struct fe_trace_rules {
	unsigned refs;
	struct hms_arena *arena;
	struct fe_trace_recording *recordings;
	struct hms_str *names;
	size_t count, name_count;
};
struct fe_trace_recording {
	struct hms_str tenant, product_class; /* product_class.p NULL: another kind */
	struct hms_device_id device;
	bool of_device;
	uint64_t sample; /* 0: another kind */
	int64_t until_us;
};
void fe_trace_rules_unref(struct fe_trace_rules *rules);
/** Whether a session that begins now is recorded. */
bool fe_trace_rules_match(const struct fe_trace_rules *rules, const struct fe_post *p, int64_t now_us);

/** One message on its way to PostgreSQL. */
struct fe_trace_msg {
	struct fe_trace_msg *next;
	bool from_device, cut, fault;
	struct hms_device_id device;
	uint64_t sid, command, xid;
	int64_t at_us, offset, dispatched; /* offsets: -1: none */
	unsigned ord, status;
	uint32_t seq, n;
	int32_t partition;
	size_t bytes; /* as it came or went */
	char peer[64], charset[32];
	const char *note; /* static */
	char *names;	  /* of sealed values in it, each terminated; malloc'ed */
	size_t names_len;
	size_t body_len;
	char body[];
};
void fe_trace_msg_free(struct fe_trace_msg *msg);

/** Of one POST. */
struct fe_trace_post {
	struct hms_buf body;
	size_t bytes;
	int64_t at_us, offset, dispatched;
	uint32_t seq, n;
	uint64_t command;
	enum fe_record_kind kind; /* of the record that was sent last */
	bool recorded, fault, told;
	char *names;
	size_t names_len;
	char peer[64], charset[32];
};

struct fe_trace_limits {
	size_t message_bytes, session_bytes;
};

struct fe_trace_redactor;

struct fe_trace {
	struct fe *fe;
	struct hms_timer timer;
	bool asking, closing;
	struct fe_trace_rules *rules, *next; /* next: being read */
	int64_t linger_until_us;	     /* sessions that began before are recorded to their end */
	struct hms_rate *refused;	     /* messages of those who were not let in */
	unsigned ord;

	/* to be written */
	struct fe_trace_msg *first, **last;
	size_t queued_bytes;
	bool busy; /* with the job */
	struct fe_trace_job {
		struct hms_work work;
		struct fe_trace_redactor *redactor;
		struct fe_trace_rules *rules;
		struct fe_trace_msg *first;
		struct fe_trace_limits limits;
		size_t bytes;	   /* as queued */
		char *json;	   /* its result; NULL: nothing */
		size_t dropped[2]; /* for want of memory, for the session's limit */
	} job;
};

/** Takes the message over; drops it where there is no room. */
void fe_trace_put(struct fe_trace *trace, struct fe_trace_msg *msg);

/** Redactor: makes the JSON of messages. On a thread of the pool, one job at a time. */
struct fe_trace_redactor *fe_trace_redactor_new(const uint8_t digest_key[32]);
void fe_trace_redactor_free(struct fe_trace_redactor **redactor);
/** NULL: out of memory. *skipped: nothing is left of it, since the session has said too much. */
json_t *fe_trace_redact(struct fe_trace_redactor *redactor, const struct fe_trace_rules *rules, const struct fe_trace_limits *limits,
			const char *fe, const struct fe_trace_msg *msg, bool *skipped);

#endif
