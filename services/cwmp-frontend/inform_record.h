/** The record of an Inform. */
#ifndef FE_INFORM_RECORD_H
#define FE_INFORM_RECORD_H

#include "post.h"

/** In one part, or in several that each hold identity and events. then: see fe_record_send(). */
void fe_inform_record(struct fe_post *p, fe_record_then *then);

#endif
