/* Names and numbers of the mailbox's keys as they stand in Redis. */
#include "keys.h"

#include <endian.h>
#include <stdio.h>

#include "hms/base/encode.h"
#include "hms/base/err.h"
#include "hms/redis/mailbox.h"

void redis_key_of(char kind, struct hms_device_id id, char out[REDIS_KEY_SIZE])
{
	char hex[REDIS_HEX_LEN + 1];

	hms_hex(id.b, sizeof(id.b), hex);
	snprintf(out, REDIS_KEY_SIZE, "%c:{%s}", kind, hex);
}

void redis_waiter_key(struct hms_device_id id, uint64_t sid, char out[REDIS_KEY_SIZE])
{
	char hex[REDIS_HEX_LEN + 1], sid_text[REDIS_U64_LEN + 1];

	hms_hex(id.b, sizeof(id.b), hex);
	redis_u64_text(sid, sid_text);
	snprintf(out, REDIS_KEY_SIZE, "w:{%s}:%s", hex, sid_text);
}

void redis_u64_text(uint64_t value, char out[REDIS_U64_LEN + 1])
{
	uint64_t be = htobe64(value);

	hms_hex(&be, sizeof(be), out);
}

int redis_u64_parse(struct hms_str text, uint64_t *value)
{
	uint64_t be;

	if (text.len != REDIS_U64_LEN || hms_unhex(text, &be, sizeof(be)) != sizeof(be))
		return HMS_ESYNTAX;
	*value = be64toh(be);
	return 0;
}

void hms_fe_channel(const char *fe, char *out, size_t size) { snprintf(out, size, "hms:fe:%s", fe); }

/* As post.lua writes it: device in hex, a blank, sid in hex. */
int hms_wake_parse(struct hms_str payload, struct hms_device_id *id, uint64_t *sid)
{
	if (payload.len != REDIS_HEX_LEN + 1 + REDIS_U64_LEN || payload.p[REDIS_HEX_LEN] != ' ')
		return HMS_ESYNTAX;
	if (hms_unhex(hms_strn(payload.p, REDIS_HEX_LEN), id->b, sizeof(id->b)) != sizeof(id->b))
		return HMS_ESYNTAX;
	return redis_u64_parse(hms_strn(payload.p + REDIS_HEX_LEN + 1, REDIS_U64_LEN), sid);
}
