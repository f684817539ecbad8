/** The TLS client certificate of a device against what its Inform says (TR-069 A5, A7; TS 33.320, SEC-05). */
#ifndef FE_CERTIFICATE_H
#define FE_CERTIFICATE_H

#include "post.h"

enum fe_whose { FE_WHOSE_NOBODYS, FE_WHOSE_OWN, FE_WHOSE_ANOTHERS, FE_WHOSE_ABSENT };

/** Whose the connection's certificate is, before an alias is followed, into p->certificate. False: it names another device than the Inform does, which is
 *  answered, whatever is asked for. */
bool fe_certificate_look(struct fe_post *p);

/** Whether that is what p->auth asks for; else the Inform is answered. Adds to the session's proof. */
bool fe_certificate_fits(struct fe_post *p);

#endif
