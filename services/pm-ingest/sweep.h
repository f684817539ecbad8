/** What comes due without a message: ledgers to look at, partitions to make and to drop. */
#ifndef PMI_SWEEP_H
#define PMI_SWEEP_H

#include "pmi.h"

struct pmi_sweep *pmi_sweep_new(struct pmi *pmi);
void pmi_sweep_free(struct pmi_sweep **sweep);

#endif
