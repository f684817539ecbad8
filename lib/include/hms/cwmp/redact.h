/** Envelopes as they may be kept: without the values of secrets. By the names that the document has, not by its bytes: charsets, entities, CDATA, prefixes and the order
 *  of elements make no difference. What cannot be read is not kept at all. No I/O; any thread. */
#ifndef HMS_CWMP_REDACT_H
#define HMS_CWMP_REDACT_H

#include "hms/cwmp/cwmp.h"

#define HMS_CWMP_REDACTED "***" /* stands for what was taken out */

/** Whether a parameter of that path, or an element of that name, holds a secret: by hms/cwmp/secrets.def. */
bool hms_cwmp_is_secret(struct hms_str name);

/** Values that were secrets in a session: they are taken out of every text that follows, e.g. of a fault that repeats what it refuses. Those that are too short to be told
 *  from other texts are not remembered. */
struct hms_cwmp_secrets;
/** NULL when out of memory. */
struct hms_cwmp_secrets *hms_cwmp_secrets_new(void);
/** Overwrites them. */
void hms_cwmp_secrets_free(struct hms_cwmp_secrets **secrets);
/** Whether there were more than are kept: then free texts are not to be trusted. */
bool hms_cwmp_secrets_full(const struct hms_cwmp_secrets *secrets);

struct hms_cwmp_redact {
	struct hms_str body;
	bool cut;		     /* body is only the beginning of it */
	struct hms_str charset;	     /* of its Content-Type; p NULL: none */
	const struct hms_str *names; /* paths, or last parts of paths, that are secret beside those of the table */
	size_t name_count;
	struct hms_cwmp_secrets *seen; /* used, and added to */
	bool texts;		       /* the free texts of faults may be kept: seen holds what the device was told */
	size_t soap_max, rows_max;
};

/** What a message says, for a screen: a parameter and its value, an argument by its path. */
struct hms_cwmp_row {
	struct hms_str name, value;
};

/** In the arena. */
struct hms_cwmp_redacted {
	struct hms_str soap, method, id; /* method: local name of the first element in the Body, "" without one */
	struct hms_cwmp_row *rows;
	size_t row_count;
	bool cut; /* soap or rows are not all of it */
};

/** Returns 0; HMS_ESYNTAX, HMS_ECHARSET, HMS_ETOOBIG: it cannot be read, and nothing of it may be kept; HMS_ENOMEM. */
int hms_cwmp_redact(struct hms_arena *arena, const struct hms_cwmp_redact *in, struct hms_cwmp_redacted *out);

#endif
