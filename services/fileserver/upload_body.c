/* The bytes of an upload: into memory as long as they fit into a record, else to the storage. */
#include <stdio.h>

#include "hms/base/encode.h"
#include "hms/base/failpoint.h"
#include "name.h"
#include "upload.h"

static enum fs_reason reason_of(int code) { return code == HMS_EFULL ? FS_NO_SPACE : code == HMS_ENOMEM ? FS_NO_MEMORY : FS_NO_STORAGE; }

/* ---- the storage answers ---- */
static void on_drained(void *arg)
{
	struct fs_upload *u = arg;

	if (u->req)
		hms_http_req_pause(u->req, false);
}

static void make_ref(struct fs_upload *u)
{
	char device[33], file[33];
	uint8_t id[16];

	hms_file_id(u->access.device, u->kind, u->sha256, id);
	hms_hex(id, sizeof(id), file);
	hms_hex(u->access.device.b, sizeof(u->access.device.b), device);
	if (u->access.account)
		snprintf(u->ref, sizeof(u->ref), "%s/%s", u->access.account->folder, file);
	else
		snprintf(u->ref, sizeof(u->ref), "device/%.2s/%s/%s", device, device, file);
}

static void on_stored(int code, uint64_t size, const uint8_t sha256[32], void *arg)
{
	struct fs_upload *u = arg;

	u->size = size;
	memcpy(u->sha256, sha256, sizeof(u->sha256));
	if (code == 0) {
		make_ref(u);
		code = fs_upload_pack(u);
	}
	if (code) {
		fs_upload_refuse(u, reason_of(code));
		return;
	}
	/* Before the file has its name: a count of the folder that ends later may have it or not, but never doubly. */
	if (u->access.account)
		u->access.account->used += u->size;
	u->state = FS_UP_COMMIT;
	u->pending++;
	hms_storage_put_commit(u->put, hms_str(u->ref));
}

static void on_committed(int code, void *arg)
{
	struct fs_upload *u = arg;

	u->put = NULL;
	u->pending--;
	if (code) {
		fs_upload_refuse(u, reason_of(code));
		return;
	}
	hms_counter_add(&u->fs->m.bytes_stored, u->size);
	(void)HMS_FAILPOINT("fs.stored");
	fs_upload_record(u);
}

/* ---- bytes ---- */
static enum fs_reason store(struct fs_upload *u, const char *data, size_t len)
{
	int rc = hms_storage_put_add(u->put, data, len);

	if (rc == HMS_EAGAIN)
		hms_http_req_pause(u->req, true);
	return rc && rc != HMS_EAGAIN ? reason_of(rc) : FS_FINE;
}

/* From here on the bytes go to the storage; those that are there first. */
static enum fs_reason spill(struct fs_upload *u, uint64_t expected)
{
	static const struct hms_storage_put_cb callbacks = { on_drained, on_stored, on_committed };
	enum fs_reason why;

	if (!hms_storage_has_room(u->fs->storage, expected))
		return FS_NO_SPACE;
	u->put = hms_storage_put_new(u->fs->storage, &callbacks, u);
	if (!u->put)
		return FS_NO_MEMORY;
	why = u->body.len ? store(u, u->body.p, u->body.len) : FS_FINE;
	hms_buf_fini(&u->body);
	hms_buf_init(&u->body, (size_t)u->fs->conf->record_max_bytes);
	return why;
}

static enum fs_reason take(struct fs_upload *u, const char *data, size_t len)
{
	enum fs_reason why = FS_FINE;

	u->size += len;
	if (u->size > (uint64_t)u->fs->conf->upload_max_bytes)
		return FS_NO_TOO_LARGE;
	if (u->access.account && !fs_account_has_room(u->access.account, u->size))
		return FS_NO_QUOTA;
	if (!u->put && (u->access.account || u->size > (uint64_t)u->fs->conf->record_max_bytes))
		why = spill(u, u->size);
	if (why || u->put)
		return why ? why : store(u, data, len);
	hms_buf_add(&u->body, data, len);
	return u->body.failed ? FS_NO_MEMORY : FS_FINE;
}

static void take_or_refuse(struct fs_upload *u, const char *data, size_t len)
{
	enum fs_reason why = u->state == FS_UP_BODY ? take(u, data, len) : FS_FINE;

	if (why)
		fs_upload_refuse(u, why);
}

