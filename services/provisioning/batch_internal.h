/** The batch at hand, shared by the files that gather, load, write and tell. */
#ifndef PROV_BATCH_INTERNAL_H
#define PROV_BATCH_INTERNAL_H

#include "batch.h"
#include "hms/base/map.h"
#include "prov.h"

/* Of one transaction: batch_max events of [provisioning] at most, and items. */
#define PROV_DEVICES_MAX 32768

struct prov_batch {
	struct prov *prov;
	struct hms_arena *arena; /* of the engine */
	struct prov_context ctx;
	struct prov_device **devices;
	size_t device_count, device_room;
	bool sorted; /* devices, by id: all has been gathered */
	struct hms_map *by_id;
	int64_t now_us; /* wall clock of this transaction */
	int64_t oldest_recv_us;
};

/** gather.c: makes devices and their events, in log order. */
int prov_gather_message(struct hms_stream *stream, const struct hms_message *msg, void *prov);
/** An Inform in whose session nobody waits. */
bool prov_can_wait(struct hms_stream *stream, const struct hms_message *msg, void *prov);
int prov_gather_item(struct hms_stream *stream, const void *item, void *prov);
/** All has been gathered: sorts the devices, since locks are taken in that order. */
void prov_gathered(struct prov_batch *b);

/** load.c: adds to pg the quiet update and the rows of all devices that are not simple. */
void prov_load_quiet(struct prov_batch *b, struct hms_pg_batch *pg);
void prov_load_rows(struct prov_batch *b, struct hms_pg_batch *pg);
/** Devices that the quiet update found to need a look; they are not simple any more. */
size_t prov_load_unsimple(const struct prov_batch *b);

/** store.c: adds all writes to pg. Returns 0 or HMS_ENOMEM. */
int prov_store(struct prov_batch *b, struct hms_pg_batch *pg);

/** tell.c: after the commit: cache entries, POSTs, REVOKEs, metrics. */
void prov_tell(struct prov_batch *b);

#endif
