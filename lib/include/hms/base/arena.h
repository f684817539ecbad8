/** A bounded arena: what belongs to one request or session is allocated here and freed at once. One thread. */
#ifndef HMS_BASE_ARENA_H
#define HMS_BASE_ARENA_H

#include "hms/base/str.h"

struct hms_arena;

/** @param cap_bytes  hard cap of all allocations together; further ones return NULL.
 *  Returns NULL when out of memory. Freed by hms_arena_free(). */
struct hms_arena *hms_arena_new(size_t cap_bytes);
void hms_arena_free(struct hms_arena **arena);

/** Forgets everything allocated; keeps the first block for use again. */
void hms_arena_reset(struct hms_arena *arena);

/** A place to go back to: what was allocated after the mark is forgotten. Marks are taken back newest first, and end with a reset. */
struct hms_arena_mark {
	void *block;
	size_t block_used, used;
};
struct hms_arena_mark hms_arena_mark(const struct hms_arena *arena);
void hms_arena_rewind(struct hms_arena *arena, struct hms_arena_mark mark);

/** Zeroed memory, aligned for any type. NULL when the cap or memory is exhausted. */
void *hms_arena_alloc(struct hms_arena *arena, size_t bytes);

/** A terminated copy that lives as long as the arena; {NULL,0} when exhausted. */
struct hms_str hms_arena_str(struct hms_arena *arena, struct hms_str s);
char *hms_arena_strz(struct hms_arena *arena, struct hms_str s);
char *hms_arena_printf(struct hms_arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Grows an array that was allocated last or copies it; old may be NULL. NULL when exhausted (old stays valid). */
void *hms_arena_grow(struct hms_arena *arena, void *old, size_t old_bytes, size_t new_bytes);

/** Bytes handed out so far. */
size_t hms_arena_used(const struct hms_arena *arena);

#endif
