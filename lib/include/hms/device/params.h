/** The parameter document of a device (contracts 8), for readers: all cached parameters with value, source and time, compressed, over
 *  the ids of a dictionary (table param_path). provisioning writes it. No I/O. */
#ifndef HMS_DEVICE_PARAMS_H
#define HMS_DEVICE_PARAMS_H

#include "hms/base/arena.h"
#include "hms/base/buf.h"

/** First byte of a document. */
#define HMS_PARAMS_FORMAT 1
/** A document never unpacks to more. */
#define HMS_PARAMS_DOC_MAX_BYTES (64u * 1024 * 1024)
/** Most instance numbers in one path. */
#define HMS_PARAM_INSTANCES_MAX 16

/** One parameter of a document. */
struct hms_param_entry {
	uint32_t path_id;
	uint32_t instances[HMS_PARAM_INSTANCES_MAX];
	unsigned instance_count;
	char source;
	int64_t at_s; /* wall clock, seconds */
	struct hms_str value;
};

/** Calls fn for each entry until it returns something else than 0; entries borrow from the arena. An empty document has none. Returns
 *  what fn returned, or HMS_ESYNTAX, HMS_ENOMEM. */
int hms_params_each(struct hms_arena *arena, struct hms_str doc, int (*fn)(const struct hms_param_entry *entry, void *arg), void *arg);

/** The path of an entry: its pattern ("A.B.{i}.C") with the instance numbers put in. Returns 0, HMS_ESYNTAX (pattern and entry do not
 *  match), HMS_EFULL, HMS_ENOMEM. */
int hms_param_path(const struct hms_param_entry *entry, struct hms_str pattern, struct hms_buf *out);

#endif
