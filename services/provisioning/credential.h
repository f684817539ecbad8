/** Credentials of its own for a device (TR-069 3.4.4, contracts 9): made at the first contact, pending until the device has shown them. Both are
 *  accepted meanwhile: an answer that is lost costs nothing. No store has them in clear. */
#ifndef PROV_CREDENTIAL_H
#define PROV_CREDENTIAL_H

#include "procedure.h"

/** Makes d->credentials from d->sealed. */
void prov_credential_list(struct hms_arena *arena, struct prov_device *d);

/** What an Inform says of them: the device has shown the pending one, which is its own now; or the shared one, so that it needs its own. */
void prov_credential_inform(struct prov_context *ctx, struct prov_device *d, const Hms__DeviceEvent *ev);

/** The device may forget all by a FactoryReset of ours: its own credential is in doubt like a pending one, and the listener's bootstrap credential holds
 *  until it shows one of them. */
void prov_credential_reset(struct prov_context *ctx, struct prov_device *d);

/** Step: the pending credentials, made when there are none; always the same until the device has shown them. */
int prov_credential_payload(struct prov_context *ctx, struct prov_device *d, const struct prov_choice *choice, const char *part,
			    struct hms_str *payload, struct hms_err *err);

#endif
