/* Packing and unpacking of FileEvents, and the ids that they carry. */
#include "hms/device/file_event.h"

#include "hms/base/err.h"
#include "hms/crypto/crypto.h"
#include "hms/device/event.h"

enum { ID_LEN = 16, SHA256_LEN = 32 };

void hms_file_id(struct hms_device_id device, unsigned kind, const uint8_t sha256[32], uint8_t out[16])
{
	const char kind_byte = (char)kind;
	const struct hms_str parts[] = { { (const char *)device.b, ID_LEN }, { &kind_byte, 1 }, { (const char *)sha256, SHA256_LEN } };
	uint8_t hash[HMS_HASH_MAX];

	hms_hash_parts(HMS_HASH_SHA256, parts, sizeof(parts) / sizeof(parts[0]), hash);
	memcpy(out, hash, ID_LEN);
}

/* No OUI has seven letters: it is no device's id. */
struct hms_device_id hms_account_id(struct hms_str tenant, struct hms_str account)
{
	return hms_device_id(tenant, HMS_STR("ACCOUNT"), HMS_STR(""), account);
}

int hms_file_event_pack(const Hms__FileEvent *event, struct hms_buf *out)
{
	Hms__FileEvent stamped = *event;
	int rc;

	stamped.schema = HMS_FILE_SCHEMA;
	stamped.min_reader = HMS_FILE_MIN_READER;
	rc = hms_buf_reserve(out, hms__file_event__get_packed_size(&stamped));
	if (rc == 0)
		out->len += hms__file_event__pack(&stamped, (uint8_t *)out->p + out->len);
	return rc;
}

static bool is_whole(const Hms__FileEvent *event)
{
	return event->file_id.len == ID_LEN && event->sha256.len == SHA256_LEN &&
	       (event->device_id.len == ID_LEN || event->device_id.len == 0);
}

int hms_file_event_unpack(struct hms_arena *arena, const void *data, size_t len, Hms__FileEvent **out)
{
	ProtobufCMessage *message;
	int rc = hms_record_unpack(&hms__file_event__descriptor, HMS_FILE_SCHEMA, arena, data, len, &message);

	*out = rc == 0 && is_whole((Hms__FileEvent *)message) ? (Hms__FileEvent *)message : NULL;
	return rc == 0 && !*out ? HMS_ESYNTAX : rc;
}
