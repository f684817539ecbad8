/** Devices that do not come by themselves after a change that concerns all (a profile, site, group, pool; the choice of parameters to search by): a sweep looks at them, in
 *  the order of their ids and so many a second. It never writes more at once than its rate. */
#ifndef PROV_CATCH_UP_H
#define PROV_CATCH_UP_H

#include "device.h"
#include "hms/pg/pg.h"

struct prov;

/** The pass over all devices for one generation of what is desired, and what the rate has left. Zeroed: at the begin. */
struct prov_catch_up {
	struct prov *prov;
	struct hms_device_id cursor; /* looked at up to here */
	int32_t gen;		     /* of the pass */
	bool over;
	size_t asked;		 /* rows, by the statement under way */
	int64_t looks, since_us; /* at devices of an older generation: how many there were, less what the rate allows since */
};

/** How many devices of an older generation may be looked at now, whoever finds them: [provisioning] desired_rate. */
int64_t prov_catch_up_room(struct prov_catch_up *c, int64_t now_us);
/** So many have been, found by "inform" or "sweep". */
void prov_catch_up_looked(struct prov_catch_up *c, const char *by, int64_t count);
/** Partitions have come: all over again. */
void prov_catch_up_restart(struct prov_catch_up *c);

/** Adds to a sweep what is due. */
void prov_catch_up_add(struct prov_catch_up *c, struct hms_pg_batch *pg);

#endif
