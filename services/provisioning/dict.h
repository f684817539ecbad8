/** The dictionary of parameter paths (table param_path): a path without its instance numbers has an id for ever. */
#ifndef PROV_DICT_H
#define PROV_DICT_H

#include "hms/base/arena.h"
#include "hms/device/params.h"
#include "hms/pg/dict.h"

struct hms_pg_batch;
struct prov;

/** @param max  most paths. pg: a connection of its own, outside the batch's transaction. NULL when out of memory. */
struct hms_pg_dict *prov_dict_new(struct hms_pg *pg, size_t max);

/** Adds to the batch: reads what is not known yet. With the catalog, before the first decision: to who does not know a path its values are not known. */
void prov_dict_read(struct prov *prov, struct hms_pg_batch *pg);

/** "A.B.3.C" -> pattern "A.B.{i}.C" in the arena and its instance numbers. Returns their count, or HMS_ETOOBIG, HMS_ENOMEM. */
int prov_path_split(struct hms_arena *arena, struct hms_str path, struct hms_str *pattern, uint32_t instances[HMS_PARAM_INSTANCES_MAX]);

#endif
