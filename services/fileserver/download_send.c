/* The answer to a download: headers, and bytes at the pace of the connection. */
#include <stdio.h>
#include <time.h>

#include "download.h"

#define HEADERS_MAX 8
#define PIECE_BYTES 262144

static void pump(struct fs_download *d);

/* ---- bytes ---- */

/* Returns whether the connection has taken it. */
static bool hand_over(struct fs_download *d, const char *data, size_t len)
{
	int rc = hms_http_reply_write(d->req, data, len);

	if (rc) /* full: drained follows; closed: ended follows */
		return false;
	d->sent += len;
	hms_counter_add(&d->fs->m.bytes_sent, len);
	return true;
}

static void finish(struct fs_download *d)
{
	FS_COUNT(&d->fs->m, downloads, d->kind == FS_RANGE_PART ? "part" : "sent");
	hms_http_reply_end(d->req);
}

static void pump_body(struct fs_download *d)
{
	while (d->sent < d->range.len) {
		uint64_t left = d->range.len - d->sent;
		size_t len = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;

		if (!hand_over(d, d->body.p + d->range.first + d->sent, len))
			return;
	}
	finish(d);
}

static void pump_file(struct fs_download *d)
{
	if (d->piece && !hand_over(d, d->piece, d->piece_len))
		return;
	d->piece = NULL;
	if (d->sent == d->range.len) {
		finish(d);
		return;
	}
	d->reading = true;
	hms_storage_get_read(d->get, d->range.first + d->sent,
			     d->range.len - d->sent < PIECE_BYTES ? (size_t)(d->range.len - d->sent) : PIECE_BYTES);
}

static void pump(struct fs_download *d)
{
	if (!d->ref)
		pump_body(d);
	else if (!d->reading)
		pump_file(d);
}

void fs_download_drained(struct hms_http_req *req, void *arg)
{
	struct fs_download *d = arg;

	(void)req;
	if (d->begun && d->req)
		pump(d);
}

static void on_read(int code, const char *data, size_t len, void *arg)
{
	struct fs_download *d = arg;

	d->reading = false;
	if (code || len == 0) { /* shorter than it was: only the cut tells */
		log_error("a file cannot be read to its end", KV_Z("ref", d->ref));
		hms_http_req_abort(d->req);
		return;
	}
	d->piece = data;
	d->piece_len = len;
	pump(d);
}

/* ---- headers ---- */
struct headers {
	struct hms_http_header at[HEADERS_MAX];
	size_t count;
	char range[96], modified[64];
};

static void add(struct headers *h, struct hms_str name, struct hms_str value)
{
	h->at[h->count++] = (struct hms_http_header){ name, value };
}

static void fill(const struct fs_download *d, struct headers *h, unsigned status)
{
	time_t seconds = d->created_us / 1000000;
	struct tm tm;

	strftime(h->modified, sizeof(h->modified), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&seconds, &tm));
	add(h, HMS_STR("ETag"), hms_str(d->etag));
	add(h, HMS_STR("Last-Modified"), hms_str(h->modified));
	add(h, HMS_STR("Accept-Ranges"), HMS_STR("bytes"));
	add(h, HMS_STR("Cache-Control"), HMS_STR("no-store")); /* CM files hold passwords (cm-file 2) */
	if (status == 304)
		return;
	add(h, HMS_STR("Content-Type"), hms_str(d->type));
	if (status != 206)
		return;
	snprintf(h->range, sizeof(h->range), "bytes %llu-%llu/%llu", (unsigned long long)d->range.first,
		 (unsigned long long)(d->range.first + d->range.len - 1), (unsigned long long)d->size);
	add(h, HMS_STR("Content-Range"), hms_str(h->range));
}

static void begin(struct fs_download *d)
{
	struct headers h = { .count = 0 };
	unsigned status = d->kind == FS_RANGE_PART ? 206 : 200;

	fill(d, &h, status);
	if (hms_http_reply_begin(d->req, status, h.at, h.count, (int64_t)d->range.len)) {
		hms_http_req_abort(d->req);
		return;
	}
	d->begun = true;
	if (d->is_head)
		finish(d);
	else
		pump(d);
}

static void on_opened(int code, uint64_t size, void *arg)
{
	struct fs_download *d = arg;

	if (code || size != d->size) {
		log_error("a file is not as its row says", KV_Z("ref", d->ref), KV_Z("error", code ? hms_strerror(code) : "size"));
		fs_download_refuse(d, FS_NO_FILE_BROKEN);
		return;
	}
	begin(d);
}

static void not_modified(struct fs_download *d)
{
	struct headers h = { .count = 0 };

	fill(d, &h, 304);
	FS_COUNT(&d->fs->m, downloads, "not_modified");
	if (hms_http_reply(d->req, 304, h.at, h.count, HMS_STR("")) == HMS_ENOMEM)
		hms_http_req_abort(d->req);
}

/* RFC 9110 13.1.5, 14.2: for GET only, and only of the very file that the client has a part of. */
static struct hms_str range_of(const struct fs_download *d)
{
	struct hms_str only_if = hms_http_req_header(d->req, "If-Range");

	if (d->is_head || (only_if.p && !hms_str_eqz(only_if, d->etag)))
		return (struct hms_str){ 0 };
	return hms_http_req_header(d->req, "Range");
}

void fs_download_send(struct fs_download *d)
{
	static const struct hms_storage_get_cb callbacks = { on_opened, on_read };

	d->kind = fs_range_read(range_of(d), d->size, &d->range);
	if (fs_etag_in(hms_http_req_header(d->req, "If-None-Match"), hms_str(d->etag))) {
		not_modified(d);
	} else if (d->kind == FS_RANGE_OUTSIDE) {
		fs_download_refuse(d, FS_NO_RANGE);
	} else if (!d->ref || d->is_head) {
		begin(d);
	} else {
		d->get = hms_storage_get_new(d->fs->storage, hms_str(d->ref), &callbacks, d);
		if (!d->get)
			fs_download_refuse(d, FS_NO_MEMORY);
	}
}
