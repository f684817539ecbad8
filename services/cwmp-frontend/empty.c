/* The empty POST. */
#include "empty.h"

#include "reply.h"
#include "take.h"

/* Some clients send one before their Inform (device-quirks 3). With a session cookie that is of no use it is the
 * middle of a session that we do not know: a 204 would end it as if all were done. */
static void without_session(struct fe_post *p)
{
	if (p->lost_cookie)
		fe_refuse(p, FE_REASON_NO_SESSION);
	else
		fe_reply_empty(p);
}

void fe_empty(struct fe_post *p)
{
	if (!p->has_session) {
		without_session(p);
		return;
	}
	fe_session_begin(&p->s);
	if (p->s.ended)
		fe_reply_empty(p); /* the 204 was lost */
	else if (p->s.stay == FE_STAY_QUIET)
		fe_reply_end(p, "quiet");
	else if (p->s.open)
		fe_take_after_no_answer(p); /* it stands where the answer belongs (device-quirks 4) */
	else
		fe_take(p);
}
