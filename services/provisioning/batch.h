/** What provisioning does in a transaction of the engine: gather events and items by device, load, decide, write, then tell Redis (contracts 6). */
#ifndef PROV_BATCH_H
#define PROV_BATCH_H

#include "device.h"
#include "hms/stream/stream.h"

struct prov;
struct prov_batch;

/** What has to be looked at beside messages: notices, due timers, answers of Redis. What does not fit comes again with a sweep or a newer Inform. */
struct prov_item {
	struct hms_device_id id;
	unsigned work; /* enum prov_work */
	uint64_t sid, command;
	uint32_t n;
	int revoked;
	char timer[32];
};
#define PROV_ITEMS_MAX 100000

enum { PROV_TOPIC_EVENTS, PROV_TOPIC_WORK };
extern const char *const prov_topics[]; /* hms.device-events, hms.work, NULL */
extern const struct hms_stream_cb prov_stream_cb;

struct prov_batch *prov_batch_new(struct prov *prov);
void prov_batch_free(struct prov_batch **batch);

/** Adds an item and begins a transaction. */
void prov_batch_work(struct prov *prov, const struct prov_item *item);

#endif
