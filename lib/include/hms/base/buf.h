/** A growing byte buffer with a cap. A failed append sets `failed` and later ones do nothing, so that a writer may
 *  append without checks and look once at the end. One thread. */
#ifndef HMS_BASE_BUF_H
#define HMS_BASE_BUF_H

#include "hms/base/str.h"

struct hms_buf {
	char *p;
	size_t len;
	size_t size; /* allocated */
	size_t cap;  /* most bytes that it may hold */
	int failed;  /* 0, HMS_ENOMEM or HMS_EFULL */
};

#define HMS_BUF_INIT(cap_bytes) ((struct hms_buf){ .cap = (cap_bytes) })

void hms_buf_init(struct hms_buf *buf, size_t cap_bytes);
void hms_buf_fini(struct hms_buf *buf);

/** Empties it and clears `failed`; keeps the memory. */
void hms_buf_reset(struct hms_buf *buf);

/** Room for `bytes` more. Returns 0, HMS_ENOMEM or HMS_EFULL. */
int hms_buf_reserve(struct hms_buf *buf, size_t bytes);

void hms_buf_add(struct hms_buf *buf, const void *data, size_t len);
void hms_buf_str(struct hms_buf *buf, struct hms_str s);
void hms_buf_strz(struct hms_buf *buf, const char *z);
void hms_buf_char(struct hms_buf *buf, char c);
void hms_buf_u64(struct hms_buf *buf, uint64_t value);
void hms_buf_printf(struct hms_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Big-endian integers, for binary formats. */
void hms_buf_be16(struct hms_buf *buf, uint16_t v);
void hms_buf_be32(struct hms_buf *buf, uint32_t v);
void hms_buf_be64(struct hms_buf *buf, uint64_t v);

/** The content with a terminating NUL behind it (not counted in len). "" when empty or failed. */
const char *hms_buf_z(struct hms_buf *buf);

/** Drops the first n bytes. */
void hms_buf_consume(struct hms_buf *buf, size_t n);

static inline struct hms_str hms_buf_view(const struct hms_buf *buf) { return (struct hms_str){ buf->p, buf->len }; }

#endif
