/* A bounded arena: a list of blocks, newest first, from which memory is cut off in order. */
#include "hms/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	ALIGNMENT = alignof(max_align_t),
	FIRST_BLOCK_BYTES = 4096 - 64, /* with malloc's and our header still one page */
	MAX_BLOCK_BYTES = 64 * 1024 - 64,
};

struct block {
	struct block *older;
	size_t size, used;
	alignas(max_align_t) char data[];
};

struct hms_arena {
	struct block *newest;
	size_t cap, used;
	struct block first; /* its data follows the arena in the same allocation */
};

struct hms_arena *hms_arena_new(size_t cap_bytes)
{
	size_t first = cap_bytes < FIRST_BLOCK_BYTES ? cap_bytes : FIRST_BLOCK_BYTES;
	struct hms_arena *arena;

	first = (first + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	arena = malloc(sizeof(*arena) + first);
	if (!arena)
		return NULL;
	arena->first = (struct block){ .size = first };
	arena->newest = &arena->first;
	arena->cap = cap_bytes;
	arena->used = 0;
	return arena;
}

struct hms_arena_mark hms_arena_mark(const struct hms_arena *arena)
{
	return (struct hms_arena_mark){ .block = arena->newest, .block_used = arena->newest->used, .used = arena->used };
}

void hms_arena_rewind(struct hms_arena *arena, struct hms_arena_mark mark)
{
	while (arena->newest != mark.block) {
		struct block *older = arena->newest->older;

		free(arena->newest);
		arena->newest = older;
	}
	arena->newest->used = mark.block_used;
	arena->used = mark.used;
}

void hms_arena_reset(struct hms_arena *arena) { hms_arena_rewind(arena, (struct hms_arena_mark){ .block = &arena->first }); }

void hms_arena_free(struct hms_arena **arena)
{
	if (!*arena)
		return;
	hms_arena_reset(*arena);
	free(*arena);
	*arena = NULL;
}

/* A block that holds at least `bytes`. Blocks double, so that a large arena has few of them. */
static struct block *add_block(struct hms_arena *arena, size_t bytes)
{
	size_t size = arena->newest->size < MAX_BLOCK_BYTES / 2 ? 2 * arena->newest->size : MAX_BLOCK_BYTES;
	struct block *block;

	if (size < bytes)
		size = bytes;
	block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->size = size;
	block->used = 0;
	block->older = arena->newest;
	arena->newest = block;
	return block;
}

/* What an allocation takes off the cap; 0 when it is beyond any cap. */
static size_t rounded(size_t bytes)
{
	if (bytes > SIZE_MAX / 2)
		return 0;
	return bytes == 0 ? (size_t)ALIGNMENT : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static void *cut_off(struct hms_arena *arena, size_t bytes)
{
	struct block *block = arena->newest;
	size_t take = rounded(bytes);
	void *p;

	/* Even an allocation of nothing needs one byte of the cap, or their number would have no limit. */
	if (take == 0 || (bytes > 0 ? bytes : 1) > arena->cap - arena->used)
		return NULL;
	if (take > block->size - block->used) {
		block = add_block(arena, take);
		if (!block)
			return NULL;
	}
	p = block->data + block->used;
	block->used += take;
	/* The rounding of the last allocation may not push the sum over the cap. */
	arena->used += take < arena->cap - arena->used ? take : arena->cap - arena->used;
	return p;
}

void *hms_arena_alloc(struct hms_arena *arena, size_t bytes)
{
	void *p = cut_off(arena, bytes);

	return p ? memset(p, 0, bytes) : NULL;
}

char *hms_arena_strz(struct hms_arena *arena, struct hms_str s)
{
	char *copy = s.len < SIZE_MAX ? cut_off(arena, s.len + 1) : NULL;

	if (!copy)
		return NULL;
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	copy[s.len] = '\0';
	return copy;
}

struct hms_str hms_arena_str(struct hms_arena *arena, struct hms_str s)
{
	const char *copy = hms_arena_strz(arena, s);

	return (struct hms_str){ copy, copy ? s.len : 0 };
}

char *hms_arena_printf(struct hms_arena *arena, const char *fmt, ...)
{
	va_list ap, again;
	char *out = NULL;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len >= 0)
		out = cut_off(arena, (size_t)len + 1);
	if (out)
		vsnprintf(out, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return out;
}

void *hms_arena_grow(struct hms_arena *arena, void *old, size_t old_bytes, size_t new_bytes)
{
	struct block *block = arena->newest;
	size_t had = rounded(old_bytes), want = rounded(new_bytes);
	void *p;

	if (!old)
		return hms_arena_alloc(arena, new_bytes);
	if (new_bytes <= old_bytes)
		return old;
	if (want != 0 && (char *)old + had == block->data + block->used && want - had <= block->size - block->used &&
	    want - had <= arena->cap - arena->used) {
		block->used += want - had;
		arena->used += want - had;
		memset((char *)old + old_bytes, 0, new_bytes - old_bytes);
		return old;
	}
	p = cut_off(arena, new_bytes);
	if (!p)
		return NULL;
	memcpy(p, old, old_bytes);
	memset((char *)p + old_bytes, 0, new_bytes - old_bytes);
	return p;
}

size_t hms_arena_used(const struct hms_arena *arena) { return arena->used; }
