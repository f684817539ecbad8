/** What has to be looked at beside events of Kafka: notices, due timers, answers of Redis. Bounded; what does not fit comes again with a sweep or a
 *  newer Inform. */
#ifndef PROV_INBOX_H
#define PROV_INBOX_H

#include "device.h"

struct prov_inbox;

struct prov_inbox_item {
	struct hms_device_id id;
	unsigned work; /* enum prov_work */
	uint64_t sid, command;
	uint32_t n;
	int revoked;
	char timer[32];
};

struct prov_inbox *prov_inbox_new(size_t cap);
void prov_inbox_free(struct prov_inbox **inbox);
/** Returns 0 or HMS_EFULL. */
int prov_inbox_put(struct prov_inbox *inbox, const struct prov_inbox_item *item);
/** Takes the oldest. Returns whether there was one. */
bool prov_inbox_take(struct prov_inbox *inbox, struct prov_inbox_item *out);
size_t prov_inbox_count(const struct prov_inbox *inbox);

#endif
