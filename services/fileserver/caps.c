/* Places and bytes a day by key, the idle ones in the order of their last use. */
#include "caps.h"

#include <stdlib.h>
#include <string.h>

#include "hms/base/list.h"
#include "hms/base/map.h"

struct fs_cap {
	struct hms_list idle;
	struct fs_caps *caps;
	uint8_t key[16];
	int64_t day;
	uint64_t bytes, day_bytes;
	unsigned taken;
};

struct fs_caps {
	struct hms_map *map;
	struct hms_list idle;
	size_t most;
};

struct fs_caps *fs_caps_new(size_t most)
{
	struct fs_caps *caps = calloc(1, sizeof(*caps));

	if (!caps)
		return NULL;
	caps->most = most;
	caps->map = hms_map_new(most);
	if (!caps->map) {
		free(caps);
		return NULL;
	}
	hms_list_init(&caps->idle);
	return caps;
}

static void forget(struct fs_cap *cap)
{
	hms_list_remove(&cap->idle);
	hms_map_del(cap->caps->map, cap->key, sizeof(cap->key));
	free(cap);
}

static void forget_oldest(struct fs_caps *caps) { forget(hms_container_of(caps->idle.next, struct fs_cap, idle)); }

void fs_caps_free(struct fs_caps **caps)
{
	struct fs_caps *c = *caps;

	*caps = NULL;
	if (!c)
		return;
	while (!hms_list_empty(&c->idle))
		forget_oldest(c);
	hms_map_free(&c->map);
	free(c);
}

static struct fs_cap *make(struct fs_caps *caps, const uint8_t key[16])
{
	struct fs_cap *cap;

	if (hms_map_count(caps->map) >= caps->most) {
		if (hms_list_empty(&caps->idle))
			return NULL;
		forget_oldest(caps);
	}
	cap = calloc(1, sizeof(*cap));
	if (!cap)
		return NULL;
	cap->caps = caps;
	memcpy(cap->key, key, sizeof(cap->key));
	hms_list_init(&cap->idle);
	if (hms_map_put(caps->map, cap->key, sizeof(cap->key), cap) == 0)
		return cap;
	free(cap);
	return NULL;
}

enum fs_cap_result fs_cap_take(struct fs_caps *caps, const uint8_t key[16], int64_t at_once, int64_t day_bytes, uint64_t expected,
			       int64_t day, struct fs_cap **out)
{
	struct fs_cap *cap = hms_map_get(caps->map, key, sizeof(cap->key));

	*out = NULL;
	if (!cap)
		cap = make(caps, key);
	if (!cap)
		return FS_CAP_FULL;
	if (cap->taken == 0) { /* as idle, and the last one used, whatever follows */
		hms_list_remove(&cap->idle);
		hms_list_push_back(&caps->idle, &cap->idle);
	}
	if (cap->day != day)
		cap->bytes = 0;
	cap->day = day;
	cap->day_bytes = (uint64_t)day_bytes;
	if (at_once && cap->taken >= at_once)
		return FS_CAP_BUSY;
	if (day_bytes && (cap->bytes >= (uint64_t)day_bytes || expected > (uint64_t)day_bytes - cap->bytes))
		return FS_CAP_DAY;
	hms_list_remove(&cap->idle);
	cap->taken++;
	*out = cap;
	return FS_CAP_OK;
}

bool fs_cap_bytes(struct fs_cap *cap, size_t len)
{
	cap->bytes += len;
	return cap->day_bytes == 0 || cap->bytes <= cap->day_bytes;
}

void fs_cap_give(struct fs_cap **cap)
{
	struct fs_cap *c = *cap;

	*cap = NULL;
	if (c && --c->taken == 0)
		hms_list_push_back(&c->caps->idle, &c->idle);
}
