/* The life of an upload: begin, access, limits, refusal, end. */
#include "upload.h"

#include <stdlib.h>

#include "name.h"

#define DAY_US (86400LL * 1000000)

void fs_upload_release(struct fs_upload *u)
{
	struct fs *fs = u->fs;

	if (u->req || u->pending)
		return;
	hms_list_remove(&u->node);
	fs->uploads--;
	hms_gauge_set(&fs->m.uploads_now, (int64_t)fs->uploads);
	fs_cap_give(&u->device_cap);
	fs_cap_give(&u->source_cap);
	hms_storage_put_drop(&u->put);
	if (u->is_multipart)
		fs_multipart_fini(&u->multipart);
	hms_buf_fini(&u->body);
	free(u);
}

void fs_upload_refuse(struct fs_upload *u, enum fs_reason why)
{
	struct hms_http_req *req = u->req;
	struct fs_refusal refusal = {
		.listener = u->listener, .why = why, .body_done = u->body_done, .policy = u->access.policy, .stale = u->access.stale
	};

	u->state = FS_UP_OVER;
	u->req = u->access.req = NULL;
	hms_storage_put_drop(&u->put);
	if (req)
		fs_refuse(req, &refusal);
	fs_upload_release(u);
}

/* The device is gone, or has its answer. Files that have been received in full are kept even so. */
static void on_ended(struct hms_http_req *req, bool aborted, void *arg)
{
	struct fs_upload *u = arg;

	(void)req;
	u->req = u->access.req = NULL;
	if (aborted && u->state < FS_UP_COMMIT) {
		FS_COUNT(&u->fs->m, uploads, "cut");
		u->state = FS_UP_OVER;
		hms_storage_put_drop(&u->put);
	}
	fs_upload_release(u);
}

/* ---- limits ---- */
static void source_key(const struct hms_addr *addr, uint8_t key[16])
{
	char text[64];
	uint8_t hash[32];

	hms_addr_text(addr, false, text, sizeof(text));
	hms_sha256(text, strlen(text), hash);
	memcpy(key, hash, 16);
}

static enum fs_reason take_caps(struct fs_upload *u)
{
	static const enum fs_reason device[] = { FS_FINE, FS_NO_DEVICE_UPLOADS, FS_NO_DEVICE_BYTES, FS_NO_TOO_MANY };
	static const enum fs_reason source[] = { FS_FINE, FS_NO_SOURCE_UPLOADS, FS_NO_SOURCE_BYTES, FS_NO_TOO_MANY };
	const struct fs_conf *conf = u->fs->conf;
	int64_t day = hms_wall_us() / DAY_US, len = hms_http_req_content_length(u->req);
	uint64_t expected = len > 0 ? (uint64_t)len : 0;
	uint8_t key[16];
	enum fs_reason why;

	source_key(hms_http_req_peer(u->req), key);
	why = source[fs_cap_take(u->fs->sources, key, conf->uploads_per_source, conf->day_bytes_per_source, expected, day, &u->source_cap)];
	if (why || u->access.account)
		return why;
	return device[fs_cap_take(u->fs->devices, u->access.device.b, conf->uploads_per_device, conf->day_bytes_per_device, expected, day,
				  &u->device_cap)];
}

static void on_access(struct fs_access *access, enum fs_reason why)
{
	struct fs_upload *u = hms_container_of(access, struct fs_upload, access);

	u->pending--;
	if (!u->req) {
		fs_upload_release(u);
		return;
	}
	if (!why)
		why = take_caps(u);
	if (!why)
		why = fs_upload_open(u);
	if (why) {
		fs_upload_refuse(u, why);
		return;
	}
	u->state = FS_UP_BODY;
	hms_http_req_pause(u->req, false);
}

/* ---- begin ---- */
static struct fs_upload *make(const struct fs_listener *listener, struct hms_http_req *req, const struct hms_file_grant *grant)
{
	struct fs_upload *u = calloc(1, sizeof(*u));
	struct fs *fs = listener->fs;

	if (!u)
		return NULL;
	u->fs = fs;
	u->listener = listener;
	u->req = req;
	u->began_us = hms_mono_us();
	u->kind = grant ? grant->kind : HMS__FILE_EVENT__KIND__PM;
	u->command_id = grant ? grant->command_id : 0;
	u->is_put = hms_str_eqz(hms_http_req_method(req), "PUT");
	u->access = (struct fs_access){ .listener = listener, .req = req, .named = grant, .done = on_access };
	if (grant)
		u->access.device = grant->device;
	u->access.policy = (enum hms_auth_policy)(!grant				 ? listener->conf->unsigned_auth
						  : u->kind == HMS__FILE_EVENT__KIND__PM ? listener->conf->pm_auth
											 : listener->conf->upload_auth);
	hms_buf_init(&u->body, (size_t)fs->conf->record_max_bytes);
	hms_list_push_back(&fs->open_uploads, &u->node);
	fs->uploads++;
	hms_gauge_set(&fs->m.uploads_now, (int64_t)fs->uploads);
	return u;
}

static enum fs_reason check_first(struct fs *fs, struct hms_http_req *req, struct hms_str tail, struct hms_str *name)
{
	int rc = fs_name_of_path(hms_http_req_arena(req), tail, name);

	if (rc)
		return rc == HMS_ENOMEM ? FS_NO_MEMORY : FS_NO_NAME;
	if (hms_http_req_content_length(req) > fs->conf->upload_max_bytes)
		return FS_NO_TOO_LARGE;
	if (fs->uploads >= (size_t)fs->conf->uploads_max)
		return FS_NO_TOO_MANY;
	return hms_producer_healthy(fs->producer) ? FS_FINE : FS_NO_KAFKA;
}

void fs_upload_begin(const struct fs_listener *listener, struct hms_http_req *req, const struct hms_file_grant *grant, struct hms_str tail)
{
	static const struct hms_http_req_cb callbacks = { .body = fs_upload_body, .complete = fs_upload_complete, .ended = on_ended };
	struct fs *fs = listener->fs;
	struct hms_str name;
	enum fs_reason why = check_first(fs, req, tail, &name);
	struct fs_upload *u = why ? NULL : make(listener, req, grant);

	if (!u) {
		fs_refuse(req, &(struct fs_refusal){ .listener = listener, .why = why ? why : FS_NO_MEMORY });
		return;
	}
	u->name = name;
	hms_http_req_set(req, &callbacks, u);
	hms_http_req_body_max(req, (size_t)fs->conf->upload_max_bytes);
	hms_http_req_pause(req, true);
	u->pending++;
	fs_access_begin(&u->access);
}

/* Nothing of it may look at its request, listener or account any more. */
static void detach(struct fs_upload *u)
{
	static const struct hms_http_req_cb none;

	if (u->req)
		hms_http_req_set(u->req, &none, NULL);
	u->req = u->access.req = NULL;
	u->access.account = NULL;
	fs_cap_give(&u->device_cap);
	fs_cap_give(&u->source_cap);
	if (u->state < FS_UP_COMMIT) {
		u->state = FS_UP_OVER;
		hms_storage_put_drop(&u->put);
	}
	fs_upload_release(u);
}

void fs_uploads_close(struct fs *fs)
{
	struct hms_list *it, *next;

	hms_list_foreach(it, next, &fs->open_uploads)
		detach(hms_container_of(it, struct fs_upload, node));
}
