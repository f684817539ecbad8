/* A download up to its row: access, lookup, end. */
#include "download.h"

#include <stdlib.h>

#include "hms/base/encode.h"

#define BODY_MAX 1073741824

/* The body only where it will be sent. */
static const struct hms_pg_stmt stmt_file = {
	.name = "fs_file",
	.sql = "select type, size, sha256, case when $2 then body end, ref, device_id, created, coalesce(expires <= clock_timestamp(), false)"
	       " from file where id = $1",
};

void fs_download_release(struct fs_download *d)
{
	struct fs *fs = d->fs;

	if (d->req || d->pending)
		return;
	hms_list_remove(&d->node);
	fs->downloads--;
	hms_gauge_set(&fs->m.downloads_now, (int64_t)fs->downloads);
	fs->download_bytes -= d->counted;
	fs_cap_give(&d->cap);
	hms_storage_get_free(&d->get);
	hms_buf_fini(&d->body);
	free(d);
}

void fs_download_refuse(struct fs_download *d, enum fs_reason why)
{
	struct hms_http_req *req = d->req;
	struct fs_refusal refusal = { .listener = d->listener,
				      .why = why,
				      .is_download = true,
				      .policy = d->access.policy,
				      .stale = d->access.stale,
				      .size = d->size };

	d->req = d->access.req = NULL;
	if (req)
		fs_refuse(req, &refusal);
	fs_download_release(d);
}

static void on_ended(struct hms_http_req *req, bool aborted, void *arg)
{
	struct fs_download *d = arg;

	(void)req;
	if (aborted)
		FS_COUNT(&d->fs->m, downloads, "cut");
	d->req = d->access.req = NULL;
	hms_storage_get_free(&d->get);
	fs_download_release(d);
}

/* ---- the row ---- */

/* Kept until it is sent, at the pace of the device. */
static void take_body(struct fs_download *d, struct hms_str body)
{
	uint64_t most = (uint64_t)d->fs->conf->download_memory_bytes;

	d->crowded = body.len > most || d->fs->download_bytes > most - body.len;
	if (d->crowded)
		return;
	hms_buf_str(&d->body, body);
	d->counted = body.len;
	d->fs->download_bytes += d->counted;
}

static void take_row(struct fs_download *d, const struct hms_pg_result *res)
{
	struct hms_arena *arena = hms_http_req_arena(d->req);
	struct hms_str sha256 = hms_pg_get_str(res, 0, 2);
	uint8_t device[16];

	d->found = true;
	d->type = hms_arena_strz(arena, hms_pg_get_str(res, 0, 0));
	d->size = (uint64_t)hms_pg_get_int(res, 0, 1);
	if (sha256.len == 32) {
		d->etag[0] = '"';
		hms_hex(sha256.p, 32, d->etag + 1);
		strcpy(d->etag + 65, "\"");
	}
	if (!hms_pg_is_null(res, 0, 3))
		take_body(d, hms_pg_get_str(res, 0, 3));
	if (!hms_pg_is_null(res, 0, 4))
		d->ref = hms_arena_strz(arena, hms_pg_get_str(res, 0, 4));
	if (!hms_pg_is_null(res, 0, 5)) {
		hms_pg_get_uuid(res, 0, 5, device);
		d->foreign = memcmp(device, d->grant.device.b, sizeof(device)) != 0;
	}
	d->created_us = hms_pg_get_time_us(res, 0, 6);
	d->expired = hms_pg_get_bool(res, 0, 7);
}

static void on_rows(const struct hms_pg_result *res, void *arg)
{
	struct fs_download *d = arg;

	if (d->req && hms_pg_rows(res) == 1)
		take_row(d, res);
}

static enum fs_reason judge(const struct fs_download *d)
{
	if (!d->found || d->foreign)
		return FS_NO_FILE_NONE;
	if (d->expired)
		return FS_NO_FILE_EXPIRED;
	if (d->crowded)
		return FS_NO_TOO_MANY;
	if (!d->type || d->body.failed)
		return FS_NO_MEMORY;
	if (!d->etag[0] || (!d->ref && !d->is_head && d->body.len != d->size))
		return FS_NO_FILE_BROKEN;
	return FS_FINE;
}

