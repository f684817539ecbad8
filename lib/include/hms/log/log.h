/** logfmt lines on standard error: time, level, service, message, then key=value pairs. Peers' text is escaped and cut.
 *  Any thread (librdkafka's and libuv's included). */
#ifndef HMS_LOG_LOG_H
#define HMS_LOG_LOG_H

#include "hms/base/str.h"

enum hms_log_level { HMS_LOG_ERROR, HMS_LOG_WARN, HMS_LOG_INFO, HMS_LOG_DEBUG };

/** One key=value pair of a log line. */
struct hms_log_kv {
	const char *key;
	enum { HMS_KV_END, HMS_KV_STR, HMS_KV_INT, HMS_KV_UINT, HMS_KV_BYTES } type;
	struct hms_str s;
	int64_t i;
};

#define KV_S(k, v) ((struct hms_log_kv){ .key = (k), .type = HMS_KV_STR, .s = (v) })
#define KV_Z(k, v) KV_S(k, hms_str(v))
#define KV_I(k, v) ((struct hms_log_kv){ .key = (k), .type = HMS_KV_INT, .i = (int64_t)(v) })
#define KV_U(k, v) ((struct hms_log_kv){ .key = (k), .type = HMS_KV_UINT, .i = (int64_t)(v) })
/** Bytes printed as a UUID (16) or hex. */
#define KV_B(k, p_, n_) ((struct hms_log_kv){ .key = (k), .type = HMS_KV_BYTES, .s = { (const char *)(p_), (n_) } })

/** @param service  name printed on each line, e.g. "cwmp-frontend/0"; copied. */
void hms_log_init(const char *service, enum hms_log_level level);
void hms_log_set_level(enum hms_log_level level);
/** Returns 0 or HMS_ESYNTAX. */
int hms_log_level_parse(struct hms_str name, enum hms_log_level *out);
bool hms_log_enabled(enum hms_log_level level);

/** Writes one line with one write(2). kv is terminated by type HMS_KV_END. */
void hms_log_write(enum hms_log_level level, const char *msg, const struct hms_log_kv *kv);

#define hms_log(level, msg, ...)                                                                                   \
	do {                                                                                                       \
		if (hms_log_enabled(level))                                                                        \
			hms_log_write(level, msg, (const struct hms_log_kv[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } }); \
	} while (0)
#define log_error(msg, ...) hms_log(HMS_LOG_ERROR, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_warn(msg, ...) hms_log(HMS_LOG_WARN, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_info(msg, ...) hms_log(HMS_LOG_INFO, msg __VA_OPT__(, ) __VA_ARGS__)
#define log_debug(msg, ...) hms_log(HMS_LOG_DEBUG, msg __VA_OPT__(, ) __VA_ARGS__)

/** A token bucket for a call site whose line peers can cause: true when the line may be written. The number of lines
 *  left out is added to the next one as suppressed=. */
struct hms_log_limit {
	uint64_t window_ms, suppressed;
	unsigned count;
};
bool hms_log_allow(struct hms_log_limit *limit, unsigned per_second, uint64_t now_ms);

#endif
