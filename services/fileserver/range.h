/** Range of a download (RFC 9110 14): one range of bytes. No I/O. */
#ifndef FS_RANGE_H
#define FS_RANGE_H

#include "hms/base/str.h"

struct fs_range {
	uint64_t first, len;
};
enum fs_range_kind { FS_RANGE_WHOLE, FS_RANGE_PART, FS_RANGE_OUTSIDE };
/** @param header  p NULL: absent. Several ranges, other units and what cannot be read are ignored, as RFC 9110 14.2 allows. */
enum fs_range_kind fs_range_read(struct hms_str header, uint64_t size, struct fs_range *out);
/** Whether a list of entity tags (If-None-Match) holds this one, in quotes; "*" does. */
bool fs_etag_in(struct hms_str list, struct hms_str etag);

#endif
