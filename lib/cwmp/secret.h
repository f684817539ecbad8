/* What a redacted text must not hold: values that were secrets, and what URLs carry. */
#ifndef HMS_CWMP_SECRET_H
#define HMS_CWMP_SECRET_H

#include "hms/cwmp/redact.h"

/** The last part of a path that is no number; the name itself where it has no dots. */
struct hms_str hms_cwmp_last_part(struct hms_str path);
void hms_cwmp_secrets_add(struct hms_cwmp_secrets *secrets, struct hms_str value);
/** Appends text without values that were secrets, without user names, passwords and queries of URLs, and without what may be the token of a signed one. */
void hms_cwmp_secrets_scrub(const struct hms_cwmp_secrets *secrets, struct hms_buf *out, struct hms_str text);

#endif
