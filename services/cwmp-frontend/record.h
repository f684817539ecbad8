/** Records of what a device said: DeviceEvents in one part or several, and their acknowledgements (contracts 5). */
#ifndef FE_RECORD_H
#define FE_RECORD_H

#include "hms/bus/bus.h"
#include "hms/device/event.h"
#include "parts.h"

struct fe_post;

/** code 0: every part is acknowledged. Not called when the request has ended before. */
typedef void fe_record_then(struct fe_post *p, int code);

/** Acknowledgements that a request waits for. */
struct fe_acks {
	unsigned pending;
	int code;    /* of the first failure */
	bool closed; /* no more parts will come */
	fe_record_then *then;
};

enum fe_record_kind { FE_RECORD_INFORM, FE_RECORD_REQUEST, FE_RECORD_RESULT, FE_RECORD_DISPATCHED };

struct fe_record {
	struct fe_post *post;
	Hms__DeviceEvent event;
	union {
		Hms__Inform inform;
		Hms__CpeRequest request;
		Hms__RpcResult result;
		Hms__RpcDispatched dispatched;
	};
	enum fe_record_kind kind;
	enum hms_lane lane;
	bool streams; /* parts may leave before the message is complete */
	struct fe_parts parts;
	char peer[64];
};

/** A new record of the request's session, in its work; seq and the body are the caller's to fill. NULL: out of
 *  memory. */
struct fe_record *fe_record_new(struct fe_post *p, enum fe_record_kind kind, uint32_t seq);
/** Adds a parameter (Inform and result); sends a part when it is full. Returns 0, HMS_ENOMEM, HMS_EPROTO (a part may
 *  not leave yet) or an  error of hms_producer_send(). */
int fe_record_param(struct fe_record *r, const struct hms_cwmp_param *param);
/** Sends the last part. then runs once, perhaps within the call. */
void fe_record_send(struct fe_record *r, fe_record_then *then);

#endif
