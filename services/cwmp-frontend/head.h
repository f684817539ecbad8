/** The head of a POST: whose session it is in, and what its sender shows before the body is read. */
#ifndef FE_HEAD_H
#define FE_HEAD_H

#include "post.h"

/** By the cookie or, for clients that return none or an old one, by the connection (device-quirks 2). */
void fe_head_find_session(struct fe_post *p);

/** Outside a session a body is read only for what can be checked: it may be long, and costs memory. Sets p->missing and p->unread; false: the request is
 *  answered. */
bool fe_head_admits(struct fe_post *p);

/** The listener's answer to who does not show what it asks for. */
void fe_head_ask(struct fe_post *p);

/** Whether the device was sent to where this listener's devices are served. */
bool fe_head_redirect(struct fe_post *p);

#endif
