/** The TLS client certificate of a device against what its Inform says (TR-069 A5, A7; TS 33.320, SEC-05). */
#ifndef FE_CERTIFICATE_H
#define FE_CERTIFICATE_H

#include "post.h"

/** Whether the connection has a certificate, where the listener wants one. */
bool fe_certificate_shown(const struct fe_post *p);

/** Whether the Inform's device may come with this connection's certificate; else it is answered. Where the certificate is all that the listener
 *  wants, the session is authenticated by it. */
bool fe_certificate_fits(struct fe_post *p);

#endif
