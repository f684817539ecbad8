/* A hash map with a cap: open addressing, linear probing, deletion by shifting back (no tombstones). */
#include "hms/base/map.h"

#include <stdlib.h>

#include "hms/base/err.h"

enum { FIRST_SLOTS = 16 };

struct entry {
	void *value;
	size_t len;
	char key[];
};

struct slot {
	uint64_t hash;
	struct entry *entry; /* NULL: free */
};

struct hms_map {
	struct slot *slots;
	size_t mask; /* number of slots - 1; the number is a power of two */
	size_t count, cap;
};

struct hms_map *hms_map_new(size_t cap)
{
	struct hms_map *map = calloc(1, sizeof(*map));

	if (!map)
		return NULL;
	map->slots = calloc(FIRST_SLOTS, sizeof(*map->slots));
	if (!map->slots) {
		free(map);
		return NULL;
	}
	map->mask = FIRST_SLOTS - 1;
	map->cap = cap;
	return map;
}

void hms_map_clear(struct hms_map *map)
{
	for (size_t i = 0; i <= map->mask; i++) {
		free(map->slots[i].entry);
		map->slots[i].entry = NULL;
	}
	map->count = 0;
}

void hms_map_free(struct hms_map **map)
{
	if (!*map)
		return;
	hms_map_clear(*map);
	free((*map)->slots);
	free(*map);
	*map = NULL;
}

/* The slot that holds the key, or the free one where it belongs. There always is a free one: at most 3/4 are taken. */
static struct slot *find(const struct hms_map *map, uint64_t hash, const void *key, size_t len)
{
	for (size_t i = hash & map->mask;; i = (i + 1) & map->mask) {
		struct slot *slot = &map->slots[i];

		if (!slot->entry)
			return slot;
		if (slot->hash == hash && slot->entry->len == len && (len == 0 || memcmp(slot->entry->key, key, len) == 0))
			return slot;
	}
}

void *hms_map_get(const struct hms_map *map, const void *key, size_t len)
{
	const struct slot *slot = find(map, hms_hash(key, len), key, len);

	return slot->entry ? slot->entry->value : NULL;
}

static int double_slots(struct hms_map *map)
{
	size_t mask = map->mask * 2 + 1;
	struct slot *slots = calloc(mask + 1, sizeof(*slots));

	if (!slots)
		return HMS_ENOMEM;
	for (size_t i = 0; i <= map->mask; i++) {
		size_t at = map->slots[i].hash & mask;

		if (!map->slots[i].entry)
			continue;
		while (slots[at].entry)
			at = (at + 1) & mask;
		slots[at] = map->slots[i];
	}
	free(map->slots);
	map->slots = slots;
	map->mask = mask;
	return 0;
}

int hms_map_put(struct hms_map *map, const void *key, size_t len, void *value)
{
	uint64_t hash = hms_hash(key, len);
	struct slot *slot = find(map, hash, key, len);
	struct entry *entry;

	if (slot->entry) {
		slot->entry->value = value;
		return 0;
	}
	if (map->count >= map->cap)
		return HMS_EFULL;
	if (map->count + 1 > (map->mask + 1) / 4 * 3) {
		int rc = double_slots(map);

		if (rc < 0)
			return rc;
		slot = find(map, hash, key, len);
	}
	entry = malloc(sizeof(*entry) + len);
	if (!entry)
		return HMS_ENOMEM;
	entry->value = value;
	entry->len = len;
	if (len > 0)
		memcpy(entry->key, key, len);
	*slot = (struct slot){ hash, entry };
	map->count++;
	return 0;
}

/* Fills the hole at i with later entries of the same run that may stand there, so that every probe still finds them. */
static void close_hole(struct hms_map *map, size_t i)
{
	for (size_t j = (i + 1) & map->mask; map->slots[j].entry; j = (j + 1) & map->mask) {
		size_t home = map->slots[j].hash & map->mask;

		if (((j - home) & map->mask) < ((j - i) & map->mask))
			continue;
		map->slots[i] = map->slots[j];
		i = j;
	}
	map->slots[i].entry = NULL;
}

void *hms_map_del(struct hms_map *map, const void *key, size_t len)
{
	struct slot *slot = find(map, hms_hash(key, len), key, len);
	void *value;

	if (!slot->entry)
		return NULL;
	value = slot->entry->value;
	free(slot->entry);
	close_hole(map, (size_t)(slot - map->slots));
	map->count--;
	return value;
}

size_t hms_map_count(const struct hms_map *map) { return map->count; }

void hms_map_each(const struct hms_map *map, void (*fn)(struct hms_str key, void *value, void *arg), void *arg)
{
	for (size_t i = 0; i <= map->mask; i++) {
		const struct entry *entry = map->slots[i].entry;

		if (entry)
			fn(hms_strn(entry->key, entry->len), entry->value, arg);
	}
}
