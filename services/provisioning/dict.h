/** The dictionary of parameter paths (table param_path), cached: a path without its instance numbers has an id for ever. */
#ifndef PROV_DICT_H
#define PROV_DICT_H

#include "hms/base/arena.h"
#include "hms/pg/pg.h"

struct prov_dict;

/** @param max  most paths. pg: a connection of its own, outside the batch's transaction. NULL when out of memory. */
struct prov_dict *prov_dict_new(struct hms_pg *pg, size_t max);
void prov_dict_free(struct prov_dict **dict);

#define PROV_INSTANCES_MAX 16
/** "A.B.3.C" -> pattern "A.B.{i}.C" in the arena and its instance numbers. Returns their count, or HMS_ETOOBIG, HMS_ENOMEM. */
int prov_path_split(struct hms_arena *arena, struct hms_str path, struct hms_str *pattern, uint32_t instances[PROV_INSTANCES_MAX]);

/** The id of a pattern, 0 when it is not known (yet). */
uint32_t prov_dict_id(const struct prov_dict *dict, struct hms_str pattern);

/** Takes over an id that the table gave. Returns 0, HMS_EFULL or HMS_ENOMEM. */
int prov_dict_put(struct prov_dict *dict, struct hms_str pattern, uint32_t id);

/** Notes a pattern that prov_dict_learn() shall ask for; it is copied. Nothing is noted when the dictionary is full. */
void prov_dict_want(struct prov_dict *dict, struct hms_str pattern);
size_t prov_dict_wanted(const struct prov_dict *dict);

/** Gives ids to all wanted patterns; done runs later, whether it worked or not (what is still unknown is then left out by the caller). Returns 0, or
 *  HMS_ENOMEM: done does not run. */
int prov_dict_learn(struct prov_dict *dict, void (*done)(void *arg), void *arg);

#endif
