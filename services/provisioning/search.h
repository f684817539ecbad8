/** Parameters that devices can be searched by (contracts 8: device_attr): chosen by [provisioning] search_parameters, and written with the document that they come
 *  from, in its transaction. Rows of a device that were made of another choice are made anew when it is looked at; a sweep sees to those that do not come. */
#ifndef PROV_SEARCH_H
#define PROV_SEARCH_H

#include "device.h"
#include "hms/device/params.h"
#include "hms/pg/dict.h"
#include "hms/pg/pg.h"

#define PROV_SEARCH_PATHS_MAX 64    /* different paths of one choice */
#define PROV_SEARCH_VALUES_MAX 256  /* of one device; further ones are not found */
#define PROV_SEARCH_VALUE_BYTES 200 /* of a value count, so that an index can hold it */

struct prov_search;

/** @param names  logical names of data-model maps, and full paths (an instance number or {i} stands for any instance), between spaces or commas.
 *  Returns 0, HMS_EINVAL (a name that no map knows), HMS_EFULL or HMS_ENOMEM. */
int prov_search_new(const struct hms_models *models, const char *names, struct prov_search **out, struct hms_err *err);
void prov_search_free(struct prov_search **search);

/** What tells one choice from another; never 0. */
int32_t prov_search_choice(const struct prov_search *search);
/** Notes in the dictionary the paths that it does not know yet. */
void prov_search_want(const struct prov_search *search, struct hms_pg_dict *dict);
/** Takes over their ids. Returns whether it has all of them: until then nothing is written. */
bool prov_search_learnt(struct prov_search *search, const struct hms_pg_dict *dict);

/** Adds the value of an entry, if its path is a chosen one. Returns 0 or HMS_ENOMEM. */
int prov_search_take(const struct prov_search *search, struct hms_arena *arena, struct prov_found *found, const struct hms_param_entry *e);

/** Adds the statements for all devices whose values or choice are others; before their documents are written. Returns 0 or HMS_ENOMEM. */
int prov_search_write(struct prov_search *search, struct hms_arena *arena, struct hms_pg_batch *pg, struct prov_device *const *devices,
		      size_t count);

#endif
