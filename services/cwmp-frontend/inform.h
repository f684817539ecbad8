/** The Inform: identity, admission, authentication, classification, record, response. */
#ifndef FE_INFORM_H
#define FE_INFORM_H

#include "post.h"

void fe_inform(struct fe_post *p);

#endif
