/** Identity and partitioning of devices (contracts 1). The same functions exist in SQL; tests/unit/device/vectors.tsv
 *  holds golden vectors for both. */
#ifndef HMS_DEVICE_IDENTITY_H
#define HMS_DEVICE_IDENTITY_H

#include "hms/base/str.h"

struct hms_device_id {
	uint8_t b[16];
};

/** First 16 bytes of SHA-256("hms1" 0 tenant 0 OUI 0 ProductClass 0 SerialNumber); white space is trimmed, OUI
 *  upper-cased, an absent ProductClass empty. */
struct hms_device_id hms_device_id(struct hms_str tenant, struct hms_str oui, struct hms_str product_class, struct hms_str serial);

/** Most bytes of one part of an identity: 64 characters (TR-069, DeviceIdStruct). Longer ones fit no index of PostgreSQL. */
#define HMS_IDENTITY_PART_MAX 256
/** Whether these can be a device's: OUI and SerialNumber are there, and none is too long. */
bool hms_device_identity_ok(struct hms_str oui, struct hms_str product_class, struct hms_str serial);

static inline bool hms_device_id_eq(struct hms_device_id a, struct hms_device_id b) { return memcmp(a.b, b.b, 16) == 0; }
static inline int hms_device_id_cmp(const struct hms_device_id *a, const struct hms_device_id *b) { return memcmp(a->b, b->b, 16); }

/** 0..4095: the first 12 bits. */
unsigned hms_device_bucket(struct hms_device_id id);
/** bucket * partitions >> 12: set explicitly by every producer of a device-keyed topic. */
unsigned hms_device_partition(struct hms_device_id id, unsigned partitions);

/** The HTTP user name of a device, OUI-ProductClass-SerialNumber with percent encoding (TR-069 3.4.4), the OUI in
 *  upper case, terminated, into out. Returns its length or HMS_ETOOBIG. */
int hms_device_username(struct hms_str oui, struct hms_str product_class, struct hms_str serial, char *out, size_t size);

/** What hms_device_username() has written: its parts, decoded into out. Returns 0 or HMS_ESYNTAX: it is none, or names no identity that can be. */
struct hms_device_names {
	struct hms_str oui, product_class, serial;
	char text[3 * HMS_IDENTITY_PART_MAX];
};
int hms_device_username_parse(struct hms_str username, struct hms_device_names *out);

#endif