static void on_done(const struct hms_pg_error *err, void *arg)
{
	struct fs_download *d = arg;
	enum fs_reason why = err ? FS_NO_DIRECTORY : judge(d);

	d->pending--;
	if (err && hms_log_allow(&d->fs->stores_log, 1, hms_loop_now_ms(d->fs->loop)))
		log_warn("files cannot be looked up", KV_Z("error", err->text), KV_Z("sqlstate", err->sqlstate));
	if (!d->req)
		fs_download_release(d);
	else if (why)
		fs_download_refuse(d, why);
	else
		fs_download_send(d);
}

static enum fs_reason take_cap(struct fs_download *d)
{
	static const enum fs_reason reasons[] = { FS_FINE, FS_NO_DEVICE_DOWNLOADS, FS_NO_DEVICE_DOWNLOADS, FS_NO_TOO_MANY };

	return reasons[fs_cap_take(d->fs->downloaders, d->access.device.b, d->fs->conf->downloads_per_device, 0, 0, 0, &d->cap)];
}

static void on_access(struct fs_access *access, enum fs_reason why)
{
	struct fs_download *d = hms_container_of(access, struct fs_download, access);
	struct hms_pg_batch *batch = NULL;

	d->pending--;
	if (!d->req) {
		fs_download_release(d);
		return;
	}
	if (!why)
		why = take_cap(d);
	if (!why && hms_pg_is_up(d->fs->pg))
		batch = hms_pg_batch_new(d->fs->pg);
	if (!batch) {
		fs_download_refuse(d, why ? why : FS_NO_DIRECTORY);
		return;
	}
	hms_pg_stmt_begin(batch, &stmt_file, on_rows, d);
	hms_pg_p_uuid(batch, d->grant.file_id);
	hms_pg_p_bool(batch, !d->is_head);
	d->pending++;
	hms_pg_batch_send(batch, on_done, d);
}

void fs_download_begin(const struct fs_listener *listener, struct hms_http_req *req, const struct hms_file_grant *grant)
{
	static const struct hms_http_req_cb callbacks = { .drained = fs_download_drained, .ended = on_ended };
	struct fs *fs = listener->fs;
	bool room = fs->downloads < (size_t)fs->conf->downloads_max;
	struct fs_download *d = room ? calloc(1, sizeof(*d)) : NULL;

	if (!d) {
		fs_refuse(req,
			  &(struct fs_refusal){ .listener = listener, .why = room ? FS_NO_MEMORY : FS_NO_TOO_MANY, .is_download = true });
		return;
	}
	d->fs = fs;
	d->listener = listener;
	d->req = req;
	d->grant = *grant;
	d->is_head = hms_str_eqz(hms_http_req_method(req), "HEAD");
	hms_buf_init(&d->body, BODY_MAX);
	d->access = (struct fs_access){ .listener = listener,
					.req = req,
					.policy = (enum hms_auth_policy)listener->conf->download_auth,
					.named = true,
					.device = grant->device,
					.done = on_access };
	hms_list_push_back(&fs->open_downloads, &d->node);
	fs->downloads++;
	hms_gauge_set(&fs->m.downloads_now, (int64_t)fs->downloads);
	hms_http_req_set(req, &callbacks, d);
	d->pending++;
	fs_access_begin(&d->access);
}

/* Nothing of it may look at its request or listener any more. */
static void detach(struct fs_download *d)
{
	static const struct hms_http_req_cb none;

	if (d->req)
		hms_http_req_set(d->req, &none, NULL);
	d->req = d->access.req = NULL;
	hms_storage_get_free(&d->get);
	fs_cap_give(&d->cap);
	fs_download_release(d);
}

void fs_downloads_close(struct fs *fs)
{
	struct hms_list *it, *next;

	hms_list_foreach(it, next, &fs->open_downloads)
		detach(hms_container_of(it, struct fs_download, node));
}
