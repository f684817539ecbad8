/* Names and numbers of the mailbox's keys as they stand in Redis. */
#ifndef HMS_REDIS_KEYS_H
#define HMS_REDIS_KEYS_H

#include "hms/device/identity.h"

#define REDIS_HEX_LEN 32
#define REDIS_U64_LEN 16
#define REDIS_KEY_SIZE 64

/* The first byte of every value that holds bytes (contracts 3). 0 is the mark of a revoked item. */
#define REDIS_FORMAT 1

/** "<kind>:{<device in hex>}": the braces are the hash tag that keeps a device's keys together. */
void redis_key_of(char kind, struct hms_device_id id, char out[REDIS_KEY_SIZE]);
/** "w:{<device in hex>}:<sid>" */
void redis_waiter_key(struct hms_device_id id, uint64_t sid, char out[REDIS_KEY_SIZE]);
/** 16 hex digits: as text they sort like the numbers. */
void redis_u64_text(uint64_t value, char out[REDIS_U64_LEN + 1]);
/** Returns 0 or HMS_ESYNTAX. */
int redis_u64_parse(struct hms_str text, uint64_t *value);

#endif
