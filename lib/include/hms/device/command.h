/** Command ids and the names that travel to the device (contracts 2, 7). */
#ifndef HMS_DEVICE_COMMAND_H
#define HMS_DEVICE_COMMAND_H

#include "hms/base/str.h"

/** Epoch of command ids: 2026-01-01T00:00:00Z, in milliseconds since 1970. */
#define HMS_COMMAND_EPOCH_MS 1767225600000LL

/** Makes ids: ms since 2026 << 22 | worker (10 bits) | counter (12 bits). Strictly increasing within one maker. */
struct hms_command_ids {
	uint64_t last;
	unsigned worker; /* 0..1022; 1023 is SQL's */
};
/** instance: hms_app_instance(). Two makers may have one worker number by chance: ids are unique within a device, whose partition has one owner. */
void hms_command_ids_init(struct hms_command_ids *ids, const char *instance);
uint64_t hms_command_id_next(struct hms_command_ids *ids, int64_t wall_us);

/** cwmp:ID of an RPC: 13 characters base32, '.', n. out holds 32. */
void hms_rpc_id_text(uint64_t command_id, uint32_t n, char out[32]);
/** Outer white space is forgiven, any other spelling than that of hms_rpc_id_text() is not. Returns 0 or HMS_ESYNTAX
 *  (not one of ours). */
int hms_rpc_id_parse(struct hms_str text, uint64_t *command_id, uint32_t *n);

/** ParameterKey '~<id>.<try>' and CommandKey 'H<id>.<try>', at most 32 characters; out holds 33. */
void hms_parameter_key_text(uint64_t command_id, uint32_t try_no, char out[33]);
void hms_command_key_text(uint64_t command_id, uint32_t try_no, char out[33]);
/** prefix is '~' or 'H'. Returns 0 or HMS_ESYNTAX. */
int hms_key_parse(char prefix, struct hms_str text, uint64_t *command_id, uint32_t *try_no);

#endif
