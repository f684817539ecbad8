/** The keys of one device in Redis and their scripts (contracts 3, 4): cache entry d, mailbox m, waiter w. Only
 *  provisioning writes d and m. All keys of a device share the hash tag {dev}, dev being the device id in hex. Every
 *  value that holds bytes begins with a format byte. */
#ifndef HMS_REDIS_MAILBOX_H
#define HMS_REDIS_MAILBOX_H

#include "hms/device/identity.h"
#include "hms/redis/redis.h"

enum { HMS_ENTRY_HAS_WORK = 1, HMS_ENTRY_BLOCKED = 2 };

/** d:{dev}. Strings are borrowed during the callback. */
struct hms_entry {
	uint64_t version;
	uint32_t flags;		    /* HMS_ENTRY_* */
	struct hms_str key;	    /* k: the ParameterKey known to be on the device */
	struct hms_str credentials; /* c: list, see hms/device/credential.h */
	struct hms_str group;	    /* g: the device's group; empty: none */
	bool has_alias;
	struct hms_device_id alias; /* a: the canonical id */
};
/** code 0 with entry (NULL: missing, or written in a format that is not known here), or HMS_EUNAVAIL, HMS_ETIMEOUT. */
typedef void hms_entry_cb(int code, const struct hms_entry *entry, void *arg);
/** One HMGET. */
void hms_entry_get(struct hms_redis *r, struct hms_device_id id, hms_entry_cb *cb, void *arg);
/** Writes d unless a newer version is stored; life 24 h and up to 10 % more. code 0, HMS_ESTALE, HMS_EUNAVAIL,
 *  HMS_ETIMEOUT. cb may be NULL. */
typedef void hms_code_cb(int code, void *arg);
void hms_entry_set(struct hms_redis *r, struct hms_device_id id, const struct hms_entry *entry, hms_code_cb *cb, void *arg);

/** An item of a mailbox: number and a packed Grant (proto/grant.proto) behind the format byte. */
struct hms_mail_item {
	uint32_t n;
	struct hms_str grant; /* without the format byte */
};
enum hms_post_result { HMS_POST_OK, HMS_POST_STALE, HMS_POST_ENDED };
/** result is meaningless when code is not 0: HMS_EUNAVAIL, HMS_ETIMEOUT, HMS_EPROTO (a reply that is not understood). */
typedef void hms_post_cb(int code, enum hms_post_result result, void *arg);
/** POST, then, if somebody waited, PUBLISH hms:fe:<front end> "<dev hex> <sid, 16 hex>", all in one script. @param
 *  decided  d. items: all open grants of the sid, at most 16. */
void hms_mail_post(struct hms_redis *r, struct hms_device_id id, uint64_t version, uint64_t sid, uint32_t decided,
		   const struct hms_mail_item *items, size_t count, hms_post_cb *cb, void *arg);

enum hms_take_result {
	HMS_TAKE_ITEM,
	HMS_TAKE_DECIDED /* "none": all is decided, nothing is left */,
	HMS_TAKE_NONE /* the limit: nothing there */,
	HMS_TAKE_WAIT
};
struct hms_take {
	enum hms_take_result result;
	uint32_t n;	      /* ITEM */
	uint32_t old_t;	      /* highest n taken before this call */
	struct hms_str grant; /* ITEM: packed Grant, borrowed during the callback */
};
/** take is NULL when code is not 0: as hms_post_cb, and HMS_EVERSION (the item's format is not known here; it counts
 *  as taken). */
typedef void hms_take_cb(int code, const struct hms_take *take, void *arg);
/** TAKE. need_decided: nothing is handed out before d covers seq. hold_ms 0: the limit, do not wait. @param fe  name
 *  of the front end's channel. */
void hms_mail_take(struct hms_redis *r, struct hms_device_id id, uint64_t sid, uint32_t seq, uint32_t after, bool need_decided,
		   const char *fe, uint64_t hold_ms, hms_take_cb *cb, void *arg);

enum hms_revoke_result { HMS_REVOKE_MISS, HMS_REVOKE_TAKEN, HMS_REVOKE_DONE };
typedef void hms_revoke_cb(int code, enum hms_revoke_result result, void *arg);
void hms_mail_revoke(struct hms_redis *r, struct hms_device_id id, uint64_t sid, uint32_t n, hms_revoke_cb *cb, void *arg);

/** hms:lag:<partition>: age in ms of the oldest unconsumed record, 10 s of life. */
void hms_lag_set(struct hms_redis *r, unsigned partition, uint64_t age_ms);
/** One MGET of partitions 0..count-1; ages[i] is -1 when missing. ages NULL on failure. */
typedef void hms_lag_cb(int code, const int64_t *ages, size_t count, void *arg);
void hms_lag_get(struct hms_redis *r, unsigned count, hms_lag_cb *cb, void *arg);

/** The channel of a front end, "hms:fe:<name>", into out. */
void hms_fe_channel(const char *fe, char *out, size_t size);
/** Reads a wake-up message. Returns 0 or HMS_ESYNTAX. */
int hms_wake_parse(struct hms_str payload, struct hms_device_id *id, uint64_t *sid);

#endif
