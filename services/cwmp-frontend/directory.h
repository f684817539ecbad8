/** The view api_v1.device_auth in PostgreSQL, for devices whose cache entry is missing: lookups are batched, unknown
 *  devices remembered for a  moment. */
#ifndef FE_DIRECTORY_H
#define FE_DIRECTORY_H

#include "fe.h"

struct fe_post;
struct fe_directory;

/** NULL when out of memory. */
struct fe_directory *fe_directory_new(struct fe *fe);
/** After the connection to PostgreSQL is gone: nothing is under way then. */
void fe_directory_free(struct fe_directory **directory);

/** Looks p->s.device up; fills p->lookup. done runs once, later or within the call: 0, HMS_EUNAVAIL, HMS_ENOMEM. */
void fe_directory_ask(struct fe_directory *d, struct fe_post *p, void (*done)(struct fe_post *p, int code));

#endif
