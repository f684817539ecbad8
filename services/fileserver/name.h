/** Names of uploaded files: from the path, the query, a Content-Disposition, or made up (PM-04, pm-file 3). No I/O. */
#ifndef FS_NAME_H
#define FS_NAME_H

#include "hms/base/arena.h"
#include "hms/device/identity.h"

#define FS_NAME_MAX 200 /* bytes; longer ones keep their end, where the type is */

/** What a device appended to its URL: the last part of tail, decoded; {"",0} when there is none. Returns 0, or HMS_ESYNTAX for what tries to be more than a
 *  name (dots, slashes or backslashes behind an escape, control characters, a bad escape), HMS_ENOMEM. */
int fs_name_of_path(struct hms_arena *arena, struct hms_str tail, struct hms_str *name);
/** The values of filename, name or file, decoded and cleaned; {"",0} when there is none. Returns 0 or HMS_ENOMEM. */
int fs_name_of_query(struct hms_arena *arena, struct hms_str query, struct hms_str *name);
/** A parameter of a header such as Content-Disposition or Content-Type; quoted strings are unescaped. {NULL,0} when it is absent or out of memory. */
struct hms_str fs_header_param(struct hms_arena *arena, struct hms_str header, const char *param);
/** The same for filename* (RFC 8187, UTF-8) or filename, cleaned. */
int fs_name_of_disposition(struct hms_arena *arena, struct hms_str header, struct hms_str *name);
/** Identity and time. */
struct hms_str fs_name_invented(struct hms_arena *arena, struct hms_device_id device, int64_t wall_us);

/** The last part of a name without control characters, what is no UTF-8, leading dots, and what is too long; {"",0} when nothing is left, {NULL,0} when out
 *  of memory. */
struct hms_str fs_name_clean(struct hms_arena *arena, struct hms_str name);

#endif
