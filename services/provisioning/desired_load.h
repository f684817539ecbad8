/** Rows of desired configuration: loaded with a device's others, but for quiet ones and where no profile sets anything; written with them. */
#ifndef PROV_DESIRED_LOAD_H
#define PROV_DESIRED_LOAD_H

#include "batch_internal.h"

void prov_desired_load(struct prov_batch *b, struct hms_pg_batch *pg);

/** Whether ids have to be allotted before anything can be decided, and the statement that does. */
bool prov_desired_wants_ids(struct prov_batch *b);
void prov_desired_load_ids(struct prov_batch *b, struct hms_pg_batch *pg);

void prov_desired_store(struct prov_batch *b, struct hms_pg_batch *pg);

#endif
