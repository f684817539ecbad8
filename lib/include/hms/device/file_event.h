/** FileEvents: what the file server says on hms.files about an upload (contracts 5), and the id of an uploaded file. */
#ifndef HMS_DEVICE_FILE_EVENT_H
#define HMS_DEVICE_FILE_EVENT_H

#include "file_event.pb-c.h"
#include "hms/base/arena.h"
#include "hms/base/buf.h"
#include "hms/device/identity.h"

#define HMS_FILE_SCHEMA 1     /* written */
#define HMS_FILE_MIN_READER 1 /* a reader must know at least this */

/** First 16 bytes of SHA-256(device, kind as one byte, SHA-256 of the content): an upload that is repeated is the same file (I2). */
void hms_file_id(struct hms_device_id device, unsigned kind, const uint8_t sha256[32], uint8_t out[16]);

/** Where the files of an account that is no device belong (FS-01): the partition, the folder and the id of its files follow from it. */
struct hms_device_id hms_account_id(struct hms_str tenant, struct hms_str account);

/** Packs into out, with schema and min_reader of this release, whatever the event says. Returns 0, HMS_EFULL, HMS_ENOMEM. */
int hms_file_event_pack(const Hms__FileEvent *event, struct hms_buf *out);

/** Unpacks into the arena; no free. file_id has 16 bytes then, sha256 32, device_id 16 or none. Returns 0, HMS_ESYNTAX, HMS_EVERSION (min_reader is
 *  newer than HMS_FILE_SCHEMA), HMS_ENOMEM. */
int hms_file_event_unpack(struct hms_arena *arena, const void *data, size_t len, Hms__FileEvent **out);

#endif
