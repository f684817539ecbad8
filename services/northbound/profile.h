/** Documents of profiles as callers send them. */
#ifndef NBI_PROFILE_H
#define NBI_PROFILE_H

#include "hms/desired/profile.h"
#include "request.h"

/** Reads the request's body, or answers why it is none and returns NULL. The caller frees it. */
struct hms_profile *nbi_profile_read(struct nbi_req *r);

#endif
