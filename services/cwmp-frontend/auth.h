/** Checks what a device shows against its own, pending and the bootstrap credential (contracts 9). No I/O. */
#ifndef FE_AUTH_H
#define FE_AUTH_H

#include "conf.h"
#include "hms/device/credential.h"
#include "hms/http/digest.h"

enum fe_auth_result {
#define FE_AUTH_RESULT(id, label) FE_AUTH_IS_##id,
#include "auth.def"
#undef FE_AUTH_RESULT
	FE_AUTH_RESULT_COUNT
};
const char *fe_auth_label(enum fe_auth_result result);

/** The last nonce that a connection used, and how often. */
struct fe_nonce_seen {
	uint64_t nonce; /* hash; 0: none */
	uint32_t count;
};

struct fe_auth_input {
	enum fe_auth_policy policy;   /* not FE_AUTH_NONE */
	struct hms_str authorization; /* the header; p NULL: absent */
	struct hms_str method;	      /* "POST" */
	struct hms_device_id device;
	const struct hms_str *sealed; /* credentials of the device */
	size_t sealed_count;
	const struct hms_credential *bootstrap; /* NULL: there is none, or it may not be used */
	struct hms_sealer *sealer;
	const struct hms_nonce_key *nonce_key;
	int64_t nonce_life_ms, now_us;
	struct fe_nonce_seen *seen; /* of the connection; may be NULL */
};
/** Whether the header shows anything to check, right or wrong: if not, fe_auth_check() would say ABSENT. @param arena  scratch. */
bool fe_auth_shown(struct hms_arena *arena, enum fe_auth_policy policy, struct hms_str authorization);

/** @param arena  scratch. */
enum fe_auth_result fe_auth_check(struct hms_arena *arena, const struct fe_auth_input *in);

#endif
