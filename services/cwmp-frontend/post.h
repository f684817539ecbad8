/** One POST of a device, from its headers to the end of its response. */
#ifndef FE_POST_H
#define FE_POST_H

#include "budget.h"
#include "entry.h"
#include "fe.h"
#include "hms/http/coding.h"
#include "hold.h"
#include "listener.h"
#include "record.h"
#include "session.h"

struct fe_trace_post;

enum fe_missing { FE_MISSING_NOTHING, FE_MISSING_CREDENTIALS, FE_MISSING_CERTIFICATE };

struct fe_post {
	struct fe *fe;
	const struct fe_listener *listener;
	struct hms_http_req *req;     /* NULL after it ended: nothing can be answered any more */
	struct fe_works *works;	      /* where work comes from */
	struct fe_work *work;	      /* NULL before a body, and while the session waits */
	unsigned refs;		      /* the request, and every operation under way */
	struct fe_budget_share share; /* of what strangers may have */
	struct hms_unpack *unpack;    /* NULL: the body comes as it is */
	bool answered;
	bool unread; /* what the listener asks for is missing, and no group asks for less: the body is passed over, the answer is a challenge */
	enum fe_missing missing; /* of what the listener asks for, in the head */
	uint8_t auth;		 /* the value of `auth` that holds: the listener's, then that of the Inform's group */
	bool auth_of_group;
	uint8_t certificate; /* enum fe_whose: the client's, at an Inform */
	bool paused;
	bool empty; /* no message came */
	bool has_body;
	bool lost_cookie;   /* a session cookie came that is of no use */
	uint8_t credential; /* that the device has shown: Hms__Inform__Credential */
	bool has_session;   /* s is the session that this request belongs to */
	struct fe_session s;
	const struct hms_cwmp_msg *msg; /* in work */
	uint64_t complete_us;		/* monotonic time of the end of the body */

	struct fe_acks acks;	 /* of records */
	struct fe_lookup lookup; /* of an Inform's device */
	struct fe_waiter waiter;
	bool need_decided;		/* TAKE hands out nothing before the last answer is decided */
	bool again;			/* TAKE looks for the RPC that the device wants once more */
	bool at_limit;			/* TAKE does not wait any more */
	const struct Hms__Grant *grant; /* in work: the RPC to send */
	struct fe_trace_post *trace;	/* NULL: nothing of it is recorded */
};

/** hms_http_handler of every listener; arg is the struct fe_listener. */
void fe_post_accept(struct hms_http_req *req, void *arg);

void fe_post_ref(struct fe_post *p);
void fe_post_unref(struct fe_post *p);
/** Whether an answer can still be given. Every callback of an operation asks first. */
bool fe_post_is_live(const struct fe_post *p);
/** What this Inform's device has to show by HTTP: as `auth` says, but a device with a credential of its own is never believed without it. */
enum hms_auth_policy fe_post_auth_policy(const struct fe_post *p);

/** Makes sure that there is work; false: out of memory, and the request was refused. */
bool fe_post_need_work(struct fe_post *p);
void fe_post_drop_work(struct fe_post *p);

/** Goes on with a body that was paused: what was held back, and what comes. */
void fe_post_resume(struct fe_post *p);

/** Answers what could not be read or recorded, by code. */
void fe_post_failed(struct fe_post *p, int code);

#endif
