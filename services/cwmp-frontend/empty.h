/** The empty POST: the device has nothing more to say; the session is ours. */
#ifndef FE_EMPTY_H
#define FE_EMPTY_H

#include "post.h"

void fe_empty(struct fe_post *p);

#endif
