/** Splits the parameters of a record into parts of a given size as they come. No I/O. */
#ifndef FE_PARTS_H
#define FE_PARTS_H

#include "hms/cwmp/cwmp.h"
#include "hms/device/event.h"

struct fe_parts;
/** One part is complete: parts->list and parts->count, number parts->made; valid during the call. */
typedef int fe_parts_emit(struct fe_parts *parts, bool last, void *arg);

struct fe_parts {
	struct hms_arena *arena; /* reset after each part */
	size_t limit;		 /* bytes of a part */
	fe_parts_emit *emit;
	void *arg;
	Hms__Param **list;
	size_t count, room, bytes;
	uint32_t made; /* parts so far */
};

void fe_parts_init(struct fe_parts *parts, struct hms_arena *arena, size_t limit, fe_parts_emit *emit, void *arg);
/** Copies the parameter; before that emits what there is when the parameter does not fit any more. Returns 0,
 *  HMS_ENOMEM, or what emit returned. */
int fe_parts_add(struct fe_parts *parts, const struct hms_cwmp_param *param);
/** Emits the last part, which may be empty. */
int fe_parts_finish(struct fe_parts *parts);

#endif
