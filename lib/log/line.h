/* One logfmt line in a buffer of fixed size. */
#ifndef HMS_LOG_LINE_H
#define HMS_LOG_LINE_H

#include "hms/log/log.h"

/* Not over PIPE_BUF: then the lines of several processes on one pipe do not mix. */
enum { LOG_LINE_BYTES = 4096, LOG_VALUE_BYTES = 256, LOG_MESSAGE_BYTES = 1024 };

struct log_line {
	size_t len, end; /* end: where pairs must stop */
	bool full;	 /* a pair was left out */
	char text[LOG_LINE_BYTES];
};

void log_line_begin(struct log_line *line);
void log_line_raw(struct log_line *line, struct hms_str s);
/* A value, quoted and escaped if it must be, cut at `max` bytes. */
void log_line_value(struct log_line *line, struct hms_str s, size_t max);
/* " key=value"; left out as a whole when it does not fit. */
void log_line_pair(struct log_line *line, const struct hms_log_kv *kv);
/* Adds cut=1 if pairs were left out, and the line feed. */
void log_line_end(struct log_line *line);

#endif
