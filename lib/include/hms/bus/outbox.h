/** The outbox relay: what PostgreSQL must say on Kafka (contracts 6). Rows of the table
 *      outbox(id bigint primary key, topic text, key bytea, part int, payload bytea, created timestamptz)
 *  are produced, and deleted once all in-sync replicas have them. Any number of relays may run on one table, each takes rows that no other holds. A relay that
 *  dies in between leaves duplicates, never a loss. One loop thread. */
#ifndef HMS_BUS_OUTBOX_H
#define HMS_BUS_OUTBOX_H

#include "hms/bus/bus.h"
#include "hms/pg/pg.h"

struct hms_outbox;
/** Opens a connection of its own; looks every 200 ms, and at once after a kick or while there is more. producer must outlive it. NULL when out of memory. */
struct hms_outbox *hms_outbox_new(struct hms_loop *loop, const struct hms_pg_conf *conf, struct hms_producer *producer);
/** There may be rows: call it after a commit that wrote some. */
void hms_outbox_kick(struct hms_outbox *outbox);
/** Nothing is called back; rows under way are sent again by the next relay. Before the producer. */
void hms_outbox_free(struct hms_outbox **outbox);

#endif
