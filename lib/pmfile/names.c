/* All texts of a file; equal names have one index. */
#include <stdlib.h>

#include "internal.h"

int pm_array_grow(struct pm_array *a, size_t item_bytes, size_t max)
{
	size_t size = a->size ? a->size * 2 : 64;
	void *items;

	if (a->count < a->size)
		return 0;
	if (a->count >= max)
		return HMS_ETOOBIG;
	if (size > max)
		size = max;
	items = realloc(a->items, size * item_bytes);
	if (!items)
		return HMS_ENOMEM;
	a->items = items;
	a->size = size;
	return 0;
}

int pm_names_init(struct pm_names *names, size_t bytes)
{
	names->arena = hms_arena_new(bytes);
	names->map = hms_map_new(UINT32_MAX - 1);
	return names->arena && names->map ? 0 : HMS_ENOMEM;
}

void pm_names_fini(struct pm_names *names)
{
	hms_arena_free(&names->arena);
	hms_map_free(&names->map);
	free(names->list.items);
	free(names->marks.items);
}

int pm_names_reset(struct pm_names *names)
{
	uint32_t none;

	hms_arena_reset(names->arena);
	hms_map_clear(names->map);
	names->list.count = names->marks.count = 0;
	return pm_names_add(names, HMS_STR(""), &none);
}

int pm_names_add(struct pm_names *names, struct hms_str text, uint32_t *index)
{
	struct hms_str copy;
	int rc = pm_array_grow(&names->list, sizeof(copy), UINT32_MAX - 1);

	if (!rc)
		rc = pm_array_grow(&names->marks, sizeof(struct pm_mark), UINT32_MAX - 1);
	if (rc)
		return rc;
	copy = hms_arena_str(names->arena, text);
	if (!copy.p)
		return HMS_ETOOBIG;
	((struct hms_str *)names->list.items)[names->list.count] = copy;
	((struct pm_mark *)names->marks.items)[names->marks.count++] = (struct pm_mark){ 0 };
	*index = (uint32_t)names->list.count++;
	return 0;
}

int pm_names_get(struct pm_names *names, struct hms_str text, uint32_t *index)
{
	uintptr_t known;
	int rc;

	if (!text.len) {
		*index = 0;
		return 0;
	}
	known = (uintptr_t)hms_map_get(names->map, text.p, text.len);
	if (known) {
		*index = (uint32_t)known;
		return 0;
	}
	rc = pm_names_add(names, text, index);
	return rc ? rc : hms_map_put(names->map, text.p, text.len, (void *)(uintptr_t)*index);
}
