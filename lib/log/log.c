/* Log lines: levels, composition in one buffer of the stack, one write(2) each. */
#include "hms/log/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "hms/base/clock.h"
#include "hms/base/err.h"
#include "line.h"

static const struct {
	const char *name;
	struct hms_str text; /* with the key before it */
} levels[] = {
	[HMS_LOG_ERROR] = { "error", HMS_STR(" level=error service=") },
	[HMS_LOG_WARN] = { "warn", HMS_STR(" level=warn service=") },
	[HMS_LOG_INFO] = { "info", HMS_STR(" level=info service=") },
	[HMS_LOG_DEBUG] = { "debug", HMS_STR(" level=debug service=") },
};

static char service_name[64] = "hms";
static atomic_int threshold = HMS_LOG_INFO;
static atomic_uint_least64_t lost_lines; /* standard error took no more; the next line that it takes tells */
static _Thread_local uint64_t suppressed_before;

void hms_log_init(const char *service, enum hms_log_level level)
{
	snprintf(service_name, sizeof(service_name), "%s", service);
	hms_log_set_level(level);
}

void hms_log_set_level(enum hms_log_level level) { atomic_store_explicit(&threshold, (int)level, memory_order_relaxed); }

int hms_log_level_parse(struct hms_str name, enum hms_log_level *out)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (hms_str_eqz(name, levels[i].name)) {
			*out = (enum hms_log_level)i;
			return 0;
		}
	}
	return HMS_ESYNTAX;
}

bool hms_log_enabled(enum hms_log_level level) { return (int)level <= atomic_load_explicit(&threshold, memory_order_relaxed); }

/* A line cannot be kept for later: one that is not taken is counted instead. */
static void write_line(const struct log_line *line, uint64_t lost_told)
{
	ssize_t n;

	do
		n = write(STDERR_FILENO, line->text, line->len);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)line->len)
		atomic_fetch_add_explicit(&lost_lines, lost_told + 1, memory_order_relaxed);
}

void hms_log_write(enum hms_log_level level, const char *msg, const struct hms_log_kv *kv)
{
	uint64_t lost = atomic_load_explicit(&lost_lines, memory_order_relaxed) != 0 ? atomic_exchange(&lost_lines, 0) : 0;
	struct log_line line;
	char time[32];

	log_line_begin(&line);
	log_line_raw(&line, HMS_STR("time="));
	log_line_raw(&line, hms_str(hms_time_iso(hms_wall_us(), time, sizeof(time))));
	log_line_raw(&line, levels[level].text);
	log_line_value(&line, hms_str(service_name), LOG_VALUE_BYTES);
	log_line_raw(&line, HMS_STR(" msg="));
	log_line_value(&line, hms_str(msg), LOG_MESSAGE_BYTES); /* start-up and reload put an error's text there */
	for (; kv->type != HMS_KV_END; kv++)
		log_line_pair(&line, kv);
	if (suppressed_before > 0)
		log_line_pair(&line, &KV_U("suppressed", suppressed_before));
	if (lost > 0)
		log_line_pair(&line, &KV_U("lost_lines", lost));
	suppressed_before = 0;
	log_line_end(&line);
	write_line(&line, lost);
}

bool hms_log_allow(struct hms_log_limit *limit, unsigned per_second, uint64_t now_ms)
{
	enum { WINDOW_MS = 1000 };

	if (limit->count == 0 || now_ms - limit->window_ms >= WINDOW_MS) {
		limit->window_ms = now_ms;
		limit->count = 0;
	}
	if (limit->count >= per_second) {
		limit->suppressed++;
		return false;
	}
	limit->count++;
	suppressed_before = limit->suppressed;
	limit->suppressed = 0;
	return true;
}
