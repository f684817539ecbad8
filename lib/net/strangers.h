/* Connections of a listener that have not shown who they are. */
#ifndef STRANGERS_H
#define STRANGERS_H

#include "conn_internal.h"

/** NULL when out of memory. */
struct strangers *strangers_new(const struct hms_listener_strangers *opts);
/** When none is left. */
void strangers_free(struct strangers **strangers);

/** Whether the source may have one more; counted if not. */
bool strangers_room(struct strangers *s, const struct hms_addr *source);
/** Closes the oldest one. False: there is none. */
bool strangers_give_way(struct strangers *s);
/** A new connection, its peer set; the oldest one goes where there is no place. */
void strangers_enter(struct strangers *s, struct hms_conn *conn);

#endif
