/** Groups of devices: what their devices must show, and where they are sent. The whole table is small and kept here, read again every few seconds; while
 *  PostgreSQL is away what was read last holds. */
#ifndef FE_GROUP_H
#define FE_GROUP_H

#include "fe.h"

struct fe_groups;

enum { FE_AUTH_LISTENER = -1 }; /* what the listener says */

struct fe_group {
	int auth; /* a value of `auth` of a listener (conf.h), or FE_AUTH_LISTENER */
	const char *redirect_url;
};

/** NULL when out of memory. Reads the table as soon as PostgreSQL is there. */
struct fe_groups *fe_groups_new(struct fe *fe);
/** After the connection to PostgreSQL is gone. */
void fe_groups_free(struct fe_groups **groups);

/** Valid until the loop goes on. NULL: it is not known here, since the table was never read or is older than the group; then it is read again at once. */
const struct fe_group *fe_group_find(struct fe_groups *groups, struct hms_str tenant, struct hms_str name);

/** Reads the table now; called when the connection is there (again). */
void fe_groups_read(struct fe_groups *groups);

#endif
