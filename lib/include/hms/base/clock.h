/** Wall clock for records, monotonic clock for deadlines. */
#ifndef HMS_BASE_CLOCK_H
#define HMS_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/** Microseconds since 1970-01-01T00:00:00Z. */
int64_t hms_wall_us(void);

/** Monotonic microseconds and milliseconds since an arbitrary point. */
uint64_t hms_mono_us(void);
uint64_t hms_mono_ms(void);

/** "2026-01-31T23:59:59.123Z" into out (at least 25 bytes). Returns out. */
char *hms_time_iso(int64_t wall_us, char *out, size_t size);

#endif
