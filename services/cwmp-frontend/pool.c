/* Memory that every request needs, kept for use again. */
#include "pool.h"

#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#define WORKS_KEPT 0 /* so that a use after the end shows */
#else
#define WORKS_KEPT 256
#endif
/* A body of many tiny elements takes more memory than bytes on the wire. */
#define ARENA_FACTOR 4
/* Longest RPC envelope: what one grant of 256 KiB may become with every character escaped. */
#define OUT_MAX (4 * 1024 * 1024)
/* Above this a buffer that has grown is not kept. */
#define OUT_KEPT 65536

void fe_pool_init(struct fe_pool *pool, size_t size, size_t max_free)
{
	*pool = (struct fe_pool){ .size = size < sizeof(void *) ? sizeof(void *) : size, .max_free = WORKS_KEPT ? max_free : 0 };
}

void fe_pool_fini(struct fe_pool *pool)
{
	while (pool->free_list) {
		void *object = pool->free_list;

		pool->free_list = *(void **)object;
		free(object);
	}
	pool->free_count = pool->max_free = 0;
}

void *fe_pool_get(struct fe_pool *pool)
{
	void *object = pool->free_list;

	if (!object)
		return calloc(1, pool->size);
	pool->free_list = *(void **)object;
	pool->free_count--;
	return memset(object, 0, pool->size);
}

void fe_pool_put(struct fe_pool *pool, void *object)
{
	if (pool->free_count >= pool->max_free) {
		free(object);
		return;
	}
	*(void **)object = pool->free_list;
	pool->free_list = object;
	pool->free_count++;
}

void fe_works_init(struct fe_works *works, const struct hms_cwmp_limits *limits, size_t part_bytes)
{
	*works = (struct fe_works){ .limits = *limits, .max_free = WORKS_KEPT };
	works->arena_bytes = ARENA_FACTOR * limits->body_bytes;
	works->part_arena_bytes = ARENA_FACTOR * (part_bytes + limits->value_bytes);
}

static void work_free(struct fe_work *work)
{
	hms_cwmp_reader_free(&work->reader);
	hms_arena_free(&work->part_arena);
	hms_arena_free(&work->arena);
	hms_buf_fini(&work->out);
	free(work);
}

void fe_works_fini(struct fe_works *works)
{
	while (works->free_list) {
		struct fe_work *work = works->free_list;

		works->free_list = work->next;
		work_free(work);
	}
	works->free_count = works->max_free = 0;
}

static struct fe_work *work_new(const struct fe_works *works)
{
	struct fe_work *work = calloc(1, sizeof(*work));

	if (!work)
		return NULL;
	hms_buf_init(&work->out, OUT_MAX);
	work->arena = hms_arena_new(works->arena_bytes);
	work->part_arena = hms_arena_new(works->part_arena_bytes);
	if (work->arena)
		work->reader = hms_cwmp_reader_new(work->arena, &works->limits);
	if (!work->part_arena || !work->reader) {
		work_free(work);
		return NULL;
	}
	return work;
}

struct fe_work *fe_works_get(struct fe_works *works)
{
	struct fe_work *work = works->free_list;

	if (!work)
		return work_new(works);
	works->free_list = work->next;
	works->free_count--;
	return work;
}

void fe_works_put(struct fe_works *works, struct fe_work *work)
{
	if (works->free_count >= works->max_free) {
		work_free(work);
		return;
	}
	hms_arena_reset(work->arena);
	hms_arena_reset(work->part_arena);
	hms_cwmp_reader_reset(work->reader);
	if (work->out.size > OUT_KEPT)
		hms_buf_fini(&work->out);
	hms_buf_reset(&work->out);
	work->record = NULL;
	work->next = works->free_list;
	works->free_list = work;
	works->free_count++;
}
