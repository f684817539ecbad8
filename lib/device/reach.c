/* Records of hms.reach, and the table of outcomes. */
#include "hms/device/reach.h"

#include "hms/base/err.h"
#include "hms/device/event.h"

static const struct hms_reach_info infos[] = {
#define HMS_REACH(name, number, label, verdict, text) { HMS_REACH_##name, label, text, HMS_REACH_IS_##verdict },
#include "hms/device/reach_outcomes.def"
#undef HMS_REACH
};

const struct hms_reach_info *hms_reach_info(int outcome)
{
	static const struct hms_reach_info unknown = { HMS_REACH_NONE, "unknown", "an outcome that this release does not know",
						       HMS_REACH_IS_AGAIN };

	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++)
		if ((int)infos[i].outcome == outcome)
			return &infos[i];
	return &unknown;
}

int hms_reach_pack(const Hms__ReachRequest *request, struct hms_buf *out)
{
	Hms__ReachRequest stamped = *request;
	int rc;

	stamped.schema = HMS_REACH_SCHEMA;
	stamped.min_reader = HMS_REACH_MIN_READER;
	rc = hms_buf_reserve(out, hms__reach_request__get_packed_size(&stamped));
	if (rc == 0)
		out->len += hms__reach_request__pack(&stamped, (uint8_t *)out->p + out->len);
	return rc;
}

int hms_reach_unpack(struct hms_arena *arena, const void *data, size_t len, Hms__ReachRequest **out)
{
	ProtobufCMessage *message;
	int rc = hms_record_unpack(&hms__reach_request__descriptor, HMS_REACH_SCHEMA, arena, data, len, &message);

	*out = (Hms__ReachRequest *)message;
	return rc == 0 && (*out)->device_id.len != 16 ? HMS_ESYNTAX : rc;
}
