/** The doorbell hms.work: tells the owner of a device's partition that a command was accepted for it, so that it does not wait for the next sweep (contracts 7, I4). A hint: whatever is
 *  lost here is found by that sweep. */
#ifndef NBI_DOORBELL_H
#define NBI_DOORBELL_H

#include "nbi.h"

struct nbi_doorbell;

/** NULL with err. Kafka need not be there yet. */
struct nbi_doorbell *nbi_doorbell_new(struct nbi *nbi, struct hms_err *err);
/** href: of what was accepted; one that is no command of a device rings nothing. */
void nbi_doorbell_ring(struct nbi_doorbell *bell, const char *href);
void nbi_doorbell_free(struct nbi_doorbell **bell);

#endif
