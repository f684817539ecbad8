/** Memory that every request needs, kept for use again. */
#ifndef FE_POOL_H
#define FE_POOL_H

#include "hms/cwmp/reader.h"

/** Objects of one size. */
struct fe_pool {
	size_t size;
	size_t max_free;
	size_t free_count;
	void *free_list;
};
void fe_pool_init(struct fe_pool *pool, size_t size, size_t max_free);
/** Frees what is unused now, and from now on at once what is put back. */
void fe_pool_fini(struct fe_pool *pool);
/** Zeroed; NULL when out of memory. */
void *fe_pool_get(struct fe_pool *pool);
void fe_pool_put(struct fe_pool *pool, void *object);

struct fe_record;

/** What a request needs while a message is read or written, and a waiting one does not. */
struct fe_work {
	struct fe_work *next;
	struct hms_arena *arena;	/* the message as read, and what follows from it */
	struct hms_arena *part_arena;	/* parameters of the part of a record that is being made */
	struct hms_cwmp_reader *reader; /* into arena */
	struct hms_buf out;		/* the envelope to send */
	struct fe_record *record;	/* in arena; NULL: none begun */
};
struct fe_works {
	struct hms_cwmp_limits limits;
	size_t arena_bytes, part_arena_bytes;
	struct fe_work *free_list;
	size_t free_count, max_free;
};
void fe_works_init(struct fe_works *works, const struct hms_cwmp_limits *limits, size_t part_bytes);
/** As fe_pool_fini(). */
void fe_works_fini(struct fe_works *works);
/** Empty and ready; NULL when out of memory. */
struct fe_work *fe_works_get(struct fe_works *works);
void fe_works_put(struct fe_works *works, struct fe_work *work);

#endif
