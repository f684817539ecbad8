/** A hash map from byte strings to pointers with a cap, keyed by a per-process random seed (SipHash), so that a peer
 *  cannot choose colliding keys. One thread. */
#ifndef HMS_BASE_MAP_H
#define HMS_BASE_MAP_H

#include "hms/base/str.h"

struct hms_map;

/** @param cap  most entries. NULL when out of memory. */
struct hms_map *hms_map_new(size_t cap);
void hms_map_free(struct hms_map **map);
/** Removes all entries and keeps the room. */
void hms_map_clear(struct hms_map *map);

/** NULL when there is none. */
void *hms_map_get(const struct hms_map *map, const void *key, size_t len);

/** Copies the key; replaces a value that is there. Returns 0, HMS_EFULL or HMS_ENOMEM. value must not be NULL. */
int hms_map_put(struct hms_map *map, const void *key, size_t len, void *value);

/** Returns the value that was removed, or NULL. */
void *hms_map_del(struct hms_map *map, const void *key, size_t len);

size_t hms_map_count(const struct hms_map *map);

/** Calls fn for each entry; fn may not change the map. */
void hms_map_each(const struct hms_map *map, void (*fn)(struct hms_str key, void *value, void *arg), void *arg);

/** SipHash-2-4 under the process's seed. */
uint64_t hms_hash(const void *data, size_t len);

/** SipHash-2-4 under a key of one's own. */
uint64_t hms_siphash(const uint8_t key[16], const void *data, size_t len);

/** FNV-1a 64: stable across processes and releases, for values that are stored (param_hash). Not for peers' keys. */
uint64_t hms_hash_stable(uint64_t seed, const void *data, size_t len);
#define HMS_HASH_STABLE_SEED 0xcbf29ce484222325ULL

#endif
