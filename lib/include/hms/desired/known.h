/** What is known of a device, for planning: its cached values, and notes about what HMS has found out and done there beside values. Pure. */
#ifndef HMS_DESIRED_KNOWN_H
#define HMS_DESIRED_KNOWN_H

#include <jansson.h>

#include "hms/base/arena.h"
#include "hms/cwmp/cwmp.h"

/** Notes are a JSON object, so that they can be kept: what was refused, notifications, digests of secrets written last, instances of tables and which of them HMS has
 *  made, and the AddObject or DeleteObject whose answer is still out. */
struct hms_known {
	/** The cached value of a parameter; false: nothing is known. */
	bool (*value)(void *arg, struct hms_str path, struct hms_str *out);
	void *arg;
	json_t *notes;
};

/** Notes from their text; anything else than an object: none. NULL when out of memory. Freed by json_decref(). */
json_t *hms_notes_load(struct hms_str text);

/** The desired state or the device's software is another: what was refused may be taken now. */
void hms_notes_retry(json_t *notes);
/** A factory reset: nothing that was known holds any more. */
void hms_notes_forget(json_t *notes);

/* ---- what became of a step of a plan. payload: the step's own. Each brings the plan nearer to its end, or says that it cannot. ---- */

/** A fault of one parameter. */
struct hms_known_fault {
	struct hms_str path;
	uint32_t code;
};
/** Rows of an answer. */
struct hms_known_row {
	struct hms_str path, value;
	int notify;
};

enum hms_known_next {
	HMS_KNOWN_PLAN,	  /* plan again */
	HMS_KNOWN_FAILED, /* the device refuses what is desired: later again, or when something has changed */
};

/** It is handed out: until its answer is there, what it changes is not known. */
void hms_known_sent(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload);
/** It succeeded. instance: of AddObject; 0: it did not say. Values written are the caller's to cache. */
void hms_known_done(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload, uint32_t instance);
/** GetParameterValues or GetParameterAttributes brought these rows, which are all. Values are the caller's to cache. */
void hms_known_read(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload, const struct hms_known_row *rows,
		    size_t count);
/** It was refused. */
enum hms_known_next hms_known_refused(struct hms_known *known, enum hms_cwmp_method method, const json_t *payload, uint32_t code,
				      const struct hms_known_fault *faults, size_t count);

#endif
