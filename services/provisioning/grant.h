/** Grants: which queued commands the waiting session may be given now (contracts 7). */
#ifndef PROV_GRANT_H
#define PROV_GRANT_H

#include "procedure.h"
#include "hms/redis/mailbox.h"

#define PROV_GRANTS_MAX 16
#define PROV_GRANT_BYTES_MAX (256 * 1024)
/** A grant is only made while the session still waits so long. */
#define PROV_GRANT_MARGIN_US 200000

/** Whether the newest session of the device waits. */
bool prov_session_waits(const struct prov_device *d);

/** Lets procedures add their next step, then grants what may be granted. */
void prov_grant(struct prov_context *ctx, struct prov_device *d);

/** All open grants of the newest session, for POST. Returns how many (at most PROV_GRANTS_MAX), or HMS_ENOMEM. */
int prov_grant_items(struct prov_context *ctx, const struct prov_device *d, struct hms_mail_item items[PROV_GRANTS_MAX]);

#endif
