/* A growing byte buffer with a cap. */
#include "hms/base/buf.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "hms/base/err.h"

enum { SMALLEST_BYTES = 128 };

void hms_buf_init(struct hms_buf *buf, size_t cap_bytes) { *buf = HMS_BUF_INIT(cap_bytes); }

void hms_buf_fini(struct hms_buf *buf)
{
	free(buf->p);
	*buf = HMS_BUF_INIT(buf->cap);
}

void hms_buf_reset(struct hms_buf *buf)
{
	buf->len = 0;
	buf->failed = 0;
}

/* One byte more than the content is always allocated, for the NUL of hms_buf_z(). */
static int grow(struct hms_buf *buf, size_t need)
{
	size_t size = need < SMALLEST_BYTES ? SMALLEST_BYTES : need;
	char *p;

	if (size < 2 * buf->size)
		size = 2 * buf->size;
	if (size > buf->cap)
		size = buf->cap;
	p = size < SIZE_MAX ? realloc(buf->p, size + 1) : NULL;
	if (!p)
		return HMS_ENOMEM;
	buf->p = p;
	buf->size = size + 1;
	return 0;
}

int hms_buf_reserve(struct hms_buf *buf, size_t bytes)
{
	if (buf->failed)
		return buf->failed;
	if (bytes > buf->cap - buf->len)
		return HMS_EFULL;
	if (buf->len + bytes < buf->size)
		return 0;
	return grow(buf, buf->len + bytes);
}

/* Room for an append: the place to write to, or NULL with `failed` set. */
static char *append_room(struct hms_buf *buf, size_t bytes)
{
	int rc = hms_buf_reserve(buf, bytes);

	if (rc < 0) {
		buf->failed = rc;
		return NULL;
	}
	return buf->p + buf->len;
}

void hms_buf_add(struct hms_buf *buf, const void *data, size_t len)
{
	char *to = append_room(buf, len);

	if (!to || len == 0)
		return;
	memcpy(to, data, len);
	buf->len += len;
}

void hms_buf_str(struct hms_buf *buf, struct hms_str s) { hms_buf_add(buf, s.p, s.len); }

void hms_buf_strz(struct hms_buf *buf, const char *z) { hms_buf_add(buf, z, strlen(z)); }

void hms_buf_char(struct hms_buf *buf, char c) { hms_buf_add(buf, &c, 1); }

void hms_buf_u64(struct hms_buf *buf, uint64_t value)
{
	char digits[20], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	hms_buf_add(buf, p, (size_t)(digits + sizeof(digits) - p));
}

void hms_buf_printf(struct hms_buf *buf, const char *fmt, ...)
{
	size_t room = buf->size - buf->len;
	va_list ap, again;
	int len;

	if (buf->failed)
		return;
	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(room > 0 ? buf->p + buf->len : NULL, room, fmt, ap);
	if (len < 0)
		buf->failed = HMS_ENOMEM;
	else if (append_room(buf, (size_t)len)) {
		if ((size_t)len >= room)
			vsnprintf(buf->p + buf->len, (size_t)len + 1, fmt, again);
		buf->len += (size_t)len;
	}
	va_end(again);
	va_end(ap);
}

void hms_buf_be16(struct hms_buf *buf, uint16_t v)
{
	v = htobe16(v);
	hms_buf_add(buf, &v, sizeof(v));
}

void hms_buf_be32(struct hms_buf *buf, uint32_t v)
{
	v = htobe32(v);
	hms_buf_add(buf, &v, sizeof(v));
}

void hms_buf_be64(struct hms_buf *buf, uint64_t v)
{
	v = htobe64(v);
	hms_buf_add(buf, &v, sizeof(v));
}

const char *hms_buf_z(struct hms_buf *buf)
{
	if (buf->failed || !buf->p)
		return "";
	buf->p[buf->len] = '\0';
	return buf->p;
}

void hms_buf_consume(struct hms_buf *buf, size_t n)
{
	if (n > buf->len)
		n = buf->len;
	buf->len -= n;
	if (buf->len > 0 && n > 0)
		memmove(buf->p, buf->p + n, buf->len);
}
