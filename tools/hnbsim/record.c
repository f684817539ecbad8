/* The record of a run: JSON lines, each written at once. */
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "hms/base/clock.h"

#define LINE_MAX_BYTES (256 * 1024)

struct record {
	int fd;
	bool failed;
	struct hms_buf line;
};

int record_open(const char *path, struct record **out, struct hms_err *err)
{
	struct record *record = calloc(1, sizeof(*record));

	*out = NULL;
	if (!record)
		return HMS_ENOMEM;
	record->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (record->fd < 0) {
		free(record);
		return hms_err_set(err, HMS_EIO, "cannot write '%s': %s", path, strerror(errno));
	}
	hms_buf_init(&record->line, LINE_MAX_BYTES);
	*out = record;
	return 0;
}

int record_close(struct record **record)
{
	struct record *r = *record;
	int rc;

	if (!r)
		return 0;
	rc = close(r->fd) != 0 || r->failed ? HMS_EIO : 0;
	hms_buf_fini(&r->line);
	free(r);
	*record = NULL;
	return rc;
}

void record_quote(struct hms_buf *out, struct hms_str text)
{
	hms_buf_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\') {
			hms_buf_char(out, '\\');
			hms_buf_char(out, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			hms_buf_printf(out, "\\u%04x", c);
		} else {
			hms_buf_char(out, (char)c);
		}
	}
	hms_buf_char(out, '"');
}

static void name_of(struct record *record, const char *name)
{
	hms_buf_strz(&record->line, ",\"");
	hms_buf_strz(&record->line, name);
	hms_buf_strz(&record->line, "\":");
}

bool record_begin(struct record *record, const char *serial, const char *event)
{
	if (!record)
		return false;
	hms_buf_reset(&record->line);
	hms_buf_strz(&record->line, "{\"t\":");
	hms_buf_u64(&record->line, (uint64_t)hms_wall_us());
	record_text(record, "cell", hms_str(serial));
	record_text(record, "ev", hms_str(event));
	return true;
}

void record_text(struct record *record, const char *name, struct hms_str value)
{
	name_of(record, name);
	record_quote(&record->line, value);
}

void record_int(struct record *record, const char *name, int64_t value)
{
	name_of(record, name);
	hms_buf_printf(&record->line, "%lld", (long long)value);
}

void record_bool(struct record *record, const char *name, bool value)
{
	name_of(record, name);
	hms_buf_strz(&record->line, value ? "true" : "false");
}

void record_json(struct record *record, const char *name, struct hms_str json)
{
	name_of(record, name);
	hms_buf_str(&record->line, json);
}

void record_end(struct record *record)
{
	const char *p;
	size_t left;

	hms_buf_strz(&record->line, "}\n");
	p = hms_buf_z(&record->line);
	left = record->line.len;
	record->failed |= record->line.failed != 0;
	while (left > 0) {
		ssize_t n = write(record->fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			record->failed = true;
			return;
		}
		p += n;
		left -= (size_t)n;
	}
}
