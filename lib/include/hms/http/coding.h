/** Content codings of request bodies (RFC 9110 8.4): gzip and deflate, unpacked as their bytes come, with a limit to what they may become. */
#ifndef HMS_HTTP_CODING_H
#define HMS_HTTP_CODING_H

#include "hms/base/buf.h"

enum hms_coding { HMS_CODING_IDENTITY, HMS_CODING_GZIP, HMS_CODING_DEFLATE, HMS_CODING_OTHER };
/** What is understood, for an Accept-Encoding beside a 415 (RFC 9110 15.5.16). */
#define HMS_CODINGS "gzip, deflate"

/** Of a Content-Encoding header; p NULL: absent. Several codings, one on another, are OTHER; identity and empty ones do not count. */
enum hms_coding hms_coding_find(struct hms_str header);

struct hms_unpack_limits {
	uint64_t free_bytes; /* unpacked, before the ratio counts */
	uint64_t ratio;	     /* of unpacked to packed bytes */
};

/** Takes unpacked bytes; valid during the call. Returns 0; HMS_EAGAIN: the bytes are taken, but no more now; or an error that ends the unpacking. */
typedef int hms_unpack_sink(const char *data, size_t len, void *arg);

struct hms_unpack;
/** For a coding other than IDENTITY and OTHER. NULL when out of memory. deflate is read with zlib's header (RFC 1950) as the standard says and without
 *  (RFC 1951) as some clients send it. */
struct hms_unpack *hms_unpack_new(enum hms_coding coding, const struct hms_unpack_limits *limits, hms_unpack_sink *sink, void *arg);
/** Returns 0, HMS_EAGAIN (the sink's; what is left is kept for the next call, which may have len 0), HMS_ESYNTAX, HMS_ETOOBIG (over the ratio),
 *  HMS_ENOMEM or what the sink returned; once failed it stays failed. */
int hms_unpack_feed(struct hms_unpack *unpack, const char *data, size_t len);
/** No more bytes come. Returns 0, or HMS_ESYNTAX when the body breaks off. No bytes at all are an empty body. */
int hms_unpack_end(struct hms_unpack *unpack);
void hms_unpack_free(struct hms_unpack **unpack);

#endif
