/** Connection requests: when a device is called that has something to be done and is not in session (contracts 10). Level-triggered: each look at a device decides anew from its commands,
 *  its session and its row of device_call. The call itself goes out after the commit; whatever is lost then is found by its time limit. */
#ifndef PROV_CALL_H
#define PROV_CALL_H

#include "hms/device/reach.h"
#include "hms/net/networks.h"
#include "hms/net/rate.h"
#include "procedure.h"

enum prov_call_state {
#define PROV_CALL(name, text) PROV_CALL_IS_##name,
#include "call_states.def"
#undef PROV_CALL
};
extern const char *const prov_call_state_names[];

struct prov_call {
#define COL PROV_FIELD
#define COL_ENUM PROV_FIELD_ENUM
#include "call.def"
#undef COL
#undef COL_ENUM
	bool in_table, dirty;
	bool send;	   /* after the commit */
	int64_t deadline;  /* of what is sent */
	const char *ended; /* label of an outcome, counted after the commit; NULL: none */
};

/** Settings, and the limits of this worker. */
struct prov_call_rules {
	bool on;
	int32_t tries_max;
	int64_t retry_min_us, retry_max_us, busy_wait_us, inform_wait_us, deadline_us, device_interval_us;
	int64_t rate, network_rate;		   /* a second; 0: no limit */
	struct hms_rate *all, *networks, *devices; /* NULL: no limits */
};

/** An Inform of the device: whoever was to be called has come. */
void prov_call_inform(struct prov_device *d);
/** What became of a call. */
void prov_call_result(struct prov_context *ctx, struct prov_device *d, const Hms__ReachResult *result);
/** Whether it is to be called, now or later. After grants have been made. */
void prov_call_look(struct prov_context *ctx, struct prov_device *d);

/** The record for hms.reach. Returns 0, HMS_EFULL, HMS_ENOMEM. */
int prov_call_pack(const struct prov_device *d, struct hms_buf *out);

/** Whether a device whose URL names url and whose Inform came from peer is behind a NAT: nobody out here can open a connection to it. */
bool prov_call_is_nat(struct hms_str url, struct hms_str peer);

#endif