/* ---- multipart ---- */
static void on_part(struct hms_str disposition, struct hms_str content_type, void *arg)
{
	struct fs_upload *u = arg;
	struct hms_str name;

	if (u->state != FS_UP_BODY)
		return;
	hms_buf_reset(&u->body);
	u->size = 0;
	u->content_type = content_type;
	hms_storage_put_drop(&u->put);
	if (fs_name_of_disposition(hms_http_req_arena(u->req), disposition, &name) == 0 && u->name.len == 0)
		u->name = name;
}

static void on_part_data(const char *data, size_t len, void *arg) { take_or_refuse(arg, data, len); }

static enum fs_reason open_multipart(struct fs_upload *u)
{
	static const struct fs_multipart_cb callbacks = { on_part, on_part_data };
	int rc = fs_multipart_init(&u->multipart, hms_http_req_arena(u->req), u->content_type, &callbacks, u);

	u->is_multipart = true;
	return rc == 0 ? FS_FINE : rc == HMS_ENOMEM ? FS_NO_MEMORY : FS_NO_MULTIPART;
}

/* ---- the request ---- */
static enum fs_reason find_name(struct fs_upload *u)
{
	struct hms_arena *arena = hms_http_req_arena(u->req);
	int rc = 0;

	if (u->name.len == 0)
		rc = fs_name_of_query(arena, hms_http_req_query(u->req), &u->name);
	if (rc == 0 && u->name.len == 0)
		rc = fs_name_of_disposition(arena, hms_http_req_header(u->req, "Content-Disposition"), &u->name);
	return rc ? FS_NO_MEMORY : FS_FINE;
}

enum fs_reason fs_upload_open(struct fs_upload *u)
{
	static const struct hms_str form = { "multipart/form-data", 19 };
	int64_t expected = hms_http_req_content_length(u->req);
	enum fs_reason why = find_name(u);

	if (why)
		return why;
	if (u->access.account)
		u->access.device = hms_account_id(hms_str(u->listener->conf->tenant), hms_str(u->access.account->name));
	u->content_type = hms_http_req_header(u->req, "Content-Type");
	u->content_encoding = hms_http_req_header(u->req, "Content-Encoding");
	if (u->content_type.len >= form.len && hms_str_caseeq(hms_strn(u->content_type.p, form.len), form))
		why = open_multipart(u);
	if (why)
		return why;
	/* The files of accounts lie in their folders, whatever their size; a long body goes where it will end. */
	if (u->access.account && expected > 0 && !fs_account_has_room(u->access.account, (uint64_t)expected))
		return FS_NO_QUOTA;
	if (u->access.account || (!u->is_multipart && expected > u->fs->conf->record_max_bytes))
		return spill(u, expected > 0 ? (uint64_t)expected : 0);
	return FS_FINE;
}

static bool count_bytes(struct fs_upload *u, size_t len)
{
	enum fs_reason why = FS_FINE;

	if (u->device_cap && !fs_cap_bytes(u->device_cap, len))
		why = FS_NO_DEVICE_BYTES;
	if (u->source_cap && !fs_cap_bytes(u->source_cap, len))
		why = FS_NO_SOURCE_BYTES;
	if (why)
		fs_upload_refuse(u, why);
	return why == FS_FINE;
}

void fs_upload_body(struct hms_http_req *req, const char *data, size_t len, void *arg)
{
	struct fs_upload *u = arg;
	int rc;

	(void)req;
	u->pending++; /* a refusal inside must not free it */
	if (count_bytes(u, len)) {
		if (!u->is_multipart) {
			take_or_refuse(u, data, len);
		} else {
			rc = fs_multipart_feed(&u->multipart, data, len);
			if (rc && u->state == FS_UP_BODY)
				fs_upload_refuse(u, rc == HMS_ENOMEM ? FS_NO_MEMORY : FS_NO_MULTIPART);
		}
	}
	u->pending--;
	fs_upload_release(u);
}

void fs_upload_complete(struct hms_http_req *req, void *arg)
{
	struct fs_upload *u = arg;

	(void)req;
	u->body_done = true;
	if (u->is_multipart && fs_multipart_finish(&u->multipart)) {
		fs_upload_refuse(u, FS_NO_MULTIPART);
		return;
	}
	if (u->put) {
		u->state = FS_UP_END;
		hms_storage_put_end(u->put);
		return;
	}
	hms_sha256(u->body.p, u->body.len, u->sha256);
	if (fs_upload_pack(u))
		fs_upload_refuse(u, FS_NO_MEMORY);
	else
		fs_upload_record(u);
}
