/* hiredis's replies as ours. */
#include "hms/base/err.h"
#include "redis_internal.h"

static int view_array(struct hms_arena *arena, const redisReply *from, struct hms_redis_reply *to)
{
	struct hms_redis_reply *items = NULL;

	if (from->elements > 0) {
		items = hms_arena_alloc(arena, from->elements * sizeof(*items));
		if (!items)
			return HMS_ENOMEM;
	}
	to->type = HMS_REDIS_ARRAY;
	to->count = from->elements;
	to->items = items;
	/* hiredis refuses replies that are nested more than 7 deep */
	for (size_t i = 0; i < from->elements; i++) {
		int rc = redis_reply_view(arena, from->element[i], &items[i]);

		if (rc != 0)
			return rc;
	}
	return 0;
}

int redis_reply_view(struct hms_arena *arena, const redisReply *from, struct hms_redis_reply *to)
{
	memset(to, 0, sizeof(*to));
	switch (from->type) {
	case REDIS_REPLY_ARRAY:
		return view_array(arena, from, to);
	case REDIS_REPLY_INTEGER:
		to->type = HMS_REDIS_INT;
		to->integer = from->integer;
		return 0;
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_ERROR:
		to->type = from->type == REDIS_REPLY_ERROR ? HMS_REDIS_ERROR : HMS_REDIS_STR;
		to->str = hms_strn(from->str, from->len);
		return 0;
	default:
		to->type = HMS_REDIS_NIL;
		return 0;
	}
}
