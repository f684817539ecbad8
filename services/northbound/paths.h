/** The dictionary of parameter paths (table param_path), as far as it has been asked for: an id keeps its path for ever. */
#ifndef NBI_PATHS_H
#define NBI_PATHS_H

#include "hms/pg/pg.h"

struct nbi_paths;
/** @param max  most paths; when it is full it begins anew. NULL when out of memory. */
struct nbi_paths *nbi_paths_new(size_t max);
void nbi_paths_free(struct nbi_paths **paths);

/** The pattern of an id; p NULL when it has not been asked for. */
struct hms_str nbi_paths_get(const struct nbi_paths *paths, uint32_t id);
/** Returns 0 or HMS_ENOMEM. */
int nbi_paths_put(struct nbi_paths *paths, uint32_t id, struct hms_str pattern);

#endif
