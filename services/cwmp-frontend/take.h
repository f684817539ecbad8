/** Looks into the mailbox of a session and does what it finds there (contracts 3). */
#ifndef FE_TAKE_H
#define FE_TAKE_H

#include "post.h"

/** Takes the next RPC, waits, or ends the session, by p->need_decided and p->at_limit. */
void fe_take(struct fe_post *p);

/** RPC n of the session will not be answered: records that (contracts 2), then takes on, once that is decided. */
void fe_take_after_no_answer(struct fe_post *p);

/** RPC n of the session is sent once more, as it was: the device wants that (fault 8005). Where it cannot be found any more the fault is its answer. */
void fe_take_again(struct fe_post *p);

#endif
