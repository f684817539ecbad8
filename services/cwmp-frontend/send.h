/** Sends the RPC that was taken. */
#ifndef FE_SEND_H
#define FE_SEND_H

#include "post.h"

/** p->grant, whose number and command are in p->s already. An unsafe one is announced first (I7). */
void fe_send_rpc(struct fe_post *p);

#endif
