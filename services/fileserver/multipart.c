/* multipart/form-data, in pieces of any size: what could still be a delimiter is held back. */
#include "multipart.h"

#include <stdio.h>

#include "hms/base/err.h"
#include "name.h"

#define HELD_MAX (1 << 20)
#define HEADERS_MAX 4096
#define PARTS_MAX 64

int fs_multipart_init(struct fs_multipart *m, struct hms_arena *arena, struct hms_str content_type, const struct fs_multipart_cb *cb,
		      void *arg)
{
	struct hms_str boundary = fs_header_param(arena, content_type, "boundary");

	*m = (struct fs_multipart){ .arena = arena, .cb = cb, .arg = arg };
	hms_buf_init(&m->held, HELD_MAX);
	if (boundary.len == 0 || boundary.len > FS_BOUNDARY_MAX)
		return HMS_ESYNTAX;
	m->delimiter_len = (size_t)snprintf(m->delimiter, sizeof(m->delimiter), "\r\n--%.*s", HMS_STR_FMT(boundary));
	if (m->delimiter_len != boundary.len + 4)
		return HMS_ESYNTAX;	  /* a NUL in it */
	hms_buf_add(&m->held, "\r\n", 2); /* the first delimiter may open the body */
	return m->held.failed;
}

void fs_multipart_fini(struct fs_multipart *m) { hms_buf_fini(&m->held); }

/* The value of a header in the headers of a part, which end with a line end each. */
static struct hms_str header_of(struct fs_multipart *m, struct hms_str headers, const char *name)
{
	while (headers.len > 0) {
		struct hms_str line = hms_str_split(&headers, '\n'), key = hms_str_split(&line, ':');

		if (line.p && hms_str_caseeq(hms_str_trim(key), hms_str(name)))
			return hms_arena_str(m->arena, hms_str_trim(line));
	}
	return (struct hms_str){ 0 };
}

static void take_part(struct fs_multipart *m, struct hms_str headers)
{
	struct hms_str disposition = header_of(m, headers, "Content-Disposition");
	bool is_file = disposition.p &&
		       (fs_header_param(m->arena, disposition, "filename").p || fs_header_param(m->arena, disposition, "filename*").p);

	m->taking = !m->has_part || (is_file && !m->has_file);
	if (!m->taking)
		return;
	m->has_part = true;
	m->has_file = is_file;
	m->cb->begin(disposition, header_of(m, headers, "Content-Type"), m->arg);
}

/* ---- steps: each looks at what is held and returns how much of it is done with; 0 and the same state: more is needed ---- */

/* Content, or what is before the first part: up to the next delimiter. */
static size_t step_data(struct fs_multipart *m)
{
	const char *at = memmem(m->held.p, m->held.len, m->delimiter, m->delimiter_len);
	size_t keep = m->delimiter_len - 1;
	size_t len = at ? (size_t)(at - m->held.p) : m->held.len > keep ? m->held.len - keep : 0;

	if (m->state == FS_MULTIPART_DATA && m->taking && len > 0)
		m->cb->data(m->held.p, len, m->arg);
	if (!at)
		return len;
	m->state = FS_MULTIPART_AFTER;
	return len + m->delimiter_len;
}

/* Behind a delimiter: "--" ends all, else blanks and a line end. */
static size_t step_after(struct fs_multipart *m)
{
	const char *end;

	if (m->held.len < 2)
		return 0;
	if (m->held.p[0] == '-' && m->held.p[1] == '-') {
		m->state = FS_MULTIPART_END;
		return m->held.len;
	}
	end = memmem(m->held.p, m->held.len, "\r\n", 2);
	if (!end && m->held.len <= HEADERS_MAX)
		return 0;
	if (!end || hms_str_trim(hms_strn(m->held.p, (size_t)(end - m->held.p))).len > 0 || ++m->parts > PARTS_MAX) {
		m->state = FS_MULTIPART_BAD;
		return 0;
	}
	m->state = FS_MULTIPART_HEADERS;
	return (size_t)(end - m->held.p); /* the line end stays: a part without headers begins with an empty line */
}

static size_t step_headers(struct fs_multipart *m)
{
	const char *end = memmem(m->held.p, m->held.len, "\r\n\r\n", 4);

	if (!end && m->held.len <= HEADERS_MAX)
		return 0;
	if (!end || (size_t)(end - m->held.p) > HEADERS_MAX) {
		m->state = FS_MULTIPART_BAD;
		return 0;
	}
	take_part(m, hms_strn(m->held.p, (size_t)(end - m->held.p)));
	m->state = FS_MULTIPART_DATA;
	return (size_t)(end - m->held.p) + 4;
}

static size_t step_end(struct fs_multipart *m) { return m->held.len; }

static size_t step_bad(struct fs_multipart *m)
{
	(void)m;
	return 0;
}

int fs_multipart_feed(struct fs_multipart *m, const char *data, size_t len)
{
	static size_t (*const steps[])(struct fs_multipart *) = {
		[FS_MULTIPART_SEEK] = step_data, [FS_MULTIPART_AFTER] = step_after, [FS_MULTIPART_HEADERS] = step_headers,
		[FS_MULTIPART_DATA] = step_data, [FS_MULTIPART_END] = step_end,	    [FS_MULTIPART_BAD] = step_bad,
	};
	enum fs_multipart_state before;
	size_t used;

	hms_buf_add(&m->held, data, len);
	if (m->held.failed)
		return m->held.failed == HMS_EFULL ? HMS_ETOOBIG : HMS_ENOMEM;
	do {
		before = m->state;
		used = m->held.len ? steps[m->state](m) : 0;
		hms_buf_consume(&m->held, used);
	} while (used || m->state != before);
	return m->state == FS_MULTIPART_BAD ? HMS_ESYNTAX : 0;
}

int fs_multipart_finish(const struct fs_multipart *m) { return m->state == FS_MULTIPART_END && m->has_part ? 0 : HMS_ESYNTAX; }
