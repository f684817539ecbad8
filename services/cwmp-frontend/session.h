/** State of one CWMP session as a front end sees it: all of it travels in the sealed cookie, so that any front end
 *  can take any POST (contracts 2). */
#ifndef FE_SESSION_H
#define FE_SESSION_H

#include "conf.h"
#include "hms/device/identity.h"

enum fe_stay {
	FE_STAY_QUIET = 1, /* asks for nothing: the empty POST is answered 204 at once */
	FE_STAY_HELD,	   /* waits for decisions until hold_until */
	FE_STAY_UNHELD,	   /* would wait, but provisioning is behind or Redis is away */
};

/** What a device has shown. A session goes on at a listener that asks for no more than that. */
enum {
	FE_PROOF_BASIC = 1,
	FE_PROOF_DIGEST = 2,
	FE_PROOF_CERTIFICATE = 4,     /* a valid one */
	FE_PROOF_OWN_CERTIFICATE = 8, /* that names it */
	FE_PROOF_GROUP = 16,	      /* what its group asks for, at whatever listener */
};

/** Numbers of hms/redis: n counts RPCs, seq what the device has said. The answer to RPC n has seq s0 + n. */
struct fe_session {
	struct hms_device_id device;
	uint64_t sid;
	uint32_t seq;
	uint32_t s0;	       /* seq at the first empty POST */
	uint32_t n;	       /* highest RPC sent */
	uint32_t classes;      /* events of the Inform */
	int64_t inform_us;     /* when the Inform came */
	int64_t hold_until_us; /* 0: does not wait */
	int64_t expiry_us;
	uint64_t command;    /* of RPC n */
	uint32_t timeout_s;  /* SessionTimeout of the Inform; 0: the setting's [H11] */
	uint8_t method;	     /* of RPC n: enum hms_cwmp_method */
	uint8_t follow;	     /* of RPC n: Hms__Grant__Follow */
	uint8_t ns;	     /* enum hms_cwmp_ns */
	uint8_t role;	     /* of the listener that took the Inform: enum fe_role */
	uint8_t stay;	     /* enum fe_stay */
	uint8_t quirks;	     /* FE_QUIRK_ of the device, and FE_SESSION_TRACED */
	uint8_t proof;	     /* FE_PROOF_: what the device has shown at its Inform */
	bool begun;	     /* the first empty POST came: s0 is set */
	bool open;	     /* RPC n is not answered */
	bool unsafe;	     /* RPC n must not happen twice */
	bool ended;	     /* the last response ended the session */
	uint8_t retries;     /* how often RPC n was sent again: the device answered 8005 */
	uint8_t asked_again; /* how often the device was: we answered 8005 */
	bool redirected;     /* once a session is enough [H10] */
	bool hold_requests;  /* the device's last envelope said so: it takes no RPC */
};

/** How often a request is sent again in a session for fault 8005 (TR-069 3.7.1.4, Amendment 6). */
enum { FE_RETRIES_MAX = 3 };

/** Classes in rising order: who waits longer, and who gives way first when too many wait. */
enum fe_rank { FE_RANK_OTHER, FE_RANK_REPROVISION, FE_RANK_BOOT, FE_RANK_BOOTSTRAP, FE_RANK_COUNT };
enum fe_rank fe_session_rank(uint32_t classes);
const char *fe_rank_label(enum fe_rank rank);

/** Whether that is enough where `auth` (a value of the setting) holds. A Digest does where Basic is asked for, and a device's own certificate where a
 *  password alone is; but what one of many could have shown is no more than that. */
bool fe_proof_suffices(unsigned proof, unsigned auth);

/** How long a session of these classes waits (contracts 4). */
int64_t fe_session_hold_us(const struct fe_conf *conf, uint32_t classes);

/** How long the device may be silent: what its Inform asks for (SessionTimeout, 30 s at least [H11]), else the setting. */
int64_t fe_session_timeout_us(const struct fe_conf *conf, const struct fe_session *s);

/** The end of the wait that a record received now promises; 0 when the session does not wait. Never near the device's own
 *  SessionTimeout: it would be gone. */
int64_t fe_session_promise_us(const struct fe_conf *conf, const struct fe_session *s, int64_t now_us);

/** Whether the session must not be lost at the limit (503 instead of 204): it began with BOOTSTRAP, BOOT or a
 *  reprovision event, or holds a grant. */
bool fe_session_must_return(const struct fe_session *s);

/** The first empty POST fixes s0. */
void fe_session_begin(struct fe_session *s);

/** The seq of a request by the device. A device that makes one after its first empty POST (it must not: TR-069
 *  3.7.2.4) moves s0 along, so that the answer to RPC n keeps a number of its own. */
uint32_t fe_session_request_seq(const struct fe_session *s);
void fe_session_requested(struct fe_session *s);

/** The answer to RPC n was recorded, or stood for by an empty POST: nothing is open now. */
void fe_session_answered(struct fe_session *s);

/** Whether a says more of the same session than b does. */
bool fe_session_newer(const struct fe_session *a, const struct fe_session *b);

#endif
