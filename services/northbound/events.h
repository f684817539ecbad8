/** Live events: what is new in the histories of devices, commands and alarms, to everyone who listens (server-sent events).
 *
 *  The histories are read by time, each look goes back events_window and leaves out what was read already: rows are not committed in the
 *  order of their times. A row that is committed later than that after its time is in the history only. */
#ifndef NBI_EVENTS_H
#define NBI_EVENTS_H

#include "nbi.h"

struct nbi_events *nbi_events_new(struct nbi *nbi);
void nbi_events_free(struct nbi_events **events);
/** Ends all streams; new ones are refused. */
void nbi_events_close(struct nbi_events *events);

#endif
