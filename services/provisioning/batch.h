/** One transaction at a time: read what has arrived, load, decide, write, commit, then tell Redis (contracts 6). */
#ifndef PROV_BATCH_H
#define PROV_BATCH_H

#include "inbox.h"
#include "procedure.h"

struct prov;
struct prov_batch;

struct prov_batch *prov_batch_new(struct prov *prov);
void prov_batch_free(struct prov_batch **batch);

/** Begins a batch if none is under way and there is something to do. */
void prov_batch_run(struct prov *prov);

/** Adds an item to the inbox and begins a batch. */
void prov_batch_work(struct prov *prov, const struct prov_inbox_item *item);

/** After a partition was taken over: the open grants of live sessions are posted again before anything newer. */
void prov_batch_repost(struct prov *prov, unsigned partition);

/** No transaction is under way. */
bool prov_batch_idle(const struct prov_batch *batch);

#endif
