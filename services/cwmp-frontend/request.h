/** Requests of a device other than Inform: all others of hms/cwmp/acs_methods.def. */
#ifndef FE_REQUEST_H
#define FE_REQUEST_H

#include "post.h"

void fe_request(struct fe_post *p);

#endif
