/** Answers to devices. Each ends the request: the post may be gone after the call, unless the caller holds a
 *  reference. */
#ifndef FE_REPLY_H
#define FE_REPLY_H

#include "hms/device/auth.h"
#include "post.h"

enum fe_reason {
#define FE_REASON(id, status, label, text) FE_REASON_##id,
#include "reasons.def"
#undef FE_REASON
	FE_REASON_COUNT
};

/** 200 with the envelope in work->out. */
void fe_reply_soap(struct fe_post *p);
/** 200 with a CWMP fault, echoing the ID of the message. */
void fe_reply_fault(struct fe_post *p, uint32_t code);
/** 204 (200 by the registry of quirks): the session ends. @param how  label of hms_fe_session_ends_total */
void fe_reply_end(struct fe_post *p, const char *how);
/** 204 to an empty POST without a session. */
void fe_reply_empty(struct fe_post *p);
/** What sends a device elsewhere. Each does so once a session; a group may send on whom a listener has sent. */
enum fe_redirect { FE_REDIRECT_LISTENER, FE_REDIRECT_GROUP, FE_REDIRECT_DRAIN };
/** 307, or 302 by the listener's setting: the device sends the same POST to that URL, marked. */
void fe_reply_redirect(struct fe_post *p, enum fe_redirect why, const char *url);
/** Whether it was sent so in this session already. */
bool fe_reply_was_redirected(const struct fe_post *p, enum fe_redirect why);
/** 401 with the challenges of p->auth. */
void fe_reply_challenge(struct fe_post *p, bool stale);
/** A 4xx or 5xx. */
void fe_refuse(struct fe_post *p, enum fe_reason reason);
/** The same before there is a post. */
void fe_refuse_request(struct fe *fe, struct hms_http_req *req, enum fe_reason reason);
const char *fe_reason_label(enum fe_reason reason);

#endif
