/** Checks what a device shows against its own, pending and a shared credential (contracts 9), and asks for it. No I/O. */
#ifndef HMS_DEVICE_AUTH_H
#define HMS_DEVICE_AUTH_H

#include "hms/device/credential.h"
#include "hms/http/digest.h"

/** What is asked for; the order of the choices of settings "none|basic|digest|any". any offers Digest and Basic. */
enum hms_auth_policy { HMS_POLICY_NONE, HMS_POLICY_BASIC, HMS_POLICY_DIGEST, HMS_POLICY_ANY };

enum hms_auth_result {
#define HMS_AUTH_RESULT(id, label) HMS_AUTH_IS_##id,
#include "hms/device/auth_results.def"
#undef HMS_AUTH_RESULT
	HMS_AUTH_RESULT_COUNT
};
const char *hms_auth_label(enum hms_auth_result result);

/** The last nonce that a connection used, and how often. */
struct hms_nonce_seen {
	uint64_t nonce; /* hash; 0: none */
	uint32_t count;
};

struct hms_auth_input {
	enum hms_auth_policy policy;  /* not HMS_POLICY_NONE */
	struct hms_str authorization; /* the header; p NULL: absent */
	struct hms_str method;	      /* of the request */
	struct hms_str target;	      /* of the request, which the uri of a Digest must be; p NULL: it may be any */
	struct hms_device_id device;
	const struct hms_str *sealed; /* credentials of the device */
	size_t sealed_count;
	const struct hms_credential *bootstrap; /* NULL: there is none. It stands for a device without an own credential, */
	bool bootstrap_always;			/* or for any */
	struct hms_sealer *sealer;
	const struct hms_nonce_key *nonce_key;
	int64_t nonce_life_ms, now_us;
	struct hms_nonce_seen *seen; /* of the connection; may be NULL */
	/* Out: what was right, of enum hms_credential_kind; 0: the bootstrap credential, or nothing. */
	int shown;
	bool by_digest; /* and how */
};
/** Whether the header shows anything to check, right or wrong: if not, hms_auth_check() would say ABSENT. @param arena  scratch. */
bool hms_auth_shown(struct hms_arena *arena, enum hms_auth_policy policy, struct hms_str authorization);

/** @param arena  scratch. */
enum hms_auth_result hms_auth_check(struct hms_arena *arena, struct hms_auth_input *in);

/** Whether one of the sealed credentials is the device's own: one that is only pending may never have come to it. */
bool hms_auth_has_own(struct hms_sealer *sealer, struct hms_device_id device, const struct hms_str *sealed, size_t count);

/** The values of the WWW-Authenticate headers of a 401: MD5, SHA-256, Basic, as far as the policy offers them. Each buffer is initialised here with
 *  a cap; hms_buf_fini() all three. Returns how many are filled; one that did not fit is left out. */
#define HMS_AUTH_CHALLENGES 3
struct hms_challenge {
	enum hms_auth_policy policy; /* not HMS_POLICY_NONE */
	struct hms_str realm;
	const struct hms_nonce_key *nonce_key;
	int64_t now_us;
	bool sha256; /* offered behind MD5 */
	bool stale;
};
size_t hms_auth_challenge(const struct hms_challenge *ask, struct hms_buf out[HMS_AUTH_CHALLENGES]);
/** Whether a realm can stand in quotes in a header: printable ASCII without quotes and backslashes. */
bool hms_auth_realm_ok(struct hms_str realm);

#endif
