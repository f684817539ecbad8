/** HTTP authentication of a session, the client's half (RFC 7617, RFC 7616). No I/O. */
#ifndef HNBSIM_AUTH_H
#define HNBSIM_AUTH_H

#include "hms/http/digest.h"

struct auth {
	enum { AUTH_SCHEME_NONE, AUTH_SCHEME_BASIC, AUTH_SCHEME_DIGEST } scheme;
	enum hms_digest_alg alg;
	bool qop;
	uint32_t nc;	  /* requests with this nonce */
	unsigned refused; /* consecutive challenges */
	char realm[128], nonce[256], opaque[256];
};

/** Takes a WWW-Authenticate value; Digest is preferred to Basic when both come. Returns whether it is one that can
 *  be answered. */
bool auth_challenge(struct auth *auth, struct hms_arena *arena, struct hms_str header);
/** Appends the value of an Authorization header; nothing when there is no scheme. */
void auth_header(struct auth *auth, struct hms_str user, struct hms_str password, struct hms_str method, struct hms_str uri,
		 uint64_t random, struct hms_buf *out);

#endif
