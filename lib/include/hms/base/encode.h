/** Text encodings of bytes: hex, base64 (RFC 4648), URL-safe base64 without padding, and base32hex for ids. */
#ifndef HMS_BASE_ENCODE_H
#define HMS_BASE_ENCODE_H

#include "hms/base/str.h"

/** Lower-case hex, terminated; out holds 2 * len + 1. */
void hms_hex(const void *data, size_t len, char *out);
/** Returns the number of bytes, or HMS_ESYNTAX, HMS_ETOOBIG. */
int hms_unhex(struct hms_str hex, void *out, size_t size);

#define HMS_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)
/** Terminated; out holds HMS_BASE64_SIZE(len). Returns the length. */
size_t hms_base64(const void *data, size_t len, char *out);
/** URL and cookie safe, without padding. */
size_t hms_base64url(const void *data, size_t len, char *out);
/** Reads both alphabets, with or without padding. Returns the number of bytes, or HMS_ESYNTAX, HMS_ETOOBIG. */
int hms_unbase64(struct hms_str text, void *out, size_t size);

/** 64 bits as 13 characters 0-9A-V in an order that sorts like the number; out holds 14. */
void hms_base32_u64(uint64_t value, char out[14]);
int hms_unbase32_u64(struct hms_str text, uint64_t *out);

/** "01234567-89ab-..." of 16 bytes; out holds 37. */
void hms_uuid_text(const uint8_t id[16], char out[37]);
int hms_uuid_parse(struct hms_str text, uint8_t id[16]);

#endif
