/** Connection requests (contracts 10): what both ends of hms.reach know. */
#ifndef HMS_DEVICE_REACH_H
#define HMS_DEVICE_REACH_H

#include "hms/base/arena.h"
#include "hms/base/buf.h"
#include "reach.pb-c.h"

#define HMS_REACH_SCHEMA 1
#define HMS_REACH_MIN_READER 1

/** hms/device/reach_outcomes.def */
enum hms_reach_outcome {
	HMS_REACH_NONE = 0,
#define HMS_REACH(name, number, label, verdict, text) HMS_REACH_##name = (number),
#include "hms/device/reach_outcomes.def"
#undef HMS_REACH
};
enum hms_reach_verdict { HMS_REACH_IS_ACCEPTED, HMS_REACH_IS_BUSY, HMS_REACH_IS_AGAIN, HMS_REACH_IS_GIVE_UP };

struct hms_reach_info {
	enum hms_reach_outcome outcome;
	const char *label, *text;
	enum hms_reach_verdict verdict;
};
/** Of an unknown outcome: that of a newer release, which is tried again. Never NULL. */
const struct hms_reach_info *hms_reach_info(int outcome);

/** Packs with schema and min_reader of this release. Returns 0, HMS_EFULL, HMS_ENOMEM. */
int hms_reach_pack(const Hms__ReachRequest *request, struct hms_buf *out);
/** Into the arena. Returns 0, HMS_ESYNTAX (also: device_id is not 16 bytes), HMS_EVERSION, HMS_ENOMEM. */
int hms_reach_unpack(struct hms_arena *arena, const void *data, size_t len, Hms__ReachRequest **out);

#endif
