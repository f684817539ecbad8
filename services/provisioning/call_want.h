/** Whether a call would bring something, and where it would go. */
#ifndef PROV_CALL_WANT_H
#define PROV_CALL_WANT_H

#include "call.h"

#define PROV_CALL_NEVER INT64_MAX

/** From when on a call brings something that waits, in wall clock; PROV_CALL_NEVER: nothing waits that a session could bring on. *state says why not before: SESSION or LATER. */
int64_t prov_call_wanted(struct prov_context *ctx, const struct prov_device *d, enum prov_call_state *state);

/** The host of an http URL, if it is an address. Returns 0 or HMS_ESYNTAX. */
int prov_call_host(struct hms_str url, struct hms_addr *out);

#endif
