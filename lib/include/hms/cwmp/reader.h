/** Reads CWMP messages of either direction, as bytes arrive (libxml2 SAX2 inside; the interface hides the parser). No network, no entities, no DTD;
 *  limits on depth, sizes and counts. No I/O. */
#ifndef HMS_CWMP_READER_H
#define HMS_CWMP_READER_H

#include "hms/cwmp/cwmp.h"

/** Which side reads: GetRPCMethods and its like mean another thing to each. */
enum hms_cwmp_side { HMS_CWMP_READ_ACS, HMS_CWMP_READ_CPE };

struct hms_cwmp_limits {
	enum hms_cwmp_side side;
	size_t body_bytes;  /* of the whole message; HMS_ETOOBIG */
	size_t value_bytes; /* one text; HMS_ETOOBIG */
	size_t name_bytes;  /* one parameter name; HMS_ETOOBIG */
	unsigned depth;	    /* HMS_ESYNTAX */
	unsigned params;    /* beyond: left out, msg.truncated; an Inform's identity and forced parameters are kept (contracts 5) */
	unsigned events;    /* beyond: the oldest M events are dropped first (TR-069 3.7.1.5), then the rest */
	unsigned fields, param_faults; /* beyond: left out, msg.truncated */
};
extern const struct hms_cwmp_limits hms_cwmp_default_limits; /* 16 MiB, 1 MiB, 512, 32, 200000, 64, 4096, 1024 */

/** Takes parameters as they are complete, instead of msg.params; the strings are valid during the call. The arena is not reset meanwhile: the rest of
 *  the message is in it. Returns 0, or an error that ends the reading. */
typedef int hms_cwmp_param_sink(const struct hms_cwmp_param *param, void *arg);

struct hms_cwmp_reader;
/** @param arena  where msg and its strings go; borrowed. NULL when out of memory. limits are copied. */
struct hms_cwmp_reader *hms_cwmp_reader_new(struct hms_arena *arena, const struct hms_cwmp_limits *limits);
/** Sends parameters of responses (not those of Inform) to a sink. A body of up to 256 KiB is kept whole, so that it can be repaired when it is not
 *  well-formed (device-quirks 7, 9); its parameters all come during hms_cwmp_reader_end(). Those of a larger body come as it is fed and do not use
 *  the arena; it is not repaired. */
void hms_cwmp_reader_set_sink(struct hms_cwmp_reader *reader, hms_cwmp_param_sink *sink, void *arg);
/** The charset of the Content-Type, if any, before the first byte. A byte order mark counts first, then this if it is known, then the XML declaration.
 *  What is declared and not known ends the message with HMS_ECHARSET; nothing declared is UTF-8, which is repaired. See lib/cwmp/charsets.def. */
void hms_cwmp_reader_set_charset(struct hms_cwmp_reader *reader, struct hms_str charset);
/** Returns 0, HMS_ESYNTAX (not XML, not SOAP), HMS_ECHARSET, HMS_ETOOBIG, HMS_ENOMEM (the arena's cap, too), or what the sink returned; once failed it stays failed. */
int hms_cwmp_reader_feed(struct hms_cwmp_reader *reader, const char *data, size_t len);
/** Ends the message. *msg lives in the arena. err (may be NULL) says where and what is wrong. No bytes at all: kind EMPTY. */
int hms_cwmp_reader_end(struct hms_cwmp_reader *reader, struct hms_cwmp_msg **msg, struct hms_err *err);
/** Ready for the next message: cheaper than a new reader. Keeps the sink, forgets the charset. The arena is the caller's to reset, before this call. */
void hms_cwmp_reader_reset(struct hms_cwmp_reader *reader);
void hms_cwmp_reader_free(struct hms_cwmp_reader **reader);

/** All at once. */
int hms_cwmp_read(struct hms_arena *arena, const struct hms_cwmp_limits *limits, struct hms_str body, struct hms_cwmp_msg **msg,
		  struct hms_err *err);

#endif
