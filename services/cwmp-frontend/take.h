/** Looks into the mailbox of a session and does what it finds there (contracts 3). */
#ifndef FE_TAKE_H
#define FE_TAKE_H

#include "post.h"

/** Takes the next RPC, waits, or ends the session, by p->need_decided and p->at_limit. */
void fe_take(struct fe_post *p);

/** RPC n of the session will not be answered: records that (contracts 2), then takes on, once that is decided. */
void fe_take_after_no_answer(struct fe_post *p);

#endif
